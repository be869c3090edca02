package org.bugloss.refresh;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.ejb.DependsOn;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.Timeout;
import jakarta.ejb.TimerConfig;
import jakarta.ejb.TimerService;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.inject.Inject;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseWatch;

/**
 * Looks for what is due at every {@code bugloss.refresh.interval}. What it finds is refreshed behind it: see {@link
 * Refresh}.
 *
 * <p>The timer is not persistent and runs on every node: servers differ in how they share timers, and the database says
 * who refreshes what.
 */
@Startup
@Singleton
@DependsOn("Deployment")
@TransactionManagement(TransactionManagementType.BEAN)
public class RefreshTimer {

    private static final System.Logger LOG = System.getLogger(RefreshTimer.class.getName());

    @Resource
    private TimerService timers;

    @Inject
    private RefreshSettings settings;

    @Inject
    private DatabaseWatch database;

    @Inject
    private Refresh refresh;

    @Inject
    private HookRefresh hooks;

    @PostConstruct
    void start() {
        long interval = settings.interval().toMillis();
        if (interval > 0) {
            timers.createIntervalTimer(interval, interval, new TimerConfig("bugloss refresh", false));
        } else {
            LOG.log(System.Logger.Level.INFO, "bugloss.refresh.interval=0: the timer is off");
        }
    }

    @Timeout
    void look() {
        if (database.isAway()) {
            // That is in the log already.
            return;
        }
        try {
            refresh.look();
            // What a node left behind that died.
            hooks.look();
        } catch (Throwable e) {
            // A server may cancel a timer whose time-out throws: the next look must come whatever happened in this.
            String problem = "What is due for a refresh could not be found; the next look is in "
                    + settings.interval().toSeconds() + " s";
            if (DatabaseAway.isBehind(e)) {
                LOG.log(System.Logger.Level.WARNING, problem + ": the database is away");
            } else {
                LOG.log(System.Logger.Level.WARNING, problem, e);
            }
        }
    }

    @PreDestroy
    void stop() {
        if (settings.interval().toMillis() > 0) {
            refresh.stop();
        }
    }
}
