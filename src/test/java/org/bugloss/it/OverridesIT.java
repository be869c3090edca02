package org.bugloss.it;

import static org.bugloss.it.DetailsIT.assertProblem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bugloss.scripts.Markdown;
import org.bugloss.scripts.Script;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@OnServer
class OverridesIT {

    @ArquillianResource
    Http bugloss;

    @ArquillianResource
    Upstream upstream;

    private String path(String page) {
        return "/api/details?url=" + Http.encoded(upstream.uri(page));
    }

    private JsonObject details(String page) {
        return bugloss.get(path(page)).json();
    }

    private void issue(String number) {
        upstream.on("/github/api/v3/repos/ov/er/issues/" + number, Route.json("""
                {"number": %s, "title": "Of the tracker", "state": "open", "body": "Its text",
                 "assignees": [{"login": "ann"}], "labels": [{"name": "ui"}]}""".formatted(number)));
    }

    @Test
    void anOverrideWinsMemberByMember() {
        issue("1");
        details("/github/ov/er/issues/1");
        Http.Answer put = bugloss.put(path("/github/ov/er/issues/1"), """
                {"title": "Ours", "description": "<p>See <a href='javascript:x()'>this</a><script>x()</script></p>",
                 "status": null, "fields": {"priority": "high", "labels": ["known"]}}""");
        assertEquals(200, put.status(), put::toString);
        JsonObject json = details("/github/ov/er/issues/1");
        assertEquals(put.json(), json);
        assertEquals("Ours", json.getString("title"));
        assertFalse(json.getString("description").contains("script"), json::toString);
        assertEquals("See this", json.getString("excerpt"));
        assertEquals(JsonValue.NULL, json.get("status"));
        assertEquals(JsonValue.FALSE, json.get("resolved"));
        assertEquals("1", json.getString("id"));
        assertEquals("high", json.getJsonObject("fields").getString("priority"));
        assertEquals("override", json.getString("source"));

        bugloss.put(path("/github/ov/er/issues/1"), "{\"title\": \"Ours again\"}");
        assertEquals("open", details("/github/ov/er/issues/1").getString("status"));
    }

    @Test
    void anOverrideEndsWhenItIsDeleted() {
        issue("2");
        bugloss.put(path("/github/ov/er/issues/2"), "{\"title\": \"Ours\"}");
        assertEquals(204, bugloss.delete(path("/github/ov/er/issues/2")).status());
        assertEquals("Of the tracker", details("/github/ov/er/issues/2").getString("title"));
        assertEquals(204, bugloss.delete(path("/github/ov/er/issues/2")).status());
    }

    @Test
    void anOverrideEndsWhenItExpires() {
        issue("3");
        details("/github/ov/er/issues/3");
        bugloss.put(path("/github/ov/er/issues/3"), "{\"title\": \"Ours\", \"ttl\": 1}");
        Http.Answer after = Http.eventually(
                () -> bugloss.get(path("/github/ov/er/issues/3")),
                answer -> answer.json().getString("source").equals("tracker"));
        assertEquals("Of the tracker", after.json().getString("title"));
    }

    @Test
    void anOverrideServesWhatCanNotBeFetched() {
        String path = "/api/details?url=" + Http.encoded("http://10.0.0.1/bug/7");
        assertEquals(200, bugloss.put(path, "{\"title\": \"Behind the wall\"}").status());
        JsonObject json = bugloss.get(path).json();
        assertEquals("Behind the wall", json.getString("title"));
        assertEquals("override", json.getString("source"));
        bugloss.delete(path);
        assertProblem(bugloss.get(path), 422);
    }

    @Test
    void anOverrideHoldsForEveryFormOfTheUrl() {
        issue("4");
        bugloss.put(path("/github/ov/er/issues/4#comment-1"), "{\"title\": \"Ours\"}");
        assertEquals("Ours", details("/github/ov/er/issues/4").getString("title"));
        assertEquals("Ours", details("/github/ov/./er/issues/4#c2").getString("title"));
    }

    @Test
    void manyOverridesAreAnsweredLineByLineAndABadOneStopsNoGoodOne() {
        String first = upstream.uri("/ov/many/1").toString();
        String second = upstream.uri("/ov/many/2").toString();
        Http.Answer answer = bugloss.post(
                "/api/details/overrides",
                "{\"url\": \"" + first + "\", \"title\": \"One\"}\n{\"url\": \"" + second
                        + "\"}\nnonsense\n{\"url\": \"" + second + "\", \"title\": \"Two\"}",
                "Content-Type",
                "application/x-ndjson");
        assertEquals(200, answer.status(), answer::toString);
        List<JsonObject> lines = answer.body()
                .lines()
                .map(line -> Json.createReader(new StringReader(line)).readObject())
                .toList();
        assertEquals(
                List.of(200, 400, 400, 200),
                lines.stream().map(line -> line.getInt("status")).toList());
        assertEquals(first, lines.get(0).getString("url"));
        assertEquals(2, lines.get(1).getInt("line"));
        assertEquals("One", details("/ov/many/1").getString("title"));
        assertEquals("Two", details("/ov/many/2").getString("title"));
    }

    @Test
    void anOverrideIsNotTouchedByTheTimerAndGivesWayToDetailsThatWereKeptFreshMeanwhile() {
        upstream.on("/quick/overridden", Route.page("Before", ""));
        String url = upstream.uri("/quick/overridden").toString();
        bugloss.post("/api/link-references", "{\"url\": \"" + url + "\", \"is_defect\": true}");
        bugloss.put(path("/quick/overridden"), "{\"title\": \"Ours\", \"ttl\": 3600}");
        upstream.on("/quick/overridden", Route.page("After", ""));
        int hits = upstream.hits("/quick/overridden");
        Until.holds(() -> upstream.hits("/quick/overridden"), now -> now >= hits + 2, Duration.ofSeconds(20));
        assertEquals("Ours", details("/quick/overridden").getString("title"));

        bugloss.put(path("/quick/overridden"), "{\"title\": \"Ours\", \"ttl\": 1}");
        JsonObject after = Http.eventually(
                        () -> bugloss.get(path("/quick/overridden")),
                        answer -> !answer.json().getString("source").equals("override"))
                .json();
        // At once: nobody waits for what the timer has fetched.
        assertEquals("After", after.getString("title"), after::toString);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"ttl\": -1                 | ttl must be a whole number from 1 to 2147483647",
                "\"ttl\": 0                  | ttl must be a whole number from 1 to 2147483647",
                "\"ttl\": 1000000000000      | ttl must be a whole number from 1 to 2147483647",
                "\"ttl\": 1.5                | ttl must be a whole number from 1 to 2147483647",
                "\"colour\": \"red\"         | unknown member colour; there are",
                "\"fields\": {\"size\": 1}   | unknown member fields.size; there are",
                "\"supplied_by\": 5          | supplied_by must be a string",
            })
    void whatIsWrongIsNamedAloneAndInALineAndTheOverrideBeforeStays(String member, String why) {
        bugloss.put(path("/ov/wrong"), "{\"title\": \"Ours\"}");
        Http.Answer refused = bugloss.put(path("/ov/wrong"), "{\"title\": \"Other\", " + member + "}");
        assertProblem(refused, 400);
        assertTrue(refused.json().getString("detail").startsWith(why), refused::toString);

        String wrong = upstream.uri("/ov/wrong").toString();
        List<JsonObject> lines = inBulk("{\"url\": \"" + wrong + "\", \"title\": \"Other\", " + member
                + "}\n{\"url\": \"" + upstream.uri("/ov/right") + "\", \"title\": \"Right\"}");
        assertTrue(lines.get(0).getString("detail").startsWith(why), lines::toString);
        assertEquals(wrong, lines.get(0).getString("url"));
        assertEquals(200, lines.get(1).getInt("status"));
        assertEquals("Ours", details("/ov/wrong").getString("title"));
        assertEquals("Right", details("/ov/right").getString("title"));
    }

    private List<JsonObject> inBulk(String lines) {
        Http.Answer answer = bugloss.post("/api/details/overrides", lines, "Content-Type", "application/x-ndjson");
        assertEquals(200, answer.status(), answer::toString);
        return answer.body()
                .lines()
                .map(line -> Json.createReader(new StringReader(line)).readObject())
                .toList();
    }

    @Test
    void ofManyAtOnceForOneBugOneWinsAsAWholeAndNoneFails() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Integer>> statuses = new ArrayList<>();
            for (int i = 0; i < 80; i++) {
                String word = "caller " + i;
                boolean bulk = i % 4 == 0;
                String members = "\"title\": \"%s\", \"status\": \"%<s\", \"description\": \"%<s\"".formatted(word);
                statuses.add(threads.submit(() -> bulk
                        ? inBulk("{\"url\": \"" + upstream.uri("/ov/race") + "\", " + members + "}")
                                .get(0)
                                .getInt("status")
                        : bugloss.put(path("/ov/race"), "{" + members + "}").status()));
            }
            for (Future<Integer> status : statuses) {
                assertEquals(200, status.get(1, TimeUnit.MINUTES));
            }
        } finally {
            threads.shutdownNow();
        }
        JsonObject json = details("/ov/race");
        assertTrue(json.getString("title").startsWith("caller "), json::toString);
        assertEquals(json.getString("title"), json.getString("status"));
        assertEquals(json.getString("title"), json.getString("description"));
    }

    @Test
    void eachOf10000LinesIsAnsweredAndStored() {
        String lines = IntStream.rangeClosed(1, 10_000)
                .mapToObj(i -> i % 1_000 == 0
                        ? "nonsense"
                        : "{\"url\": \"http://10.0.0.2/bulk/" + i + "\", \"title\": \"Bulk " + i + "\", \"ttl\": 600}")
                .collect(Collectors.joining("\n"));
        List<JsonObject> answers = inBulk(lines);
        assertEquals(10_000, answers.size());
        for (int i = 1; i <= 10_000; i++) {
            assertEquals(i, answers.get(i - 1).getInt("line"));
            assertEquals(i % 1_000 == 0 ? 400 : 200, answers.get(i - 1).getInt("status"));
        }
        for (int i : new int[] {1, 999, 1_001, 9_999}) {
            assertEquals(
                    "Bulk " + i,
                    bugloss.get("/api/details?url=http://10.0.0.2/bulk/" + i)
                            .json()
                            .getString("title"));
        }
    }

    @Test
    void theOverrideOfTheWorkedExampleDoesWhatThePageSays(@TempDir Path scratch) throws Exception {
        Script.assumeThere("bash", "curl", "python3");
        upstream.on("/ov/worked", Route.page("Crash when saving on Tuesdays", ""));
        List<String> commands =
                Markdown.of("README.md").chapter("A worked example").blocks("sh");
        String details = commands.stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith("details()"))
                .findFirst()
                .orElseThrow();
        String both = commands.stream()
                .filter(block -> block.contains("-X PUT") || block.contains("-X DELETE \"$API/details"))
                .collect(Collectors.joining());
        Script.Ran ran = Script.run(
                scratch,
                Map.of(
                        "API",
                        bugloss.base() + "/api",
                        "BUG",
                        upstream.uri("/ov/worked").toString()),
                List.of("bash", "-c", details + "\n" + both));
        assertEquals(0, ran.code(), ran::toString);
        // What the page shows is among what is said, in its order.
        List<String> said = ran.out().lines().toList();
        List<String> shown = Markdown.of("README.md").chapter("A worked example").blocks("").stream()
                .filter(block -> block.contains("\"source\": \"override\"") || block.startsWith("204"))
                .flatMap(String::lines)
                .filter(line -> !line.endsWith("…"))
                .toList();
        assertEquals(9, shown.size());
        assertEquals(shown, said.stream().filter(shown::contains).toList(), ran::toString);
    }
}
