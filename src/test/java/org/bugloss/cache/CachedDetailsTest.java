package org.bugloss.cache;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.bugloss.configuration.TestKeys;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugFields;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TestBugUrls;
import org.bugloss.trackers.TestDetails;
import org.junit.jupiter.api.Test;

class CachedDetailsTest {

    private static final FetchException TIMEOUT = new FetchException(FailureReason.TIMEOUT, "too slow");

    private final DetailsSettings settings = DetailsSettings.from(TestKeys.keys());
    private final Schedule schedule = new Schedule(settings, () -> 0);
    private final BugUrl bug = TestBugUrls.of(CanonicalUrl.parse("http://bugs.example/1"));
    private final CachedDetails row = new CachedDetails(bug, "Acme", START);

    @Test
    void freshDetailsBecomeStaleAfterTheirTtl() {
        fetched(BugDetails.of("1", "Crash"), START);
        assertTrue(row.stored().isFresh(START.plusSeconds(3599)));
        assertFalse(row.stored().isFresh(START.plusSeconds(3600)));
    }

    @Test
    void theLastGoodDetailsStayWhereARefreshFails() {
        fetched(BugDetails.of("1", "Crash"), START);
        Instant later = START.plusSeconds(4000);
        row.failed(TIMEOUT, later, schedule);
        assertEquals("Crash", row.stored().title());
        assertFalse(row.stored().isFresh(later));
        assertEquals("timeout", row.stored().failureReason());
        assertEquals(later, row.stored().failureSince());
        assertEquals(later.plusSeconds(60), row.stored().retryAt());
    }

    @Test
    void aFailureOfARefreshThatWasAskedForMakesFreshDetailsStale() {
        fetched(BugDetails.of("1", "Crash"), START);
        row.failed(TIMEOUT, START.plusSeconds(1), schedule);
        assertFalse(row.stored().isFresh(START.plusSeconds(1)));
    }

    @Test
    void theWaitAfterAFailureDoublesUpToTheTtl() {
        List<Long> waits = java.util.stream.IntStream.range(0, 8)
                .mapToObj(i -> {
                    row.failed(TIMEOUT, START, schedule);
                    return Duration.between(START, row.stored().retryAt()).toSeconds();
                })
                .toList();
        assertEquals(List.of(60L, 120L, 240L, 480L, 960L, 1920L, 3600L, 3600L), waits);
        assertEquals(START, row.stored().failureSince());
    }

    @Test
    void aSourceThatSaysWhenToComeAgainIsObeyedUpToADay() {
        row.failed(limitedUntil(START.plusSeconds(300)), START, schedule);
        assertEquals(START.plusSeconds(300), row.stored().retryAt());
        row.failed(limitedUntil(START.plusSeconds(1_000_000)), START, schedule);
        assertEquals(START.plus(Duration.ofDays(1)), row.stored().retryAt());
    }

    @Test
    void successForgetsWhatWentWrong() {
        row.failed(TIMEOUT, START, schedule);
        fetched(BugDetails.of("1", "Crash"), START);
        assertNull(row.stored().failureReason());
        assertNull(row.stored().retryAt());
        row.failed(TIMEOUT, START, schedule);
        assertEquals(START.plusSeconds(60), row.stored().retryAt());
    }

    @Test
    void whatStrangersWroteIsMadeSafeAndCutBeforeItIsStored() {
        fetched(
                BugDetails.of("1", "A <b>title</b>\u0000" + "x".repeat(5000))
                        .withDescription("<p onclick='x()'>text<script>alert(1)</script></p>")
                        .withStatus("open\u0007")
                        .withFields(BugFields.NONE.withAssignee("ann").withLabels(List.of("ui\u0000"))),
                START);
        assertEquals(2000, row.stored().title().length());
        assertTrue(
                row.stored().title().startsWith("A <b>title</b>x"), row.stored().title());
        assertEquals("<p>text</p>", row.stored().description());
        assertEquals("text", row.stored().excerpt());
        assertEquals("open", row.stored().status());
        assertEquals(List.of("ui"), FieldsJson.read(row.stored().fields()).labels());
    }

    @Test
    void aPageStandsInForAnApiThatNeverAnsweredUntilTheNextTry() {
        fetched(pageInsteadOf(TIMEOUT), START);
        assertEquals("The page", row.stored().title());
        assertTrue(row.stored().fromOpenGraph());
        assertEquals("timeout", row.stored().failureReason());
        assertTrue(row.stored().isFresh(START.plusSeconds(59)));
        assertFalse(row.stored().isFresh(START.plusSeconds(60)));
    }

    @Test
    void whatTheApiSaidEarlierIsBetterThanThePage() {
        fetched(BugDetails.of("1", "Crash").withStatus("open"), START);
        fetched(pageInsteadOf(TIMEOUT), START.plusSeconds(4000));
        assertEquals("Crash", row.stored().title());
        assertEquals("open", row.stored().status());
        assertEquals("timeout", row.stored().failureReason());
        assertEquals(START, row.stored().fetchedAt());
    }

    @Test
    void theFirstLookSinceTheDetailsWereFetchedIsNewsAndTheNextIsNot() {
        fetched(BugDetails.of("1", "Crash"), START);
        assertTrue(row.stored().isAskingNews(START.plusSeconds(1), settings));
        row.asked(START.plusSeconds(1));
        assertFalse(row.stored().isAskingNews(START.plusSeconds(2), settings));
        fetched(BugDetails.of("1", "Crash"), START.plusSeconds(3600));
        assertTrue(row.stored().isAskingNews(START.plusSeconds(3601), settings));
    }

    @Test
    void theSameAnswerHasTheSameFingerprintAndAnotherHasAnother() {
        BugDetails crash = BugDetails.of("1", "Crash").withDescription("It <b>crashes</b>");
        String fingerprint = CleanDetails.fingerprint(crash, false);
        assertEquals(fingerprint, CleanDetails.fingerprint(crash.withStatus(null), false));
        for (BugDetails other : List.of(
                crash.withTitle("Crash!"),
                crash.withStatus("closed"),
                crash.withResolved(false),
                crash.withDescription("It crashes"),
                crash.withFields(BugFields.NONE.withLabels(List.of("ui"))),
                BugDetails.of("1C", "rash").withDescription("It <b>crashes</b>"))) {
            assertFalse(fingerprint.equals(CleanDetails.fingerprint(other, false)), other.toString());
        }
        assertFalse(fingerprint.equals(CleanDetails.fingerprint(crash, true)));
    }

    @Test
    void aBugIsConfidentialWhereItsTrackerSaysSo() {
        assertNull(row.stored().confidential());
        fetched(BugDetails.of("1", "Crash").withConfidential(true), START);
        assertEquals(true, row.stored().confidential());
        fetched(BugDetails.of("1", "Crash"), START);
        assertEquals(false, row.stored().confidential());
    }

    @Test
    void aBugThatItsTrackerToldOfAndRefusesNowIsConfidentialUntilItIsToldOfAgain() {
        for (FailureReason reason : List.of(FailureReason.FORBIDDEN, FailureReason.NOT_FOUND)) {
            fetched(BugDetails.of("1", "Crash"), START);
            refused(reason);
            row.failed(TIMEOUT, START, schedule);
            assertEquals(true, row.stored().confidential(), reason.word());
            assertNull(row.known().fingerprint());
            fetched(pageInsteadOf(TIMEOUT), START);
            assertEquals(true, row.stored().confidential(), reason.word());
            fetched(BugDetails.of("1", "Crash").withConfidential(false), START);
            assertEquals(false, row.stored().confidential(), reason.word());
        }
    }

    @Test
    void otherFailuresAndWhatWasNeverToldByTheApiMakeNoBugConfidential() {
        refused(FailureReason.NOT_FOUND);
        assertNull(row.stored().confidential());
        fetched(pageInsteadOf(TIMEOUT), START);
        refused(FailureReason.FORBIDDEN);
        assertEquals(false, row.stored().confidential());
        fetched(BugDetails.of("1", "Crash"), START);
        refused(FailureReason.UNAUTHORIZED);
        refused(FailureReason.TIMEOUT);
        assertEquals(false, row.stored().confidential());
    }

    @Test
    void whatDoesNotSayWhetherItIsConfidentialIsReadAgainInFull() {
        CachedDetails old = new CachedDetails(bug, "Acme", START);
        fetched(BugDetails.of("1", "Crash"), START);
        assertTrue(row.known().canBeRenewed(bug, "Acme", START));
        assertFalse(old.known().canBeRenewed(bug, "Acme", START));
        assertNull(old.known().confidential());
    }

    private void refused(FailureReason reason) {
        FetchException failure = new FetchException(reason, "refused");
        row.hideWhereRefused(failure);
        row.failed(failure, START, schedule);
    }

    private void fetched(BugDetails details, Instant at) {
        row.fetched(bug, "Acme", null, CleanDetails.of(bug, details, settings.images()), at, schedule);
    }

    private static FetchException limitedUntil(Instant until) {
        return new FetchException(FailureReason.RATE_LIMITED, "too many", until, null);
    }

    private static BugDetails pageInsteadOf(FetchException failure) {
        return TestDetails.pageInsteadOf("1", "The page", failure);
    }
}
