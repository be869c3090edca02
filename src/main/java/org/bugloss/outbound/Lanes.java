package org.bugloss.outbound;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks beside one another, a lane for every host: only so many at once, only so many of them for one host. The callers
 * take turns, and of each caller's tasks the hosts, so that neither one slow host nor one caller holds up the others.
 *
 * <p>Nor do they by what is under way for them: a caller gets one more place only while there are more free ones than the
 * caller has, and a host does too. One alone gets half of the places, the next half of the rest, and so on: the dynamic
 * thresholds that switches share their buffers by (A. K. Choudhury and E. L. Hahne, 1998).
 *
 * <p>What somebody waits for goes before what a timer wants, as a rule. What is under way is never stopped for something else:
 * so as long as callers come, the refresh leaves some places free, else hosts that hang all at once would hold every one until
 * their time-outs. Thread-safe.
 */
public final class Lanes implements AutoCloseable, MeterBinder {

    /** Who wants a task done; the first goes first. */
    public enum Priority {
        /** Somebody waits for the answer. */
        CALLER,
        /** The timer's refresh: nobody waits. */
        REFRESH
    }

    private static final int TURN_OF_REFRESH = 4;

    /** Of how many places the refresh leaves one to callers, where it has more than a few … */
    private static final int LEFT_TO_CALLERS = 4;

    private static final int A_FEW = 4;

    /** … and for how long after one came. */
    private static final long CALLERS_COME_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final int concurrency;
    private final int perHost;
    private final int capacity;
    private final ThreadPoolExecutor threads;
    private final LongSupplier nanoTime;

    private final Map<Priority, Turns> waiting = new EnumMap<>(Priority.class);
    private final Map<String, Integer> runningOf = new HashMap<>();

    /** By caller; not what the refresh does. */
    private final Map<String, Integer> runningFor = new HashMap<>();

    private int refreshing;

    private boolean callersCame;
    private long callerCameAt;
    private int turn;
    private int queued;
    private int running;
    private boolean closed;

    /**
     * @param threads makes at most {@code concurrency} threads, which end when there is nothing to do for them
     * @param concurrency how many tasks run at once, from 1 up
     * @param perHost how many of them for one host, from 1 up
     * @param capacity how many tasks may wait, from 1 up
     */
    public Lanes(ThreadFactory threads, int concurrency, int perHost, int capacity) {
        this(threads, concurrency, perHost, capacity, System::nanoTime);
    }

    Lanes(ThreadFactory threads, int concurrency, int perHost, int capacity, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        if (concurrency < 1 || perHost < 1 || capacity < 1) {
            throw new IllegalArgumentException("concurrency, perHost and capacity must be from 1 up");
        }
        this.concurrency = concurrency;
        this.perHost = perHost;
        this.capacity = capacity;
        // Its queue never holds more than concurrency tasks: the rest waits here, where turns are taken.
        this.threads = new ThreadPoolExecutor(
                concurrency, concurrency, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(concurrency), threads);
        this.threads.allowCoreThreadTimeOut(true);
        for (Priority priority : Priority.values()) {
            waiting.put(priority, new Turns());
        }
    }

    /**
     * Has a task done when it is its turn. The result, or what the task throws, is in the future. To cancel the future
     * takes a waiting task out of the queue; a running one goes on.
     *
     * @param host the lane: a host name, or whatever else is to be spared together
     * @param caller for whom it is done: who shares with others, by whatever name
     * @throws RejectedExecutionException where too many tasks wait already, or after {@link #close()}
     */
    public <T> CompletableFuture<T> submit(String host, Priority priority, String caller, Callable<T> work) {
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(caller, "caller");
        Objects.requireNonNull(work, "work");
        LaneTask<T> task = new LaneTask<>(host, priority, caller, work, new CompletableFuture<>());
        synchronized (this) {
            if (closed) {
                throw new RejectedExecutionException("no more tasks are taken");
            }
            noteCaller(priority);
            boolean atOnce = running < concurrency && callerMayRun(priority, caller) && hostMayRun(priority, host);
            if (queued >= capacity && !atOnce) {
                throw new RejectedExecutionException(queued + " tasks are waiting already");
            }
            waiting(priority).add(task);
            queued++;
            startWhatMayRun();
        }
        task.result().whenComplete((value, failure) -> {
            if (task.result().isCancelled()) {
                take(task);
            }
        });
        return task.result();
    }

    /**
     * Gives a task that waits for the refresh the priority of one that somebody waits for, because now somebody does. Does
     * nothing where it runs already or has that priority.
     *
     * @param result what {@link #submit} returned for it
     * @param caller who waits for it now
     */
    public synchronized void hasten(Future<?> result, String caller) {
        for (LaneTask<?> task : waiting(Priority.REFRESH).all()) {
            if (task.result() == result) {
                noteCaller(Priority.CALLER);
                waiting(Priority.REFRESH).remove(task);
                waiting(Priority.CALLER).add(task.hastenedBy(caller));
                startWhatMayRun();
                return;
            }
        }
    }

    /** How many tasks wait. */
    public synchronized int queued() {
        return queued;
    }

    /** How many tasks of this priority wait. */
    public synchronized int queued(Priority priority) {
        return waiting(priority).size();
    }

    /** How many tasks are under way. */
    public synchronized int running() {
        return running;
    }

    /** Adds the gauges {@code bugloss.lanes.queued}, one for each priority, and {@code bugloss.lanes.running}. */
    @Override
    public void bindTo(MeterRegistry meters) {
        for (Priority priority : Priority.values()) {
            Gauge.builder("bugloss.lanes.queued", this, lanes -> lanes.queued(priority))
                    .tag("priority", priority.name().toLowerCase(Locale.ROOT))
                    .description("Fetches that wait for a free lane")
                    .register(meters);
        }
        Gauge.builder("bugloss.lanes.running", this, Lanes::running)
                .description("Fetches under way")
                .register(meters);
    }

    /**
     * Takes no more tasks, cancels those that wait, and interrupts those that run. Loops, since Payara closes a deployment's class
     * loader before its beans: a lambda would have classes loaded that nobody has needed yet.
     */
    @Override
    public void close() {
        List<LaneTask<?>> left = new ArrayList<>();
        synchronized (this) {
            closed = true;
            for (Turns turns : waiting.values()) {
                left.addAll(turns.all());
                turns.clear();
            }
            queued = 0;
        }
        for (Runnable handedOver : threads.shutdownNow()) {
            if (handedOver instanceof Running last) {
                left.add(last.task);
            }
        }
        for (LaneTask<?> task : left) {
            task.result().cancel(false);
        }
    }

    private void startWhatMayRun() {
        while (running < concurrency) {
            LaneTask<?> next = next();
            if (next == null) {
                return;
            }
            queued--;
            enter(next);
            try {
                threads.execute(new Running(next));
            } catch (Throwable e) {
                // A container that shuts down makes no threads any more; a machine without memory neither.
                leave(next);
                next.result().completeExceptionally(e);
            }
        }
    }

    /** Callers go first, but for one turn in {@value #TURN_OF_REFRESH}: however many callers there are, all stays fresh. */
    private @Nullable LaneTask<?> next() {
        turn = (turn + 1) % TURN_OF_REFRESH;
        Priority first = turn == 0 ? Priority.REFRESH : Priority.CALLER;
        LaneTask<?> next = next(first);
        return next != null ? next : next(first == Priority.CALLER ? Priority.REFRESH : Priority.CALLER);
    }

    private Turns waiting(Priority priority) {
        return Objects.requireNonNull(waiting.get(priority));
    }

    private @Nullable LaneTask<?> next(Priority priority) {
        return waiting(priority).next(caller -> callerMayRun(priority, caller), host -> hostMayRun(priority, host));
    }

    private void noteCaller(Priority priority) {
        if (priority == Priority.CALLER) {
            callersCame = true;
            callerCameAt = nanoTime.getAsLong();
        }
    }

    private boolean refreshMayRun() {
        boolean callersCome = callersCame && nanoTime.getAsLong() - callerCameAt < CALLERS_COME_NANOS;
        int left = callersCome && concurrency > A_FEW ? concurrency / LEFT_TO_CALLERS : 0;
        return refreshing < concurrency - left;
    }

    /** Of the places that one caller holds and those that are free, the larger part stays free. */
    private boolean callerMayRun(Priority priority, String caller) {
        return priority == Priority.REFRESH
                ? refreshMayRun()
                : runningFor.getOrDefault(caller, 0) < concurrency - running;
    }

    /** The refresh asks a host for more at once only after quick answers; callers ask for what they like. */
    private boolean hostMayRun(Priority priority, String host) {
        int ofHost = runningOf.getOrDefault(host, 0);
        return ofHost < perHost && (priority == Priority.REFRESH || ofHost < concurrency - running);
    }

    private void enter(LaneTask<?> task) {
        running++;
        runningOf.merge(task.host(), 1, Integer::sum);
        if (task.priority() == Priority.CALLER) {
            runningFor.merge(task.caller(), 1, Integer::sum);
        } else {
            refreshing++;
        }
    }

    private void leave(LaneTask<?> task) {
        running--;
        runningOf.computeIfPresent(task.host(), (host, count) -> count == 1 ? null : count - 1);
        if (task.priority() == Priority.CALLER) {
            runningFor.computeIfPresent(task.caller(), (caller, count) -> count == 1 ? null : count - 1);
        } else {
            refreshing--;
        }
    }

    private synchronized void done(LaneTask<?> task) {
        leave(task);
        if (!closed) {
            startWhatMayRun();
        }
    }

    /** Takes a task out of the queue, where it is still there. */
    private synchronized void take(LaneTask<?> task) {
        for (Turns turns : waiting.values()) {
            for (LaneTask<?> candidate : turns.all()) {
                if (candidate.result() == task.result() && turns.remove(candidate)) {
                    queued--;
                    return;
                }
            }
        }
    }

    private final class Running implements Runnable {

        private final LaneTask<?> task;

        Running(LaneTask<?> task) {
            this.task = task;
        }

        @Override
        public void run() {
            task.run(() -> done(task));
        }
    }
}
