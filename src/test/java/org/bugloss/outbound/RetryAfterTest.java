package org.bugloss.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {

    private static final Instant NOW = Instant.parse("2026-11-22T09:00:00Z");

    /** 2^31 seconds later. */
    private static final Instant FURTHEST = Instant.parse("2094-12-10T12:14:08Z");

    @ParameterizedTest
    @CsvSource({
        "0, 2026-11-22T09:00:00Z",
        "' 120 ', 2026-11-22T09:02:00Z",
        "0000000000060, 2026-11-22T09:01:00Z",
        "999999999, 2058-07-31T10:46:39Z",
        "1795338000, 2083-10-13T18:00:00Z",
        "'Sun, 22 Nov 2026 17:00:00 GMT', 2026-11-22T17:00:00Z",
        "'Wed, 21 Oct 2099 07:28:00 GMT', 2099-10-21T07:28:00Z",
        "'Sun, 21 Oct 2099 07:28:00 GMT', 2099-10-21T07:28:00Z",
        "'Fri, 31 Dec 9999 23:59:59 GMT', 9999-12-31T23:59:59Z",
    })
    void secondsAndDatesAreRead(String value, Instant expected) {
        assertEquals(Optional.of(expected), RetryAfter.read(value, NOW));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2147483648",
                "9999999999",
                "99999999999999999999999999",
                "Fri, 31 Dec 10000 23:59:59 GMT",
                "Sat, 01 Jan 292278994 00:00:00 GMT"
            })
    void whatIsFurtherAwayThanNumbersGoIsAsFarAsTheyGo(String value) {
        assertEquals(Optional.of(FURTHEST), RetryAfter.read(value, NOW));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "-1", "1.5", "٣", "22 Nov 2026", "Fri, 31 Dec 10000"})
    void everythingElseSaysNothing(String value) {
        assertEquals(Optional.empty(), RetryAfter.read(value, NOW));
    }

    @Test
    void aGateCapsIt() {
        Gate gate =
                new Gate(Clock.fixed(NOW, ZoneOffset.UTC), 4, Duration.ofMinutes(1), Duration.ofHours(1), () -> false);
        gate.failed(new FetchException(
                FailureReason.RATE_LIMITED,
                "too many",
                RetryAfter.read("9999999999", NOW).orElseThrow(),
                null));
        assertEquals(Instant.parse("2026-11-23T09:00:00Z"), gate.opensAt());
    }
}
