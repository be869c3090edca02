package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.Test;

/** What browsers load: the same on every server, and for everybody. */
@OnServer
class FilesIT {

    @ArquillianResource
    Http bugloss;

    @Test
    void thePagesAreThereWithoutAToken() {
        for (String path : List.of("/", "/index.html", "/trackers.html")) {
            Http.Answer page = bugloss.get(path, "Authorization", "Bearer wrong");
            assertEquals(200, page.status(), page::toString);
            assertEquals(Optional.of("text/html;charset=utf-8"), type(page));
            assertTrue(page.body().contains("<who-am-i>"), page::toString);
            assertTrue(
                    page.headers()
                            .allValues("Content-Security-Policy")
                            .toString()
                            .contains("require-trusted-types-for"),
                    page::toString);
            assertEquals(Optional.empty(), page.header("Access-Control-Allow-Origin"));
        }
    }

    @Test
    void theModuleIsForPagesOfEveryOrigin() {
        Http.Answer module = bugloss.get("/bugloss.js", "Origin", "https://tests.example");

        assertEquals(200, module.status(), module::toString);
        assertEquals(Optional.of("text/javascript;charset=utf-8"), type(module));
        assertEquals(Optional.of("*"), module.header("Access-Control-Allow-Origin"));
        assertEquals(Optional.of("cross-origin"), module.header("Cross-Origin-Resource-Policy"));
        assertEquals(Optional.of("no-cache"), module.header("Cache-Control"));
        assertTrue(module.body().contains("customElements.define('bug-details'"));
        assertEquals(Optional.of("*"), bugloss.get("/bugloss-live.js").header("Access-Control-Allow-Origin"));
        assertEquals(Optional.empty(), bugloss.get("/app.js").header("Access-Control-Allow-Origin"));
    }

    @Test
    void whatABrowserHasIsNotSentAgain() {
        String tag = bugloss.get("/bugloss.js").header("ETag").orElseThrow();
        Http.Answer compressed = bugloss.get("/bugloss.js", "Accept-Encoding", "gzip, deflate, br");

        assertEquals(Optional.of("gzip"), compressed.header("Content-Encoding"));
        assertTrue(compressed.headers().firstValueAsLong("Content-Length").orElseThrow() < 15_000);
        String other = compressed.header("ETag").orElseThrow();
        assertEquals(304, bugloss.get("/bugloss.js", "If-None-Match", tag).status());
        assertEquals(200, bugloss.get("/bugloss.js", "If-None-Match", other).status());
        assertEquals(
                304,
                bugloss.get("/bugloss.js", "If-None-Match", other, "Accept-Encoding", "gzip")
                        .status());
    }

    @Test
    void whatIsNoFileIsNotThere() {
        for (String path :
                List.of("/WEB-INF/web.xml", "/demo/voucher.html", "/demo/links.json", "/demo/", "/nothing.js")) {
            assertEquals(404, bugloss.get(path).status(), path);
        }
    }

    @Test
    void whereTheDemonstrationIsOnItsPagesAreThereForThoseWhoAreNear() throws IOException {
        try (ServerProcess server =
                ServerProcess.configured().with("bugloss.demonstration", "true").start()) {
            Http near = server.http();

            assertEquals(200, near.get("/demo/voucher.html").status());
            assertEquals(
                    8, ((jakarta.json.JsonArray) near.get("/demo/links.json").structure()).size());
            assertEquals(503, near.get("/demo/failing.html").status());
            Instant begin = Instant.now();
            assertEquals(200, near.get("/demo/late.html").status());
            assertTrue(Duration.between(begin, Instant.now()).compareTo(Duration.ofSeconds(7)) > 0);

            for (String path : List.of("/demo/voucher.html", "/api/link-references", "/")) {
                String answer = statusLine(
                        near.base(), path, "rebound.test:" + near.base().getPort());
                assertTrue(answer.startsWith("HTTP/1.1 403"), answer);
            }
        }
    }

    /** Java's client lets nobody choose the Host. */
    private static String statusLine(URI server, String path, String host) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.getPort())) {
            socket.setSoTimeout((int) Duration.ofSeconds(30).toMillis());
            socket.getOutputStream()
                    .write(("GET " + server.getPath() + path + " HTTP/1.1\r\nHost: " + host
                                    + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
        }
    }

    /** The content type without what servers do about spaces and case. */
    private static Optional<String> type(Http.Answer answer) {
        return answer.header("Content-Type").map(type -> type.toLowerCase().replace(" ", ""));
    }
}
