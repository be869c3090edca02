package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpstreamTest {

    private final Upstream upstream = Upstream.start();
    private final Http http = new Http(upstream.uri(""));

    @AfterEach
    void close() {
        upstream.close();
    }

    @Test
    void answersWithOpenGraphMetadata() {
        Http.Answer answer = http.get("/ok");

        assertEquals(200, answer.status());
        assertTrue(answer.body().contains("<meta property=\"og:title\" content=\"A bug\">"), answer::toString);
    }

    @Test
    void remembersWhatItWasAsked() {
        http.get("/ok?page=2", "Authorization", "Bearer t");
        http.post("/ok", "{}");

        List<Upstream.Request> requests = upstream.requests("/ok");

        assertEquals(2, upstream.hits("/ok"));
        assertEquals("page=2", requests.get(0).query());
        assertEquals("Bearer t", requests.get(0).header("authorization").orElseThrow());
        assertEquals("{}", requests.get(1).body());
        assertEquals(0, upstream.hits("/other"));
    }

    @Test
    void aRouteMayBeChangedAndSwitchedOff() {
        upstream.on("/bug", Route.page("Before", ""));
        assertTrue(http.get("/bug").body().contains("Before"));

        upstream.on("/bug", Route.status(503));
        assertEquals(503, http.get("/bug").status());

        upstream.off("/bug");
        assertThrows(UncheckedIOException.class, () -> http.get("/bug"));
    }

    @Test
    void aRouteMayStandForAllBelowIt() {
        upstream.on("/issues/*", Route.json("{}")).on("/issues/7", Route.status(410));

        assertEquals(200, http.get("/issues/6").status());
        assertEquals(200, http.get("/issues/6/comments").status());
        assertEquals(410, http.get("/issues/7").status());
        assertEquals(404, http.get("/issue").status());
    }

    @Test
    void redirects() {
        assertEquals("/ok", http.get("/redirect").header("Location").orElseThrow());
        assertEquals(
                "/redirect-loop", http.get("/redirect-loop").header("Location").orElseThrow());
        assertEquals(302, http.get("/sign-in").status());
        assertEquals(200, http.get("/login").status());
    }

    @Test
    void saysWhenToComeBack() {
        assertEquals("7", http.get("/429").header("Retry-After").orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/cut-off", "/silence"})
    void breaksOff(String path) {
        assertThrows(UncheckedIOException.class, () -> http.get(path));
    }

    @Test
    void sendsPagesThatAreTooLong() {
        assertTrue(http.get("/huge").body().length() > 3_000_000);
    }

    @Test
    void compresses() throws Exception {
        HttpResponse<byte[]> answer = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(upstream.uri("/gzip")).build(), BodyHandlers.ofByteArray());

        try (var page = new GZIPInputStream(new ByteArrayInputStream(answer.body()))) {
            assertTrue(new String(page.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).contains("Compressed"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/slow", "/drip"})
    void nobodyWaitsOnceItIsClosed(String path) {
        CompletableFuture<Http.Answer> answer = CompletableFuture.supplyAsync(() -> http.get(path));
        Until.holds(() -> upstream.hits(path), hits -> hits == 1, Duration.ofSeconds(10));
        assertFalse(answer.isDone());

        upstream.close();

        answer.exceptionally(broken -> null).orTimeout(10, TimeUnit.SECONDS).join();
    }

    @Test
    void countsWhatIsUnderWayAtOnce() {
        upstream.on("/wait", Route.slow(Duration.ofMillis(300), Route.json("{}")));

        CompletableFuture<?>[] three = new CompletableFuture<?>[3];
        for (int i = 0; i < three.length; i++) {
            three[i] = CompletableFuture.runAsync(() -> http.get("/wait"), command -> new Thread(command).start());
        }
        CompletableFuture.allOf(three).join();

        assertEquals(3, upstream.mostAtOnce());
    }
}
