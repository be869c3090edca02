package org.bugloss.details;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class GatheredTest {

    private final List<List<Integer>> goes = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();

    /** The first is held up until the gate opens. */
    private void go(List<Integer> group) {
        goes.add(group);
        if (group.contains(1)) {
            try {
                assertTrue(gate.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        if (group.contains(0)) {
            throw new IllegalStateException("nothing is divided by zero");
        }
    }

    /** Comes back once that thread waits, for its turn or at the gate. */
    private void want(Gathered<Integer> gathered, int number) throws InterruptedException {
        Thread thread = new Thread(() -> gathered.want(number));
        thread.setUncaughtExceptionHandler((failed, failure) -> {});
        threads.add(thread);
        thread.start();
        while (thread.isAlive()
                && thread.getState() != Thread.State.WAITING
                && thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
    }

    private void openGate() throws InterruptedException {
        gate.countDown();
        for (Thread thread : threads) {
            thread.join(20_000);
            assertFalse(thread.isAlive());
        }
    }

    @AfterEach
    void end() {
        gate.countDown();
    }

    @Test
    void whoComesAloneGoesAtOnce() {
        Gathered<Integer> gathered = new Gathered<>(1, 10, this::go);
        gathered.want(7);
        gathered.want(8);
        assertEquals(List.of(List.of(7), List.of(8)), goes);
    }

    @Test
    void whoComeWhileAnotherIsAtItAreGoneForTogether() throws InterruptedException {
        Gathered<Integer> gathered = new Gathered<>(1, 10, this::go);
        for (int number = 1; number <= 4; number++) {
            want(gathered, number);
        }
        openGate();
        assertEquals(List.of(List.of(1), List.of(2, 3, 4)), goes);
        gathered.want(5);
        assertEquals(List.of(5), goes.get(2));
    }

    @Test
    void oneGoIsForNoMoreThanItMayBeAndTheRestFollow() throws InterruptedException {
        Gathered<Integer> gathered = new Gathered<>(1, 2, this::go);
        for (int number = 1; number <= 6; number++) {
            want(gathered, number);
        }
        openGate();
        assertEquals(List.of(List.of(1), List.of(2, 3), List.of(4, 5), List.of(6)), goes);
    }

    @Test
    void oneThatTakesLongHoldsNobodyUpWhereTwoMayGo() throws InterruptedException {
        Gathered<Integer> gathered = new Gathered<>(2, 10, this::go);
        want(gathered, 1);
        gathered.want(2);
        gathered.want(3);
        assertEquals(List.of(List.of(1), List.of(2), List.of(3)), goes);
        openGate();
    }

    @Test
    void whereAGoFailsWhoWentIsToldAndAllOthersGoOn() throws InterruptedException {
        Gathered<Integer> gathered = new Gathered<>(1, 2, this::go);
        want(gathered, 1);
        want(gathered, 0);
        want(gathered, 3);
        want(gathered, 4);
        openGate();
        assertEquals(List.of(List.of(1), List.of(0, 3), List.of(4)), goes);
        assertThrows(IllegalStateException.class, () -> gathered.want(0));
        gathered.want(5);
        assertEquals(List.of(5), goes.get(4));
    }
}
