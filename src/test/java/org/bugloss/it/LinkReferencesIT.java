package org.bugloss.it;

import static org.bugloss.it.DetailsIT.assertProblem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.Test;

@OnServer
class LinkReferencesIT {

    private static final String LINKS = "/api/link-references";

    @ArquillianResource
    Http bugloss;

    @ArquillianResource
    Upstream upstream;

    private Http.Answer record(String execution, String url, boolean defect) {
        return bugloss.post(
                LINKS,
                Json.createObjectBuilder()
                        .add("execution_id", execution)
                        .add("url", url)
                        .add("is_defect", defect)
                        .build()
                        .toString());
    }

    private long id(Http.Answer answer) {
        return answer.json().getJsonNumber("id").longValueExact();
    }

    private List<String> urls(String query) {
        return bugloss.get(LINKS + "?" + query).json().getJsonArray("items").getValuesAs(JsonObject.class).stream()
                .map(item -> item.getString("url"))
                .toList();
    }

    @Test
    void aLinkIsRecordedAsItWasTypedAndReadAgain() {
        String typed = "HTTP://Bugs.Example:80/a/../1#c";
        Http.Answer created = bugloss.post(LINKS, """
                {"execution_id": "LR-1", "name": "crash", "url": "%s", "is_defect": false}""".formatted(typed));
        assertEquals(201, created.status(), created::toString);
        JsonObject link = created.json();
        assertEquals("LR-1", link.getString("execution_id"));
        assertEquals("crash", link.getString("name"));
        assertEquals(typed, link.getString("url"));
        assertFalse(link.getBoolean("is_defect"));
        assertTrue(Instant.parse(link.getString("created_on"))
                .isBefore(Instant.now().plusSeconds(60)));
        String location = created.header("Location").orElseThrow();
        assertTrue(location.endsWith(LINKS + "/" + id(created)), location);
        assertEquals(link, bugloss.get(LINKS + "/" + id(created)).json());
    }

    @Test
    void theSameExecutionAndUrlAgainGivesTheOneThereIs() {
        Http.Answer first = record("LR-2", "http://bugs.example/2", false);
        Http.Answer again = record("LR-2", "http://bugs.example/2", true);
        assertEquals(200, again.status());
        assertEquals(first.json(), again.json());
        assertEquals(201, record("LR-2b", "http://bugs.example/2", false).status());
        String withoutExecution = "{\"url\": \"http://bugs.example/2-alone\"}";
        assertEquals(201, bugloss.post(LINKS, withoutExecution).status());
        assertEquals(200, bugloss.post(LINKS, withoutExecution).status());
    }

    @Test
    void twentyCallersWhoRecordTheSameLinkAtOnceGetOne() {
        List<CompletableFuture<Http.Answer>> answers = IntStream.range(0, 20)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> record("LR-3", "http://bugs.example/3", false), task -> new Thread(task).start()))
                .toList();
        List<Integer> statuses =
                answers.stream().map(answer -> answer.join().status()).sorted().toList();
        assertEquals(List.of(200, 201), statuses.stream().distinct().toList());
        assertEquals(
                1, answers.stream().map(answer -> id(answer.join())).distinct().count());
    }

    @Test
    void pagesFollowOneAnotherByCursor() {
        for (int i = 0; i < 5; i++) {
            record("LR-4", "http://bugs.example/4/" + i, false);
        }
        List<String> seen = new ArrayList<>();
        String query = "execution_id=LR-4&limit=2";
        Http.Answer page = bugloss.get(LINKS + "?" + query);
        while (page.json().get("next") != JsonValue.NULL) {
            page.json()
                    .getJsonArray("items")
                    .forEach(item -> seen.add(item.asJsonObject().getString("url")));
            String link = page.header("Link").orElseThrow();
            assertTrue(link.contains("rel=\"next\""), link);
            page = bugloss.get(LINKS + "?" + query + "&after=" + page.json().getString("next"));
        }
        page.json()
                .getJsonArray("items")
                .forEach(item -> seen.add(item.asJsonObject().getString("url")));
        assertEquals(
                IntStream.range(0, 5)
                        .mapToObj(i -> "http://bugs.example/4/" + i)
                        .toList(),
                seen);
        assertTrue(page.header("Link").isEmpty());
    }

    @Test
    void listsAreFilteredByWhatTheLinkIsAndWhatItsDetailsSay() {
        upstream.on("/github/api/v3/repos/lr/five/issues/1", Route.json("""
                {"number": 1, "title": "Open", "state": "open", "assignees": [], "labels": []}"""));
        upstream.on("/github/api/v3/repos/lr/five/issues/2", Route.json("""
                {"number": 2, "title": "Closed", "state": "closed", "assignees": [], "labels": []}"""));
        String open = upstream.uri("/github/lr/five/issues/1").toString();
        String closed = upstream.uri("/github/lr/five/issues/2").toString();
        String page = upstream.uri("/ok?lr=5").toString();
        record("LR-5", open, true);
        record("LR-5", closed, true);
        record("LR-5", page, false);
        Http.eventually(
                () -> bugloss.get(LINKS + "/summary?execution_id=LR-5"),
                answer -> answer.json().getInt("unknown") == 0);
        assertEquals(List.of(open, closed), urls("execution_id=LR-5&is_defect=true"));
        assertEquals(List.of(page), urls("execution_id=LR-5&is_defect=false"));
        assertEquals(List.of(open), urls("execution_id=LR-5&resolved=false"));
        assertEquals(List.of(closed), urls("execution_id=LR-5&resolved=true"));
        assertEquals(List.of(open, closed), urls("execution_id=LR-5&tracker=github"));
        assertEquals(List.of(page), urls("execution_id=LR-5&tracker=OpenGraph"));
        assertEquals(List.of(open), urls("url=" + Http.encoded(open + "#comment")));
        assertEquals(
                Json.createObjectBuilder()
                        .add("open", 1)
                        .add("resolved", 1)
                        .add("unknown", 0)
                        .add("stale", 0)
                        .add("failing", 0)
                        .build(),
                bugloss.get(LINKS + "/summary?execution_id=LR-5").json());

        bugloss.put("/api/details?url=" + Http.encoded(open), "{\"title\": \"Known\", \"resolved\": true}");
        assertEquals(List.of(open, closed), urls("execution_id=LR-5&resolved=true"));
        bugloss.put("/api/details?url=" + Http.encoded(open), "{\"title\": \"Known\", \"resolved\": null}");
        assertEquals(List.of(closed), urls("execution_id=LR-5&resolved=true"));
        assertEquals(List.of(), urls("execution_id=LR-5&resolved=false"));
        assertEquals(1, bugloss.get(LINKS + "/summary?execution_id=LR-5").json().getInt("unknown"));
    }

    @Test
    void withoutAFilterAllAreListedAndCounted() {
        record("LR-5b", "http://10.0.0.5/b", true);
        assertEquals(
                1, bugloss.get(LINKS + "?limit=1").json().getJsonArray("items").size());
        JsonObject summary = bugloss.get(LINKS + "/summary").json();
        assertTrue(summary.getInt("unknown") > 0, summary::toString);
        for (String filter : List.of("is_defect=true", "resolved=true", "resolved=false", "tracker=github")) {
            assertEquals(200, bugloss.get(LINKS + "?" + filter).status(), filter);
        }
    }

    @Test
    void detailsAreEmbeddedWhereTheyAreAskedForAndThere() {
        upstream.on("/lr/six", Route.page("Embedded", ""));
        String known = upstream.uri("/lr/six").toString();
        record("LR-6", known, true);
        record("LR-6", "http://bugs.example/6", false);
        Http.Answer list = Http.eventually(
                () -> bugloss.get(LINKS + "?execution_id=LR-6&embed=details"),
                answer -> answer.json().getJsonArray("items").getJsonObject(0).get("details") != JsonValue.NULL);
        assertEquals(
                "Embedded",
                list.json()
                        .getJsonArray("items")
                        .getJsonObject(0)
                        .getJsonObject("details")
                        .getString("title"));
        assertEquals(
                JsonValue.NULL,
                list.json().getJsonArray("items").getJsonObject(1).get("details"));
    }

    @Test
    void allThatMatchAreStreamedOneALine() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 1200; i++) {
            lines.append("{\"execution_id\": \"LR-7\", \"url\": \"http://bugs.example/7/")
                    .append(i)
                    .append("\"}\n");
        }
        lines.append("{\"execution_id\": \"LR-7\", \"url\": \"ftp://bugs.example/7\"}\n\nnonsense\n");
        Http.Answer recorded = bugloss.post(LINKS, lines.toString(), "Content-Type", "application/x-ndjson");
        assertEquals(200, recorded.status(), recorded::toString);
        List<JsonObject> answers =
                recorded.body().lines().map(LinkReferencesIT::json).toList();
        assertEquals(1202, answers.size());
        assertEquals(201, answers.get(0).getInt("status"));
        assertEquals("http://bugs.example/7/0", answers.get(0).getString("url"));
        assertEquals(1201, answers.get(1200).getInt("line"));
        assertEquals(400, answers.get(1200).getInt("status"));
        assertEquals(1203, answers.get(1201).getInt("line"));
        assertEquals(400, answers.get(1201).getInt("status"));

        Http.Answer stream = bugloss.get(LINKS + "?execution_id=LR-7", "Accept", "application/x-ndjson");
        assertEquals(
                "application/x-ndjson", stream.header("Content-Type").orElse("").split(";")[0]);
        assertEquals(
                IntStream.range(0, 1200)
                        .mapToObj(i -> "http://bugs.example/7/" + i)
                        .toList(),
                stream.body().lines().map(line -> json(line).getString("url")).toList());
    }

    @Test
    void aLinkIsChangedMemberByMember() {
        Http.Answer link =
                bugloss.post(LINKS, "{\"execution_id\": \"LR-8\", \"name\": \"old\", \"url\": \"http://10.0.0.8/8\"}");
        String path = LINKS + "/" + id(link);
        Http.Answer changed = bugloss.patch(path, "{\"name\": \"new\", \"is_defect\": true}");
        assertEquals(200, changed.status(), changed::toString);
        assertEquals("new", changed.json().getString("name"));
        assertTrue(changed.json().getBoolean("is_defect"));
        assertEquals("LR-8", changed.json().getString("execution_id"));
        assertEquals(
                JsonValue.NULL, bugloss.patch(path, "{\"name\": null}").json().get("name"));
        record("LR-8", "http://10.0.0.8/8/other", false);
        assertProblem(bugloss.patch(path, "{\"url\": \"http://10.0.0.8/8/other\"}"), 409);
        assertEquals("http://10.0.0.8/8", bugloss.get(path).json().getString("url"));
    }

    @Test
    void aDeletedLinkIsGone() {
        long id = id(record("LR-9", "http://10.0.0.9/9", true));
        assertEquals(204, bugloss.delete(LINKS + "/" + id).status());
        assertProblem(bugloss.get(LINKS + "/" + id), 404);
        assertProblem(bugloss.delete(LINKS + "/" + id), 404);
        assertProblem(bugloss.patch(LINKS + "/" + id, "{\"name\": \"x\"}"), 404);
        assertEquals(201, record("LR-9", "http://10.0.0.9/9", true).status());
    }

    @Test
    void aLinkWhoseAddressMayNotBeFetchedIsRecordedAllTheSame() {
        assertEquals(201, record("LR-10", "http://10.1.2.3/bug/1", true).status());
    }

    @Test
    void aNewDefectIsFetchedBehindTheAnswer() {
        upstream.on("/lr/eleven", Route.page("There when asked for", ""));
        record("LR-11", upstream.uri("/lr/eleven").toString(), true);
        assertEquals(
                1, Until.holds(() -> upstream.hits("/lr/eleven"), hits -> hits == 1, java.time.Duration.ofSeconds(10)));
    }

    private static JsonObject json(String line) {
        return Json.createReader(new StringReader(line)).readObject();
    }
}
