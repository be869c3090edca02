package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import java.util.TreeMap;
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
}
