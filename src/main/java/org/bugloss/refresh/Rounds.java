package org.bugloss.refresh;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;

/**
 * What is done, round by round: a line in the log for each, and meters. Guarded by the lock of the {@link Refresh} that it
 * belongs to.
 */
final class Rounds {

    private static final System.Logger LOG = System.getLogger(Refresh.class.getName());

    private final MeterRegistry meters;
    private final Duration interval;
    private final Timer time;
    private Round round;

    /** @param interval after which a round that goes on has its line all the same */
    Rounds(MeterRegistry meters, Duration interval, Instant now) {
        this.meters = meters;
        this.interval = interval;
        this.round = new Round(now);
        Stream.of("due", "refreshed", "unchanged", "failed", "requests").forEach(this::counter);
        this.time = Timer.builder("bugloss.refresh.round")
                .description("Rounds of the refresh, from the first claim to the end of the last")
                .register(meters);
    }

    /** So much more is due; with the first of it a round begins. */
    void due(int more, Instant now) {
        if (round.isEmpty()) {
            round = new Round(now);
        }
        round.due(more);
    }

    void requests(long more) {
        round.requests(more);
    }

    void done(int moreRefreshed, int moreUnchanged, int moreFailed) {
        round.done(moreRefreshed, moreUnchanged, moreFailed);
    }

    /** There is nothing left to do. */
    void end(Instant now) {
        if (!round.isEmpty()) {
            LOG.log(System.Logger.Level.INFO, round.line(now));
            round.count(this::counter);
            time.record(round.lasted(now));
            round = new Round(now);
        }
    }

    /** Time goes by: what lasts for longer than the interval becomes two rounds. */
    void endIfLong(Instant now) {
        if (round.lasted(now).compareTo(interval) >= 0) {
            end(now);
        }
    }

    private Counter counter(String what) {
        return what.equals("requests")
                ? Counter.builder("bugloss.refresh.requests")
                        .description("Requests sent to refresh details")
                        .register(meters)
                : Counter.builder("bugloss.refresh.details")
                        .description("Details that were due, and what became of them")
                        .tag("outcome", what)
                        .register(meters);
    }
}
