package org.bugloss.cache;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bugloss.configuration.TestKeys;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.Freshness;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TestBugUrls;
import org.junit.jupiter.api.Test;

class ScheduleTest {

    private static final Duration TTL = Duration.ofSeconds(3600);

    private final DetailsSettings settings = DetailsSettings.from(TestKeys.keys());
    private final BugUrl page = TestBugUrls.of(CanonicalUrl.parse("http://bugs.example/1"));

    private Schedule at(double random) {
        return new Schedule(settings, () -> random);
    }

    @Test
    void jitterOnlyShortensAndByAFifthAtMost() {
        assertEquals(START.plusSeconds(3420), at(0).due(START, TTL, false));
        assertEquals(START.plusSeconds(2880), at(1).due(START, TTL, false));
    }

    @Test
    void whatWasRecordedTogetherDoesNotStayTogether() {
        Schedule schedule = new Schedule(settings);
        long different = IntStream.range(0, 1000)
                .mapToObj(i -> schedule.due(START, TTL, false).getEpochSecond())
                .distinct()
                .count();
        assertTrue(different > 250, different + " different seconds of 540");
    }

    @Test
    void whatPeopleLookAtIsRefreshedSooner() {
        assertEquals(START.plusSeconds(1710), at(0).due(START, TTL, true));
        assertEquals(START.plusSeconds(1440), at(1).due(START, TTL, true));
    }

    @Test
    void resolvedBugsAreFreshForLonger() {
        assertEquals(Duration.ofDays(1), at(0).ttl(page, true, false, Freshness.UNKNOWN));
        assertEquals(TTL, at(0).ttl(page, false, false, Freshness.UNKNOWN));
        assertEquals(TTL, at(0).ttl(page, null, false, Freshness.UNKNOWN));
    }

    @Test
    void aPageMayLengthenItsTtlUpToADayAndNeverShortenIt() {
        assertEquals(Duration.ofHours(3), ttlOfPage(Duration.ofHours(3)));
        assertEquals(Duration.ofDays(1), ttlOfPage(Duration.ofDays(300)));
        assertEquals(TTL, ttlOfPage(Duration.ofSeconds(5)));
        assertEquals(TTL, ttlOfPage(null));
    }

    @Test
    void whatAnApiSaysOfItsCachingDoesNotCount() {
        assertEquals(TTL, at(0).ttl(page, null, false, new Freshness(null, null, Duration.ofHours(3))));
    }

    @Test
    void theWaitAfterAFailureDoublesUpToTheTtl() {
        List<Long> waits = IntStream.rangeClosed(1, 8)
                .mapToObj(failures -> seconds(at(0).retry(START, failures, Optional.empty())))
                .toList();
        assertEquals(List.of(60L, 120L, 240L, 480L, 960L, 1920L, 3600L, 3600L), waits);
    }

    @Test
    void jitterOfFailuresStaysBetweenTheFailureTtlAndTheTtl() {
        assertEquals(66, seconds(at(1).retry(START, 1, Optional.empty())));
        assertEquals(3600, seconds(at(1).retry(START, 20, Optional.empty())));
        assertFalse(at(0.5).retry(START, 1, Optional.empty()).isBefore(START.plusSeconds(60)));
    }

    @Test
    void aSourceThatSaysWhenToComeAgainIsObeyedUpToADay() {
        assertEquals(300, seconds(at(0).retry(START, 1, Optional.of(START.plusSeconds(300)))));
        assertEquals(60, seconds(at(0).retry(START, 1, Optional.of(START.plusSeconds(3)))));
        assertEquals(86400, seconds(at(0).retry(START, 1, Optional.of(START.plusSeconds(1_000_000)))));
    }

    private Duration ttlOfPage(Duration maxAge) {
        return at(0).ttl(page, null, true, new Freshness(null, null, maxAge));
    }

    private static long seconds(Instant until) {
        return Duration.between(START, until).toSeconds();
    }
}
