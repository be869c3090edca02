package org.bugloss.details;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Objects;
import java.util.Optional;
import org.bugloss.audience.Audience;
import org.bugloss.audience.Viewer;
import org.bugloss.cache.StoredDetails;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;
import org.jspecify.annotations.Nullable;

/**
 * What is told to whom of a bug: all that is known, or no more than its URL shows. Every exit of details asks here. Safe for use by
 * several threads.
 */
@ApplicationScoped
public class Disclosure {

    @Inject
    private Audience audience;

    @Inject
    private Trackers trackers;

    /**
     * The restricted form of details, for who may not see any of the bug's system: it hangs on nothing but the URL.
     *
     * @param typed the URL as somebody typed it
     * @return empty for who may, and for what is no URL
     */
    Optional<ReadyDetails> withheld(String typed, Viewer viewer) {
        if (!audience.isLimited()) {
            return Optional.empty();
        }
        try {
            BugUrl bug = trackers.locate(CanonicalUrl.parse(typed));
            return mayAsk(bug, viewer) ? Optional.empty() : Optional.of(restricted(bug));
        } catch (InvalidUrlException e) {
            return Optional.empty();
        }
    }

    /** Whether nothing at all is hidden from somebody: then no bug need be looked at. */
    boolean showsEverything(Viewer viewer) {
        return audience.of(viewer).isOfAll();
    }

    /**
     * Whether somebody may see whatever was told of a bug, confidential or not.
     *
     * @param key its canonical URL
     * @param teller the system that told it then; the bug may be of another one by now
     */
    boolean maySeeAll(String key, @Nullable String teller, Viewer viewer) {
        return audience.mayRead(viewer, teller, true)
                && mayReadConfidential(trackers.locate(CanonicalUrl.parse(key)), viewer);
    }

    /** The same of what is not confidential. */
    boolean maySeeSome(String key, @Nullable String teller, Viewer viewer) {
        return audience.mayRead(viewer, teller, false) && mayAsk(trackers.locate(CanonicalUrl.parse(key)), viewer);
    }

    /** Whether somebody may be told how it is with a bug: that it is not known, missing, or failing. */
    boolean mayAsk(BugUrl bug, Viewer viewer) {
        return audience.mayAsk(viewer, system(bug));
    }

    /** Whether somebody may see what is known of a bug. What another system told has that system's audience, too. */
    boolean mayRead(Gloss gloss, Viewer viewer) {
        String system = system(gloss.bug());
        StoredDetails stored = gloss.stored();
        Boolean confidential = stored == null ? null : stored.confidential();
        return audience.mayRead(viewer, system, confidential)
                && (stored == null
                        || !stored.hasDetails()
                        || Objects.equals(stored.system(), system)
                        || audience.mayRead(viewer, stored.system(), confidential));
    }

    /** Whether it is of no matter to somebody if a bug of this system is confidential. */
    boolean mayReadConfidential(BugUrl bug, Viewer viewer) {
        return audience.mayRead(viewer, system(bug), true);
    }

    /** No more than the URL shows. */
    ReadyDetails restricted(BugUrl bug) {
        return ReadyDetails.restricted(ServedDetails.restricted(
                bug.url().key(), trackers.bugId(bug).orElse(null), trackers.trackerOf(bug), system(bug)));
    }

    private static @Nullable String system(BugUrl bug) {
        return bug.system().map(TrackerSystem::name).orElse(null);
    }
}
