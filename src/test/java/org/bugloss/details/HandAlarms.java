package org.bugloss.details;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A scheduler whose alarms a test rings by hand. It knows how to schedule once, and nothing else. */
final class HandAlarms {

    private final List<Alarm> alarms = new ArrayList<>();

    private static final class Alarm {

        private final Duration delay;
        private final Runnable work;
        private boolean cancelled;

        Alarm(Duration delay, Runnable work) {
            this.delay = delay;
            this.work = work;
        }
    }

    ManagedScheduledExecutorService service() {
        return proxy(ManagedScheduledExecutorService.class, (method, arguments) -> {
            if (!method.equals("schedule")) {
                throw new UnsupportedOperationException(method);
            }
            Alarm alarm =
                    new Alarm(Duration.of((Long) arguments[1], ((TimeUnit) arguments[2]).toChronoUnit()), (Runnable)
                            arguments[0]);
            alarms.add(alarm);
            return proxy(ScheduledFuture.class, (called, with) -> alarm.cancelled = true);
        });
    }

    /** How long the alarms that are set wait. */
    List<Duration> set() {
        return alarms.stream()
                .filter(alarm -> !alarm.cancelled)
                .map(alarm -> alarm.delay)
                .toList();
    }

    /** All of them ring, on this thread. */
    void ring() {
        List.copyOf(alarms).stream().filter(alarm -> !alarm.cancelled).forEach(alarm -> alarm.work.run());
        alarms.clear();
    }

    private interface Called {
        Object with(String method, Object[] arguments);
    }

    private static <T> T proxy(Class<T> type, Called called) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) -> called.with(method.getName(), arguments)));
    }
}
