package org.bugloss.outbound;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * Something to be done for a caller at a host. Compared by identity: {@code work} has no other.
 *
 * @param result completed by {@link #run}
 */
record LaneTask<T>(String host, Lanes.Priority priority, String caller, Callable<T> work, CompletableFuture<T> result) {

    /** The same, as the task of somebody who has come to wait for it. */
    LaneTask<T> hastenedBy(String other) {
        return new LaneTask<>(host, Lanes.Priority.CALLER, other, work, result);
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    /** Does the work, gives the place back, and only then tells: what hangs on the result is not the host's matter. */
    void run(Runnable done) {
        T value;
        try {
            value = result.isDone() ? null : work.call();
        } catch (Throwable e) {
            done.run();
            result.completeExceptionally(e);
            return;
        }
        done.run();
        result.complete(value);
    }
}
