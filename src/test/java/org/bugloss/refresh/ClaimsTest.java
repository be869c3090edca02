package org.bugloss.refresh;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bugloss.cache.TestClock;
import org.bugloss.outbound.Gate;
import org.junit.jupiter.api.Test;

class ClaimsTest {

    private static final Instant LEASE_END = START.plusSeconds(60);

    private final Claims claims = new Claims(10);
    private final RefreshLane acme = lane("acme");
    private final RefreshLane beta = lane("beta");
    private final RefreshLane page = lane("//h.example");

    private static RefreshLane lane(String name) {
        Gate gate = new Gate(new TestClock(), 4, Duration.ofMinutes(1), Duration.ofHours(1), () -> false);
        return new RefreshLane(name, gate, Optional.empty(), 1);
    }

    private void fill(int from, int to) {
        for (int i = from; i < to; i++) {
            claims.add(List.of("http://a/" + i), LEASE_END);
        }
    }

    @Test
    void aLaneGetsNoMoreThanItWantsNorThanHalfOfTheRoomThatIsLeft() {
        assertEquals(3, claims.reserve(acme, 3));
        assertEquals(3, claims.reserve(acme, 100));
        assertEquals(2, claims.reserve(beta, 100));
        assertEquals(1, claims.reserve(beta, 100));
        assertEquals(1, claims.reserve(page, 100), "the last");
        assertEquals(0, claims.reserve(page, 100));
    }

    @Test
    void roomIsForWhatIsClaimedAndForWhatIsBeingClaimed() {
        fill(0, 4);
        assertEquals(3, claims.reserve(acme, 3));

        assertEquals(1, claims.reserve(beta, 100));
        claims.release(3);
        assertEquals(2, claims.reserve(beta, 100));
    }

    @Test
    void lanesWithoutRoomWaitForItInTurn() {
        fill(0, 10);
        assertEquals(0, claims.reserve(beta, 1));
        assertEquals(0, claims.reserve(acme, 1));
        assertEquals(0, claims.reserve(beta, 1));

        assertEquals(List.of(), claims.takeWaiting());
        assertTrue(claims.isWaiting(acme));
        claims.remove(List.of("http://a/0"));
        assertEquals(List.of(beta), claims.takeWaiting());
        assertFalse(claims.isWaiting(beta));
        claims.remove(List.of("http://a/1"));
        assertEquals(List.of(acme), claims.takeWaiting());
        assertEquals(List.of(), claims.takeWaiting());
    }

    @Test
    void aUrlIsThisNodesUntilItsLeaseEnds() {
        fill(0, 1);

        assertTrue(claims.has("http://a/0", LEASE_END.minusMillis(1)));
        assertFalse(claims.has("http://a/0", LEASE_END));
        assertFalse(claims.has("http://a/1", START));
        claims.remove(List.of("http://a/0"));
        assertFalse(claims.has("http://a/0", START));
    }

    @Test
    void onlyLeasesThatHaveNotEndedAreToBeExtended() {
        claims.add(List.of("http://a/ended"), START);
        claims.add(List.of("http://a/soon", "http://a/removed"), START.plusSeconds(44));
        claims.add(List.of("http://a/later"), START.plusSeconds(45));

        assertEquals(
                Set.of("http://a/soon", "http://a/removed"),
                Set.copyOf(claims.endingBefore(START.plusSeconds(45), START)));
        claims.remove(List.of("http://a/removed"));
        claims.extend(List.of("http://a/soon", "http://a/removed"), LEASE_END);
        assertEquals(List.of(), claims.endingBefore(START.plusSeconds(45), START));
        assertTrue(claims.has("http://a/soon", LEASE_END.minusMillis(1)));
        assertFalse(claims.has("http://a/removed", START), "done meanwhile");
    }

    @Test
    void isEmptyOnceNothingIsClaimedNorAboutToBe() {
        assertTrue(claims.isEmpty());
        claims.reserve(acme, 2);
        assertFalse(claims.isEmpty());
        fill(0, 2);
        claims.release(2);
        assertFalse(claims.isEmpty());
        assertEquals(2, claims.size());
        claims.remove(List.of("http://a/0", "http://a/1"));
        assertTrue(claims.isEmpty());
    }
}
