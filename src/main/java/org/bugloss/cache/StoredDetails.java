package org.bugloss.cache;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.bugloss.outbound.FailureReason;
import org.bugloss.trackers.BugUrl;
import org.jspecify.annotations.Nullable;

/**
 * A row of the cache, to read: the last good details of the bug behind a URL, when they were fetched, and what has gone wrong
 * since. Immutable.
 *
 * @param url the canonical URL
 * @param tracker who told it
 * @param system of which system; {@code null} where it is of none
 * @param fields as JSON; {@code null} where nothing was ever fetched, as all that a source tells
 * @param fetchedAt when it was last known to be so; {@code null} where nothing was ever fetched
 * @param expiresAt until when it counts as fresh; {@code null} where nothing was ever fetched
 * @param failureReason why the source failed the last time; {@code null}, as all of the failure, where it did not
 * @param retryAt when it is asked again
 * @param askedAt when somebody last asked for it
 * @param confidential whether the bug is to be shown to those only who may see what its tracker marks so; {@code null} where that
 *     was never told
 */
public record StoredDetails(
        String url,
        String tracker,
        @Nullable String system,
        @Nullable String bugId,
        @Nullable String title,
        @Nullable String description,
        @Nullable String excerpt,
        @Nullable String status,
        @Nullable Boolean resolved,
        @Nullable String image,
        @Nullable String siteName,
        @Nullable String fields,
        @Nullable String movedTo,
        boolean fromOpenGraph,
        @Nullable Instant fetchedAt,
        @Nullable Instant expiresAt,
        @Nullable String failureReason,
        @Nullable String failureMessage,
        @Nullable Instant failureSince,
        @Nullable Instant retryAt,
        Instant askedAt,
        @Nullable Boolean confidential) {

    /** The columns that {@link #read} wants, in their order, of {@code bug_details d}. */
    public static final String COLUMNS = "d.url, d.tracker, d.system_name, d.bug_id, d.title, d.description, d.excerpt,"
            + " d.status, d.resolved, d.image, d.site_name, d.fields, d.moved_to, d.from_open_graph, d.fetched_at,"
            + " d.expires_at, d.failure_reason, d.failure_message, d.failure_since, d.retry_at, d.asked_at,"
            + " d.confidential";

    /**
     * Reads the {@link #COLUMNS} of the row that a result stands at.
     *
     * @param before how many columns come before them
     */
    public static StoredDetails read(ResultSet row, int before) throws SQLException {
        boolean isResolved = row.getBoolean(before + 9);
        Boolean resolved = row.wasNull() ? null : (Boolean) isResolved;
        boolean isConfidential = row.getBoolean(before + 22);
        Boolean confidential = row.wasNull() ? null : (Boolean) isConfidential;
        return new StoredDetails(
                row.getString(before + 1),
                row.getString(before + 2),
                row.getString(before + 3),
                row.getString(before + 4),
                row.getString(before + 5),
                row.getString(before + 6),
                row.getString(before + 7),
                row.getString(before + 8),
                resolved,
                row.getString(before + 10),
                row.getString(before + 11),
                row.getString(before + 12),
                row.getString(before + 13),
                row.getBoolean(before + 14),
                instant(row, before + 15),
                instant(row, before + 16),
                row.getString(before + 17),
                row.getString(before + 18),
                instant(row, before + 19),
                instant(row, before + 20),
                row.getObject(before + 21, OffsetDateTime.class).toInstant(),
                confidential);
    }

    /** What a source told just now, as it would be stored. */
    public static StoredDetails of(BugUrl bug, String tracker, CleanDetails details, Instant now, Schedule schedule) {
        CachedDetails row = new CachedDetails(bug, tracker, now);
        row.fetched(bug, tracker, null, details, now, schedule);
        return row.stored();
    }

    /** Whether details were ever fetched. */
    public boolean hasDetails() {
        return fetchedAt != null;
    }

    /** Whether the details are still fresh. */
    public boolean isFresh(Instant now) {
        return expiresAt != null && expiresAt.isAfter(now);
    }

    /** Whether the tracker and system that told these details are still the ones to ask. */
    public boolean isOf(BugUrl bug, String byTracker) {
        return KnownDetails.isOf(tracker, system, bug, byTracker);
    }

    /** Whether the details are too old, or not of the tracker and system that are now the ones to ask. */
    public boolean isStale(BugUrl bug, String byTracker, Instant now) {
        return !isFresh(now) || !isOf(bug, byTracker);
    }

    /**
     * Whether it is time to fetch: nothing fresh is known, and after a failure the wait is over. An address that was not
     * allowed may be so by now, since the administrator may have changed the configuration, and asking costs nothing.
     */
    public boolean isWanting(BugUrl bug, String byTracker, Instant now) {
        return isStale(bug, byTracker, now)
                && (!isWaiting(now) || FailureReason.ADDRESS_NOT_ALLOWED.word().equals(failureReason));
    }

    /** Whether, after a failure, the time has not yet come to try again. */
    public boolean isWaiting(Instant now) {
        return retryAt != null && retryAt.isAfter(now);
    }

    /**
     * Whether it is worth a note that a caller asks for these: it is the first time since they were fetched, or a quarter
     * of {@code keep} after the last note.
     */
    public boolean isAskingNews(Instant now, DetailsSettings settings) {
        return hasDetails() && !askedAt.isAfter(fetchedAt)
                || askedAt.plusSeconds(settings.keep().toSeconds() / 4).isBefore(now);
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
