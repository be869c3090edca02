package org.bugloss.it;

import static org.bugloss.it.DetailsIT.assertProblem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.Test;

/** {@code /api/trackers}: how the systems are, and what happens for a URL. */
@OnServer
class TrackersIT {

    private static final String ISSUE_API = "/github/api/v3/repos/tr/ackers/issues/";

    @ArquillianResource
    Http bugloss;

    @ArquillianResource
    Upstream upstream;

    private Http.Answer check(String path) {
        return bugloss.post("/api/trackers/check?url=" + Http.encoded(upstream.uri(path)), "");
    }

    private JsonObject system(String name) {
        Http.Answer answer = bugloss.get("/api/trackers");
        assertEquals(200, answer.status(), answer::toString);
        assertFalse(answer.body().contains("s3cret-token"), answer::toString);
        return ((jakarta.json.JsonArray) answer.structure())
                .getValuesAs(JsonObject.class).stream()
                        .filter(system -> system.getString("name").equals(name))
                        .findFirst()
                        .orElseThrow();
    }

    private void issue(int number) {
        upstream.on(
                ISSUE_API + number,
                Route.body(
                        200,
                        "application/json",
                        ("{\"number\": " + number + ", \"title\": \"Checked\", \"state\": \"open\"}").getBytes(),
                        "X-RateLimit-Limit: 5000",
                        "X-RateLimit-Remaining: 4321",
                        "X-RateLimit-Reset: 1795338000"));
    }

    @Test
    void systemsAreToldWithTheirStateAndWithoutTheirCredentials() {
        issue(1);
        check("/github/tr/ackers/issues/1");
        JsonObject hub = system("hub");
        assertEquals("GitHub", hub.getString("tracker"));
        assertEquals(upstream.uri("/github").toString(), hub.getString("base_url"));
        assertTrue(hub.getBoolean("authenticated"));
        assertFalse(hub.isNull("last_success"));
        assertEquals(4321, hub.getJsonObject("rate_limit").getInt("remaining"));
        assertTrue(hub.getInt("references") >= 0);
        assertFalse(system("github").getBoolean("authenticated"));
    }

    @Test
    void aCheckShowsWhatTheApiAnswersPastTheCache() {
        issue(2);
        JsonObject checked = check("/github/tr/ackers/issues/2").json();
        assertEquals("hub", checked.getString("system"));
        assertEquals("GitHub", checked.getString("tracker"));
        assertEquals("api", checked.getString("via"));
        assertEquals("Checked", checked.getJsonObject("details").getString("title"));
        assertEquals(JsonValue.NULL, checked.get("failure"));
        assertTrue(checked.getInt("duration_ms") >= 0);
        check("/github/tr/ackers/issues/2");
        assertEquals(2, upstream.hits(ISSUE_API + "2"));
    }

    @Test
    void aCheckSaysThatTheTokenIsWrong() {
        upstream.on(ISSUE_API + "3", Route.status(401));
        upstream.on("/github/tr/ackers/issues/3", Route.page("The page", ""));
        JsonObject checked = check("/github/tr/ackers/issues/3").json();
        assertEquals("open_graph", checked.getString("via"));
        assertEquals("The page", checked.getJsonObject("details").getString("title"));
        JsonObject failure = checked.getJsonObject("failure");
        assertEquals("unauthorized", failure.getString("reason"));
        assertTrue(failure.getString("message").contains("credentials"), failure::toString);
        assertEquals("unauthorized", system("hub").getJsonObject("last_failure").getString("reason"));
    }

    @Test
    void aCheckSaysThatThereIsNoApiAtTheUrl() {
        upstream.on(ISSUE_API + "4", Route.html(200, "<html><title>Welcome</title></html>"));
        JsonObject failure = check("/github/tr/ackers/issues/4").json().getJsonObject("failure");
        assertEquals("unexpected_answer", failure.getString("reason"));
        assertTrue(failure.getString("message").contains("check the API's URL"), failure::toString);
    }

    @Test
    void aCheckOfAPageGoesByItsMetadata() {
        JsonObject checked = check("/ok").json();
        assertEquals("OpenGraph", checked.getString("tracker"));
        assertEquals(JsonValue.NULL, checked.get("system"));
        assertEquals("open_graph", checked.getString("via"));
        assertEquals("A bug", checked.getJsonObject("details").getString("title"));
    }

    @Test
    void aCheckOfARefusedAddressSaysSo() {
        JsonObject failure = bugloss.post("/api/trackers/check?url=" + Http.encoded("http://10.0.0.1/1"), "")
                .json()
                .getJsonObject("failure");
        assertEquals("address_not_allowed", failure.getString("reason"));
        assertProblem(bugloss.post("/api/trackers/check?url=nonsense", ""), 400);
    }
}
