package org.bugloss.cache;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.bugloss.changes.BugState;
import org.bugloss.changes.Change;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TrackerSystem;
import org.jspecify.annotations.Nullable;

/**
 * A row of the cache, to be written: the last good details of the bug behind a URL, when they were fetched, and what has gone
 * wrong since. It never leaves this package, nor its transaction: others get {@link StoredDetails}. Not safe for use by several
 * threads.
 */
@Entity
@Table(name = "bug_details")
class CachedDetails {

    @Id
    private String url;

    private String tracker;

    @Column(name = "system_name")
    private @Nullable String system;

    @Column(name = "bug_id")
    private @Nullable String bugId;

    private @Nullable String title;
    private @Nullable String description;
    private @Nullable String excerpt;
    private @Nullable String status;
    private @Nullable Boolean resolved;
    private @Nullable String image;

    @Column(name = "site_name")
    private @Nullable String siteName;

    private @Nullable String fields;

    @Column(name = "moved_to")
    private @Nullable String movedTo;

    @Column(name = "from_open_graph")
    private boolean fromOpenGraph;

    @Column(name = "fetched_at")
    private @Nullable OffsetDateTime fetchedAt;

    @Column(name = "expires_at")
    private @Nullable OffsetDateTime expiresAt;

    @Column(name = "failure_reason")
    private @Nullable String failureReason;

    @Column(name = "failure_message")
    private @Nullable String failureMessage;

    @Column(name = "failure_since")
    private @Nullable OffsetDateTime failureSince;

    @Column(name = "retry_at")
    private @Nullable OffsetDateTime retryAt;

    private int failures;

    @Column(name = "asked_at")
    private OffsetDateTime askedAt;

    @Column(name = "due_at")
    private @Nullable OffsetDateTime dueAt;

    private @Nullable String lane;

    @Column(name = "claimed_by")
    private @Nullable String claimedBy;

    @Column(name = "change_group")
    private @Nullable String changeGroup;

    @Column(name = "read_at")
    private @Nullable OffsetDateTime readAt;

    private @Nullable Boolean confidential;
    private @Nullable String fingerprint;
    private @Nullable String etag;

    @Column(name = "last_modified")
    private @Nullable String lastModified;

    /** What was last known, where {@link #status} is not known any more. */
    @Column(name = "last_status")
    private @Nullable String lastStatus;

    /** The same of {@link #resolved}. */
    @Column(name = "last_resolved")
    private @Nullable Boolean lastResolved;

    /** Whether the source has said, since it fails, that there is no such bug. */
    private boolean gone;

    /** For Jakarta Persistence. */
    protected CachedDetails() {}

    /** Nothing is known yet. */
    CachedDetails(BugUrl bug, String tracker, Instant now) {
        this.url = bug.url().key();
        this.tracker = tracker;
        this.system = bug.system().map(TrackerSystem::name).orElse(null);
        this.askedAt = utc(now);
    }

    /**
     * Takes what a source told, and forgets what went wrong before.
     *
     * <p>Where the page's metadata stand in for an API that failed, details that the API gave earlier are better: they
     * stay, and the failure is noted as in {@link #failed}.
     *
     * @param group the bugs about which one question tells what changed; {@code null} where there is no such question
     */
    void fetched(
            BugUrl bug,
            String byTracker,
            @Nullable String group,
            CleanDetails details,
            Instant now,
            Schedule schedule) {
        if (details.failure() != null && fetchedAt != null && !fromOpenGraph && known().isOf(bug, byTracker)) {
            hideWhereRefused(details.failure());
            failed(details.failure(), now, schedule);
            return;
        }
        boolean lookedAt = known().isLookedAt();
        BugState last = lastKnown().state();
        lastStatus = details.status() == null ? last.status() : null;
        lastResolved = details.resolved() == null ? last.resolved() : null;
        gone = false;
        tracker = byTracker;
        system = bug.system().map(TrackerSystem::name).orElse(null);
        bugId = details.id();
        title = details.title();
        description = details.description();
        excerpt = details.excerpt();
        status = details.status();
        resolved = details.resolved();
        image = details.image();
        siteName = details.siteName();
        fields = details.fields();
        movedTo = details.movedTo();
        fromOpenGraph = details.fromOpenGraph();
        // A page that everybody gets says nothing of a bug that is not for everybody.
        confidential = Boolean.TRUE.equals(details.failure() == null ? details.confidential() : confidential);
        fingerprint = details.fingerprint();
        etag = CleanDetails.cutOrNull(details.freshness().etag(), 300);
        lastModified = CleanDetails.cutOrNull(details.freshness().lastModified(), 100);
        changeGroup = group;
        lane = lane == null ? null : bug.lane();
        fetchedAt = utc(now);
        readAt = utc(now);
        if (details.failure() == null) {
            Duration ttl = schedule.ttl(bug, resolved, fromOpenGraph, details.freshness());
            failureReason = null;
            failureMessage = null;
            failureSince = null;
            retryAt = null;
            failures = 0;
            expiresAt = utc(now.plus(ttl));
            plan(schedule.due(now, ttl, lookedAt));
        } else {
            // So that the next question is no conditional one: the API shall be asked again, and in full.
            fingerprint = null;
            Instant next = noteFailure(details.failure(), now, schedule);
            expiresAt = retryAt;
            plan(next);
        }
    }

    /** Notes that a source failed. The last good details stay; the next try waits longer with every failure. */
    void failed(FetchException failure, Instant now, Schedule schedule) {
        Instant next = noteFailure(failure, now, schedule);
        if (expiresAt != null && expiresAt.isAfter(utc(now))) {
            expiresAt = utc(now);
        }
        plan(next);
    }

    /**
     * What an API told before and says now that there is none of, or none that may be seen, may have become confidential: it counts
     * as that until the API tells of it again.
     *
     * @param failure what the API says of this bug, rather than of all that it is asked about
     */
    void hideWhereRefused(FetchException failure) {
        boolean isRefused = failure.reason().equals(FailureReason.FORBIDDEN)
                || failure.reason().equals(FailureReason.NOT_FOUND);
        if (isRefused && fetchedAt != null && !fromOpenGraph) {
            confidential = true;
            // So that even the same answer as before is written.
            fingerprint = null;
        }
    }

    /** @return when to try again */
    private Instant noteFailure(FetchException failure, Instant now, Schedule schedule) {
        gone = isGone() || failure.reason().equals(FailureReason.NOT_FOUND);
        failures++;
        failureReason = failure.reason().word();
        failureMessage = message(failure);
        if (failureSince == null) {
            failureSince = utc(now);
        }
        Instant next = schedule.retry(now, failures, failure.retryAt());
        retryAt = utc(next);
        return next;
    }

    /** What a row holds of why a source failed. */
    static String message(FetchException failure) {
        return CleanDetails.cut(SafeHtml.plainText(String.valueOf(failure.getMessage())), 1000);
    }

    /** Whoever claimed this row is done with it. */
    private void plan(Instant next) {
        claimedBy = null;
        if (dueAt != null) {
            dueAt = utc(next);
        }
    }

    /** From now on the timer leaves these details alone. */
    void unwatch() {
        lane = null;
        claimedBy = null;
        dueAt = null;
    }

    /** Notes that a caller asked for these. */
    void asked(Instant now) {
        askedAt = utc(now);
    }

    /** What this row knows of a bug that is asked about anew. */
    KnownDetails known() {
        return new KnownDetails(
                url,
                tracker,
                system,
                resolved,
                fromOpenGraph,
                instant(fetchedAt),
                instant(readAt),
                askedAt.toInstant(),
                failures,
                fingerprint,
                new Freshness(etag, lastModified, null),
                changeGroup,
                instant(dueAt),
                confidential);
    }

    /** What is compared to tell what became of the bug. */
    LastKnown lastKnown() {
        return new LastKnown(
                new Change.Bug(url, bugId, tracker, system),
                fetchedAt != null,
                new BugState(
                        status == null ? lastStatus : status,
                        resolved == null ? lastResolved : resolved,
                        title,
                        FieldsJson.read(fields).assignee()),
                fromOpenGraph,
                movedTo,
                isGone());
    }

    /** What is renewed does not fail any more, though that is not written here. */
    private boolean isGone() {
        return gone && failureReason != null;
    }

    /** What others get to read of this row. */
    StoredDetails stored() {
        return new StoredDetails(
                url,
                tracker,
                system,
                bugId,
                title,
                description,
                excerpt,
                status,
                resolved,
                image,
                siteName,
                fields,
                movedTo,
                fromOpenGraph,
                instant(fetchedAt),
                instant(expiresAt),
                failureReason,
                failureMessage,
                instant(failureSince),
                instant(retryAt),
                askedAt.toInstant(),
                confidential);
    }

    String url() {
        return url;
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
