package org.bugloss.it;

import static org.bugloss.it.DetailsIT.assertProblem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.stream.Stream;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad input gets a problem document that says what is wrong; none gives a 500, none is half stored. */
@OnServer
class BadInputIT {

    private static final String LINKS = "/api/link-references";

    @ArquillianResource
    Http bugloss;

    static Stream<String> badUrls() {
        return Stream.of(
                "",
                " ",
                "nonsense",
                "bugs.example/1",
                "//bugs.example/1",
                "http:///1",
                "http://",
                "ftp://bugs.example/1",
                "javascript:alert(1)",
                "data:text/html,x",
                "file:///etc/passwd",
                "http://user@bugs.example/1",
                "http://user:secret@bugs.example/1",
                "http://bugs.example/" + "x".repeat(3000),
                "http://bugs.example/a\u0000b",
                "http://bugs.example/a\nb",
                "http://bugs.example:99999/1",
                "http://bugs.example\\@evil.test/",
                "http://[::1");
    }

    @ParameterizedTest
    @MethodSource("badUrls")
    void aUrlThatIsRefusedIsABadRequestWhereverItStands(String url) {
        String parameter = "?url=" + Http.encoded(url);
        assertProblem(bugloss.get("/api/details" + parameter), 400);
        assertProblem(bugloss.post("/api/details/refresh" + parameter, ""), 400);
        assertProblem(bugloss.put("/api/details" + parameter, "{\"title\": \"x\"}"), 400);
        assertProblem(bugloss.delete("/api/details" + parameter), 400);
        assertProblem(bugloss.get(LINKS + parameter), 400);
        String json = jakarta.json.Json.createObjectBuilder()
                .add("execution_id", "bad")
                .add("url", url)
                .build()
                .toString();
        Http.Answer refused = bugloss.post(LINKS, json);
        assertProblem(refused, 400);
        assertTrue(refused.json().getString("detail").contains("url"), refused::toString);
        assertFalse(refused.body().contains("secret"), refused::toString);
        assertEquals(
                0,
                bugloss.get(LINKS + "?execution_id=bad")
                        .json()
                        .getJsonArray("items")
                        .size());
    }

    @Test
    void noUrlAtAllIsABadRequest() {
        assertProblem(bugloss.get("/api/details"), 400);
        assertProblem(bugloss.delete("/api/details"), 400);
    }

    static Stream<Arguments> badLinks() {
        String url = "\"url\": \"http://bugs.example/1\"";
        return Stream.of(
                Arguments.of("{" + url + ", \"name\": \"" + "x".repeat(65) + "\"}", "name has 65 characters"),
                Arguments.of("{" + url + ", \"execution_id\": \"" + "x".repeat(65) + "\"}", "execution_id has 65"),
                Arguments.of("{" + url + ", \"colour\": \"red\"}", "colour"),
                Arguments.of("{" + url + ", \"name\": 5}", "name must be a string"),
                Arguments.of("{" + url + ", \"name\": \"a\\u0000b\"}", "name holds a control character"),
                Arguments.of("{" + url + ", \"name\": \"a\\ud800\"}", "name holds a control character or half"),
                Arguments.of("{" + url + ", \"is_defect\": \"maybe\"}", "is_defect must be true or false"),
                Arguments.of("{\"url\": 5}", "url must be a string"),
                Arguments.of("{\"url\": null}", "url must be given"),
                Arguments.of("{}", "url must be given"),
                Arguments.of("[]", "must be a JSON object"),
                Arguments.of("null", "must be a JSON object"),
                Arguments.of("{", "no well-formed JSON"),
                Arguments.of("", "no well-formed JSON"),
                Arguments.of("[".repeat(50_000), "no well-formed JSON"));
    }

    @ParameterizedTest
    @MethodSource("badLinks")
    void aLinkThatIsWrongIsRefusedAndSaysWhy(String json, String why) {
        Http.Answer refused = bugloss.post(LINKS, json);
        assertProblem(refused, 400);
        assertTrue(refused.json().getString("detail").contains(why), refused::toString);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"title\": \"\"}",
                "{\"title\": 5}",
                "{\"title\": \"x\", \"ttl\": 0}",
                "{\"title\": \"x\", \"ttl\": \"5\"}",
                "{\"title\": \"x\", \"ttl\": 99999999999}",
                "{\"title\": \"x\", \"resolved\": \"yes\"}",
                "{\"title\": \"x\", \"image\": \"javascript:alert(1)\"}",
                "{\"title\": \"x\", \"fields\": []}",
                "{\"title\": \"x\", \"fields\": {\"labels\": \"ui\"}}",
                "{\"title\": \"x\", \"fields\": {\"updated\": \"yesterday\"}}",
                "{\"title\": \"x\", \"fields\": {\"colour\": \"red\"}}",
                "{\"title\": \"x\", \"url\": \"http://bugs.example/1\"}",
            })
    void anOverrideThatIsWrongIsRefusedAndNotHalfStored(String json) {
        String path = "/api/details?url=" + Http.encoded("http://10.0.0.1/override");
        assertProblem(bugloss.put(path, json), 400);
        assertProblem(bugloss.get(path), 422);
    }

    @ParameterizedTest
    @CsvSource({
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=-1",
        "limit=1e3",
        "after=x",
        "after=5",
        "after=YWZ0ZXI6",
        "after=%FF",
        "is_defect=maybe",
        "resolved=1",
        "embed=all",
    })
    void aParameterThatIsWrongIsABadRequest(String query) {
        assertProblem(bugloss.get(LINKS + "?" + query), 400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "999999999999", "-1", "x", "99999999999999999999999999", "1.5"})
    void anUnknownIdIsNotFound(String id) {
        assertProblem(bugloss.get(LINKS + "/" + id), 404);
        assertProblem(bugloss.patch(LINKS + "/" + id, "{\"name\": \"x\"}"), 404);
        assertProblem(bugloss.delete(LINKS + "/" + id), 404);
    }

    @Test
    void whatIsNotThereOrNotAllowedIsAProblemToo() {
        assertProblem(bugloss.get("/api/nothing"), 404);
        assertProblem(bugloss.send("PUT", LINKS, "{}"), 405);
        assertProblem(bugloss.post(LINKS, "<x/>", "Content-Type", "application/xml"), 415);
    }

    @Test
    void aBodyOverAMegabyteIsRefused() {
        String json = "{\"url\": \"http://bugs.example/1\", \"name\": \"" + "x".repeat(1_100_000) + "\"}";
        assertProblem(bugloss.post(LINKS, json), 413);
    }

    @Test
    void aBodyOfFiftyMegabytesIsRefusedOrCutOffAndNothingIsStored() {
        byte[] chunk = " ".repeat(65_536).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        InputStream endless = new InputStream() {
            private long left = 50L * 1024 * 1024;

            @Override
            public int read() {
                return left-- > 0 ? ' ' : -1;
            }

            @Override
            public int read(byte[] into, int from, int most) {
                int some = (int) Math.min(Math.min(most, chunk.length), left);
                if (some <= 0) {
                    return -1;
                }
                System.arraycopy(chunk, 0, into, from, some);
                left -= some;
                return some;
            }
        };
        try {
            Http.Answer answer = bugloss.send(bugloss.request(LINKS, "Content-Type", "application/json")
                    .POST(BodyPublishers.ofInputStream(() -> endless)));
            assertTrue(answer.status() == 413 || answer.status() == 400, answer::toString);
        } catch (java.io.UncheckedIOException e) {
            assertTrue(e.getCause() instanceof IOException, "the server hung up, as it may");
        }
        assertEquals(200, bugloss.get("/api/health").status());
    }
}
