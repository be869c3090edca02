package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.regex.Pattern;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.Test;

/** The timer, which looks every second; pages below {@code /quick} are fresh for a second. */
@OnServer
class RefreshIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @ArquillianResource
    Http bugloss;

    @ArquillianResource
    Upstream upstream;

    @ArquillianResource
    ServerProcess server;

    private Http.Answer record(String path, boolean defect) {
        return bugloss.post(
                "/api/link-references",
                "{\"execution_id\": \"refresh\", \"url\": \"" + upstream.uri(path) + "\", \"is_defect\": " + defect
                        + "}");
    }

    private int hitsOnceThereAre(String path, int wanted) {
        return Until.holds(() -> upstream.hits(path), hits -> hits >= wanted, PATIENCE);
    }

    @Test
    void defectsAreRefreshedThoughNobodyAsks() {
        upstream.on("/quick/defect", Route.page("Kept fresh", ""));
        record("/quick/defect", true);
        assertTrue(hitsOnceThereAre("/quick/defect", 3) >= 3);
    }

    @Test
    void aRoundIsALineInTheLog() {
        upstream.on("/quick/logged", Route.page("Logged", ""));
        record("/quick/logged", true);
        hitsOnceThereAre("/quick/logged", 2);
        Pattern line = Pattern.compile("Refresh round: [1-9][\\d,]* due, [\\d,]+ refreshed, [\\d,]+ unchanged,"
                + " [\\d,]+ failed, [\\d,]+ requests, [\\d.,]+ s");
        assertTrue(
                Until.holds(() -> line.matcher(server.log()).find(), found -> found, Duration.ofSeconds(5)),
                server::log);
    }

    @Test
    void aFailingPageStopsNoOthersAndIsTriedAgain() {
        upstream.on("/quick/failing", Route.status(500));
        upstream.on("/quick/good", Route.page("Good", ""));
        record("/quick/failing", true);
        record("/quick/good", true);
        int failing = upstream.hits("/quick/failing");
        assertTrue(hitsOnceThereAre("/quick/good", 3) >= 3);
        assertTrue(hitsOnceThereAre("/quick/failing", failing + 2) >= failing + 2);
    }

    @Test
    void whatIsNoDefectOrNoLongerThereIsLeftAlone() {
        for (String name : new String[] {"never", "patched", "deleted"}) {
            upstream.on("/quick/" + name, Route.page(name, ""));
        }
        record("/quick/never", false);
        long patched = record("/quick/patched", true).json().getInt("id");
        long deleted = record("/quick/deleted", true).json().getInt("id");
        hitsOnceThereAre("/quick/patched", 2);
        hitsOnceThereAre("/quick/deleted", 2);
        bugloss.patch("/api/link-references/" + patched, "{\"is_defect\": false}");
        bugloss.delete("/api/link-references/" + deleted);
        // What was under way at that moment may still come, so the rounds that count begin after a later defect's.
        upstream.on("/quick/later", Route.page("later", ""));
        record("/quick/later", true);
        hitsOnceThereAre("/quick/later", 2);
        int patchedHits = upstream.hits("/quick/patched");
        int deletedHits = upstream.hits("/quick/deleted");
        hitsOnceThereAre("/quick/later", upstream.hits("/quick/later") + 3);
        assertEquals(patchedHits, upstream.hits("/quick/patched"));
        assertEquals(deletedHits, upstream.hits("/quick/deleted"));
        assertEquals(0, upstream.hits("/quick/never"));
    }
}
