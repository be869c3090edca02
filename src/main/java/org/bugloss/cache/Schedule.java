package org.bugloss.cache;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import org.bugloss.outbound.Freshness;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TrackerSystem;
import org.jspecify.annotations.Nullable;

/**
 * When details are to be fetched again: how long they are fresh, when the timer shall refresh them, and how long to wait
 * after a failure. Safe for use by several threads.
 */
@ApplicationScoped
public class Schedule {

    /** A page may ask to be left alone for so long, and a source that wants a longer rest is tried again after it. */
    static final Duration LONGEST = Duration.ofDays(1);

    /** Refreshed in the last fifth of their ttl, so that what was recorded in one minute spreads out … */
    public static final double EARLIEST = 0.8;

    /** … and as a rule before it is stale: the timer has to come by, and the source to answer. */
    private static final double LATEST = 0.95;

    /** What people look at is refreshed twice as often. */
    private static final double LOOKED_AT = 0.5;

    /** Failures wait up to a tenth longer, so that what failed together is not tried again together for ever. */
    private static final double LONGER = 0.1;

    private final DetailsSettings settings;
    private final DoubleSupplier random;

    /** For CDI's proxy. */
    @SuppressWarnings("NullAway")
    protected Schedule() {
        this(null, null);
    }

    @Inject
    public Schedule(DetailsSettings settings) {
        this(settings, () -> ThreadLocalRandom.current().nextDouble());
    }

    /** @param random from 0 to 1 */
    public Schedule(DetailsSettings settings, DoubleSupplier random) {
        this.settings = settings;
        this.random = random;
    }

    /**
     * How long details are fresh: by the tracker's notion of resolved, else by the system. A page that asks to be kept for
     * longer is kept for longer, up to a day.
     *
     * @param page whether these are a page's own metadata
     */
    public Duration ttl(BugUrl bug, @Nullable Boolean resolved, boolean page, Freshness freshness) {
        if (Boolean.TRUE.equals(resolved)) {
            return settings.resolvedTtl();
        }
        Duration ttl = ttl(bug.system());
        Duration wished = page && freshness.maxAge() != null ? freshness.maxAge() : Duration.ZERO;
        return longer(ttl, wished.compareTo(LONGEST) > 0 ? LONGEST : wished);
    }

    /** How long the details of open bugs of a system are fresh; of none, those of pages. */
    public Duration ttl(Optional<TrackerSystem> system) {
        return system.flatMap(TrackerSystem::ttl).orElse(settings.ttl());
    }

    /**
     * When the timer shall refresh what is fetched now.
     *
     * @param lookedAt whether somebody asked for it since it was fetched before
     */
    public Instant due(Instant now, Duration ttl, boolean lookedAt) {
        double part = LATEST - (LATEST - EARLIEST) * random.getAsDouble();
        return now.plus(part(ttl, lookedAt ? part * LOOKED_AT : part));
    }

    /**
     * When to try again after a failure: {@code bugloss.details.failure-ttl}, doubled with each further failure up to the
     * ttl, and not before the source wants to be asked again.
     *
     * @param failures how many there were in a row, this one included
     * @param asked when the source wants to be asked again, where it says so
     */
    public Instant retry(Instant now, int failures, Optional<Instant> asked) {
        Duration wait = settings.failureTtl();
        for (int i = 1; i < failures && wait.compareTo(settings.ttl()) < 0; i++) {
            wait = wait.multipliedBy(2);
        }
        Duration longer = part(wait, 1 + LONGER * random.getAsDouble());
        Instant ours = now.plus(longer.compareTo(settings.ttl()) > 0 ? settings.ttl() : longer);
        return asked.filter(ours::isBefore)
                .map(theirs -> theirs.isAfter(now.plus(LONGEST)) ? later(ours, now.plus(LONGEST)) : theirs)
                .orElse(ours);
    }

    private static Duration part(Duration whole, double part) {
        return Duration.ofMillis((long) (whole.toMillis() * part));
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
