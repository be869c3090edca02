package org.bugloss.cache;

import java.time.Duration;
import org.bugloss.configuration.Keys;

/**
 * The keys {@code bugloss.details.*}.
 *
 * @param ttl how long details are fresh
 * @param resolvedTtl the same, once the bug is resolved
 * @param failureTtl the first wait after a failure; at most {@code ttl}
 * @param deadline how long a caller waits at most
 * @param keep how long details stay that nobody refers to or asks for
 * @param images whether images from elsewhere stay in descriptions
 */
public record DetailsSettings(
        Duration ttl, Duration resolvedTtl, Duration failureTtl, Duration deadline, Duration keep, boolean images) {

    /** @throws org.bugloss.configuration.WrongConfiguration where a value is not allowed */
    public static DetailsSettings from(Keys keys) {
        Duration ttl = keys.seconds("bugloss.details.ttl", 1);
        Duration failureTtl = keys.seconds("bugloss.details.failure-ttl", 1);
        return new DetailsSettings(
                ttl,
                keys.seconds("bugloss.details.resolved-ttl", 1),
                failureTtl.compareTo(ttl) > 0 ? ttl : failureTtl,
                keys.seconds("bugloss.details.deadline", 1),
                keys.seconds("bugloss.details.keep", 1),
                keys.flag("bugloss.details.images"));
    }
}
