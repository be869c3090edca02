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
    private final long end;
    private final Future<?> alarm;
    private @Nullable Cancellable underWay;
    private boolean passed;

    /** @param watchdog wakes up at the end; what it then does never blocks */
    Deadline(Duration allowed, ScheduledExecutorService watchdog) {
        this.allowed = allowed;
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
    public void close() {
        alarm.cancel(false);
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
