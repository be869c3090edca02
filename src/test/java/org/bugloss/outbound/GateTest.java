package org.bugloss.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.bugloss.cache.TestClock;
import org.junit.jupiter.api.Test;

class GateTest {

    private static final FetchException TIMEOUT = new FetchException(FailureReason.TIMEOUT, "too slow");

    private final TestClock clock = new TestClock();
    private boolean paused;
    private final Gate gate = new Gate(clock, 4, Duration.ofSeconds(60), Duration.ofSeconds(200), () -> paused);

    @Test
    void aSourceIsAskedMoreAtOnceWithEverySuccessUpToWhatIsConfigured() {
        assertEquals(1, gate.width());
        succeed();
        assertEquals(2, gate.width());
        succeed();
        succeed();
        assertEquals(4, gate.width());
    }

    @Test
    void aFailureBringsItBackToOneAtATime() {
        succeed();
        succeed();
        fail(TIMEOUT);
        assertEquals(1, gate.width());
        assertEquals(Gate.State.WORKING, gate.state());
    }

    @Test
    void anAnswerThatWasLongInComingDoesToo() {
        succeed();
        succeed();
        assertTrue(gate.enter());
        gate.succeeded(Duration.ofSeconds(3));
        assertEquals(1, gate.width());
        succeed();
        assertEquals(2, gate.width());
    }

    @Test
    void threeFailuresInARowCloseItAndASuccessInBetweenDoesNot() {
        fail(TIMEOUT);
        fail(TIMEOUT);
        succeed();
        fail(TIMEOUT);
        fail(TIMEOUT);
        assertTrue(gate.enter());
        gate.failed(TIMEOUT);
        assertFalse(gate.enter());
        assertEquals(Gate.State.FAILING, gate.state());
    }

    @Test
    void aFailingSourceIsTriedWithOneRequestUntilItAnswers() {
        close();
        advance(60);
        assertTrue(gate.enter());
        assertFalse(gate.enter());
        gate.failed(TIMEOUT);
        advance(60);
        assertFalse(gate.enter());
        advance(60);
        assertTrue(gate.enter());
        gate.succeeded();
        assertEquals(Gate.State.WORKING, gate.state());
        assertEquals(2, gate.width());
    }

    @Test
    void theWaitsBetweenTriesDoubleUpToTheLongest() {
        close();
        for (int most : new int[] {60, 120, 200, 200}) {
            Duration wait = Duration.between(clock.instant(), gate.opensAt());
            assertTrue(wait.toMillis() <= most * 1000L && wait.toMillis() >= most * 800L, wait + " of " + most);
            advance(most);
            fail(TIMEOUT);
        }
    }

    @Test
    void whoWasLetThroughAndDidNotSendLeavesTheTryToTheNext() {
        close();
        advance(60);
        assertTrue(gate.enter());
        gate.leave();
        assertTrue(gate.enter());
    }

    @Test
    void aSourceThatNamesItsHourIsNotAskedBefore() {
        fail(new FetchException(
                FailureReason.RATE_LIMITED, "too many", clock.instant().plusSeconds(30), null));
        assertEquals(Gate.State.RESTING, gate.state());
        advance(29);
        assertFalse(gate.enter());
        advance(1);
        assertTrue(gate.enter());
    }

    @Test
    void aSourceThatFailsIsNotOneThatWantsARest() {
        close();
        assertFalse(gate.isResting());
        gate.restUntil(clock.instant().plusSeconds(10));
        assertTrue(gate.isResting());
    }

    @Test
    void aSourceThatNamesTheEndOfTimeIsAskedAgainAfterADay() {
        gate.restUntil(clock.instant().plus(Duration.ofDays(300)));
        assertEquals(clock.instant().plus(Duration.ofDays(1)), gate.opensAt());
    }

    @Test
    void aSuccessOpensAtOnceWhatFailuresHaveClosedWhoeverAsked() {
        close();
        assertEquals(0, gate.width());

        gate.succeeded();

        assertEquals(Gate.State.WORKING, gate.state());
        assertEquals(Instant.EPOCH, gate.opensAt());
        assertEquals(2, gate.width());
    }

    @Test
    void aSuccessDoesNotEndTheRestThatASourceWants() {
        Instant hour = clock.instant().plusSeconds(3600);
        fail(TIMEOUT);
        fail(TIMEOUT);
        fail(new FetchException(FailureReason.RATE_LIMITED, "too many", hour, null));
        assertEquals(Gate.State.FAILING, gate.state());

        gate.succeeded();

        assertEquals(Gate.State.RESTING, gate.state());
        assertEquals(hour, gate.opensAt());
        assertEquals(0, gate.width());
    }

    @Test
    void aShortRestDoesNotCutALongOneShort() {
        Instant hour = clock.instant().plusSeconds(3600);
        gate.restUntil(hour);
        gate.restUntil(clock.instant().plusSeconds(3));

        advance(4);

        assertTrue(gate.isResting());
        assertEquals(hour, gate.opensAt());
    }

    @Test
    void aRestThatEndsBeforeTheFailuresWaitDoesNotOpen() {
        close();
        Instant opensAt = gate.opensAt();

        gate.restUntil(clock.instant().plusSeconds(1));

        assertEquals(opensAt, gate.opensAt());
    }

    private void succeed() {
        assertTrue(gate.enter());
        gate.succeeded();
    }

    private void fail(FetchException failure) {
        assertTrue(gate.enter());
        gate.failed(failure);
    }

    private void close() {
        fail(TIMEOUT);
        fail(TIMEOUT);
        fail(TIMEOUT);
    }

    private void advance(int seconds) {
        clock.advance(Duration.ofSeconds(seconds));
    }

    @Test
    void whileItIsPausedNothingIsLetThroughAndThenItIsAsItWas() {
        succeed();
        paused = true;
        assertFalse(gate.enter());
        assertEquals(0, gate.width());
        assertTrue(gate.opensAt().isAfter(clock.instant().plusSeconds(3600)));
        paused = false;
        assertEquals(2, gate.width());
        assertTrue(gate.enter());
    }
}
