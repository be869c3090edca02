package org.bugloss.details;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.bugloss.cache.TestClock;
import org.junit.jupiter.api.Test;

class LookupLimitTest {

    private final TestClock clock = new TestClock();

    @Test
    void aCallerHasSoManyLookupsInAMinuteAndOthersHaveTheirOwn() {
        LookupLimit limit = new LookupLimit(2, clock);
        assertTrue(limit.take("ann"));
        assertTrue(limit.take("ann"));
        assertFalse(limit.take("ann"));
        assertTrue(limit.take("bob"));
    }

    @Test
    void lookupsComeBackEvenly() {
        LookupLimit limit = new LookupLimit(2, clock);
        limit.take("ann");
        limit.take("ann");
        clock.advance(Duration.ofSeconds(29));
        assertFalse(limit.take("ann"));
        clock.advance(Duration.ofSeconds(1));
        assertTrue(limit.take("ann"));
        assertFalse(limit.take("ann"));
    }

    @Test
    void zeroIsNoLimit() {
        LookupLimit limit = new LookupLimit(0, clock);
        for (int i = 0; i < 10_000; i++) {
            assertTrue(limit.take("ann"));
        }
    }

    @Test
    void whoHasNoneLeftIsToldWhenToComeAgain() {
        LookupLimit limit = new LookupLimit(2, clock);
        limit.take("ann");
        limit.take("ann");
        assertFalse(limit.take("ann"));
        assertEquals(new Outcome.OverLimit(2, clock.instant().plusSeconds(30)), limit.refusal());
    }
}
