package org.bugloss.outbound;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/** The gates of all sources, on this node. Thread-safe. */
public class Gates {

    /** A gate that nobody came to for so long has nothing to remember that matters. */
    private static final Duration FORGOTTEN_AFTER = Duration.ofDays(2);

    private static final int MOST = 20_000;

    private final Clock clock;
    private final int widest;
    private final Duration firstWait;
    private final Duration longestWait;
    private final Predicate<String> paused;
    private final Cache<String, Gate> gates = Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfterAccess(FORGOTTEN_AFTER)
            .build();

    /**
     * See {@link Gate#Gate}.
     *
     * @param paused whether a source is to be left alone now
     */
    public Gates(Clock clock, int widest, Duration firstWait, Duration longestWait, Predicate<String> paused) {
        this.clock = clock;
        this.widest = widest;
        this.firstWait = firstWait;
        this.longestWait = longestWait;
        this.paused = paused;
    }

    /** The gate of a source. */
    public Gate of(String source) {
        return gates.get(source, name -> new Gate(clock, widest, firstWait, longestWait, () -> paused.test(name)));
    }

    /** The gate of a source that was asked already. */
    public Optional<Gate> known(String source) {
        return Optional.ofNullable(gates.getIfPresent(source));
    }

    /** Whether a source is to be left alone now, and until somebody ends that. */
    public boolean isPaused(String source) {
        return paused.test(source);
    }
}
