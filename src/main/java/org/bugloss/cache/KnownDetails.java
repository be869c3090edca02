package org.bugloss.cache;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.bugloss.outbound.Freshness;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TrackerSystem;
import org.jspecify.annotations.Nullable;

/**
 * What is cached of a bug, without its texts: enough to ask about it anew, and to tell whether the answer is news.
 * Immutable.
 *
 * @param url the canonical URL
 * @param tracker who told it
 * @param system of which system; {@code null} where it is of none
 * @param resolved whether the bug is; {@code null} where that is unknown
 * @param fromOpenGraph whether it is a page's metadata
 * @param fetchedAt when it was last known to be so; {@code null} where nothing was ever fetched
 * @param readAt when the source last told all of it; {@code null} where that is not known
 * @param askedAt when somebody last asked for it
 * @param failures how often in a row the source has failed since
 * @param fingerprint see {@link CleanDetails#fingerprint}; {@code null} where it is to be replaced in any case
 * @param freshness by what the source tells whether it still holds
 * @param changeGroup the bugs about which one question tells what changed; {@code null} where there is none
 * @param dueAt since when it is due, or when it will be; {@code null} where the timer leaves it alone
 * @param confidential whether the bug counts as confidential; {@code null} where that was never told, so that all is to be read again
 */
public record KnownDetails(
        String url,
        String tracker,
        @Nullable String system,
        @Nullable Boolean resolved,
        boolean fromOpenGraph,
        @Nullable Instant fetchedAt,
        @Nullable Instant readAt,
        Instant askedAt,
        int failures,
        @Nullable String fingerprint,
        Freshness freshness,
        @Nullable String changeGroup,
        @Nullable Instant dueAt,
        @Nullable Boolean confidential) {

    /**
     * After a day all is read again, whatever a source says of changes: what was deleted, moved or hidden is in no list of
     * changes, and an extension that was exchanged makes something else of the same answer.
     */
    private static final Duration READ_AGAIN_AFTER = Duration.ofDays(1);

    /** Whether the tracker and system that told this are still the ones to ask. */
    boolean isOf(BugUrl bug, String byTracker) {
        return isOf(tracker, system, bug, byTracker);
    }

    static boolean isOf(String tracker, @Nullable String system, BugUrl bug, String byTracker) {
        return byTracker.equals(tracker)
                && bug.system().map(TrackerSystem::name).equals(Optional.ofNullable(system));
    }

    /** Whether it is worth asking only if something changed, instead of asking for all. */
    public boolean canBeRenewed(BugUrl bug, String byTracker, Instant now) {
        return fingerprint != null
                && confidential != null
                && failures == 0
                && readAt != null
                && readAt.plus(READ_AGAIN_AFTER).isAfter(now)
                && isOf(bug, byTracker);
    }

    /**
     * The bug, with what its source may be asked to compare with.
     *
     * @param canWait whether nobody waits for the answer
     */
    BugUrl asked(BugUrl bug, String byTracker, Instant now, boolean canWait) {
        boolean byApi = fetchedAt != null && !fromOpenGraph && isOf(bug, byTracker);
        return bug.withCached(
                new BugUrl.Cached(canBeRenewed(bug, byTracker, now) ? freshness : Freshness.UNKNOWN, byApi, canWait));
    }

    /** Whether somebody asked for it since it was fetched. */
    boolean isLookedAt() {
        return fetchedAt != null && askedAt.isAfter(fetchedAt);
    }
}
