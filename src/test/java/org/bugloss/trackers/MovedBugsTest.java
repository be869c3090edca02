package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MovedBugsTest {

    private final AtomicLong nanos = new AtomicLong();
    private final MovedBugs<String> moved = new MovedBugs<>(nanos::get);
    private final TrackerApi api = api("https://one.example");

    private static TrackerApi api(String base) {
        return new TrackerApi(
                new RecordedAnswers(), base, Map.of(), Map.of(), reply -> {}, failure -> {}, Instant::now);
    }

    @Test
    void whatMovedIsKnownForADayOfItsApiOnly() {
        moved.note(api, "OLD-1", Optional.of("NEW-3"));
        nanos.addAndGet(Duration.ofHours(23).toNanos());
        assertEquals(Optional.of("NEW-3"), moved.of(api, "OLD-1"));
        assertEquals(Optional.empty(), moved.of(api("https://two.example"), "OLD-1"));
        nanos.addAndGet(Duration.ofHours(1).toNanos());
        assertEquals(Optional.empty(), moved.of(api, "OLD-1"));
    }

    @Test
    void whatIsBackIsForgotten() {
        moved.note(api, "OLD-1", Optional.of("NEW-3"));
        moved.note(api, "OLD-1", Optional.empty());
        assertEquals(Optional.empty(), moved.of(api, "OLD-1"));
    }

    @Test
    void ofManyNoMoreThanTenThousandAreKept() {
        IntStream.range(0, 30_000).forEach(number -> moved.note(api, "OLD-" + number, Optional.of("NEW-" + number)));
        moved.cleanUp();
        long kept = IntStream.range(0, 30_000)
                .filter(number -> moved.of(api, "OLD-" + number).isPresent())
                .count();
        assertTrue(kept <= 10_000, kept + " are kept");
    }
}
