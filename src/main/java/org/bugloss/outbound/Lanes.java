package org.bugloss.outbound;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
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

/**
 * Runs tasks beside one another, a lane for every host: only so many at once, only so many of them for one host, and the
 * hosts in turn, so that one slow host never holds up the others.
 *
 * <p>What somebody waits for goes before what a timer wants, as a rule. What is under way is never stopped for something else.
 * Thread-safe.
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

    private final int concurrency;
    private final int perHost;
    private final int capacity;
    private final ThreadPoolExecutor threads;

    /** Of each priority the hosts that have tasks waiting, in the order in which it is their turn. */
    private final Map<Priority, LinkedHashMap<String, Deque<Task<?>>>> waiting = new EnumMap<>(Priority.class);

    private final Map<String, Integer> runningOf = new HashMap<>();
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
            waiting.put(priority, new LinkedHashMap<>());
        }
    }

    /**
     * Has a task done when it is its turn. The result, or what the task throws, is in the future. To cancel the future
     * takes a waiting task out of the queue; a running one goes on.
     *
     * @param host the lane: a host name, or whatever else is to be spared together
     * @throws RejectedExecutionException where too many tasks wait already, or after {@link #close()}
     */
    public <T> CompletableFuture<T> submit(String host, Priority priority, Callable<T> work) {
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(work, "work");
        Task<T> task = new Task<>(host, work, new CompletableFuture<>());
        synchronized (this) {
            if (closed) {
                throw new RejectedExecutionException("no more tasks are taken");
            }
            boolean atOnce = running < concurrency && runningOf.getOrDefault(host, 0) < perHost;
            if (queued >= capacity && !atOnce) {
                throw new RejectedExecutionException(queued + " tasks are waiting already");
            }
            waiting.get(priority)
                    .computeIfAbsent(host, lane -> new ArrayDeque<>())
                    .addLast(task);
            queued++;
            startWhatMayRun();
        }
        task.result.whenComplete((value, failure) -> {
            if (task.result.isCancelled()) {
                take(task);
            }
        });
        return task.result;
    }

    /**
     * Gives a task that waits the priority of one that somebody waits for, because now somebody does. Does nothing where it
     * runs already or has that priority.
     *
     * @param result what {@link #submit} returned for it
     */
    public synchronized void hasten(Future<?> result) {
        for (Deque<Task<?>> lane : waiting.get(Priority.REFRESH).values()) {
            for (Task<?> task : lane) {
                if (task.result == result) {
                    take(task);
                    waiting.get(Priority.CALLER)
                            .computeIfAbsent(task.host, host -> new ArrayDeque<>())
                            .addLast(task);
                    queued++;
                    return;
                }
            }
        }
    }

    /** How many tasks wait. */
    public synchronized int queued() {
        return queued;
    }

    /** How many tasks of this priority wait. */
    public synchronized int queued(Priority priority) {
        return waiting.get(priority).values().stream().mapToInt(Deque::size).sum();
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

    /** Takes no more tasks, cancels those that wait, and interrupts those that run. */
    @Override
    public void close() {
        Deque<Task<?>> left = new ArrayDeque<>();
        synchronized (this) {
            closed = true;
            waiting.values().forEach(lanes -> {
                lanes.values().forEach(left::addAll);
                lanes.clear();
            });
            queued = 0;
        }
        threads.shutdownNow().stream()
                .filter(Running.class::isInstance)
                .forEach(handedOver -> left.add(((Running) handedOver).task));
        left.forEach(task -> task.result.cancel(false));
    }

    private void startWhatMayRun() {
        while (running < concurrency) {
            Task<?> next = next();
            if (next == null) {
                return;
            }
            queued--;
            running++;
            runningOf.merge(next.host, 1, Integer::sum);
            try {
                threads.execute(new Running(next));
            } catch (Throwable e) {
                // A container that shuts down makes no threads any more; a machine without memory neither.
                leave(next);
                next.result.completeExceptionally(e);
            }
        }
    }

    /** Callers go first, but for one turn in {@value #TURN_OF_REFRESH}: however many callers there are, all stays fresh. */
    private Task<?> next() {
        turn = (turn + 1) % TURN_OF_REFRESH;
        Priority first = turn == 0 ? Priority.REFRESH : Priority.CALLER;
        Task<?> next = next(first);
        return next != null ? next : next(first == Priority.CALLER ? Priority.REFRESH : Priority.CALLER);
    }

    /** The first task of the first host whose turn it is and that has room; the host goes to the end of the line. */
    private Task<?> next(Priority priority) {
        LinkedHashMap<String, Deque<Task<?>>> lanes = waiting.get(priority);
        for (Iterator<Map.Entry<String, Deque<Task<?>>>> turns =
                        lanes.entrySet().iterator();
                turns.hasNext(); ) {
            Map.Entry<String, Deque<Task<?>>> lane = turns.next();
            String host = lane.getKey();
            if (runningOf.getOrDefault(host, 0) < perHost) {
                Deque<Task<?>> tasks = lane.getValue();
                Task<?> task = tasks.removeFirst();
                turns.remove();
                if (!tasks.isEmpty()) {
                    lanes.put(host, tasks);
                }
                return task;
            }
        }
        return null;
    }

    private void leave(Task<?> task) {
        running--;
        runningOf.computeIfPresent(task.host, (host, count) -> count == 1 ? null : count - 1);
    }

    private synchronized void done(Task<?> task) {
        leave(task);
        if (!closed) {
            startWhatMayRun();
        }
    }

    /** Takes a task out of the queue, where it is still there. */
    private synchronized void take(Task<?> task) {
        for (Map<String, Deque<Task<?>>> lanes : waiting.values()) {
            Deque<Task<?>> lane = lanes.get(task.host);
            if (lane != null && lane.remove(task)) {
                queued--;
                if (lane.isEmpty()) {
                    lanes.remove(task.host);
                }
                return;
            }
        }
    }

    /** Compared by identity: {@code work} has no other. */
    private record Task<T>(String host, Callable<T> work, CompletableFuture<T> result) {

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

    private final class Running implements Runnable {

        private final Task<?> task;

        Running(Task<?> task) {
            this.task = task;
        }

        @Override
        public void run() {
            task.run(() -> done(task));
        }
    }
}
