package org.bugloss.outbound;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** The gates of all sources, on this node. Thread-safe. */
public class Gates {

    /** A gate that nobody came to for so long has nothing to remember that matters. */
    private static final Duration FORGOTTEN_AFTER = Duration.ofDays(2);

    private static final int MOST = 20_000;

    private final Clock clock;
    private final int widest;
    private final Duration firstWait;
    private final Duration longestWait;
    private final Cache<String, Gate> gates = Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfterAccess(FORGOTTEN_AFTER)
            .build();

    /** See {@link Gate#Gate}. */
    public Gates(Clock clock, int widest, Duration firstWait, Duration longestWait) {
        this.clock = clock;
        this.widest = widest;
        this.firstWait = firstWait;
        this.longestWait = longestWait;
    }

    /** The gate of a source. */
    public Gate of(String source) {
        return gates.get(source, name -> new Gate(clock, widest, firstWait, longestWait));
    }

    /** The gate of a source that was asked already. */
    public Optional<Gate> known(String source) {
        return Optional.ofNullable(gates.getIfPresent(source));
    }
}
