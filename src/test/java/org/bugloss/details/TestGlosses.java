package org.bugloss.details;

import static org.bugloss.cache.TestClock.START;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.bugloss.cache.StoredDetails;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TestBugUrls;

/** Bugs of a tracker, Acme, and what the tables may have of them. */
final class TestGlosses {

    /** How long details are fresh, unless a test says otherwise. */
    static final Duration TTL = Duration.ofHours(1);

    private TestGlosses() {}

    static BugUrl bug(String url) {
        return TestBugUrls.of(CanonicalUrl.parse(url));
    }

    /** A bug with that title, fetched just when the clocks of tests begin, and with no failure. */
    static StoredDetails stored(String url, String title) {
        return stored(url, title, START.plus(TTL));
    }

    static StoredDetails stored(String url, String title, Instant expiresAt) {
        return new StoredDetails(
                url,
                "Acme",
                null,
                "1",
                title,
                "<p>" + title + "</p>",
                title,
                "open",
                false,
                null,
                null,
                "{}",
                null,
                false,
                START,
                expiresAt,
                null,
                null,
                null,
                null,
                START.plusSeconds(1),
                false);
    }

    /** The same, as its tracker marks it. */
    static StoredDetails marked(StoredDetails stored, String system, Boolean confidential) {
        return new StoredDetails(
                stored.url(),
                stored.tracker(),
                system,
                stored.bugId(),
                stored.title(),
                stored.description(),
                stored.excerpt(),
                stored.status(),
                stored.resolved(),
                stored.image(),
                stored.siteName(),
                stored.fields(),
                stored.movedTo(),
                stored.fromOpenGraph(),
                stored.fetchedAt(),
                stored.expiresAt(),
                stored.failureReason(),
                stored.failureMessage(),
                stored.failureSince(),
                stored.retryAt(),
                stored.askedAt(),
                confidential);
    }

    /** The same, since when its source has failed; it is asked again at that moment. */
    static StoredDetails failing(StoredDetails stored, String reason, Instant retryAt) {
        return new StoredDetails(
                stored.url(),
                stored.tracker(),
                stored.system(),
                stored.bugId(),
                stored.title(),
                stored.description(),
                stored.excerpt(),
                stored.status(),
                stored.resolved(),
                stored.image(),
                stored.siteName(),
                stored.fields(),
                stored.movedTo(),
                stored.fromOpenGraph(),
                stored.fetchedAt(),
                stored.expiresAt(),
                reason,
                "it failed",
                START,
                retryAt,
                stored.askedAt(),
                stored.confidential());
    }

    /** A bug of which nothing was ever fetched, since its source failed. */
    static StoredDetails failed(String url, String reason, Instant retryAt) {
        return failing(unfetched(url), reason, retryAt);
    }

    /** A bug that was recorded, and nobody has fetched yet. */
    static StoredDetails unfetched(String url) {
        return new StoredDetails(
                url, "Acme", null, null, null, null, null, null, null, null, null, null, null, false, null, null, null,
                null, null, null, START, null);
    }

    /** @param expiresAt {@code null} for never */
    static DetailsOverride override(String url, String title, Instant expiresAt) {
        return new DetailsOverride(url, title, null, null, null, null, null, START, expiresAt, Set.of(), null);
    }

    static Gloss gloss(String url, StoredDetails stored, DetailsOverride override) {
        return new Gloss(bug(url), "Acme", stored, override);
    }
}
