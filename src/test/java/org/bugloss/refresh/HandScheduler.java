package org.bugloss.refresh;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.bugloss.cache.TestClock;

/** A scheduler whose time a test moves by hand, and a clock with it. Safe for use by several threads. */
final class HandScheduler {

    private final TestClock clock;
    private final List<Task> tasks = new ArrayList<>();

    private record Task(Instant at, Duration again, Runnable work) {}

    HandScheduler(TestClock clock) {
        this.clock = clock;
    }

    /** What the container hands out. It knows how to schedule, and nothing else. */
    ManagedScheduledExecutorService service() {
        return proxy(ManagedScheduledExecutorService.class);
    }

    /** Time goes by: what is to be done until then is done, at the end of it. */
    void elapse(Duration time) {
        clock.advance(time);
        Instant now = clock.instant();
        List<Task> then = new ArrayList<>();
        synchronized (this) {
            for (Iterator<Task> all = tasks.iterator(); all.hasNext(); ) {
                Task task = all.next();
                if (!task.at.isAfter(now)) {
                    then.add(task);
                    all.remove();
                }
            }
            then.stream()
                    .filter(task -> task.again != null)
                    .forEach(task -> tasks.add(new Task(now.plus(task.again), task.again, task.work)));
        }
        then.forEach(task -> task.work.run());
    }

    private synchronized Object called(Object self, Method method, Object[] arguments) {
        switch (method.getName()) {
            case "schedule" -> schedule((Runnable) arguments[0], delay(arguments, 1), null);
            case "scheduleWithFixedDelay" ->
                schedule((Runnable) arguments[0], delay(arguments, 1), delay(arguments, 2));
            case "cancel" -> {
                return true;
            }
            default -> throw new UnsupportedOperationException(method.toString());
        }
        return proxy(ScheduledFuture.class);
    }

    private void schedule(Runnable work, Duration delay, Duration again) {
        tasks.add(new Task(clock.instant().plus(delay), again, work));
    }

    private static Duration delay(Object[] arguments, int which) {
        TimeUnit unit = (TimeUnit) arguments[arguments.length - 1];
        return Duration.of((Long) arguments[which], unit.toChronoUnit());
    }

    private <T> T proxy(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, this::called));
    }
}
