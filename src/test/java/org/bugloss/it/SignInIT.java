package org.bugloss.it;

import static org.bugloss.it.DetailsIT.assertProblem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import org.bugloss.callers.FakeIssuer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Signed tokens and signing in, at an issuer of our own: a server behind a proxy that people call by another address. */
class SignInIT {

    private static final String ROOT = "http://127.0.0.1:9/bugs";
    private static final String LINKS = "/api/link-references";
    private static final String LINK = "{\"url\": \"http://10.0.0.1/1\"}";

    private static FakeIssuer issuer;
    private static ServerProcess server;
    private static Http bugloss;

    @BeforeAll
    static void start() {
        issuer = FakeIssuer.start(Clock.systemUTC());
        server = ServerProcess.configured()
                .without("bugloss.anonymous")
                .with("bugloss.oidc", "corp")
                .with("bugloss.oidc.corp.issuer", issuer.url())
                .with("bugloss.oidc.corp.audience", "bugloss-api")
                .with("bugloss.oidc.corp.client-id", "bugloss")
                .with("bugloss.oidc.corp.readers", "*")
                .with("bugloss.oidc.corp.editors", "leads")
                .with("bugloss.public-url", ROOT)
                .start();
        bugloss = server.http();
    }

    @AfterAll
    static void stop() {
        server.close();
        issuer.close();
    }

    @Test
    void aSignedTokenReadsAndWritesAsItsGroupsMay() {
        assertEquals(200, bugloss.get(LINKS, bearer(issuer.token())).status());
        assertProblem(bugloss.post(LINKS, LINK, bearer(issuer.token())), 403);
        Http.Answer made = bugloss.post(LINKS, LINK, bearer(issuer.token("groups", List.of("leads"))));
        assertTrue(made.status() == 201 || made.status() == 200, made::toString);
        assertTrue(server.log().contains("corp:ann POST /bugloss/api/link-references -> 20"), server::log);

        Http.Answer refused = bugloss.get(LINKS, bearer(issuer.token("aud", "other")));
        assertProblem(refused, 401);
        assertEquals(
                "Bearer realm=\"bugloss\", error=\"invalid_token\", error_description=\"this token is for another"
                        + " audience: its aud must have bugloss-api\"",
                refused.header("WWW-Authenticate").orElse(""));
        for (String wrong : List.of(
                issuer.token("exp", 1),
                issuer.token("nonce", "x"),
                issuer.token("iss", "https://other.example"),
                issuer.token() + "x",
                "eyJhbGciOiJub25lIn0.e30.",
                issuer.token("groups", "x".repeat(20_000)))) {
            Http.Answer answer = bugloss.get(LINKS, bearer(wrong));
            assertTrue(answer.status() >= 400 && answer.status() < 500, answer::toString);
            assertFalse(answer.body().contains(wrong), answer::toString);
        }
    }

    @Test
    void somebodySignsInReadsWritesFromThePageAndSignsOut() {
        assertEquals(
                Json.createReader(new java.io.StringReader(
                                "{\"name\": null, \"role\": \"none\", \"groups\": [], \"sign_in\":"
                                        + " [{\"name\": \"corp\", \"url\": \"" + ROOT + "/api/sign-in/corp\"}]}"))
                        .readObject(),
                bugloss.get("/api/me").json());

        issuer.ann("groups", List.of("leads"));
        Http.Answer there = bugloss.get("/api/sign-in/corp?return=/bugs/%3Fq%3Dx");
        assertEquals(302, there.status(), there::toString);
        String attempt = cookie(there, "bugloss-sign-in", "/bugs/api/sign-in/callback");
        Http.Answer back = new Http(URI.create(there.header("Location").orElseThrow())).get("");
        URI callback = URI.create(back.header("Location").orElseThrow());
        assertEquals("/bugs/api/sign-in/callback", callback.getPath());
        Http.Answer in = bugloss.get("/api/sign-in/callback?" + callback.getRawQuery(), "Cookie", attempt);
        assertEquals(ROOT + "/?q=x", in.header("Location").orElse(""), in::toString);
        String session = cookie(in, "bugloss-session", "/bugs/");
        issuer.ann("groups", List.of("qa"));

        assertEquals(
                "{\"name\":\"ann\",\"role\":\"editor\",\"groups\":[\"leads\"],\"sign_in\":[{\"name\":\"corp\",\"url\":\""
                        + ROOT + "/api/sign-in/corp\"}]}",
                bugloss.get("/api/me", "Cookie", session).body());
        assertEquals(200, bugloss.get(LINKS, "Cookie", session).status());
        Http.Answer made = write(session, "X-Requested-With", "bugloss", "Origin", "http://127.0.0.1:9");
        assertTrue(made.status() == 201 || made.status() == 200, made::toString);
        assertProblem(write(session, "X-Requested-With", "bugloss"), 403);
        assertProblem(write(session, "Origin", "http://127.0.0.1:9"), 403);
        assertProblem(write(session, "X-Requested-With", "bugloss", "Origin", "http://evil.test"), 403);
        assertProblem(write(session, "X-Requested-With", "bugloss", "Origin", "null"), 403);
        assertProblem(bugloss.get(LINKS, "Cookie", session, "Authorization", "Bearer wrong"), 401);
        assertProblem(bugloss.get(LINKS, "Cookie", session.replaceFirst("=e", "=f")), 401);
        assertProblem(
                bugloss.get(LINKS, "Authorization", "Bearer " + session.substring("bugloss-session=".length())), 401);

        assertProblem(bugloss.post("/api/sign-out", "", "Cookie", session), 403);
        Http.Answer out = bugloss.post(
                "/api/sign-out", "", "Cookie", session, "X-Requested-With", "bugloss", "Origin", "http://127.0.0.1:9");
        assertTrue(out.json().getString("url").startsWith(issuer.url() + "/end?"), out::toString);
        assertTrue(
                out.header("Set-Cookie").orElse("").startsWith("bugloss-session=; Path=/bugs/; Max-Age=0;"),
                out::toString);
        assertTrue(server.log().contains("corp:ann signed in -> editor"), server::log);
    }

    @Test
    void whoComesBackWithoutHavingBegunIsSentToThePage() {
        Http.Answer answer = bugloss.get("/api/sign-in/callback?code=1&state=2");
        assertEquals(302, answer.status(), answer::toString);
        assertEquals(ROOT + "/?sign-in=again", answer.header("Location").orElse(""));
        assertEquals(404, bugloss.get("/api/sign-in/other").status());
    }

    private static Http.Answer write(String session, String... headers) {
        String[] all = java.util.Arrays.copyOf(headers, headers.length + 2);
        all[headers.length] = "Cookie";
        all[headers.length + 1] = session;
        return bugloss.post(LINKS, LINK, all);
    }

    private static String[] bearer(String token) {
        return new String[] {"Authorization", "Bearer " + token};
    }

    /** Name and value of a cookie that is set, with all that it must have. */
    private static String cookie(Http.Answer answer, String name, String path) {
        String set = answer.headers().allValues("Set-Cookie").stream()
                .filter(one -> one.startsWith(name + "=") && !one.contains("Max-Age=0"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(answer));
        assertTrue(set.matches("[a-z-]+=[\\w.-]+; Path=" + path + "; Max-Age=\\d+; HttpOnly; SameSite=Lax"), set);
        return set.substring(0, set.indexOf(';'));
    }
}
