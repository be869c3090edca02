package org.bugloss.details;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Lets nobody wait for longer than so long. Safe for use by several threads. */
@ApplicationScoped
public class Deadlines {

    @Resource
    private ManagedScheduledExecutorService scheduler;

    /** The same future, which completes with {@link TimeoutException} where it takes longer; what it stands for goes on. */
    public <T> CompletableFuture<T> within(Duration wait, CompletableFuture<T> result) {
        CompletableFuture<T> waiting = result.copy();
        if (!waiting.isDone()) {
            ScheduledFuture<?> alarm = scheduler.schedule(
                    () -> {
                        waiting.completeExceptionally(
                                new TimeoutException("it takes longer than " + wait.toMillis() + " ms"));
                    },
                    wait.toMillis(),
                    TimeUnit.MILLISECONDS);
            waiting.whenComplete((value, failure) -> alarm.cancel(false));
        }
        return waiting;
    }
}
