package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.Test;

/** From a tracker's answer to those who read the feed in any way; {@code quick} is asked every second. */
@OnServer
class ChangesIT {

    private static final String API = "/quick/api/v3/repos/ch/anges/issues/";
    private static final String EVENTS = "text/event-stream";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @ArquillianResource
    Http bugloss;

    @ArquillianResource
    Upstream upstream;

    private void bug(int number, String state) {
        upstream.on(API + number, Route.json("""
                {"number": %d, "title": "Bug %d", "body": "", "state": "%s", "labels": []}
                """.formatted(number, number, state)));
    }

    private String url(int number) {
        return upstream.uri("/quick/ch/anges/issues/" + number).toString();
    }

    private String known(int number, String execution) {
        bug(number, "open");
        String url = url(number);
        bugloss.post(
                "/api/link-references",
                "{\"execution_id\": \"" + execution + "\", \"url\": \"" + url + "\", \"is_defect\": true}");
        Http.Answer details = Http.eventually(
                () -> bugloss.get("/api/details?url=" + Http.encoded(url)), answer -> answer.status() == 200);
        assertEquals("open", details.json().getString("status"), details::toString);
        return url;
    }

    private String end() {
        return bugloss.get("/api/changes?after=now").json().getString("next");
    }

    private HttpResponse<Stream<String>> stream(String query, String... headers) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        bugloss.request("/api/changes?" + query, headers)
                                .header("Accept", EVENTS)
                                .build(),
                        BodyHandlers.ofLines());
    }

    @Test
    void whatATrackerTellsReachesPageLongPollStreamAndEndpoint() throws Exception {
        upstream.on("/chat", Route.status(204));
        assertEquals(200, bugloss.post("/api/notifications/chat/test", "").status());
        String url = known(1, "TE-changes");
        String from = end();
        CompletableFuture<Http.Answer> poll = CompletableFuture.supplyAsync(
                () -> bugloss.get("/api/changes?wait=30&execution_id=TE-changes&after=" + from));
        HttpResponse<Stream<String>> stream = stream("kind=resolved&system=quick&after=" + from);
        CompletableFuture<String> event = CompletableFuture.supplyAsync(() -> stream.body()
                .filter(line -> line.startsWith("data: ") && line.contains(url + "\""))
                .findFirst()
                .orElse("the stream ended"));

        bug(1, "closed");

        JsonObject item =
                poll.get(40, TimeUnit.SECONDS).json().getJsonArray("items").getJsonObject(0);
        assertEquals("resolved", item.getString("kind"));
        assertEquals(url, item.getString("url"));
        assertEquals("open", item.getJsonObject("before").getString("status"));
        assertEquals("closed", item.getJsonObject("after").getString("status"));
        assertEquals("[\"TE-changes\"]", item.getJsonArray("executions").toString());
        assertEquals("data: " + item, event.get(20, TimeUnit.SECONDS));
        assertEquals(200, stream.statusCode());
        assertEquals(List.of("no-store"), stream.headers().allValues("Cache-Control"));
        assertEquals(List.of("no"), stream.headers().allValues("X-Accel-Buffering"));
        Http.Answer page = bugloss.get("/api/changes?kind=resolved&execution_id=TE-changes");
        assertEquals(List.of(item), page.json().getJsonArray("items"), page::toString);
        assertTrue(
                Until.holds(
                        () -> upstream.requests("/chat").stream()
                                .anyMatch(request -> request.body().contains("\"data\":" + item)),
                        arrived -> arrived,
                        PATIENCE),
                () -> bugloss.get("/api/notifications") + "\n" + upstream.requests("/chat"));
    }

    @Test
    void aStreamGoesOnFromTheLastEventThatWasSeen() throws Exception {
        String url = url(2) + "?override";
        String override = "/api/details?url=" + Http.encoded(url);
        bugloss.put(override, "{\"title\": \"Ours\", \"resolved\": false}");
        String from = end();
        bugloss.put(override, "{\"title\": \"Ours\", \"resolved\": true}");
        bugloss.put(override, "{\"title\": \"Ours\", \"resolved\": false}");
        List<String> seen = events(stream("after=" + from), url, 2);

        List<String> again =
                events(stream("after=now", "Last-Event-ID", seen.get(0).split(" ")[1]), url, 1);

        assertEquals(List.of("event: resolved", "event: reopened"), List.of(seen.get(1), seen.get(3)));
        assertEquals(List.of("event: reopened"), again.subList(1, 2));
        assertEquals(400, stream("after=nothing").statusCode());
        assertEquals(400, bugloss.get("/api/changes?kind=fixed").status());
    }

    /** The lines of id and event of so many events of a bug. */
    private static List<String> events(HttpResponse<Stream<String>> stream, String url, int count) {
        String[] last = new String[2];
        return stream.body()
                .peek(line -> {
                    if (line.startsWith("id: ")) {
                        last[0] = line;
                    } else if (line.startsWith("event: ")) {
                        last[1] = line;
                    }
                })
                .filter(line -> line.startsWith("data: ") && line.contains(url + "\""))
                .limit(count)
                .flatMap(line -> Stream.of(last[0], last[1]))
                .toList();
    }
}
