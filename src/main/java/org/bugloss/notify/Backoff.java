package org.bugloss.notify;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** When to try again what could not be sent. */
final class Backoff {

    private static final Duration FIRST = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofHours(1);
    private static final int DOUBLINGS = 10;

    /** What an endpoint may ask for at most. */
    private static final Duration LONGEST_ASKED = Duration.ofDays(1);

    /** As in the outside contract. */
    private static final Duration GIVE_UP_AFTER = Duration.ofDays(3);

    private Backoff() {}

    /**
     * Twice as long after each failure, with some jitter, so that endpoints on one host do not come together.
     *
     * @param failures how often it has failed, from 1 up
     * @param failingSince when it failed first
     * @param notBefore what the endpoint asked for; {@code null} where it did not
     * @return {@code null} where nothing more is to be tried
     */
    static @Nullable Instant next(int failures, Instant failingSince, @Nullable Instant notBefore, Instant now) {
        Instant end = failingSince.plus(GIVE_UP_AFTER);
        if (!now.isBefore(end)) {
            return null;
        }
        Duration doubled = FIRST.multipliedBy(1L << Math.min(failures - 1, DOUBLINGS));
        Duration wait = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
        Instant next = now.plusMillis(
                (long) (wait.toMillis() * ThreadLocalRandom.current().nextDouble(0.9, 1.1)));
        if (notBefore != null && notBefore.isAfter(next)) {
            Instant most = now.plus(LONGEST_ASKED);
            next = notBefore.isAfter(most) ? most : notBefore;
        }
        // Once more at the very end.
        return next.isAfter(end) ? end : next;
    }
}
