package org.bugloss.hooks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.bugloss.web.Problem;
import org.junit.jupiter.api.Test;

class HookBodiesTest {

    private static final int LIMIT = 25 * 1024 * 1024;

    private static int read(int bytes, long length, int limit) {
        return HookBodies.read(new ByteArrayInputStream(new byte[bytes]), length, limit, body -> body.length);
    }

    private static int refused(int bytes, long length, int limit) {
        return assertThrows(Problem.class, () -> read(bytes, length, limit)).status();
    }

    @Test
    void aBodyOfTheLimitIsReadAndALongerOneRefusedWhateverItSaysOfItself() {
        assertEquals(LIMIT, read(LIMIT, LIMIT, LIMIT));
        assertEquals(LIMIT, read(LIMIT, -1, LIMIT));
        assertEquals(413, refused(0, LIMIT + 1L, LIMIT));
        assertEquals(413, refused(LIMIT + 1, -1, LIMIT));
        assertEquals(413, refused(11, 20, 10));
        assertEquals(0, read(0, 0, LIMIT));
        assertEquals(5, read(5, 7, LIMIT), "cut off: its proof will not hold");
    }

    @Test
    void aServerThatReadsNoFurtherHasALimitOfItsOwn() {
        InputStream limited = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("UT000020: Connection terminated as request was larger than 10485760");
            }
        };
        assertEquals(
                413,
                assertThrows(Problem.class, () -> HookBodies.read(limited, -1, LIMIT, body -> 1))
                        .status());
    }

    @Test
    void aPlaceIsFreeAgainWhateverBecameOfTheBody() {
        for (int i = 0; i < 300; i++) {
            assertEquals(413, refused(11, -1, 10));
            assertThrows(
                    IllegalStateException.class,
                    () -> HookBodies.read(new ByteArrayInputStream(new byte[3]), 3_000_000, LIMIT, body -> {
                        throw new IllegalStateException();
                    }));
        }
    }
}
