package org.bugloss.refresh;

import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;

/**
 * What was done since something came due until there was nothing left to do, or since the line before in the log. Guarded
 * by the lock of the {@link Refresh} that it belongs to.
 */
final class Round {

    private final Instant begin;
    private int due;
    private int refreshed;
    private int unchanged;
    private int failed;
    private long requests;

    Round(Instant begin) {
        this.begin = begin;
    }

    void due(int more) {
        due += more;
    }

    void requests(long more) {
        requests += more;
    }

    void done(int moreRefreshed, int moreUnchanged, int moreFailed) {
        refreshed += moreRefreshed;
        unchanged += moreUnchanged;
        failed += moreFailed;
    }

    boolean isEmpty() {
        return due + refreshed + unchanged + failed == 0 && requests == 0;
    }

    Duration lasted(Instant now) {
        return Duration.between(begin, now);
    }

    /** Adds the same to counters. */
    void count(Function<String, Counter> counters) {
        counters.apply("due").increment(due);
        counters.apply("refreshed").increment(refreshed);
        counters.apply("unchanged").increment(unchanged);
        counters.apply("failed").increment(failed);
        counters.apply("requests").increment((double) requests);
    }

    /** The line in the log. */
    String line(Instant now) {
        long tenths = lasted(now).toMillis() / 100;
        return "Refresh round: " + due + " due, " + refreshed + " refreshed, " + unchanged + " unchanged, " + failed
                + " failed, " + requests + " requests, " + tenths / 10.0 + " s";
    }
}
