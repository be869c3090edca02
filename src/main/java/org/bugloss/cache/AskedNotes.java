package org.bugloss.cache;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.database.Retried;

/**
 * Notes which details somebody asked for, behind whoever asks: nobody wants a write for a read, nor to wait for one. Safe for use
 * by several threads.
 */
@ApplicationScoped
public class AskedNotes {

    private static final System.Logger LOG = System.getLogger(AskedNotes.class.getName());

    private static final long PERIOD_MILLIS = 500;

    /** What does not find room is noted when somebody asks for it again. */
    private static final int MOST_WAITING = 20_000;

    private static final int MOST_AT_ONCE = 500;

    @Inject
    private DetailsCache cache;

    @Inject
    private DatabaseWatch database;

    @Resource
    private ManagedScheduledExecutorService scheduler;

    private final Set<String> waiting = ConcurrentHashMap.newKeySet();
    private ScheduledFuture<?> writing;

    @PostConstruct
    void begin() {
        writing = scheduler.scheduleWithFixedDelay(this::write, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    @PreDestroy
    void end() {
        writing.cancel(false);
    }

    /** Somebody asks for the details of this canonical URL. */
    public void note(String key) {
        if (waiting.size() < MOST_WAITING) {
            waiting.add(key);
        }
    }

    /** Writes what waits. */
    void write() {
        try {
            while (!waiting.isEmpty() && !database.isAway()) {
                List<String> some =
                        waiting.stream().limit(MOST_AT_ONCE).sorted().toList();
                some.forEach(waiting::remove);
                Retried.onConflict(() -> {
                    cache.asked(some);
                    return null;
                });
            }
        } catch (RuntimeException e) {
            // Else the scheduler would never come back; whoever asks next is noted.
            if (!DatabaseAway.isBehind(e)) {
                LOG.log(System.Logger.Level.WARNING, "Who asks for which details could not be noted", e);
            }
        }
    }
}
