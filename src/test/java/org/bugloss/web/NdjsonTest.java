package org.bugloss.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.StringReader;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.bugloss.callers.Role;
import org.junit.jupiter.api.Test;

/** Many lines in one body: each gets its own fate, whatever becomes of the others. */
class NdjsonTest {

    /** Keeps what was carried out, and how much it was given at once at most. */
    private static final class Kept implements Ndjson.Lines<String> {

        private final List<String> done = new ArrayList<>();
        private int mostLines;
        private long mostCharacters;

        @Override
        public String read(JsonBody line) {
            return line.only("url", "note").requiredText("url", 2048)
                    + line.text("note", 1_000_000).orElse("");
        }

        @Override
        public List<Ndjson.Done> carryOut(List<String> lines) {
            mostLines = Math.max(mostLines, lines.size());
            mostCharacters = Math.max(
                    mostCharacters, lines.stream().mapToLong(String::length).sum());
            if (lines.stream().anyMatch(line -> line.endsWith("refused"))) {
                throw Problem.badRequest("the database refused it");
            }
            lines.forEach(line -> done.add(line.substring(0, Math.min(20, line.length()))));
            return lines.stream()
                    .map(line -> new Ndjson.Done(200, "of " + line.length(), JsonValue.EMPTY_JSON_OBJECT))
                    .toList();
        }
    }

    private final Kept kept = new Kept();

    private static HttpServletRequest request() {
        return (HttpServletRequest) Proxy.newProxyInstance(
                NdjsonTest.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getAttribute" -> Caller.token("ann", Role.EDITOR);
                    case "getMethod" -> "POST";
                    case "getRequestURI" -> "/api/details/overrides";
                    case "getRemoteAddr" -> "192.0.2.1";
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    /** A body of so many lines that is never in memory as a whole. */
    private static InputStream lines(int count, IntFunction<String> line) {
        Iterator<InputStream> lines = IntStream.rangeClosed(1, count)
                .<InputStream>mapToObj(
                        i -> new ByteArrayInputStream((line.apply(i) + "\n").getBytes(StandardCharsets.UTF_8)))
                .iterator();
        return new SequenceInputStream(new Enumeration<>() {

            @Override
            public boolean hasMoreElements() {
                return lines.hasNext();
            }

            @Override
            public InputStream nextElement() {
                return lines.next();
            }
        });
    }

    private List<JsonObject> answers(InputStream body) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Ndjson.answers(body, request(), kept).write(out);
        return out.toString(StandardCharsets.UTF_8)
                .lines()
                .map(NdjsonTest::json)
                .toList();
    }

    private static JsonObject json(String text) {
        try (var reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }

    private static String line(int number) {
        return switch (number % 100) {
            case 7 -> "nonsense";
            case 17 -> "{\"url\": \"u\", \"colour\": \"red\"}";
            case 27 -> "{\"note\": \"no url\"}";
            case 37 -> "{\"url\": \"refused\"}";
            default -> "{\"url\": \"bug " + number + "\"}";
        };
    }

    private static int status(int number) {
        return List.of(7, 17, 27, 37).contains(number % 100) ? 400 : 200;
    }

    @Test
    void eachOf10000LinesIsAnsweredAndABadOneStopsNoGoodOne() throws Exception {
        List<JsonObject> answers = answers(lines(10_000, NdjsonTest::line));

        assertEquals(10_000, answers.size());
        for (int number = 1; number <= 10_000; number++) {
            JsonObject answer = answers.get(number - 1);
            assertEquals(number, answer.getInt("line"));
            assertEquals(status(number), answer.getInt("status"), answer::toString);
        }
        assertEquals("the body is no well-formed JSON", answers.get(6).getString("detail"));
        assertEquals(
                "unknown member colour; there are url, note", answers.get(16).getString("detail"));
        assertEquals(
                "url must be given, a string that is not blank", answers.get(26).getString("detail"));
        assertEquals("the database refused it", answers.get(36).getString("detail"));
        assertEquals(
                IntStream.rangeClosed(1, 10_000)
                        .filter(number -> status(number) == 200)
                        .mapToObj(number -> "bug " + number)
                        .toList(),
                kept.done);
    }

    @Test
    void aRefusalNamesTheUrlWhereTheLineHasOne() throws Exception {
        assertEquals(List.of(json("""
                                {"line": 1, "url": "u", "type": "about:blank", "title": "Bad Request", "status": 400,
                                 "detail": "unknown member colour; there are url, note"}"""), json("""
                                {"line": 2, "type": "about:blank", "title": "Bad Request", "status": 400,
                                 "detail": "url must be a string"}"""), json("""
                                {"line": 3, "url": "refused", "type": "about:blank", "title": "Bad Request",
                                 "status": 400, "detail": "the database refused it"}""")), answers(new ByteArrayInputStream("""
                        {"url": "u", "colour": "red"}
                        {"url": 5}
                        {"url": "refused"}""".getBytes(
                        StandardCharsets.UTF_8))));
    }

    @Test
    void noMatterHowManyLinesThereAreFewAreInMemory() throws Exception {
        // 4 MB, of lines of 2 kB.
        assertEquals(
                2_000,
                answers(lines(2_000, i -> "{\"url\": \"u\", \"note\": \"" + "x".repeat(2_000) + "\"}"))
                        .size());
        assertEquals(500, kept.mostLines);
        // 15 MB, of lines of half a megabyte.
        answers(lines(30, i -> "{\"url\": \"u\", \"note\": \"" + "x".repeat(500_000) + "\"}"));
        assertTrue(kept.mostCharacters < 5 * 1024 * 1024, "at once: " + kept.mostCharacters);
    }

    @Test
    void aBodyThatIsCutOffSaysHowFarItCame() {
        Problem problem = assertThrows(
                Problem.class,
                () -> Ndjson.answers(
                        lines(200, i -> "{\"url\": \"u" + i + "\", \"note\": \"" + "x".repeat(500_000) + "\"}"),
                        request(),
                        kept));
        assertEquals(413, problem.status());
        assertEquals(
                "the body is over 67108864 bytes; the lines up to line 134 have been carried out",
                problem.getMessage());
        assertEquals(134, kept.done.size());
    }

    @Test
    void blankLinesCountAndAreNotAnswered() throws Exception {
        assertEquals(
                List.of(2, 4),
                answers(new ByteArrayInputStream(
                                "\n{\"url\": \"a\"}\r\n  \n{\"url\": \"b\"}".getBytes(StandardCharsets.UTF_8)))
                        .stream()
                        .map(answer -> answer.getInt("line"))
                        .toList());
    }
}
