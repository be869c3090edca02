package org.bugloss.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrailTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"abc123", "4bf92f3577b34da6a3ce929d0e0e4736", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "a.b_c-1"})
    void theIdsOfProxiesAndClientsAreTaken(String id) {
        assertEquals(Optional.of(id), Trail.given(id));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "short", "two words", "a-line\nand-another", "[forged]", "\u202eabcdef"})
    void whatCouldForgeALineIsNone(String id) {
        assertEquals(Optional.empty(), Trail.given(id));
    }

    @Test
    void noneIsTooLong() {
        assertEquals(Optional.empty(), Trail.given("a".repeat(65)));
        assertEquals(Optional.empty(), Trail.given(null));
    }

    @Test
    void freshOnesDifferAndAreAllOfOneLength() {
        for (int i = 0; i < 1_000; i++) {
            String id = Trail.fresh();
            assertTrue(id.matches("[0-9a-z]{12}"), id);
            assertNotEquals(id, Trail.fresh());
        }
    }

    @Test
    void aThreadWorksForWhoeverItFollowsAndThenForWhomItDidBefore() {
        assertEquals("", Trail.mark());
        Trail.follow("outer-1", () -> {
            Trail.follow("inner-1", () -> assertEquals(" [inner-1]", Trail.mark()));
            assertEquals("outer-1", Trail.id());
        });
        assertEquals("", Trail.mark());
    }
}
