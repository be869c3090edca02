package org.bugloss.feed;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.bugloss.web.Caller;
import org.bugloss.web.Problem;

/** All who wait on this node: streams and long polls, so many for each caller. Safe for use by several threads. */
@ApplicationScoped
public class Listeners {

    /** As in the outside contract. */
    private static final int MOST_OF_ONE_CALLER = 500;

    private static final int MOST = 1_000;
    private static final Duration COME_AGAIN = Duration.ofSeconds(30);

    @Inject
    private MeterRegistry meters;

    /** How many each caller has. Guarded by this. */
    private final Map<String, Integer> taken = new HashMap<>();

    private final Set<Runnable> ends = ConcurrentHashMap.newKeySet();

    /** A place among those that wait, until it is left. */
    interface Seat {
        void leave();
    }

    @PostConstruct
    void begin() {
        Gauge.builder("bugloss.changes.listeners", this, Listeners::count)
                .description("Streams and long polls of changes that are open")
                .register(meters);
    }

    @PreDestroy
    void end() {
        ends.forEach(Runnable::run);
    }

    /**
     * Takes a seat.
     *
     * @param end what ends the waiting, where the application does
     * @throws Problem where the caller has too many, or all are taken
     */
    Seat take(Caller caller, Runnable end) {
        String name = caller.name();
        synchronized (this) {
            if (taken.getOrDefault(name, 0) >= MOST_OF_ONE_CALLER) {
                throw Problem.of(429, "a caller may have " + MOST_OF_ONE_CALLER + " streams and waits at once")
                        .retryAfter(COME_AGAIN);
            }
            if (count() >= MOST) {
                throw Problem.of(503, "all " + MOST + " streams and waits of this node are taken")
                        .retryAfter(COME_AGAIN);
            }
            taken.merge(name, 1, Integer::sum);
        }
        ends.add(end);
        return () -> {
            // Once, however often it is left.
            if (ends.remove(end)) {
                synchronized (this) {
                    taken.computeIfPresent(name, (same, count) -> count == 1 ? null : count - 1);
                }
            }
        };
    }

    private synchronized int count() {
        return taken.values().stream().mapToInt(Integer::intValue).sum();
    }
}
