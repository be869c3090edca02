package org.bugloss.trackers;

import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.WrongConfiguration;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.jspecify.annotations.Nullable;

/**
 * The systems that are to be left alone, by {@code bugloss.system.NAME.paused} or by an editor: nobody asks them, be it for their
 * API or for a page, until that is ended. What editors pause is in a table, and whoever reads that tells it here. Safe for use by
 * several threads.
 */
public final class PausedSystems {

    private final Map<String, Instant> configured;
    private volatile Map<String, Instant> byEditors = Map.of();

    /**
     * Reads the keys.
     *
     * @throws WrongConfiguration where one is neither {@code true} nor {@code false}
     */
    public PausedSystems(Keys keys, Clock clock) {
        Map<String, Instant> paused = new TreeMap<>();
        for (String system : keys.list("bugloss.systems")) {
            if (isConfigured(keys, system)) {
                paused.put(system, clock.instant());
            }
        }
        configured = Map.copyOf(paused);
    }

    /** Reads the keys for the sake of the errors. */
    public static void check(Keys keys) {
        keys.list("bugloss.systems").forEach(system -> isConfigured(keys, system));
    }

    private static boolean isConfigured(Keys keys, String system) {
        String key = "bugloss.system." + system + ".paused";
        return keys.text(key).isPresent() && keys.flag(key);
    }

    /** What editors have paused by now, by the names of the systems, each since when. */
    public void byEditors(Map<String, Instant> pauses) {
        byEditors = Map.copyOf(pauses);
    }

    /** The names of all that are paused. */
    public Set<String> names() {
        Set<String> names = new LinkedHashSet<>(configured.keySet());
        names.addAll(byEditors.keySet());
        return names;
    }

    /** Whether the configuration pauses it, so that no editor can end it. */
    public boolean isConfigured(String system) {
        return configured.containsKey(system);
    }

    public boolean isPaused(String system) {
        return configured.containsKey(system) || byEditors.containsKey(system);
    }

    /** Since when a URL's system is paused; {@code null} where it is not, or the URL is of none. */
    public @Nullable Instant since(BugUrl url) {
        // Most of the time there is none, and this is asked with every answer.
        if (byEditors.isEmpty() && configured.isEmpty()) {
            return null;
        }
        Optional<String> system = url.system().map(TrackerSystem::name);
        return system.map(byEditors::get).or(() -> system.map(configured::get)).orElse(null);
    }

    /** What whoever asks all the same gets instead of an answer. */
    public static FetchException refusal(String system) {
        return new FetchException(FailureReason.PAUSED, "the system " + system + " is paused: it is not asked");
    }
}
