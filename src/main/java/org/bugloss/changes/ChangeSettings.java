package org.bugloss.changes;

import java.time.Duration;
import org.bugloss.configuration.Keys;

/**
 * The key {@code bugloss.changes.keep}.
 *
 * @param keep how long changes stay in the feed
 */
public record ChangeSettings(Duration keep) {

    /** @throws org.bugloss.configuration.WrongConfiguration where the value is not allowed */
    public static ChangeSettings from(Keys keys) {
        return new ChangeSettings(keys.seconds("bugloss.changes.keep", 1));
    }
}
