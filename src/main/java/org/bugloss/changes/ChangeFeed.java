package org.bugloss.changes;

import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseWatch;
import org.jspecify.annotations.Nullable;

/**
 * Asks the table for news once a second, for all of this node that listen, and at once where this node has written some. The last
 * changes are remembered, so that none of the listeners has to ask, and none needs a queue of its own: each takes what is behind its
 * place when it can. While nobody listens nothing is done. Safe for use by several threads.
 */
@ApplicationScoped
public class ChangeFeed {

    private static final System.Logger LOG = System.getLogger(ChangeFeed.class.getName());

    private static final long PERIOD_MILLIS = 1_000;
    private static final int READ_AT_ONCE = 500;

    @Inject
    private ChangeReader reader;

    @Inject
    private ChangeTable table;

    @Inject
    private DatabaseWatch database;

    @Resource
    private ManagedScheduledExecutorService scheduler;

    private final RecentChanges recent = new RecentChanges();
    private final Set<Listener> listeners = ConcurrentHashMap.newKeySet();
    private final AtomicInteger wanted = new AtomicInteger();

    /** Guarded by this. */
    private @Nullable ScheduledFuture<?> ticking;

    /** Somebody who waits for changes. Called on the thread that reads for all, so neither method may wait. */
    public interface Listener {

        /** There may be changes behind those that were known. */
        void news();

        /** A second has gone by. */
        void tick();
    }

    /** From now on somebody hears of news, the first time at once. */
    public void join(Listener listener) {
        listeners.add(listener);
        synchronized (this) {
            if (ticking == null) {
                ticking = scheduler.scheduleWithFixedDelay(
                        this::tick, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
        wake();
    }

    public void leave(Listener listener) {
        listeners.remove(listener);
    }

    /** The place of the last change that this node knows; -1 where it has not asked yet. */
    public long top() {
        return recent.top();
    }

    /**
     * The changes behind a place that are remembered.
     *
     * @return empty where not all of them are: they are to be read from the table
     */
    public Optional<List<RecentChanges.Remembered>> behind(long place, int most) {
        return recent.behind(place, most);
    }

    void committed(@Observes(during = TransactionPhase.AFTER_SUCCESS) ChangesWritten written) {
        wake();
    }

    @PreDestroy
    synchronized void end() {
        if (ticking != null) {
            ticking.cancel(false);
        }
    }

    private void wake() {
        if (!listeners.isEmpty() && wanted.getAndIncrement() == 0) {
            try {
                scheduler.execute(this::lookWhileWanted);
            } catch (RejectedExecutionException e) {
                // A server that stops; who listens is let go.
                wanted.set(0);
            }
        }
    }

    private void tick() {
        synchronized (this) {
            if (listeners.isEmpty() && ticking != null) {
                ticking.cancel(false);
                ticking = null;
                recent.forget();
                return;
            }
        }
        if (wanted.getAndIncrement() == 0) {
            lookWhileWanted();
        }
        listeners.forEach(listener -> logged(listener::tick));
    }

    private void lookWhileWanted() {
        int seen;
        do {
            seen = wanted.get();
            logged(this::look);
        } while (!wanted.compareAndSet(seen, 0));
    }

    private void look() {
        if (database.isAway()) {
            return;
        }
        ChangeLog.Extent extent = reader.extent();
        boolean news = recent.begin(extent.last());
        while (recent.top() < extent.last()) {
            List<ChangeItem> some = table.read(ChangeSelection.ALL, recent.top(), extent.last(), READ_AT_ONCE);
            if (some.isEmpty()) {
                // Deleted meanwhile.
                recent.forget();
                recent.begin(extent.last());
            }
            recent.remember(some);
            news = true;
        }
        if (news) {
            listeners.forEach(listener -> logged(listener::news));
        }
    }

    /** What is thrown here would end the timer, and with it the feed of all others. */
    private static void logged(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            if (!DatabaseAway.isBehind(e)) {
                LOG.log(System.Logger.Level.WARNING, "The changes could not be told", e);
            }
        }
    }
}
