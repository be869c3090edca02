package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Anything at all gets an answer: soon, as a problem document where it is refused, without a stack trace, and never a
 * failure of ours. What is random has a fixed seed, so a failure comes again.
 */
@OnServer
class FuzzIT {

    private static final int TRIES = 200;

    /** The deadline of the suite's servers is three seconds. */
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private static final String LINKS = "/api/link-references";

    private final Random random = new Random(20261122);
    private final List<String> wrong = new ArrayList<>();

    @ArquillianResource
    Http bugloss;

    @ArquillianResource
    Upstream upstream;

    @AfterEach
    void nothingIsWrong() {
        assertEquals(List.of(), wrong);
        assertEquals(200, bugloss.get("/api/health").status());
    }

    @Test
    void anyUrl() {
        List<String> pieces = List.of(
                "http",
                "https",
                "ftp",
                ":",
                "//",
                "/",
                "\\",
                "@",
                "#",
                "?",
                "&",
                "=",
                ".",
                "..",
                "%",
                "%2e",
                "%00",
                "[",
                "]",
                "::1",
                "::ffff:",
                "127.0.0.1",
                "10.0.0.1",
                "localhost",
                "1",
                "0x7f",
                "0177",
                "65536",
                "-1",
                " ",
                "\t",
                "\n",
                "\u0000",
                "\u00e9",
                "\u0661",
                "\uFF11",
                "\uD83D\uDE00",
                "\u202E",
                "xn--",
                "xn--a",
                "a".repeat(64),
                "{",
                "|");
        for (int i = 0; i < 2 * TRIES; i++) {
            String url = (i % 3 == 0 ? "" : i % 3 == 1 ? "http://127.0.0.1" : "http://") + some(pieces, 1 + i % 12);
            if (ForbiddenUrls.leadsNowhere(url)) {
                String query = "?url=" + Http.encoded(url);
                check(url, () -> bugloss.get("/api/details" + query), 400, 422);
                check(url, () -> bugloss.delete("/api/details" + query), 204, 400);
                check(url, () -> bugloss.get(LINKS + query), 200, 400);
            }
        }
    }

    @Test
    void anyBody() {
        List<String> pieces = List.of(
                "{",
                "}",
                "[",
                "]",
                ",",
                ":",
                "\"",
                "\\",
                "\"url\"",
                "\"title\"",
                "\"name\"",
                "\"ttl\"",
                "\"fields\"",
                "\"labels\"",
                "\"is_defect\"",
                "\"execution_id\"",
                "\"http://10.0.0.1/fuzz\"",
                "\"x\"",
                "null",
                "true",
                "1",
                "-1",
                "1e400",
                "1E99999999999",
                "0.1",
                "9".repeat(400),
                "\\u0000",
                "\\ud800",
                "\u0000",
                "\uFEFF",
                "\u00e9",
                "\n",
                "\r\n",
                "\t",
                "NaN",
                "//",
                "<!--",
                "'");
        List<String> bodies = Stream.concat(
                        brokenJson().stream(), IntStream.range(0, TRIES).mapToObj(i -> {
                            String inner = some(pieces, i % 15);
                            return i % 2 == 0
                                    ? inner
                                    : "{\"url\": \"http://10.0.0.1/fuzz\", \"title\": \"x\"" + inner + "}";
                        }))
                .toList();
        String details = "/api/details?url=" + Http.encoded("http://10.0.0.1/fuzz");
        for (String body : bodies) {
            check(body, () -> bugloss.post(LINKS, body), 200, 201, 400, 413);
            check(body, () -> bugloss.put(details, body), 200, 400, 413);
            check(body, () -> bugloss.patch(LINKS + "/0", body), 400, 404, 413);
            check(body, () -> bugloss.post("/api/details/query", body), 200, 400, 404, 405, 413);
        }
        for (String path : new String[] {LINKS, "/api/details/overrides"}) {
            String lines = String.join("\n", bodies);
            Http.Answer answer =
                    check("lines", () -> bugloss.post(path, lines, "Content-Type", "application/x-ndjson"), 200);
            assertTrue(answer.body().lines().count() > TRIES, answer::toString);
            assertTrue(answer.body().lines().noneMatch(line -> line.contains("\"status\":5")), answer::toString);
        }
        bugloss.delete(details);
    }

    private static List<String> brokenJson() {
        return List.of(
                "",
                " ",
                "\uFEFF{}",
                "{\"url\": \"http://10.0.0.1/fuzz\", \"is_defect\": 1e400}",
                "{\"title\": \"x\", \"ttl\": 1E400}",
                "{\"title\": \"x\", \"ttl\": 1E-400}",
                "{\"title\": \"x\", \"ttl\": 1E2147483647}",
                "{\"title\": \"x\", \"ttl\": 1E-2147483648}",
                "{\"title\": \"x\", \"ttl\": 1E99999999999999999999}",
                "{\"title\": \"x\", \"ttl\": -0.0}",
                "{\"title\": \"x\", \"ttl\": 1.0}",
                "{\"title\": \"x\", \"ttl\": " + "9".repeat(1000) + "}",
                "{\"title\": \"x\", \"ttl\": " + "9".repeat(500_000) + "}",
                "{\"title\": \"x\", \"ttl\": 0." + "9".repeat(500_000) + "}",
                "{\"title\": \"x\", \"title\": 5}",
                "{\"title\": \"x\", \"fields\": {\"labels\": [[[]]]}}",
                "{\"title\": \"x\", \"fields\": {\"updated\": \"+999999999-12-31T23:59:59Z\"}}",
                "{\"title\": \"x\", \"fields\": {\"updated\": \"-999999999-01-01T00:00:00Z\"}}",
                "{\"a\":".repeat(100_000),
                "[".repeat(500_000) + "]".repeat(500_000),
                "{\"title\": \"" + "\\u0041".repeat(150_000) + "\"}",
                "{" + "\"a\": 1,".repeat(100_000) + "\"b\": 1}",
                "\"".repeat(1000),
                "{\"\": {\"\": \"\"}}");
    }

    @Test
    void anyQuery() {
        List<String> names = List.of(
                "url",
                "is_defect",
                "execution_id",
                "tracker",
                "resolved",
                "limit",
                "after",
                "embed",
                "x",
                "",
                "%00",
                "%FF");
        List<String> values = List.of(
                "",
                "1",
                "-1",
                "true",
                "TRUE",
                "null",
                "%00",
                "%FF",
                "%C0%80",
                "%ED%A0%80",
                "%0d%0aX:y",
                "'",
                "%27%20or%201=1",
                "%22",
                "%25",
                "%5C",
                "%EF%BF%BF",
                "%F0%9F%98%80",
                "99999999999999999999",
                "YWZ0ZXI6MQ",
                "a".repeat(3000),
                "http://10.0.0.1/",
                "details",
                "+",
                ";",
                "=",
                "%2525",
                "${java.version}",
                "%7B%7D",
                "../..",
                "open%00");
        for (int i = 0; i < 2 * TRIES; i++) {
            String query = IntStream.rangeClosed(0, random.nextInt(4))
                    .mapToObj(j -> one(names) + (random.nextInt(8) == 0 ? "" : "=") + one(values))
                    .collect(Collectors.joining("&"));
            String path = one(List.of(LINKS, LINKS + "/summary", "/api/details", LINKS + "/1", "/api/trackers"));
            check(path + query, () -> raw("GET", path + "?" + query, ""), 200, 400, 404, 422);
        }
    }

    @Test
    void anyHeader() {
        List<String> names = List.of(
                "Accept",
                "Accept-Language",
                "Accept-Charset",
                "Accept-Encoding",
                "Authorization",
                "Content-Type",
                "If-None-Match",
                "If-Match",
                "If-Modified-Since",
                "Origin",
                "Cookie",
                "Range",
                "Expect",
                "Forwarded",
                "X-Forwarded-For",
                "X-Forwarded-Host",
                "X-HTTP-Method-Override",
                "Content-Encoding",
                "Referer",
                "Via");
        List<String> values = List.of(
                "",
                ",",
                ";",
                "*",
                "*/*",
                "text/html",
                "application/json",
                "application/json;q=x",
                "application/json;charset=x",
                "application/json; charset=utf-16",
                "application/x-ndjson",
                "a/b/c",
                "/",
                "\"",
                "W/\"",
                "\u00ff\u00fe",
                "Bearer",
                "Bearer ",
                "Bearer x y",
                "Basic x",
                "Basic =",
                "bytes=0-",
                "-1",
                "100-continue",
                "gzip",
                "null",
                "en;q=9",
                "x".repeat(2000),
                "${jndi:ldap://127.0.0.1/}",
                "'",
                "<script>",
                "Mon, 99 Foo",
                "DELETE");
        for (int i = 0; i < 2 * TRIES; i++) {
            String header = one(names) + ": " + one(values);
            String more = one(names) + ": " + one(values);
            boolean writes = i % 2 == 0;
            // What a header makes of a request may differ by server: that it is an orderly answer may not.
            check(
                    header + ", " + more,
                    () -> writes
                            ? raw("POST", LINKS, "{\"url\": \"http://10.0.0.1/fuzz\"}", header, more)
                            : raw("GET", LINKS + "?limit=1", "", header, more),
                    0,
                    200,
                    201,
                    304,
                    400,
                    401,
                    403,
                    406,
                    412,
                    415,
                    416,
                    417);
        }
        for (String header : new String[] {"X: " + "x".repeat(100_000), "X: y\r\n".repeat(2000) + "X: y"}) {
            check("many", () -> raw("GET", LINKS + "?limit=1", "", header), 0, 400, 413, 414, 431, 200);
        }
        check("long", () -> raw("GET", LINKS + "?limit=1&x=" + "x".repeat(100_000), ""), 0, 400, 413, 414, 431, 200);
    }

    @Test
    void anyPage() {
        List<String> pieces = List.of(
                "<html>",
                "<head>",
                "</head>",
                "<body>",
                "<title>",
                "</title>",
                "<meta ",
                "property=og:title ",
                "content=\"x\"",
                ">",
                "<",
                "<!--",
                "-->",
                "<![CDATA[",
                "]]>",
                "<script type=\"application/ld+json\">",
                "</script>",
                "{\"@type\":\"WebPage\",\"name\":",
                "[",
                "<base href=\"",
                "http://[",
                "charset=x",
                "charset=utf-7",
                "&#x0;",
                "&#xD800;",
                "&",
                "\u0000",
                "\uFEFF",
                "\u00e9",
                "<svg>",
                "<template>",
                "<table>",
                "<frameset>",
                "<plaintext>",
                "'");
        List<String> types = List.of(
                "text/html",
                "text/html; charset=",
                "text/html; charset=\"",
                "text/html;charset=utf-16",
                "TEXT/HTML",
                "",
                "x",
                "text/html; charset=nonsense",
                "application/xhtml+xml",
                "text/plain",
                "*/*",
                "text/html; charset=x-user-defined");
        List<String> encodings = List.of("identity", "gzip", "deflate", "br", "x", "gzip, gzip", "");
        for (int i = 0; i < TRIES; i++) {
            byte[] body = i % 4 == 0
                    ? bytes(random.nextInt(4000))
                    : ("<title>x" + some(pieces, 1 + i % 20)).getBytes(StandardCharsets.UTF_8);
            int status = i % 5 == 0 ? 100 + random.nextInt(500) : 200;
            String type = one(types);
            String encoding = i % 3 == 0 ? "Content-Encoding: " + one(encodings) : "X: y";
            String path = "/fuzz/page/" + i;
            upstream.on(path, Route.body(status < 200 ? 200 : status, type, body, encoding));
            check(
                    type + " " + encoding + " " + new String(body, StandardCharsets.UTF_8),
                    () -> details(path),
                    200,
                    404,
                    502,
                    504);
        }
    }

    @Test
    void anyAnswerOfATracker() {
        List<String> values = List.of(
                "null",
                "1",
                "1e400",
                "1E99999999999",
                "9".repeat(3000),
                "true",
                "\"\"",
                "\"x\"",
                "[]",
                "{}",
                "[[]]",
                "[null]",
                "[{}]",
                "[{\"name\": 5}]",
                "{\"login\": []}",
                "\"\\u0000\"",
                "\"\\ud800\"",
                "\"2026-13-99T99:99:99Z\"",
                "\"" + "x".repeat(5000) + "\"",
                "\"" + "\uD83D\uDE00".repeat(2000) + "\"",
                "\"<b>\"");
        List<String> members = List.of(
                "number",
                "title",
                "state",
                "state_reason",
                "body",
                "assignees",
                "assignee",
                "labels",
                "type",
                "updated_at",
                "pull_request",
                "user",
                "id");
        for (int i = 0; i < TRIES; i++) {
            String json = i % 10 == 0
                    ? one(values)
                    : members.stream()
                            .filter(member -> random.nextInt(5) > 0)
                            .map(member -> "\"" + member + "\": " + one(values))
                            .collect(Collectors.joining(", ", "{\"title\": \"x\", ", "}"));
            String path = "/fu/zz/issues/" + i;
            upstream.on("/github/api/v3/repos" + path, Route.json(json));
            check(json, () -> details("/github" + path), 200, 404, 502);
        }
        List<String> large = List.of(
                "[".repeat(2_000_000),
                "{\"a\":".repeat(500_000),
                "{\"title\": " + "9".repeat(2_000_000) + "}",
                "{\"title\": \"x\", \"body\": \"" + "<div>".repeat(200_000) + "\"}",
                "{\"title\": \"x\", \"body\": \"" + "[".repeat(200_000) + "\"}",
                "{\"title\": \"" + "x".repeat(2_000_000) + "\"}",
                "{\"title\": \"x\", \"labels\": [" + "{\"name\": \"x\"},".repeat(100_000) + "1]}",
                " ".repeat(21 * 1024 * 1024));
        for (int i = 0; i < large.size(); i++) {
            String path = "/fu/large/issues/" + i;
            upstream.on("/github/api/v3/repos" + path, Route.json(large.get(i)));
            check("large " + i, () -> details("/github" + path), 200, 404, 502, 504);
        }
    }

    @Test
    void anUpstreamThatMeansHarmHoldsNobodyUp() throws IOException {
        String page = Route.openGraph("Harm", "");
        upstream.on("/fuzz/bomb", Route.body(200, "text/html", bomb(), "Content-Encoding: gzip"));
        upstream.on(
                "/fuzz/headers",
                Route.body(200, "text/html", page.getBytes(StandardCharsets.UTF_8), "X: y\r\n".repeat(5000) + "X: y"));
        upstream.on(
                "/fuzz/header",
                Route.body(200, "text/html", page.getBytes(StandardCharsets.UTF_8), "X: " + "y".repeat(1_000_000)));
        upstream.on("/fuzz/endless-headers", (request, connection) -> {
            connection.out().write("HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 100 && connection.pause(Duration.ofMillis(200)); i++) {
                connection.out().write(("X-" + i + ": y\r\n").getBytes(StandardCharsets.US_ASCII));
            }
        });
        upstream.on("/fuzz/continue", (request, connection) -> {
            for (int i = 0; i < 100 && connection.pause(Duration.ofMillis(200)); i++) {
                connection.out().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            }
        });
        upstream.on("/fuzz/deep", Route.html(200, page + "<div>".repeat(300_000)));
        for (int i = 0; i < 30; i++) {
            upstream.on("/fuzz/chain/" + i, Route.redirect(302, "/fuzz/chain/" + (i + 1)));
        }
        // A bomb is cut off, and what stands before the cut is as good as any.
        check("bomb", () -> details("/fuzz/bomb"), 200);
        check("deep", () -> details("/fuzz/deep"), 200);
        for (String path : new String[] {"headers", "header", "chain/0"}) {
            check(path, () -> details("/fuzz/" + path), 502);
        }
        for (String path : new String[] {"/fuzz/endless-headers", "/fuzz/continue", "/drip"}) {
            check(path, () -> details(path), 502, 504);
        }
    }

    /** 100 MB of spaces behind a title, in a hundredth of them. */
    private static byte[] bomb() throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(Route.openGraph("Bomb", "").getBytes(StandardCharsets.UTF_8));
            byte[] spaces = " ".repeat(1_000_000).getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 100; i++) {
                gzip.write(spaces);
            }
        }
        return compressed.toByteArray();
    }

    private Http.Answer check(String what, Supplier<Http.Answer> ask, int... statuses) {
        Instant asked = Instant.now();
        Http.Answer answer = ask.get();
        Duration took = Duration.between(asked, Instant.now());
        boolean foreseen = IntStream.of(statuses).anyMatch(status -> status == answer.status());
        boolean problem = answer.header("Content-Type").orElse("").startsWith("application/problem+json");
        // What the server refuses by itself, before us, is known by our headers' absence.
        boolean ours = answer.header("Content-Security-Policy").isPresent();
        boolean orderly = answer.status() < 400 || problem || !ours && answer.status() < 500;
        boolean trace = Stream.of("\tat ", "Exception:", "org.bugloss", "jakarta.", "java.lang")
                .anyMatch(answer.body()::contains);
        if (!foreseen || !orderly || trace && answer.status() >= 400 || took.compareTo(LONGEST) > 0) {
            String shown = what.length() > 300 ? what.substring(0, 300) + "..." : what;
            wrong.add(shown + " -> after " + took.toMillis() + " ms " + answer);
        }
        return answer;
    }

    private Http.Answer details(String path) {
        return bugloss.get("/api/details?url=" + Http.encoded(upstream.uri(path)));
    }

    private Http.Answer raw(String method, String path, String body, String... headers) {
        return RawHttp.send(bugloss.base(), method, bugloss.base().getPath() + path, body, headers);
    }

    private String some(List<String> pieces, int count) {
        return IntStream.range(0, count).mapToObj(i -> one(pieces)).collect(Collectors.joining());
    }

    private String one(List<String> pieces) {
        return pieces.get(random.nextInt(pieces.size()));
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
