package org.bugloss.refresh;

import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.bugloss.cache.SystemPauses;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseWatch;
import org.jspecify.annotations.Nullable;

/**
 * Reads which systems editors have paused, so that every node has heard of it within two seconds, and begins again with what hooks
 * told meanwhile. While the database is away, what was paused stays so.
 */
@ApplicationScoped
public class PauseWatch {

    private static final System.Logger LOG = System.getLogger(PauseWatch.class.getName());

    private static final long PERIOD_MILLIS = 1_000;

    @Inject
    private SystemPauses pauses;

    @Inject
    private HookRefresh hooks;

    @Inject
    private DatabaseWatch database;

    @Inject
    private Clock clock;

    @Resource
    private ManagedScheduledExecutorService scheduler;

    private volatile @Nullable ScheduledFuture<?> looking;
    private Set<String> before = Set.of();

    /** To be called once, as soon as the tables are there: when it returns, this node knows. */
    public void begin() {
        look();
        looking = scheduler.scheduleWithFixedDelay(this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    @PreDestroy
    void end() {
        if (looking != null) {
            looking.cancel(false);
        }
    }

    synchronized void look() {
        if (database.isAway()) {
            return;
        }
        try {
            Set<String> ended = new HashSet<>(before);
            before = Set.copyOf(pauses.read().keySet());
            ended.removeAll(before);
            if (!ended.isEmpty()) {
                hooks.wake(clock.instant());
            }
        } catch (RuntimeException e) {
            // Else the scheduler would never come back.
            if (!DatabaseAway.isBehind(e)) {
                LOG.log(System.Logger.Level.WARNING, "Which systems are paused could not be read", e);
            }
        }
    }
}
