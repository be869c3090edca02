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
import org.bugloss.cache.CachedDetails;
import org.bugloss.cache.CleanDetails;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.Schedule;
import org.bugloss.configuration.TestKeys;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
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

    private CachedDetails row() {
        CachedDetails row = new CachedDetails(bug, "Acme", START);
        row.fetched(
                bug,
                "Acme",
                null,
                CleanDetails.of(
                        bug,
                        BugDetails.of("1", "Crash at start")
                                .withDescription("<p>It <b>crashes</b>.</p>")
                                .withStatus("open")
                                .withResolved(false)
                                .withFields(BugFields.NONE
                                        .withAssignee("ann")
                                        .withPriority("high")
                                        .withType("bug")
                                        .withLabels(List.of("ui"))
                                        .withUpdated(START)),
                        settings.images()),
                START,
                schedule);
        return row;
    }

    private static DetailsOverride override(
            String title, String description, String status, String image, Set<String> blanks) {
        DetailsOverride override = new DetailsOverride(URL.key());
        override.become(
                new DetailsOverride.Supplied(
                        title, description, status, null, image, null, blanks, Duration.ofSeconds(60)),
                START);
        return override;
    }

    private ServedDetails served(CachedDetails row, DetailsOverride override, boolean stale, Instant now) {
        return ServedDetails.of(URL, "Acme", row, override, stale, settings, now);
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
                  "fields": {"assignee": "ann", "resolution": null, "priority": "high", "type": "bug", "labels": ["ui"],
                             "updated": "2026-11-22T09:00:00Z"},
                  "source": "tracker",
                  "fetched_at": "2026-11-22T09:00:00Z",
                  "expires_at": "2026-11-22T10:00:00Z",
                  "stale": false,
                  "failure": null
                }"""), served(row(), null, false, START).json());
    }

    @Test
    void membersOfAnOverrideWinMembersThatItLacksShowTheTrackersAndNullBlanks() {
        JsonObject json = served(
                        row(),
                        override("Known crash", "<p>See <script>x()</script>wiki</p>", null, null, Set.of("status")),
                        false,
                        START)
                .json();
        assertEquals("Known crash", json.getString("title"));
        assertEquals("<p>See wiki</p>", json.getString("description"));
        assertEquals("See wiki", json.getString("excerpt"));
        assertEquals(JsonValue.NULL, json.get("status"));
        assertEquals(JsonValue.FALSE, json.get("resolved"));
        assertEquals("ann", json.getJsonObject("fields").getString("assignee"));
        assertEquals("override", json.getString("source"));
        assertEquals("2026-11-22T09:01:00Z", json.getString("expires_at"));
    }

    @Test
    void anOverrideServesWhereTheTrackerNeverAnswered() {
        CachedDetails failed = new CachedDetails(bug, "Acme", START);
        failed.failed(new FetchException(FailureReason.DNS, "no such host"), START, schedule);
        JsonObject json = served(failed, override("Known crash", null, null, null, Set.of()), false, START)
                .json();
        assertEquals("Known crash", json.getString("title"));
        assertEquals("", json.getString("description"));
        assertEquals("override", json.getString("source"));
        assertEquals(json("""
                {"reason": "dns", "message": "no such host", "since": "2026-11-22T09:00:00Z",
                 "retry_at": "2026-11-22T09:01:00Z"}"""), json.getJsonObject("failure"));
    }

    @Test
    void aPictureOfAScriptThatIsNoWebUrlIsLeftOut() {
        JsonObject json = served(row(), override("t", null, null, "javascript:alert(1)", Set.of()), false, START)
                .json();
        assertEquals(JsonValue.NULL, json.get("image"));
    }

    @Test
    void staleDetailsAreNotFreshForAMoment() {
        ServedDetails stale = served(row(), null, true, START.plusSeconds(4000));
        assertEquals(Duration.ZERO, stale.fresh());
        assertEquals(JsonValue.TRUE, stale.json().get("stale"));
        assertEquals(
                Duration.ofSeconds(3540),
                served(row(), null, false, START.plusSeconds(60)).fresh());
    }
}
