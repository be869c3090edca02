package org.bugloss.it;

import static org.bugloss.it.DetailsIT.assertProblem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may call: a server as it is by default, with two tokens and one origin. */
class AccessIT {

    private static final String LINKS = "/api/link-references";
    private static final String LINK = "{\"url\": \"http://10.0.0.1/1\"}";
    private static final String[] READER = {"Authorization", "Bearer reading-token"};
    private static final String[] EDITOR = {"Authorization", "bearer editing-token"};

    private static ServerProcess server;
    private static Http bugloss;

    @BeforeAll
    static void start() {
        server = ServerProcess.configured()
                .without("bugloss.anonymous")
                .with(
                        "bugloss.tokens",
                        "ann:reader:" + sha256("reading-token") + ",ci:editor:" + sha256("editing-token"))
                .with("bugloss.cors.origins", "https://tests.example")
                .with("bugloss.lookups-per-minute", "2")
                .start();
        bugloss = server.http();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void nobodyIsLetInWithoutAValidToken() {
        for (Http.Answer answer : new Http.Answer[] {
            bugloss.get(LINKS),
            bugloss.post(LINKS, LINK),
            bugloss.get("/api/details?url=x"),
            bugloss.get("/api/nothing"),
            bugloss.get(LINKS, "Authorization", "Bearer wrong"),
            bugloss.get(LINKS, "Authorization", "Basic cmVhZGluZy10b2tlbg=="),
        }) {
            assertProblem(answer, 401);
            assertTrue(answer.header("WWW-Authenticate").orElse("").startsWith("Bearer"), answer::toString);
            assertFalse(answer.body().contains("wrong"), answer::toString);
        }
    }

    @Test
    void healthNeedsNoToken() {
        assertEquals(200, bugloss.get("/api/health").status());
    }

    @Test
    void aReaderMayReadAndNotWrite() {
        assertEquals(200, bugloss.get(LINKS, READER).status());
        assertProblem(bugloss.post(LINKS, LINK, READER), 403);
        assertProblem(bugloss.put("/api/details?url=http://10.0.0.1/1", "{\"title\": \"x\"}", READER), 403);
        assertProblem(bugloss.delete("/api/details?url=http://10.0.0.1/1", READER), 403);
        assertProblem(bugloss.post("/api/details/refresh?url=http://10.0.0.1/1", "", READER), 403);
    }

    @Test
    void anEditorMayWriteAndTheLogSaysWhoDidWhatWithoutTheToken() {
        Http.Answer created = bugloss.post(LINKS, LINK, EDITOR);
        assertTrue(created.status() == 201 || created.status() == 200, created::toString);
        bugloss.delete("/api/details?url=http://10.0.0.1/audited", EDITOR);
        assertTrue(
                server.log().lines().anyMatch(line -> line.contains("ci DELETE ") && line.contains("audited -> 204")),
                server::log);
        assertFalse(server.log().contains("editing-token"));
    }

    @Test
    void everyAnswerHasSecurityHeaders() {
        for (Http.Answer answer :
                new Http.Answer[] {bugloss.get(LINKS, READER), bugloss.get(LINKS), bugloss.get("/x")}) {
            assertEquals("nosniff", answer.header("X-Content-Type-Options").orElse(""));
            assertEquals("no-referrer", answer.header("Referrer-Policy").orElse(""));
            String policy = answer.header("Content-Security-Policy").orElse("");
            assertTrue(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), policy);
        }
    }

    @Test
    void pagesOfConfiguredOriginsMayCallAndOthersMayNot() {
        Http.Answer welcome = bugloss.send(
                bugloss.request(LINKS, "Origin", "https://tests.example", "Access-Control-Request-Method", "GET")
                        .method("OPTIONS", java.net.http.HttpRequest.BodyPublishers.noBody()));
        assertEquals(204, welcome.status());
        assertEquals(
                "https://tests.example",
                welcome.header("Access-Control-Allow-Origin").orElse(""));
        assertTrue(welcome.header("Access-Control-Allow-Headers").orElse("").contains("Authorization"));
        Http.Answer stranger = bugloss.send(
                bugloss.request(LINKS, "Origin", "https://evil.test", "Access-Control-Request-Method", "GET")
                        .method("OPTIONS", java.net.http.HttpRequest.BodyPublishers.noBody()));
        assertTrue(stranger.header("Access-Control-Allow-Origin").isEmpty(), stranger::toString);
        Http.Answer read = bugloss.get(LINKS, "Origin", "https://tests.example", READER[0], READER[1]);
        assertEquals(
                "ETag, Link, Location, Retry-After",
                read.header("Access-Control-Expose-Headers").orElse(""));
        assertProblem(bugloss.post(LINKS, LINK, "Origin", "https://evil.test", EDITOR[0], EDITOR[1]), 403);
    }

    @Test
    void aCallerWhoCausesTooManyLookupsIsToldToWait() {
        Http.Answer last = null;
        for (int i = 0; i < 3; i++) {
            last = bugloss.get("/api/details?url=http://10.0.0.1/limit/" + i, READER);
        }
        assertProblem(last, 429);
        assertTrue(Integer.parseInt(last.header("Retry-After").orElse("0")) > 0);
        assertEquals(
                422,
                bugloss.get("/api/details?url=http://10.0.0.1/limit/other", EDITOR)
                        .status());
    }

    private static String sha256(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
