package org.bugloss.cache;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.bugloss.configuration.TestKeys;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TestBugUrls;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoredDetailsTest {

    private static final BugUrl BUG = TestBugUrls.of(CanonicalUrl.parse("http://bugs.example/1"));

    private final DetailsSettings settings = DetailsSettings.from(TestKeys.keys());

    /** The seconds are from now on; {@code null} for never. */
    private static StoredDetails stored(Integer fetched, Integer expires, String reason, Integer retry, int asked) {
        return new StoredDetails(
                BUG.url().key(),
                "Acme",
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                false,
                at(fetched),
                at(expires),
                reason,
                reason == null ? null : "it failed",
                reason == null ? null : START,
                at(retry),
                at(asked),
                null);
    }

    private static Instant at(Integer seconds) {
        return seconds == null ? null : START.plusSeconds(seconds);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, -, -, -, false, true, true",
                "-, -, dns, 1, false, true, false",
                "-, -, dns, 0, false, true, true",
                "-60, 1, -, -, true, false, false",
                "-60, 0, -, -, true, true, true",
                "-60, 0, dns, 1, true, true, false",
                "-60, 0, dns, 0, true, true, true",
                "-60, 0, address_not_allowed, 60, true, true, true",
                "-, -, address_not_allowed, 60, false, true, true"
            })
    void itIsTimeToFetchWhereNothingFreshIsThereAndAWaitIsOver(
            Integer fetched,
            Integer expires,
            String reason,
            Integer retry,
            boolean hasDetails,
            boolean stale,
            boolean wanting) {
        StoredDetails stored = stored(fetched, expires, reason, retry, 0);

        assertEquals(hasDetails, stored.hasDetails());
        assertEquals(stale, stored.isStale(BUG, "Acme", START));
        assertEquals(wanting, stored.isWanting(BUG, "Acme", START));
    }

    @Test
    void whatAnotherTrackerToldIsStaleThoughItIsFresh() {
        StoredDetails stored = stored(-60, 60, null, null, 0);

        assertEquals(true, stored.isFresh(START));
        assertEquals(true, stored.isStale(BUG, "Another", START));
        assertEquals(true, stored.isWanting(BUG, "Another", START));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-60, -60, true",
                "-60, -61, true",
                "-60, -59, false",
                "-, 0, false",
                "-, -648000, false",
                "-, -648001, true",
                "-2592000, -648001, true"
            })
    void anAskingIsNewsOnceAfterAFetchAndThenEveryQuarterOfKeep(Integer fetched, int asked, boolean news) {
        assertEquals(Duration.ofSeconds(2_592_000), settings.keep());
        assertEquals(news, stored(fetched, fetched, null, null, asked).isAskingNews(START, settings));
    }

    @Test
    void whatASourceToldJustNowIsAsItWouldBeStored() {
        Schedule schedule = new Schedule(settings, () -> 0);
        BugDetails details = BugDetails.of("1", "Crash").withStatus("open").withResolved(false);

        assertEquals(
                new StoredDetails(
                        BUG.url().key(),
                        "Acme",
                        null,
                        "1",
                        "Crash",
                        "",
                        "",
                        "open",
                        false,
                        null,
                        null,
                        FieldsJson.of(details.fields()).toString(),
                        null,
                        false,
                        START,
                        START.plusSeconds(3600),
                        null,
                        null,
                        null,
                        null,
                        START,
                        false),
                StoredDetails.of(BUG, "Acme", CleanDetails.of(BUG, details, false), START, schedule));
    }
}
