package org.bugloss.details;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.bugloss.cache.CleanDetails;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.Schedule;
import org.bugloss.cache.StoredDetails;
import org.bugloss.configuration.TestKeys;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugFields;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TestBugUrls;
import org.junit.jupiter.api.Test;

class ServedDetailsTest {

    private static final CanonicalUrl URL = CanonicalUrl.parse("http://bugs.example/1");
    private static final Duration TTL = Duration.ofHours(1);

    private final DetailsSettings settings = DetailsSettings.from(TestKeys.keys());
    private final Schedule schedule = new Schedule(settings, () -> 0);
    private final BugUrl bug = TestBugUrls.of(URL);

    private StoredDetails stored() {
        BugDetails details = BugDetails.of("1", "Crash at start")
                .withDescription("<p>It <b>crashes</b>.</p>")
                .withStatus("open")
                .withResolved(false)
                .withFields(BugFields.NONE
                        .withAssignee("ann")
                        .withPriority("high")
                        .withType("bug")
                        .withLabels(List.of("ui"))
                        .withUpdated(START));
        return StoredDetails.of(bug, "Acme", CleanDetails.of(bug, details, settings.images()), START, schedule);
    }

    private static StoredDetails failed() {
        return new StoredDetails(
                URL.key(),
                "Acme",
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                false,
                null,
                null,
                "dns",
                "no such host",
                START,
                START.plusSeconds(60),
                START,
                null);
    }

    private static DetailsOverride override(
            String title, String description, String image, Set<String> blanks, String suppliedBy) {
        return new DetailsOverride(
                URL.key(),
                title,
                description,
                null,
                null,
                image,
                null,
                START,
                START.plusSeconds(60),
                blanks,
                suppliedBy);
    }

    private JsonObject served(StoredDetails stored, DetailsOverride override, Instant now) {
        return ServedDetails.of(new Gloss(bug, "Acme", stored, override), settings.images(), now)
                .object();
    }

    private static JsonObject json(String text) {
        return Json.createReader(new StringReader(text)).readObject();
    }

    @Test
    void detailsAreServedAsTheContractHasThem() {
        assertEquals(json("""
                {
                  "url": "http://bugs.example/1",
                  "id": "1",
                  "title": "Crash at start",
                  "description": "<p>It <b>crashes</b>.</p>",
                  "excerpt": "It crashes.",
                  "status": "open",
                  "resolved": false,
                  "tracker": "Acme",
                  "system": null,
                  "from_open_graph": false,
                  "image": null,
                  "site_name": null,
                  "moved_to": null,
                  "restricted": false,
                  "fields": {"assignee": "ann", "resolution": null, "priority": "high", "type": "bug", "labels": ["ui"],
                             "updated": "2026-11-22T09:00:00Z"},
                  "source": "tracker",
                  "supplied_by": null,
                  "fetched_at": "2026-11-22T09:00:00Z",
                  "expires_at": "2026-11-22T10:00:00Z",
                  "stale": false,
                  "failure": null
                }"""), served(stored(), null, START));
    }

    @Test
    void membersOfAnOverrideWinMembersThatItLacksShowTheTrackersAndNullBlanks() {
        JsonObject json = served(
                stored(),
                override("Known crash", "<p>See <script>x()</script>wiki</p>", null, Set.of("status"), "release-notes"),
                START);
        assertEquals("Known crash", json.getString("title"));
        assertEquals("<p>See wiki</p>", json.getString("description"));
        assertEquals("See wiki", json.getString("excerpt"));
        assertEquals(JsonValue.NULL, json.get("status"));
        assertEquals(JsonValue.FALSE, json.get("resolved"));
        assertEquals("ann", json.getJsonObject("fields").getString("assignee"));
        assertEquals("override", json.getString("source"));
        assertEquals("release-notes", json.getString("supplied_by"));
        assertEquals("2026-11-22T09:01:00Z", json.getString("expires_at"));
    }

    @Test
    void anOverrideServesWhereTheTrackerNeverAnswered() {
        JsonObject json = served(failed(), override("Known crash", null, null, Set.of(), null), START);
        assertEquals("Known crash", json.getString("title"));
        assertEquals("", json.getString("description"));
        assertEquals("override", json.getString("source"));
        assertEquals(json("""
                {"reason": "dns", "message": "no such host", "since": "2026-11-22T09:00:00Z",
                 "retry_at": "2026-11-22T09:01:00Z"}"""), json.getJsonObject("failure"));
    }

    @Test
    void aPictureOfAScriptThatIsNoWebUrlIsLeftOut() {
        JsonObject json = served(stored(), override("t", null, "javascript:alert(1)", Set.of(), null), START);
        assertEquals(JsonValue.NULL, json.get("image"));
    }

    @Test
    void staleDetailsAreNotFreshForAMoment() {
        Gloss gloss = new Gloss(bug, "Acme", stored(), null);
        Instant late = START.plusSeconds(4000);
        assertEquals(JsonValue.TRUE, served(stored(), null, late).get("stale"));
        assertEquals(Duration.ZERO, new ReadyDetails(gloss, false, late).fresh(late));
        Instant soon = START.plusSeconds(60);
        assertEquals(Duration.ofSeconds(3540), new ReadyDetails(gloss, false, soon).fresh(soon));
    }
}
