package org.bugloss.hooks;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.bugloss.web.Problem;

/**
 * Reads the bodies of hooks, with a bound on what all of them take in memory at once: whoever sends is a stranger until all of
 * it is read. Large ones wait for one another. Safe for use by several threads.
 */
final class HookBodies {

    private static final int KILOBYTE = 1024;

    /** How many of each size there may be at once: 25, 16 and 50 MB, most of which are read twice over. */
    private static final List<Size> SIZES = List.of(
            new Size(128 * KILOBYTE, new Semaphore(200, true)),
            new Size(2 * KILOBYTE * KILOBYTE, new Semaphore(8, true)),
            new Size(Integer.MAX_VALUE - 1, new Semaphore(1, true)));

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private record Size(int most, Semaphore places) {}

    private HookBodies() {}

    /**
     * Reads a body and has something made of it.
     *
     * @param length as the sender says; negative where it does not
     * @param limit how many bytes are taken
     * @param then what is made of it, before the next large one is read
     * @throws Problem 413 where it is too large; 503 where too much is being read
     */
    static <T> T read(InputStream body, long length, int limit, Function<byte[], T> then) {
        if (length > limit) {
            throw tooLarge(limit);
        }
        long expected = length < 0 ? limit : length;
        Size size = SIZES.stream()
                .filter(candidate -> expected <= candidate.most())
                .findFirst()
                .orElseThrow();
        try {
            if (!size.places().tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw Problem.of(503, "too much is being read").retryAfter(PATIENCE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.of(503, "the server stops").retryAfter(PATIENCE);
        }
        try {
            byte[] bytes = body.readNBytes((int) Math.min(expected, limit) + 1);
            if (bytes.length > limit) {
                throw tooLarge(limit);
            }
            return then.apply(bytes);
        } catch (IOException e) {
            // Servers stop reading by themselves at a limit of their own.
            throw tooLarge(limit);
        } finally {
            size.places().release();
        }
    }

    private static Problem tooLarge(int limit) {
        return Problem.of(413, "the body is over " + limit + " bytes, or could not be read to its end");
    }
}
