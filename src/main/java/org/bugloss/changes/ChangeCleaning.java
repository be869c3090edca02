package org.bugloss.changes;

import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.database.Retried;
import org.jspecify.annotations.Nullable;

/**
 * Deletes the changes that are too old, now and then, batch by batch. Not part of the refresh, whose timer may be off while overrides
 * still change what is served.
 */
@ApplicationScoped
public class ChangeCleaning {

    private static final System.Logger LOG = System.getLogger(ChangeCleaning.class.getName());

    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);
    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
    private static final int MOST_AT_ONCE = 5_000;

    @Inject
    private ChangeLog log;

    @Inject
    private ChangeSettings settings;

    @Inject
    private DatabaseWatch database;

    @Inject
    private Clock clock;

    @Resource
    private ManagedScheduledExecutorService scheduler;

    private volatile @Nullable ScheduledFuture<?> cleaning;

    /** To be called once, at deployment. */
    public void begin() {
        Duration tenth = settings.keep().dividedBy(10);
        Duration most = tenth.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : tenth;
        long pause = (most.compareTo(SHORTEST_PAUSE) < 0 ? SHORTEST_PAUSE : most).toMillis();
        cleaning = scheduler.scheduleWithFixedDelay(this::clean, pause, pause, TimeUnit.MILLISECONDS);
    }

    @PreDestroy
    void end() {
        if (cleaning != null) {
            cleaning.cancel(false);
        }
    }

    private void clean() {
        try {
            boolean more = !database.isAway();
            Instant before = clock.instant().minus(settings.keep());
            while (more) {
                more = Retried.onConflict(() -> log.forget(before, MOST_AT_ONCE)) == MOST_AT_ONCE;
            }
        } catch (RuntimeException e) {
            // Else the scheduler would never come back.
            if (!DatabaseAway.isBehind(e)) {
                LOG.log(System.Logger.Level.WARNING, "Changes that are too old could not be deleted", e);
            }
        }
    }
}
