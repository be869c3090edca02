package org.bugloss.outbound;

import static org.bugloss.outbound.Lanes.Priority.CALLER;
import static org.bugloss.outbound.Lanes.Priority.REFRESH;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LanesTest {

    private final AtomicInteger threadsMade = new AtomicInteger();
    private final ThreadFactory threads = task -> {
        threadsMade.incrementAndGet();
        return new Thread(task, "lanes-test");
    };
    private final CountDownLatch gate = new CountDownLatch(1);
    private final List<String> started = new CopyOnWriteArrayList<>();
    private final AtomicInteger callers = new AtomicInteger();
    private Lanes lanes;

    @AfterEach
    void stop() {
        gate.countDown();
        if (lanes != null) {
            lanes.close();
        }
    }

    @Test
    void aTaskGivesItsResult() {
        lanes = new Lanes(threads, 2, 1, 10);

        assertEquals("done", submit("a", CALLER, () -> "done").join());
    }

    @Test
    void whatATaskThrowsIsInItsFuture() {
        lanes = new Lanes(threads, 2, 1, 10);
        IOException thrown = new IOException();
        AssertionError error = new AssertionError();

        assertSame(thrown, cause(submit("a", CALLER, () -> {
            throw thrown;
        })));
        assertSame(error, cause(submit("a", CALLER, () -> {
            throw error;
        })));
        assertEquals("still here", submit("a", CALLER, () -> "still here").join());
    }

    @Test
    void onlySoManyRunAtOnce() {
        lanes = new Lanes(threads, 3, 3, 100);

        List<CompletableFuture<String>> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(held("host" + i, CALLER, "task" + i));
        }
        waitFor(() -> started.size() == 3);

        assertEquals(7, lanes.queued());
        gate.countDown();
        all.forEach(CompletableFuture::join);
        assertEquals(10, started.size());
        assertEquals(3, threadsMade.get());
    }

    @Test
    void oneSlowHostDoesNotHoldUpTheOthers() {
        lanes = new Lanes(threads, 4, 2, 100);
        for (int i = 0; i < 50; i++) {
            held("slow", CALLER, "slow" + i);
        }
        waitFor(() -> started.size() == 2);

        List<String> others = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String name = "other" + i;
            others.add(submit(name, CALLER, () -> name).join());
        }

        assertEquals(20, others.size());
        assertEquals(2, started.size());
        assertEquals(48, lanes.queued());
    }

    @Test
    void theHostsOfACallerTakeTurns() {
        lanes = new Lanes(threads, 1, 1, 100);
        held("first", CALLER, "gate");
        waitFor(() -> started.size() == 1);
        for (int i = 0; i < 3; i++) {
            noted("a", CALLER, "caller", "a" + i);
        }
        for (int i = 0; i < 3; i++) {
            noted("b", CALLER, "caller", "b" + i);
        }
        CompletableFuture<?> last = noted("c", CALLER, "caller", "c0");
        assertFalse(last.isDone());

        gate.countDown();

        waitFor(() -> started.size() == 8);
        assertEquals(List.of("gate", "a0", "b0", "c0", "a1", "b1", "a2", "b2"), started);
    }

    @Test
    void oneCallerOfFortySlowHostsDoesNotHoldUpAnother() {
        lanes = new Lanes(threads, 16, 4, 100);
        for (int i = 0; i < 40; i++) {
            held("slow" + i, CALLER, "greedy", "slow" + i);
        }
        waitFor(() -> started.size() == 8);

        assertEquals(
                "at once",
                lanes.submit("quick", CALLER, "another", () -> "at once").join());
        assertEquals(8, lanes.running());
        assertEquals(32, lanes.queued());
    }

    @Test
    void manyCallersOfSlowHostsLeaveAPlaceForTheNextAsLongAsTheyAreFew() {
        lanes = new Lanes(threads, 16, 4, 1000);
        for (int caller = 0; caller < 4; caller++) {
            for (int i = 0; i < 40; i++) {
                held("slow" + caller + "." + i, CALLER, "greedy" + caller, "slow");
            }
        }
        waitFor(() -> started.size() == 15);

        assertEquals(
                "at once",
                lanes.submit("quick", CALLER, "another", () -> "at once").join());
        assertEquals(15, lanes.running());
    }

    @Test
    void callersTakeTurnsHoweverManyTasksEachHas() {
        lanes = new Lanes(threads, 1, 1, 100);
        held("first", CALLER, "gate");
        waitFor(() -> started.size() == 1);
        for (int i = 0; i < 3; i++) {
            noted("host" + i, CALLER, "a", "a" + i);
        }
        noted("host0", CALLER, "b", "b0");
        noted("host1", CALLER, "b", "b1");
        noted("host9", CALLER, "c", "c0");

        gate.countDown();

        waitFor(() -> started.size() == 7);
        assertEquals(List.of("gate", "a0", "b0", "c0", "a1", "b1", "a2"), started);
    }

    @Test
    void fourHostsThatHangForManyCallersLeaveRoomForOthers() {
        lanes = new Lanes(threads, 16, 4, 1000);
        for (int i = 0; i < 40; i++) {
            held("hangs" + i % 4, CALLER, "caller of " + i, "hangs");
        }
        waitFor(() -> started.size() == 13);

        assertEquals(
                "at once",
                lanes.submit("quick", CALLER, "another", () -> "at once").join());
        assertEquals(13, lanes.running());
    }

    @Test
    void aRefreshMayUseAllPlacesAndIsNoCallerWhoSharesThem() {
        lanes = new Lanes(threads, 4, 1, 100);
        for (int i = 0; i < 3; i++) {
            held("refreshed" + i, REFRESH, "refresh", "refresh" + i);
        }
        assertEquals(
                "shared",
                lanes.submit("quick", CALLER, "refresh", () -> "shared").join());
        held("refreshed3", REFRESH, "refresh", "refresh3");

        waitFor(() -> started.size() == 4);
        assertEquals(4, lanes.running());
    }

    @Test
    void fourHostsThatHangInTheRefreshLeaveRoomForCallersAsLongAsSomeCome() {
        AtomicLong nanos = new AtomicLong();
        lanes = new Lanes(threads, 16, 4, 1000, nanos::get);
        assertEquals("first", submit("quick", CALLER, () -> "first").join());
        for (int i = 0; i < 20; i++) {
            held("hangs" + i % 4, REFRESH, "task" + i);
        }
        waitFor(() -> started.size() == 12);

        assertEquals("second", submit("quick", CALLER, () -> "second").join());
        assertEquals(12, lanes.running());

        nanos.addAndGet(TimeUnit.MINUTES.toNanos(1));
        held("hangs0", REFRESH, "another");
        waitFor(() -> started.size() == 16);
    }

    @Test
    void whatIsHastenedSharesThePlacesOfWhoHastensIt() {
        lanes = new Lanes(threads, 2, 2, 100);
        held("first", REFRESH, "refresh", "gate");
        held("second", REFRESH, "refresh", "gate");
        waitFor(() -> started.size() == 2);
        CompletableFuture<String> first = noted("a", REFRESH, "refresh", "hastened 1");
        CompletableFuture<String> second = noted("b", REFRESH, "refresh", "hastened 2");
        lanes.hasten(first, "greedy");
        lanes.hasten(second, "greedy");
        CompletableFuture<String> other = noted("c", CALLER, "another", "other");

        second.cancel(false);
        assertEquals(2, lanes.queued());
        gate.countDown();
        CompletableFuture.allOf(first, other).join();

        assertEquals(
                List.of("gate", "gate", "hastened 1", "other"),
                List.copyOf(started).stream().sorted().toList());
    }

    @Test
    void whatSomebodyWaitsForGoesBeforeWhatATimerWants() {
        lanes = new Lanes(threads, 1, 1, 100);
        held("first", REFRESH, "gate");
        waitFor(() -> started.size() == 1);
        noted("a", REFRESH, "refresh a");
        noted("b", REFRESH, "refresh b");
        noted("a", CALLER, "caller a");
        noted("c", CALLER, "caller c");

        gate.countDown();

        waitFor(() -> started.size() == 5);
        assertEquals(List.of("gate", "caller a", "caller c", "refresh a", "refresh b"), started);
    }

    @Test
    void aRefreshGetsItsTurnHoweverManyCallersWait() {
        lanes = new Lanes(threads, 1, 1, 100);
        held("first", CALLER, "gate");
        waitFor(() -> started.size() == 1);
        CompletableFuture<String> refresh = noted("b", REFRESH, "refresh");
        for (int i = 0; i < 20; i++) {
            noted("a", CALLER, "caller" + i);
        }

        gate.countDown();
        refresh.join();

        assertTrue(started.indexOf("refresh") <= 4, started::toString);
    }

    @Test
    void aRefreshThatSomebodyHasComeToWaitForGoesBeforeTheOthers() {
        lanes = new Lanes(threads, 1, 1, 100);
        held("first", CALLER, "gate");
        waitFor(() -> started.size() == 1);
        for (int i = 0; i < 5; i++) {
            noted("a", REFRESH, "refresh" + i);
        }
        CompletableFuture<String> awaited = noted("a", REFRESH, "awaited");

        lanes.hasten(awaited, "somebody");
        lanes.hasten(awaited, "somebody");
        assertEquals(6, lanes.queued());
        gate.countDown();
        awaited.join();

        assertTrue(started.indexOf("awaited") <= 2, started::toString);
        lanes.hasten(awaited, "somebody");
    }

    @Test
    void theLimitOfAHostIsForBothPrioritiesTogether() {
        lanes = new Lanes(threads, 10, 2, 100);
        held("a", REFRESH, "refresh");
        held("a", CALLER, "caller");
        waitFor(() -> started.size() == 2);
        noted("a", CALLER, "too many");

        assertEquals("else", submit("b", REFRESH, () -> "else").join());
        assertEquals(2, started.size());
        assertEquals(1, lanes.queued());
    }

    @Test
    void aFullQueueTakesNoMoreUntilThereIsRoom() {
        lanes = new Lanes(threads, 1, 1, 2);
        held("a", CALLER, "running");
        noted("a", CALLER, "waiting");
        CompletableFuture<?> waiting = noted("b", REFRESH, "waiting too");

        assertThrows(RejectedExecutionException.class, () -> noted("c", CALLER, "too many"));

        waiting.cancel(false);
        assertEquals(1, lanes.queued());
        noted("c", CALLER, "fits now");
        gate.countDown();
        waitFor(() -> started.size() == 3);
        assertEquals(List.of("running", "waiting", "fits now"), started);
    }

    @Test
    void aFullQueueDoesNotKeepOutWhatCanRunAtOnce() {
        lanes = new Lanes(threads, 2, 1, 1);
        held("slow", CALLER, "running");
        held("slow", CALLER, "waiting");

        assertEquals("at once", submit("other", CALLER, () -> "at once").join());
        assertThrows(RejectedExecutionException.class, () -> noted("slow", CALLER, "too many"));
    }

    @Test
    void gaugesTellHowManyTasksWaitAndRun() {
        lanes = new Lanes(threads, 1, 1, 10);
        MeterRegistry meters = new SimpleMeterRegistry();
        lanes.bindTo(meters);
        held("a", CALLER, "running");
        noted("a", CALLER, "waiting");
        noted("b", CALLER, "waiting too");
        noted("b", REFRESH, "last");

        assertEquals(1, gauge(meters, "bugloss.lanes.running"));
        assertEquals(2, gauge(meters, "bugloss.lanes.queued", "priority", "caller"));
        assertEquals(1, gauge(meters, "bugloss.lanes.queued", "priority", "refresh"));

        gate.countDown();
        waitFor(() -> started.size() == 4 && lanes.running() == 0);
        assertEquals(0, gauge(meters, "bugloss.lanes.running"));
        assertEquals(0, gauge(meters, "bugloss.lanes.queued", "priority", "caller"));
        assertEquals(0, gauge(meters, "bugloss.lanes.queued", "priority", "refresh"));
    }

    @Test
    void aTaskThatIsCancelledWhileItWaitsIsNeverRun() {
        lanes = new Lanes(threads, 1, 1, 10);
        held("a", CALLER, "running");
        CompletableFuture<?> cancelled = noted("a", CALLER, "cancelled");
        CompletableFuture<?> last = noted("a", CALLER, "last");

        cancelled.cancel(true);
        gate.countDown();
        last.join();

        assertEquals(List.of("running", "last"), started);
        assertEquals(0, lanes.queued());
    }

    @Test
    void aPlaceIsFreeBeforeTheResultIsTold() {
        lanes = new Lanes(threads, 2, 1, 10);
        CountDownLatch chained = new CountDownLatch(1);
        CompletableFuture<String> first = held("a", CALLER, "first");
        CompletableFuture<Void> slowFollower = first.thenAccept(value -> await(chained));

        gate.countDown();

        assertEquals("second", submit("a", CALLER, () -> "second").join());
        assertFalse(slowFollower.isDone());
        chained.countDown();
        slowFollower.join();
    }

    @Test
    void aTaskMaySubmitOthers() {
        lanes = new Lanes(threads, 1, 1, 10);

        CompletableFuture<String> inner =
                submit("a", CALLER, () -> submit("a", CALLER, () -> "inner")).join();

        assertEquals("inner", inner.join());
    }

    @Test
    void closingCancelsWhatWaitsAndInterruptsWhatRuns() {
        lanes = new Lanes(threads, 1, 1, 10);
        CountDownLatch running = new CountDownLatch(1);
        CompletableFuture<Object> interrupted = submit("a", CALLER, () -> {
            running.countDown();
            new CountDownLatch(1).await();
            return null;
        });
        CompletableFuture<?> waiting = noted("b", REFRESH, "waiting");
        await(running);

        lanes.close();

        assertTrue(cause(interrupted) instanceof InterruptedException);
        assertThrows(CancellationException.class, waiting::join);
        assertThrows(RejectedExecutionException.class, () -> noted("c", CALLER, "late"));
        assertEquals(0, lanes.queued());
        assertEquals(List.of(), started);
    }

    @Test
    void whereNoThreadCanBeMadeTheFutureSaysSo() {
        lanes = new Lanes(
                task -> {
                    throw new IllegalStateException("shutting down");
                },
                1,
                1,
                1);

        for (int i = 0; i < 3; i++) {
            assertTrue(cause(submit("a", CALLER, () -> "never")) instanceof IllegalStateException);
        }
    }

    /** Payara's order when it undeploys. */
    @Test
    void closesBehindTheClassLoaderThatMadeIt() throws Exception {
        URL classes = Lanes.class.getProtectionDomain().getCodeSource().getLocation();
        Object made;
        try (URLClassLoader loader = new URLClassLoader(new URL[] {classes}, Lanes.class.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (!name.startsWith(Lanes.class.getPackageName())) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : findClass(name);
            }
        }) {
            made = loader.loadClass(Lanes.class.getName())
                    .getConstructor(ThreadFactory.class, int.class, int.class, int.class)
                    .newInstance(threads, 2, 1, 10);
        }

        assertDoesNotThrow(((AutoCloseable) made)::close);
    }

    @Test
    void wrongNumbersAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Lanes(threads, 0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Lanes(threads, 1, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Lanes(threads, 1, 1, 0));
    }

    @Test
    void theLimitsHoldWithManyHostsManyTasksAndManyWhoSubmit() throws Exception {
        lanes = new Lanes(threads, 8, 3, 100_000);
        Map<String, AtomicInteger> nowOf = new ConcurrentHashMap<>();
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger mostOfOne = new AtomicInteger();
        List<CompletableFuture<?>> all = new CopyOnWriteArrayList<>();
        List<Thread> submitting = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Random random = new Random(t);
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 1000; i++) {
                    String host = "host" + random.nextInt(12);
                    CompletableFuture<?> task = submit(host, random.nextBoolean() ? CALLER : REFRESH, () -> {
                        AtomicInteger ofHost = nowOf.computeIfAbsent(host, key -> new AtomicInteger());
                        most.accumulateAndGet(now.incrementAndGet(), Math::max);
                        mostOfOne.accumulateAndGet(ofHost.incrementAndGet(), Math::max);
                        Thread.yield();
                        ofHost.decrementAndGet();
                        now.decrementAndGet();
                        return null;
                    });
                    if (random.nextInt(10) == 0) {
                        task.cancel(false);
                    } else {
                        all.add(task);
                    }
                }
            });
            submitting.add(thread);
            thread.start();
        }
        for (Thread thread : submitting) {
            thread.join();
        }

        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(20, TimeUnit.SECONDS);

        assertTrue(most.get() <= 8, "at once: " + most);
        assertTrue(mostOfOne.get() <= 3, "at once for one host: " + mostOfOne);
        assertEquals(0, lanes.queued());
    }

    /** Of a caller who has no other tasks. */
    private <T> CompletableFuture<T> submit(String host, Lanes.Priority priority, Callable<T> work) {
        return lanes.submit(host, priority, "caller" + callers.incrementAndGet(), work);
    }

    private CompletableFuture<String> held(String host, Lanes.Priority priority, String name) {
        return held(host, priority, "caller" + callers.incrementAndGet(), name);
    }

    private CompletableFuture<String> held(String host, Lanes.Priority priority, String caller, String name) {
        return lanes.submit(host, priority, caller, () -> {
            started.add(name);
            gate.await();
            return name;
        });
    }

    private CompletableFuture<String> noted(String host, Lanes.Priority priority, String name) {
        return noted(host, priority, "caller" + callers.incrementAndGet(), name);
    }

    private CompletableFuture<String> noted(String host, Lanes.Priority priority, String caller, String name) {
        return lanes.submit(host, priority, caller, () -> {
            started.add(name);
            return name;
        });
    }

    private static int gauge(MeterRegistry meters, String name, String... tags) {
        return (int) meters.get(name).tags(tags).gauge().value();
    }

    private static Throwable cause(CompletableFuture<?> future) {
        return assertThrows(CompletionException.class, future::join).getCause();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void waitFor(java.util.function.BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }
}
