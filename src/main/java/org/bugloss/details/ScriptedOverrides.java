package org.bugloss.details;

import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.database.Retried;
import org.jspecify.annotations.Nullable;

/**
 * Looks, every second, for overrides that scripts wrote with plain SQL, so that lists find and sort them as what they are. One
 * that is asked for by its URL is served without it.
 */
@ApplicationScoped
public class ScriptedOverrides {

    private static final System.Logger LOG = System.getLogger(ScriptedOverrides.class.getName());

    /** The outside contract says that what a script wrote is served within two seconds. */
    private static final long PERIOD_MILLIS = 1_000;

    private static final int MOST_AT_ONCE = 1_000;

    @Inject
    private Overrides overrides;

    @Inject
    private DatabaseWatch database;

    @Resource
    private ManagedScheduledExecutorService scheduler;

    private volatile @Nullable ScheduledFuture<?> looking;

    /** To be called once, at deployment. */
    public void begin() {
        looking = scheduler.scheduleWithFixedDelay(this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    @PreDestroy
    void end() {
        if (looking != null) {
            looking.cancel(false);
        }
    }

    private void look() {
        try {
            boolean more = !database.isAway();
            while (more) {
                more = Retried.onConflict(() -> overrides.readWhatScriptsWrote(MOST_AT_ONCE)) == MOST_AT_ONCE;
            }
        } catch (RuntimeException e) {
            // Else the scheduler would never come back.
            if (!DatabaseAway.isBehind(e)) {
                LOG.log(System.Logger.Level.WARNING, "The overrides that scripts wrote could not be read", e);
            }
        }
    }
}
