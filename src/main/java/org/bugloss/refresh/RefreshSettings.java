package org.bugloss.refresh;

import java.time.Duration;
import org.bugloss.configuration.Keys;

/**
 * The keys {@code bugloss.refresh.*}.
 *
 * @param interval between looks for what is due; zero switches the timer off
 * @param lease after which what a node claimed and did not finish may be claimed by another
 * @param concurrency requests under way at once
 * @param perHost the same, to one host
 */
public record RefreshSettings(Duration interval, Duration lease, int concurrency, int perHost) {

    private static final int MOST_AT_ONCE = 1000;

    /** @throws org.bugloss.configuration.WrongConfiguration where a value is not allowed */
    public static RefreshSettings from(Keys keys) {
        return new RefreshSettings(
                keys.seconds("bugloss.refresh.interval", 0),
                keys.seconds("bugloss.refresh.lease", 1),
                keys.whole("bugloss.refresh.concurrency", 1, MOST_AT_ONCE),
                keys.whole("bugloss.refresh.concurrency-per-host", 1, MOST_AT_ONCE));
    }
}
