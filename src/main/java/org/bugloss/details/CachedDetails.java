package org.bugloss.details;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.InvalidUrlException;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugFields;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TrackerSystem;

/**
 * A row of the cache: the last good details of the bug behind a URL, when they were fetched, and what has gone wrong
 * since. Not safe for use by several threads; outside a transaction it is a snapshot to read.
 */
@Entity
@Table(name = "bug_details")
public class CachedDetails {

    /** A source that asks for a longer wait than a day is tried again after a day. */
    private static final Duration LONGEST_WAIT = Duration.ofDays(1);

    @Id
    private String url;

    private String tracker;

    @Column(name = "system_name")
    private String system;

    @Column(name = "bug_id")
    private String bugId;

    private String title;
    private String description;
    private String excerpt;
    private String status;
    private Boolean resolved;
    private String image;

    @Column(name = "site_name")
    private String siteName;

    private String fields;

    @Column(name = "from_open_graph")
    private boolean fromOpenGraph;

    @Column(name = "fetched_at")
    private OffsetDateTime fetchedAt;

    @Column(name = "expires_at")
    private OffsetDateTime expiresAt;

    @Column(name = "failure_reason")
    private String failureReason;

    @Column(name = "failure_message")
    private String failureMessage;

    @Column(name = "failure_since")
    private OffsetDateTime failureSince;

    @Column(name = "retry_at")
    private OffsetDateTime retryAt;

    private int failures;

    @Column(name = "asked_at")
    private OffsetDateTime askedAt;

    @Column(name = "due_at")
    private OffsetDateTime dueAt;

    /** For Jakarta Persistence. */
    protected CachedDetails() {}

    /** Nothing is known yet. */
    public CachedDetails(BugUrl bug, String tracker, Instant now) {
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
     * @param ttl how long these details are fresh
     */
    void fetched(
            BugUrl bug, String byTracker, BugDetails details, Instant now, Duration ttl, DetailsSettings settings) {
        if (details.failure() != null && hasDetails() && !fromOpenGraph && isOf(bug, byTracker)) {
            failed(details.failure(), now, settings);
            return;
        }
        tracker = byTracker;
        system = bug.system().map(TrackerSystem::name).orElse(null);
        bugId = cut(plain(details.id()), 300);
        title = cut(SafeHtml.plainText(details.title()), 2000);
        description = SafeHtml.sanitise(
                details.description(), settings.images(), bug.url().uri());
        excerpt = SafeHtml.excerpt(description);
        status = cut(plain(details.status()), 300);
        resolved = details.resolved();
        image = webUrl(details.image());
        siteName = cut(plain(details.siteName()), 300);
        fields = FieldsJson.of(plain(details.fields())).toString();
        fromOpenGraph = details.fromOpenGraph();
        fetchedAt = utc(now);
        expiresAt = utc(now.plus(ttl));
        if (details.failure() == null) {
            failureReason = null;
            failureMessage = null;
            failureSince = null;
            retryAt = null;
            failures = 0;
        } else {
            noteFailure(details.failure(), now, settings);
            expiresAt = retryAt;
        }
        plan(expiresAt);
    }

    /** Notes that a source failed. The last good details stay; the next try waits longer with every failure. */
    void failed(FetchException failure, Instant now, DetailsSettings settings) {
        noteFailure(failure, now, settings);
        if (expiresAt != null && expiresAt.isAfter(utc(now))) {
            expiresAt = utc(now);
        }
        plan(retryAt);
    }

    private void noteFailure(FetchException failure, Instant now, DetailsSettings settings) {
        failures++;
        failureReason = failure.reason().word();
        failureMessage = cut(SafeHtml.plainText(String.valueOf(failure.getMessage())), 1000);
        if (failureSince == null) {
            failureSince = utc(now);
        }
        Instant doubled = now.plus(wait(failures, settings));
        Instant asked = failure.retryAt().orElse(doubled);
        Instant latest = now.plus(LONGEST_WAIT);
        Instant later = asked.isAfter(doubled) ? asked : doubled;
        retryAt = utc(later.isAfter(latest) && asked.isAfter(doubled) ? latest : later);
    }

    /** The first wait, doubled with each further failure, up to the ttl. */
    private static Duration wait(int failures, DetailsSettings settings) {
        Duration wait = settings.failureTtl();
        for (int i = 1; i < failures && wait.compareTo(settings.ttl()) < 0; i++) {
            wait = wait.multipliedBy(2);
        }
        return wait.compareTo(settings.ttl()) > 0 ? settings.ttl() : wait;
    }

    private void plan(OffsetDateTime next) {
        if (dueAt != null) {
            dueAt = next;
        }
    }

    /** From now on the timer keeps these details fresh. */
    public void watch(Instant now) {
        if (dueAt == null) {
            dueAt = retryAt != null ? retryAt : expiresAt != null ? expiresAt : utc(now);
        }
    }

    /** From now on the timer leaves these details alone. */
    public void unwatch() {
        dueAt = null;
    }

    /** Notes that a caller asked for these. */
    void asked(Instant now) {
        askedAt = utc(now);
    }

    /** Whether it is so long ago that a caller asked that it should be noted anew: a quarter of {@code keep}. */
    boolean isAskedLongAgo(Instant now, DetailsSettings settings) {
        return askedAt.toInstant().plus(settings.keep().dividedBy(4)).isBefore(now);
    }

    public String url() {
        return url;
    }

    /** Whether details were ever fetched. */
    public boolean hasDetails() {
        return fetchedAt != null;
    }

    /** Whether the details are still fresh. */
    public boolean isFresh(Instant now) {
        return expiresAt != null && expiresAt.toInstant().isAfter(now);
    }

    /** Whether the tracker and system that told these details are still the ones to ask. */
    public boolean isOf(BugUrl bug, String byTracker) {
        return byTracker.equals(tracker)
                && bug.system().map(TrackerSystem::name).equals(Optional.ofNullable(system));
    }

    /** Whether the details are too old, or not of the tracker and system that are now the ones to ask. */
    boolean isStale(BugUrl bug, String byTracker, Instant now) {
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
        return retryAt != null && retryAt.toInstant().isAfter(now);
    }

    String tracker() {
        return tracker;
    }

    String system() {
        return system;
    }

    String bugId() {
        return bugId;
    }

    String title() {
        return title;
    }

    String description() {
        return description;
    }

    String excerpt() {
        return excerpt;
    }

    String status() {
        return status;
    }

    Boolean resolved() {
        return resolved;
    }

    String image() {
        return image;
    }

    String siteName() {
        return siteName;
    }

    BugFields fields() {
        return FieldsJson.read(fields);
    }

    boolean fromOpenGraph() {
        return fromOpenGraph;
    }

    Instant fetchedAt() {
        return instant(fetchedAt);
    }

    Instant expiresAt() {
        return instant(expiresAt);
    }

    String failureReason() {
        return failureReason;
    }

    String failureMessage() {
        return failureMessage;
    }

    Instant failureSince() {
        return instant(failureSince);
    }

    Instant retryAt() {
        return instant(retryAt);
    }

    /** Only a web URL may become the source of a picture; a tracker or an extension may have said anything. */
    static String webUrl(String image) {
        try {
            return image == null ? null : CanonicalUrl.parse(image).key();
        } catch (InvalidUrlException e) {
            return null;
        }
    }

    private static BugFields plain(BugFields fields) {
        return new BugFields(
                cut(plain(fields.assignee()), 1000),
                cut(plain(fields.priority()), 300),
                cut(plain(fields.type()), 300),
                fields.labels().stream()
                        .limit(100)
                        .map(label -> cut(plain(label), 200))
                        .toList(),
                fields.updated());
    }

    private static String plain(String text) {
        return text == null ? null : SafeHtml.plainText(text);
    }

    /** Cuts to a length in UTF-16 units, as H2 counts, and never through a surrogate pair. */
    private static String cut(String text, int most) {
        if (text == null || text.length() <= most) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
        return text.substring(0, end);
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private static Instant instant(OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
