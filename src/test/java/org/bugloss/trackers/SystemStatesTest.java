package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bugloss.Logged;
import org.bugloss.cache.TestClock;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.api.Test;

class SystemStatesTest {

    private final TrackerSystem system = TestBugUrls.system("Acme", "https://acme.example", null, null);
    private final SystemStates states = new SystemStates();

    @Test
    void requestsAreCountedByOutcomesOfWhichThereAreNoMoreThanWereThereFromTheStart() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        states.meters = meters;
        states.countFromZero(system);
        int before = meters.getMeters().size();

        states.unanswered(system, new FetchException(FailureReason.TIMEOUT, "no answer"));
        states.unanswered(system, new FetchException(FailureReason.ofStatus(418), "a word without end"));

        assertEquals(before, meters.getMeters().size());
        Map<String, Double> counted = new TreeMap<>();
        meters.find("bugloss.upstream.requests").tag("system", "test").counters().stream()
                .filter(counter -> counter.count() > 0)
                .forEach(counter -> counted.put(counter.getId().getTag("outcome"), counter.count()));
        assertEquals(Map.of("timeout", 1.0, "unexpected_answer", 1.0), counted);
    }

    @Test
    void aSystemThatFailsIsOneLineInTheLogAndOneWhenItAnswersAgain() {
        TestClock clock = new TestClock();
        states.clock = clock;
        try (Logged log = new Logged(SystemStates.class)) {
            states.succeeded(system);
            states.failed(system, new FetchException(FailureReason.FORBIDDEN, "this bug alone"));
            assertEquals(List.of(), log.lines());

            for (int i = 0; i < 3; i++) {
                states.failed(system, new FetchException(FailureReason.ofStatus(503), "acme.example is being mended"));
                clock.advance(Duration.ofMinutes(4));
            }
            states.succeeded(system);
            states.succeeded(system);
            assertEquals(
                    List.of(
                            "WARNING The system test fails: acme.example is being mended (http_503)",
                            "INFO The system test answers again, 720 s after that was logged"),
                    log.lines());
        }
    }

    @Test
    void oneThatFailsAndAnswersByTurnsDoesNotFillTheLog() {
        TestClock clock = new TestClock();
        states.clock = clock;
        try (Logged log = new Logged(SystemStates.class)) {
            for (int i = 0; i < 100; i++) {
                states.failed(system, new FetchException(FailureReason.TIMEOUT, "no answer"));
                states.succeeded(system);
                clock.advance(Duration.ofSeconds(1));
            }
            assertEquals(2, log.lines().size());
            clock.advance(Duration.ofMinutes(5));
            states.failed(system, new FetchException(FailureReason.TIMEOUT, "no answer"));
            assertEquals(1, log.lines().size());
        }
    }
}
