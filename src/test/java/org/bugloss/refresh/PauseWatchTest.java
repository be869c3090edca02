package org.bugloss.refresh;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bugloss.Beans;
import org.bugloss.cache.SystemPauses;
import org.bugloss.cache.TestClock;
import org.bugloss.database.DatabaseWatch;
import org.junit.jupiter.api.Test;

class PauseWatchTest {

    private final Map<String, Instant> paused = new TreeMap<>();
    private final List<Instant> woken = new ArrayList<>();
    private final TestClock clock = new TestClock();
    private boolean away;
    private boolean broken;

    private final PauseWatch watch = Beans.filled(
            new PauseWatch(),
            new SystemPauses() {
                @Override
                public Map<String, Instant> read() {
                    if (broken) {
                        throw new IllegalStateException("broken");
                    }
                    return paused;
                }
            },
            new HookRefresh() {
                @Override
                public void wake(Instant at) {
                    woken.add(at);
                }
            },
            new DatabaseWatch() {
                @Override
                public boolean isAway() {
                    return away;
                }
            },
            clock,
            new HandScheduler(clock).service());

    @Test
    void whatHooksToldOfASystemIsAskedForOnceItsPauseEnds() {
        paused.put("hub", START);
        watch.look();
        assertEquals(List.of(), woken);
        paused.clear();
        watch.look();
        watch.look();
        assertEquals(List.of(START), woken);
    }

    @Test
    void whileTheDatabaseIsAwayOrBrokenWhatWasPausedStaysSo() {
        paused.put("hub", START);
        watch.look();
        paused.clear();
        away = true;
        watch.look();
        away = false;
        broken = true;
        watch.look();
        assertEquals(List.of(), woken);
        broken = false;
        watch.look();
        assertEquals(List.of(START), woken);
    }
}
