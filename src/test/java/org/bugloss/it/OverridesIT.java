package org.bugloss.it;

import static org.bugloss.it.DetailsIT.assertProblem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.List;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.Test;

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
}
