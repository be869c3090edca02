package org.bugloss.outbound;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hc.core5.concurrent.Cancellable;
import org.jspecify.annotations.Nullable;

/**
 * The end of one exchange. When it comes, what is under way is cancelled from outside, because no socket timeout ends an
 * answer that comes a byte at a time. Thread-safe.
 */
final class Deadline implements AutoCloseable {

    private final Duration allowed;
    private final Duration patience;
    private final ScheduledExecutorService watchdog;
    private final long end;
    private final Future<?> alarm;
    private @Nullable Future<?> earlier;
    private @Nullable Cancellable underWay;
    private boolean passed;

    /**
     * @param patience when the end comes once {@link #hasten} was called
     * @param watchdog wakes up at the end; what it then does never blocks
     */
    Deadline(Duration allowed, Duration patience, ScheduledExecutorService watchdog) {
        this.allowed = allowed;
        this.patience = patience;
        this.watchdog = watchdog;
        this.end = System.nanoTime() + allowed.toNanos();
        this.alarm = watchdog.schedule(this::pass, allowed.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** From now on, this is what the end cancels; at once, where the end has come. */
    void watch(Cancellable next) {
        synchronized (this) {
            underWay = next;
            if (!passed) {
                return;
            }
        }
        next.cancel();
    }

    /** Lets the end come sooner, since there is something to show already. */
    synchronized void hasten() {
        long sooner = remainingNanos() - allowed.minus(patience).toNanos();
        if (earlier == null && patience.compareTo(allowed) < 0 && !watchdog.isShutdown()) {
            earlier = watchdog.schedule(this::pass, Math.max(0, sooner), TimeUnit.NANOSECONDS);
        }
    }

    synchronized boolean passed() {
        return passed || remainingNanos() == 0;
    }

    /** Nanoseconds until the end, 0 after it. */
    long remainingNanos() {
        return Math.max(0, end - System.nanoTime());
    }

    Duration allowed() {
        return allowed;
    }

    @Override
    public synchronized void close() {
        alarm.cancel(false);
        if (earlier != null) {
            earlier.cancel(false);
        }
    }

    private void pass() {
        Cancellable last;
        synchronized (this) {
            passed = true;
            last = underWay;
        }
        if (last != null) {
            last.cancel();
        }
    }
}
