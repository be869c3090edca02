package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tracker in a jar of its own in {@code WEB-INF/lib}, named in {@code EXTERNAL_BUG_TRACKERS}. */
class ExtensionIT {

    private final Upstream upstream = Upstream.shared();

    private static ServerProcess.Builder extended(String trackers) {
        return ServerProcess.configured()
                .with("EXTERNAL_BUG_TRACKERS", trackers)
                .with("bugloss.system.hub.tracker", "ExtendedBugTracker")
                .with("bugloss.system.hub.ttl", "1")
                // A server's first lookup takes long on a busy machine.
                .with("bugloss.details.deadline", "20")
                .withWar(Wars.withJarOf(ExtendedBugTracker.class));
    }

    private void issue(String title) {
        upstream.on("/github/api/v3/repos/ext/ended/issues/1", Route.json("""
                {"number": 1, "title": "%s", "state": "open", "body": "text", "assignees": [], "labels": []}""".formatted(title)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ExtendedBugTracker", "GitHub,org.bugloss.it.ExtendedBugTracker"})
    void aSubclassThatOverridesDetailsHoldsForLookupsAndRefreshes(String trackers) {
        issue("Crash");
        try (ServerProcess server = extended(trackers).start()) {
            Http bugloss = server.http();
            String url = upstream.uri("/github/ext/ended/issues/1").toString();
            String details = "/api/details?url=" + Http.encoded(url);
            JsonObject json = bugloss.get(details).json();
            assertEquals("EXTENDED: Crash", json.getString("title"));
            assertEquals("ExtendedBugTracker", json.getString("tracker"));
            assertTrue(json.getString("description").contains("<h1>IMPORTANT</h1>"), json::toString);

            bugloss.post("/api/link-references", "{\"url\": \"" + url + "\", \"is_defect\": true}");
            issue("Worse crash");
            int hits = upstream.hits("/github/api/v3/repos/ext/ended/issues/1");
            Until.holds(
                    () -> upstream.hits("/github/api/v3/repos/ext/ended/issues/1"),
                    now -> now >= hits + 2,
                    Duration.ofSeconds(20));
            assertEquals("EXTENDED: Worse crash", bugloss.get(details).json().getString("title"));
        }
    }

    @Test
    void withoutBeingListedItIsNotAskedAndItsSystemGetsOpenGraphDetails() {
        upstream.on("/github/ext/ended/issues/1", Route.page("The page", ""));
        try (ServerProcess server = extended("GitHub").start()) {
            String url = "/api/details?url=" + Http.encoded(upstream.uri("/github/ext/ended/issues/1"));
            assertEquals("The page", server.http().get(url).json().getString("title"));
            assertTrue(
                    server.log()
                            .contains("bugloss.system.hub.tracker=ExtendedBugTracker is not enabled in"
                                    + " EXTERNAL_BUG_TRACKERS: its URLs get Open Graph details"),
                    server::log);
        }
    }
}
