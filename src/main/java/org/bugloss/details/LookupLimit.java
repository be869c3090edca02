package org.bugloss.details;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.bugloss.configuration.Keys;

/**
 * How many uncached lookups one caller may cause in a minute, so that Bugloss is no scanner and no amplifier. A bucket a
 * caller: it holds a minute's lookups and fills evenly. Safe for use by several threads.
 */
public class LookupLimit {

    private static final double MILLIS = Duration.ofMinutes(1).toMillis();

    /** Callers that were not heard of for longer have a full bucket again, so theirs need not be kept. */
    private static final Duration FULL_AGAIN = Duration.ofMinutes(1);

    private static final int MOST_CALLERS = 100_000;

    private final int perMinute;
    private final Clock clock;
    private final Cache<String, Bucket> buckets = Caffeine.newBuilder()
            .maximumSize(MOST_CALLERS)
            .expireAfterAccess(FULL_AGAIN)
            .build();

    private record Bucket(double lookups, Instant at) {}

    /** @param perMinute zero for no limit */
    public LookupLimit(int perMinute, Clock clock) {
        this.perMinute = perMinute;
        this.clock = clock;
    }

    /** Reads {@code bugloss.lookups-per-minute}. */
    public static LookupLimit from(Keys keys, Clock clock) {
        return new LookupLimit(keys.whole("bugloss.lookups-per-minute", 0, 1_000_000), clock);
    }

    /** Counts a lookup; {@code false}, and nothing is counted, where the caller has none left. */
    public boolean take(String caller) {
        if (perMinute == 0) {
            return true;
        }
        Instant now = clock.instant();
        boolean[] taken = new boolean[1];
        buckets.asMap().compute(caller, (name, before) -> {
            double filled = before == null
                    ? perMinute
                    : Math.min(
                            perMinute,
                            before.lookups()
                                    + Duration.between(before.at(), now).toMillis() / MILLIS * perMinute);
            taken[0] = filled >= 1;
            return new Bucket(taken[0] ? filled - 1 : filled, now);
        });
        return taken[0];
    }

    /** What a caller gets who has none left; the next one is there by then. */
    Outcome refusal() {
        return new Outcome.OverLimit(perMinute, clock.instant().plusMillis((long) Math.ceil(MILLIS / perMinute)));
    }
}
