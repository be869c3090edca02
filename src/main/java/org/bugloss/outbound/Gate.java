package org.bugloss.outbound;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;

/**
 * How much a source of details is asked by the refresh: how many requests at once, and from when on. It begins with one
 * request at a time and doubles with every success, up to what the configuration allows; a failure brings it back to one,
 * and so does an answer that was long in coming.
 *
 * <p>After {@value #FAILURES_IN_A_ROW} failures in a row the gate closes. It opens for one request, and as long as that
 * fails it closes for longer; the first success opens it for all, at once, whoever asked. A source that says from when on it
 * wants to be asked again is not asked before: a success does not end such a rest, since a source answers some while it
 * wants to be spared by most, and nor does a later wish that would end earlier.
 *
 * <p>This is a circuit breaker. The well-kept ones know nothing of a source that names its hour, or has a budget to be
 * spread, nor whether they would let something through without letting it through. Thread-safe.
 */
public final class Gate {

    /** One may be chance, or one slow page. */
    static final int FAILURES_IN_A_ROW = 3;

    /** So that several nodes, or several sources behind one proxy, do not come back at the same moment. */
    private static final double JITTER = 0.2;

    /** A few sources that take longer would else have all threads of the refresh, and hold up the quick ones. */
    private static final Duration SLOW = Duration.ofSeconds(2);

    /** The longest that a source may ask for. */
    private static final Duration LONGEST = Duration.ofDays(1);

    private final Clock clock;
    private final int widest;
    private final Duration firstWait;
    private final Duration longestWait;
    private final BooleanSupplier paused;

    private int width = 1;
    private int failures;
    private boolean trying;

    /** The end of what failures have closed; a success puts it back. */
    private Instant closedUntil = Instant.EPOCH;

    /** The end of the rest that the source wants. */
    private Instant restsUntil = Instant.EPOCH;

    /** How a source is. */
    public enum State {
        /** It answers, or has not been asked yet. */
        WORKING,
        /** It wants to be left alone for a while. */
        RESTING,
        /** It does not answer, and is tried with one request now and then. */
        FAILING
    }

    /**
     * @param widest requests at once, from 1 up
     * @param firstWait how long it is closed first; twice as long every further time
     * @param longestWait up to this
     * @param paused whether somebody keeps it closed, whatever the source does
     */
    public Gate(Clock clock, int widest, Duration firstWait, Duration longestWait, BooleanSupplier paused) {
        this.clock = clock;
        this.widest = widest;
        this.firstWait = firstWait;
        this.longestWait = longestWait;
        this.paused = paused;
    }

    /** How many requests there may be at once, now: 0 where the gate is closed. */
    public synchronized int width() {
        if (clock.instant().isBefore(opensAt())) {
            return 0;
        }
        return failures >= FAILURES_IN_A_ROW ? trying ? 0 : 1 : width;
    }

    /**
     * Lets one request through, or not. Whoever is let through says what became of it, by {@link #succeeded}, {@link
     * #failed} or {@link #leave}.
     */
    public synchronized boolean enter() {
        if (width() == 0) {
            return false;
        }
        trying = true;
        return true;
    }

    /** The request was not sent after all, or what came of it says nothing of the source. */
    public synchronized void leave() {
        trying = false;
    }

    /** The source answered. */
    public void succeeded() {
        succeeded(Duration.ZERO);
    }

    /** The source answered, and took so long. */
    public synchronized void succeeded(Duration took) {
        failures = 0;
        closedUntil = Instant.EPOCH;
        trying = false;
        width = took.compareTo(SLOW) > 0 ? 1 : Math.min(widest, width * 2);
    }

    /** The source did not answer, or wants to be asked later. */
    public synchronized void failed(FetchException failure) {
        trying = false;
        width = 1;
        failures++;
        Instant now = clock.instant();
        if (failures >= FAILURES_IN_A_ROW) {
            closedUntil = now.plus(wait(failures - FAILURES_IN_A_ROW));
        }
        failure.retryAt().ifPresent(this::restUntil);
    }

    /** The source wants to be left alone until this moment; at most a day from now, and no shorter than it said before. */
    public synchronized void restUntil(Instant moment) {
        Instant latest = clock.instant().plus(LONGEST);
        restsUntil = later(restsUntil, moment.isAfter(latest) ? latest : moment);
    }

    /** Whether the source itself wants to be left alone for now. */
    public synchronized boolean isResting() {
        return clock.instant().isBefore(restsUntil);
    }

    /** Whether somebody keeps it closed, until he ends that. */
    public boolean isPaused() {
        return paused.getAsBoolean();
    }

    /** From when on something may be sent; a moment in the past where the gate is open, one far off while it is paused. */
    public synchronized Instant opensAt() {
        return isPaused() ? clock.instant().plus(LONGEST) : later(closedUntil, restsUntil);
    }

    /** How the source is. */
    public synchronized State state() {
        if (failures >= FAILURES_IN_A_ROW) {
            return State.FAILING;
        }
        return isResting() ? State.RESTING : State.WORKING;
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private Duration wait(int doublings) {
        Duration wait = firstWait;
        for (int i = 0; i < doublings && wait.compareTo(longestWait) < 0; i++) {
            wait = wait.multipliedBy(2);
        }
        Duration whole = wait.compareTo(longestWait) > 0 ? longestWait : wait;
        return Duration.ofMillis((long)
                (whole.toMillis() * (1 - JITTER * ThreadLocalRandom.current().nextDouble())));
    }
}
