package org.bugloss.hooks;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.WrongConfiguration;
import org.bugloss.trackers.HookSecret;

/**
 * The secrets of the systems' hooks: the keys {@code bugloss.system.NAME.hook-secret} and {@code -file}. A file is read anew, so
 * that a secret can be changed while Bugloss runs. Safe for use by several threads.
 */
@ApplicationScoped
public class HookSecrets {

    private static final System.Logger LOG = System.getLogger(HookSecrets.class.getName());

    /** However many messages come, a file is read no more often. */
    private static final Duration READ_AGAIN_AFTER = Duration.ofSeconds(5);

    @Inject
    private Keys keys;

    @Inject
    private Clock clock;

    private final ConcurrentMap<String, Known> known = new ConcurrentHashMap<>();

    private record Known(List<HookSecret> secrets, Instant readAt) {}

    /**
     * Reads the secrets of all systems that are configured, for the sake of the errors.
     *
     * @throws WrongConfiguration where one is wrong; it never shows a secret
     */
    public static void check(Keys keys) {
        keys.list("bugloss.systems").forEach(system -> read(keys, system));
    }

    private static List<HookSecret> read(Keys keys, String system) {
        return keys.secrets("bugloss.system." + system + ".hook-secret").stream()
                .map(HookSecret::new)
                .toList();
    }

    /**
     * The secrets of a system; none where it has none. What can't be read any more is as it was.
     *
     * @param system the name of one that there is
     */
    public List<HookSecret> of(String system) {
        Instant now = clock.instant();
        Known current = known.get(system);
        if (current == null || !current.readAt().plus(READ_AGAIN_AFTER).isAfter(now)) {
            current = known.compute(system, (name, before) -> reread(name, before, now));
        }
        return current.secrets();
    }

    private Known reread(String system, Known before, Instant now) {
        if (before != null && before.readAt().plus(READ_AGAIN_AFTER).isAfter(now)) {
            return before;
        }
        try {
            return new Known(read(keys, system), now);
        } catch (WrongConfiguration e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The hooks of {0} go on with the secrets of before: {1}",
                    system,
                    e.getMessage());
            return new Known(before == null ? List.of() : before.secrets(), now);
        }
    }
}
