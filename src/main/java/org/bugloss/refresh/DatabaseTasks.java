package org.bugloss.refresh;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Does what waits for the database, and for nothing else, on threads of its own. Safe for use by several threads. */
final class DatabaseTasks {

    private final ThreadPoolExecutor pool;

    /**
     * @param size how many threads, which end when there is nothing to do for them
     * @param mostWaiting how many tasks may wait
     */
    DatabaseTasks(ThreadFactory threads, int size, int mostWaiting) {
        pool = new ThreadPoolExecutor(
                size, size, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(mostWaiting), threads);
        pool.allowCoreThreadTimeOut(true);
    }

    /**
     * Has work done. What comes after it is no part of it: that is done once, whatever fails.
     *
     * @param then is done with what came of it
     * @param otherwise is done where it fails, whatever the reason: else what waits for it would wait for ever
     */
    <T> void run(Supplier<T> work, Consumer<T> then, Runnable otherwise) {
        try {
            pool.execute(Failures.logged(() -> {
                T result;
                try {
                    result = work.get();
                } catch (Throwable e) {
                    Failures.log(e);
                    otherwise.run();
                    return;
                }
                then.accept(result);
            }));
        } catch (RejectedExecutionException e) {
            otherwise.run();
        }
    }

    /** Interrupts what is being done, and does nothing more. */
    void stop() {
        pool.shutdownNow();
    }
}
