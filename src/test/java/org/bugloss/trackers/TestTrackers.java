package org.bugloss.trackers;

import java.time.Clock;
import java.util.List;
import org.bugloss.configuration.TestKeys;
import org.bugloss.outbound.CanonicalUrl;

/** A registry for tests: one tracker, and the systems that a test names. */
public final class TestTrackers {

    /** As long as nobody tells it otherwise; not to be told. */
    static final PausedSystems NONE_PAUSED = new PausedSystems(TestKeys.keys(), Clock.systemUTC());

    private TestTrackers() {}

    /** The systems are at {@code https://NAME.example}. */
    public static Trackers of(IssueTracker tracker, String... systems) {
        String name = tracker.getClass().getSimpleName();
        String[] keys = new String[6 + 4 * systems.length];
        keys[0] = "EXTERNAL_BUG_TRACKERS";
        keys[1] = name;
        keys[2] = "bugloss.public-systems";
        keys[3] = "false";
        keys[4] = "bugloss.systems";
        keys[5] = String.join(",", systems);
        for (int i = 0; i < systems.length; i++) {
            keys[6 + 4 * i] = "bugloss.system." + systems[i] + ".tracker";
            keys[7 + 4 * i] = name;
            keys[8 + 4 * i] = "bugloss.system." + systems[i] + ".base-url";
            keys[9 + 4 * i] =
                    CanonicalUrl.parse("https://" + systems[i] + ".example").key();
        }
        return new Trackers(
                List.of(new NamedTracker(name, tracker.getClass(), () -> tracker)),
                null,
                new SystemStates(),
                NONE_PAUSED,
                TestKeys.keys(keys));
    }
}
