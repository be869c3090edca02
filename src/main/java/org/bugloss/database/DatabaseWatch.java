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

    /**
     * Migrates, and watches from then on. To be called once, at deployment. Where the database is away it is {@link #isAway}
     * until it has come and is migrated, behind this call. One within this process needs no watching.
     *
     * @param ready is run once, as soon as the tables are there
     * @throws org.bugloss.configuration.WrongConfiguration where the database refuses user or password
     * @throws RuntimeException where it cannot be migrated though it is there
     */
    public void begin(Runnable ready) {
        DatabaseSettings settings = DatabaseSettings.current();
        AwaitedMigration migration = new AwaitedMigration(
                settings.toString(), () -> Migration.run(settings), ConfiguredDataSource.OUTAGE, PERIOD_MILLIS);
        boolean isDone = migration.isDoneAtOnce();
        if (isDone) {
            DatabaseFile.forItsOwnerOnly(settings);
            ready.run();
        }
        if (settings.vendor().isRemote()) {
            thread = threads.newThread(() -> {
                if (!isDone && migration.isDoneAtLast()) {
                    ready.run();
                }
                watch(settings.dataSource());
            });
            thread.start();
        }
    }

    /** Whether the database did not answer when it was last asked, or is not migrated yet. */
    public boolean isAway() {
        return ConfiguredDataSource.OUTAGE.isOn();
    }

    /** How many connections the pool has open now. */
    public int connections() {
        return ConfiguredDataSource.OUTAGE.connections();
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
