package org.bugloss.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples of a cron job that overrides, against a server that plays Bugloss and the system that knows better. */
class OverridesExamplesTest {

    private static final String TOKEN = "an-editors-token";
    private static final String SOURCE_TOKEN = "the-sources-token";
    private static final String AMPERSAND = "http://bugs.example/show?id=1&x=a+b";

    @TempDir
    Path scratch;

    private HttpServer server;
    private final List<String> links = new CopyOnWriteArrayList<>();
    private final Map<String, String> known = new HashMap<>();
    private final List<String> sent = new CopyOnWriteArrayList<>();
    private final List<String> tokensOfSource = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/bugloss/api/link-references", this::links);
        server.createContext("/bugloss/api/details/overrides", this::overrides);
        server.createContext("/notes", this::notes);
        server.createContext("/", exchange -> answer(exchange, 404, "text/plain", "no such path"));
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"overrides.sh", "overrides.py"})
    void whatTheOtherSystemKnowsIsSentWithOneRequest(String script) throws Exception {
        links.addAll(List.of(AMPERSAND, "http://bugs.example/2", "http://bugs.example/3", "http://bugs.example/2"));
        known.put(AMPERSAND, """
                {"title": "Known \\"since\\" 4.1 – ü", "description": "<b>Save as</b>", "resolved": false,
                 "status": null, "internal": "not for Bugloss"}""");
        known.put("http://bugs.example/2", "{\"title\": \"Second\"}");

        assertEquals(new Script.Ran(0, "3 bugs, 2 overrides sent, 0 failed\n", ""), run(script, Map.of()));

        assertEquals(1, sent.size(), sent::toString);
        assertEquals(
                List.of(json("""
                        {"url": "http://bugs.example/2", "title": "Second", "supplied_by": "release-notes", "ttl": 600}
                        """), json("""
                        {"url": "http://bugs.example/show?id=1&x=a+b", "title": "Known \\"since\\" 4.1 – ü",
                         "description": "<b>Save as</b>", "resolved": false, "status": null,
                         "supplied_by": "release-notes", "ttl": 600}""")),
                sent.get(0).lines().map(OverridesExamplesTest::json).toList());
        assertEquals(
                List.of("Bearer " + SOURCE_TOKEN),
                tokensOfSource.stream().distinct().toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"overrides.sh", "overrides.py"})
    void moreThanAPageOfLinksAreWalked(String script) throws Exception {
        IntStream.range(0, 2_345).forEach(number -> links.add("http://bugs.example/7"));
        links.add("http://bugs.example/8");
        assertEquals(new Script.Ran(0, "2 bugs, 0 overrides sent, 0 failed\n", ""), run(script, Map.of()));
        assertEquals(List.of(), sent);
    }

    @ParameterizedTest
    @ValueSource(strings = {"overrides.sh", "overrides.py"})
    void whatFailsIsNamedAndStopsNothingElse(String script) throws Exception {
        links.addAll(List.of("http://bugs.example/1", "http://bugs.example/html", "http://bugs.example/refused"));
        known.put("http://bugs.example/1", "{\"title\": \"First\"}");
        known.put("http://bugs.example/html", "<html>Please sign in</html>");
        known.put("http://bugs.example/refused", "{\"title\": \"Too long\"}");
        assertEquals(
                new Script.Ran(
                        1,
                        "3 bugs, 2 overrides sent, 2 failed\n",
                        script + ": http://bugs.example/html: the source's answer is no JSON object with a title\n"
                                + script + ": http://bugs.example/refused: title: it is too long\n"),
                run(script, Map.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"overrides.sh", "overrides.py"})
    void aTokenThatIsRefusedStopsIt(String script) throws Exception {
        Script.Ran ran = run(script, Map.of("BUGLOSS_TOKEN", "wrong-token"));
        assertEquals(3, ran.code());
        assertTrue(ran.err().endsWith("the token is unknown\n"), ran::err);
        assertFalse(ran.err().contains("wrong-token"), ran::err);
    }

    @ParameterizedTest
    @ValueSource(strings = {"overrides.sh", "overrides.py"})
    void aBuglossThatIsAwayStopsIt(String script) throws Exception {
        stop();
        Script.Ran ran = run(script, Map.of());
        assertEquals(3, ran.code());
        assertTrue(ran.err().startsWith(script + ": Bugloss does not answer: "), ran::err);
    }

    @ParameterizedTest
    @ValueSource(strings = {"overrides.sh", "overrides.py"})
    void whatIsSetWronglyIsToldWithoutItsSecrets(String script) throws Exception {
        for (Map<String, String> wrong : List.of(
                Map.of("SOURCE_URL", "https://ann:secret@notes.example/{url}"),
                Map.of("SOURCE_URL", "https://notes.example/?key=secret"),
                Map.of("BUGLOSS_URL", "bugloss.example"),
                Map.of("BUGLOSS_TOKEN", "secret\nX-Header: secret"),
                Map.of("OVERRIDE_TTL", "-1"),
                Map.of("BUGLOSS_TOKEN_FILE", "/nowhere"))) {
            Script.Ran ran = run(script, wrong);
            assertEquals(2, ran.code(), ran::toString);
            assertFalse(ran.err().contains("secret"), ran::err);
        }
        assertEquals(List.of(), sent);
    }

    private Script.Ran run(String script, Map<String, String> more) throws Exception {
        if (script.endsWith(".sh")) {
            Script.assumeThere("bash", "curl", "jq");
        } else {
            Script.assumeThere("python3");
        }
        String here = "http://127.0.0.1:" + server.getAddress().getPort();
        Map<String, String> environment = new HashMap<>(Map.of(
                "BUGLOSS_URL",
                here + "/bugloss/",
                "BUGLOSS_TOKEN_FILE",
                Files.writeString(scratch.resolve("token"), TOKEN + "\n").toString(),
                "SOURCE_URL",
                here + "/notes?kind=bug&url={url}",
                "SOURCE_TOKEN",
                SOURCE_TOKEN,
                "SUPPLIED_BY",
                "release-notes",
                "OVERRIDE_TTL",
                "600"));
        environment.putAll(more);
        String program = script.endsWith(".sh") ? "bash" : "python3";
        return Script.run(scratch, environment, List.of(program, "src/examples/" + script));
    }

    private void links(HttpExchange exchange) throws IOException {
        if (!isAllowed(exchange)) {
            return;
        }
        Map<String, String> query = query(exchange);
        assertEquals("true", query.get("is_defect"));
        String accept = exchange.getRequestHeaders().getFirst("Accept");
        if ("application/x-ndjson".equals(accept)) {
            answer(exchange, 200, accept, links.stream().map(this::link).collect(Collectors.joining("\n", "", "\n")));
            return;
        }
        int from = Integer.parseInt(query.getOrDefault("after", "0"));
        int to = Math.min(links.size(), from + Integer.parseInt(query.get("limit")));
        String items = links.subList(from, to).stream().map(this::link).collect(Collectors.joining(","));
        String next = to < links.size() ? "\"" + to + "\"" : "null";
        answer(exchange, 200, "application/json", "{\"items\": [" + items + "], \"next\": " + next + "}");
    }

    private String link(String url) {
        return "{\"id\": 1, \"execution_id\": \"TE-12\", \"url\": \"" + url + "\", \"is_defect\": true}";
    }

    private void overrides(HttpExchange exchange) throws IOException {
        if (!isAllowed(exchange)) {
            return;
        }
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        sent.add(body);
        List<String> lines = body.lines().toList();
        StringBuilder answers = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            String url = json(lines.get(i)).getString("url");
            answers.append("{\"line\": ")
                    .append(i + 1)
                    .append(", \"url\": \"")
                    .append(url)
                    .append("\", ");
            answers.append(
                    url.endsWith("refused")
                            ? "\"status\": 400, \"title\": \"Bad Request\", \"detail\": \"title: it is too long\"}\n"
                            : "\"status\": 200}\n");
        }
        answer(exchange, 200, "application/x-ndjson", answers.toString());
    }

    private void notes(HttpExchange exchange) throws IOException {
        tokensOfSource.add(exchange.getRequestHeaders().getFirst("Authorization"));
        assertEquals("bug", query(exchange).get("kind"));
        String body = known.get(query(exchange).get("url"));
        answer(exchange, body == null ? 404 : 200, "application/json", body == null ? "unknown" : body);
    }

    private static boolean isAllowed(HttpExchange exchange) throws IOException {
        if (("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return true;
        }
        answer(exchange, 401, "application/problem+json", "{\"status\": 401, \"detail\": \"the token is unknown\"}");
        return false;
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        for (String pair : exchange.getRequestURI().getRawQuery().split("&")) {
            String[] both = pair.split("=", 2);
            query.put(both[0], URLDecoder.decode(both[1], StandardCharsets.UTF_8));
        }
        return query;
    }

    private static void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static JsonObject json(String text) {
        try (var reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }
}
