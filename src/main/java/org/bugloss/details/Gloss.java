package org.bugloss.details;

import java.time.Instant;
import java.util.Objects;
import org.bugloss.cache.StoredDetails;
import org.bugloss.outbound.FetchException;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.PausedSystems;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the bug behind a URL, from both sides: what is cached, and the override that is in force. Immutable.
 *
 * @param tracker the name of the tracker that is the one to ask
 * @param stored {@code null} where the bug was never heard of
 * @param override {@code null} where there is none
 * @param idInUrl the bug's id as its URL shows it, for what only an override tells of; {@code null} where it shows none
 * @param pausedSince since when its system is left alone; {@code null} where it is not
 */
public record Gloss(
        BugUrl bug,
        String tracker,
        @Nullable StoredDetails stored,
        @Nullable DetailsOverride override,
        @Nullable String idInUrl,
        @Nullable Instant pausedSince) {

    /** What the tables have. */
    Gloss(BugUrl bug, String tracker, @Nullable StoredDetails stored, @Nullable DetailsOverride override) {
        this(bug, tracker, stored, override, null, null);
    }

    /** The same with the id that its URL shows, where no source told one. */
    Gloss named(Trackers trackers) {
        return override == null || hasDetails()
                ? this
                : new Gloss(bug, tracker, stored, override, trackers.bugId(bug).orElse(null), pausedSince);
    }

    String key() {
        return bug.url().key();
    }

    /** The same, as it is after a fetch; {@code newer} is {@code null} where what was cached still holds. */
    Gloss with(@Nullable StoredDetails newer) {
        return newer == null ? this : new Gloss(bug, tracker, newer, override, idInUrl, pausedSince);
    }

    /** The same as it is at a moment: an override may have ended. */
    Gloss at(Instant now) {
        return override == null || override.isActive(now)
                ? this
                : new Gloss(bug, tracker, stored, null, idInUrl, pausedSince);
    }

    /** The same, as its system is now. */
    Gloss pausedSince(@Nullable Instant moment) {
        return Objects.equals(moment, pausedSince) ? this : new Gloss(bug, tracker, stored, override, idInUrl, moment);
    }

    boolean hasDetails() {
        return stored != null && stored.hasDetails();
    }

    /** What was ever fetched; {@code null} where nothing was. */
    @Nullable
    StoredDetails details() {
        return stored != null && stored.hasDetails() ? stored : null;
    }

    boolean canBeShown() {
        return override != null || hasDetails();
    }

    boolean isStale(Instant now) {
        StoredDetails details = details();
        return details != null && (pausedSince != null || details.isStale(bug, tracker, now));
    }

    /** Why its system is not asked, while it is paused. */
    FetchException pause() {
        return PausedSystems.refusal(bug.system().map(TrackerSystem::name).orElse(""));
    }

    /** Whether it is time to fetch. */
    boolean isWanting(Instant now) {
        return pausedSince == null && (stored == null || stored.isWanting(bug, tracker, now));
    }

    /** When this will be something else by itself: details expire, an override ends. */
    Instant holdsUntil(Instant now) {
        Instant until = Instant.MAX;
        StoredDetails details = details();
        if (details != null && details.expiresAt() != null && details.isFresh(now)) {
            until = details.expiresAt();
        }
        if (override != null
                && override.expiresAt() != null
                && override.expiresAt().isBefore(until)) {
            until = override.expiresAt();
        }
        return until;
    }
}
