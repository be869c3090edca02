package org.bugloss.links;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.bugloss.audience.Sight;

/**
 * Counts of link references. What takes long to count, since there are so many, is counted anew after a while only, and is called
 * approximate meanwhile. Safe for use by several threads.
 */
@ApplicationScoped
public class Summaries {

    /** What is counted quicker is counted for every caller. */
    private static final Duration LONG = Duration.ofMillis(200);

    private static final Duration KEPT = Duration.ofSeconds(10);

    /** What is counted, and for whom: who sees the same gets the same. */
    private record Asked(LinkSelection filter, Sight sight) {}

    private final Cache<Asked, LinkReferences.Summary> kept = Caffeine.newBuilder()
            .maximumSize(1_000)
            .expireAfterWrite(KEPT)
            .executor(Runnable::run)
            .build();

    @Inject
    private LinkReferences links;

    @Inject
    private Clock clock;

    /** Counts, and whether they may be a little old. */
    record Counted(LinkReferences.Summary summary, boolean approximate) {}

    Counted of(LinkSelection filter, Sight sight) {
        Asked asked = new Asked(filter, sight);
        LinkReferences.Summary earlier = kept.getIfPresent(asked);
        if (earlier != null) {
            return new Counted(earlier, true);
        }
        Instant begin = clock.instant();
        LinkReferences.Summary summary = links.summary(filter, sight);
        if (Duration.between(begin, clock.instant()).compareTo(LONG) > 0) {
            kept.put(asked, summary);
        }
        return new Counted(summary, false);
    }
}
