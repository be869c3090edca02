package org.bugloss.it;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waits for what another process does, by looking again and again, within a bound. */
public final class Until {

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private Until() {}

    /** Looks until what is seen is as wanted or the time is over, and returns what was seen last. */
    public static <T> T holds(Supplier<T> look, Predicate<T> wanted, Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        T seen = look.get();
        while (!wanted.test(seen)
                && System.nanoTime() < end
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(PAUSE_NANOS);
            seen = look.get();
        }
        return seen;
    }
}
