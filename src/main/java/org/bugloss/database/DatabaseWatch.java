package org.bugloss.database;

import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Asks the database twice a second, on a connection of its own, whether it is there, so that no caller has to find out by
 * waiting. A database that hangs is away too: its connections would take half a minute to fail, and with them the
 * server's threads.
 */
@ApplicationScoped
public class DatabaseWatch {

    private static final long PERIOD_MILLIS = 500;

    /** A busy one takes its time, and to be taken for away costs what is under way. */
    private static final int ANSWER_WITHIN_SECONDS = 3;

    @Resource
    private ManagedThreadFactory threads;

    private volatile @Nullable Thread thread;

    /** To be called once, at deployment. A database within this process needs no watching. */
    public void begin() {
        DatabaseSettings settings = DatabaseSettings.current();
        if (settings.vendor().isRemote()) {
            thread = threads.newThread(() -> watch(settings.dataSource()));
            thread.start();
        }
    }

    /** Whether the database did not answer when it was last asked. */
    public boolean isAway() {
        return ConfiguredDataSource.OUTAGE.isOn();
    }

    /**
     * Spares those who know what else to do the way through the persistence provider and the pool.
     *
     * @throws DatabaseAway while {@link #isAway}
     */
    public void refuseWhileAway() {
        if (isAway()) {
            throw new DatabaseAway("the database did not answer when it was last asked");
        }
    }

    @PreDestroy
    void end() {
        if (thread != null) {
            thread.interrupt();
        }
    }

    private static void watch(DataSource source) {
        try (Pulse pulse = new Pulse(source, ConfiguredDataSource.OUTAGE, ANSWER_WITHIN_SECONDS)) {
            while (!Thread.currentThread().isInterrupted()) {
                pulse.feel();
                TimeUnit.MILLISECONDS.sleep(PERIOD_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
