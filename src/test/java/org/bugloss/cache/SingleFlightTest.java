package org.bugloss.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bugloss.cache.SingleFlight.Begun;
import org.bugloss.cache.SingleFlight.Fetch;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TestBugUrls;
import org.junit.jupiter.api.Test;

class SingleFlightTest {

    private static final BugUrl BUG = bug("http://bugs.example/1");
    private static final BugUrl SAME = bug("HTTP://bugs.example:80/1#c2");
    private static final BugUrl OTHER = bug("http://bugs.example/2");

    private final SingleFlight flights = new SingleFlight();

    private static BugUrl bug(String url) {
        return TestBugUrls.of(CanonicalUrl.parse(url));
    }

    @Test
    void whoeverAsksFirstIsToCarryItOutAndTheOthersJoin() {
        Begun first = flights.begin(BUG, false);
        Begun second = flights.begin(SAME, false);

        assertTrue(first.isNew());
        assertFalse(second.isNew());
        assertSame(first.fetch(), second.fetch());
        assertTrue(flights.begin(OTHER, false).isNew());
    }

    @Test
    void whatHasEndedIsBegunAgain() {
        Fetch first = flights.begin(BUG, false).fetch();

        assertSame(first.stored, flights.end(BUG, first));
        assertFalse(first.stored.isDone());
        Begun second = flights.begin(BUG, false);
        assertTrue(second.isNew());
        assertNotSame(first, second.fetch());
    }

    @Test
    void whoeverWantsAllOfItAnewDoesNotJoinWhatBeganForLess() {
        Fetch conditional = flights.begin(BUG, false).fetch();
        Begun anew = flights.begin(BUG, true);

        assertTrue(anew.isNew());
        assertNotSame(conditional, anew.fetch());
        assertSame(anew.fetch(), flights.begin(BUG, true).fetch());
        assertSame(anew.fetch(), flights.begin(BUG, false).fetch());
    }

    @Test
    void theEndOfWhatBeganForLessIsNotThatOfWhatCameAfterIt() {
        Fetch conditional = flights.begin(BUG, false).fetch();
        Fetch anew = flights.begin(BUG, true).fetch();

        flights.end(BUG, conditional);
        assertSame(anew, flights.begin(BUG, false).fetch());

        flights.end(BUG, anew);
        assertTrue(flights.begin(BUG, false).isNew());
    }

    @Test
    void ofManyThoseAreBegunThatNobodyIsFetching() {
        flights.begin(BUG, false);

        Map<BugUrl, Fetch> mine = flights.beginWhereNobodyDoes(List.of(BUG, OTHER, SAME));

        assertEquals(Set.of(OTHER), mine.keySet());
        assertSame(mine.get(OTHER), flights.begin(OTHER, false).fetch());
    }
}
