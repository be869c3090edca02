package org.bugloss.refresh;

import java.time.Duration;
import java.time.Instant;
import org.bugloss.cache.DetailsCache;

/** Forgets, now and then, the details that nobody needs any more. For one thread, the timer's. */
final class Cleaning {

    private static final System.Logger LOG = System.getLogger(Refresh.class.getName());

    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);
    private static final int MOST_AT_ONCE = 10_000;

    private final DetailsCache cache;
    private final Duration keep;
    private final Duration pause;
    private Instant cleaned = Instant.EPOCH;

    /** @param keep how long details are kept that no link reference has and nobody asks for */
    Cleaning(DetailsCache cache, Duration keep) {
        this.cache = cache;
        this.keep = keep;
        Duration tenth = keep.dividedBy(10);
        this.pause = tenth.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : tenth;
    }

    /** Forgets some, unless that was done a short while ago. What is left then is forgotten the next time. */
    void clean(Instant now) {
        if (cleaned.plus(pause).isAfter(now)) {
            return;
        }
        int forgotten = cache.forget(now.minus(keep), MOST_AT_ONCE);
        if (forgotten < MOST_AT_ONCE) {
            cleaned = now;
        }
        if (forgotten > 0) {
            LOG.log(System.Logger.Level.INFO, "Forgot {0} details that nobody refers to or asks for", forgotten);
        }
    }
}
