package org.bugloss.it;

import static org.bugloss.it.DetailsIT.assertProblem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may call, and see what: a server as it is by default, with some tokens, one origin and one system that is not for all. */
class AccessIT {

    private static final String LINKS = "/api/link-references";
    private static final String LINK = "{\"url\": \"http://10.0.0.1/1\"}";
    private static final String[] READER = {"Authorization", "Bearer reading-token"};
    private static final String[] EDITOR = {"Authorization", "bearer editing-token"};

    private static final Upstream UPSTREAM = Upstream.shared();

    private static ServerProcess server;
    private static Http bugloss;

    @BeforeAll
    static void start() {
        server = ServerProcess.configured()
                .without("bugloss.anonymous")
                .with(
                        "bugloss.tokens",
                        "ann:reader:" + sha256("reading-token") + ",ci:editor:" + sha256("editing-token")
                                + ",confidant:editor:" + sha256("CONFIDANT") + ",insider:editor:" + sha256("INSIDER")
                                + ",outsider:editor:" + sha256("OUTSIDER") + ",pauser:editor:"
                                + sha256("pausing-token"))
                .with("bugloss.systems", "walled")
                .with("bugloss.system.walled.tracker", "Redmine")
                .with("bugloss.system.walled.base-url", UPSTREAM.uri("/walled").toString())
                .with("bugloss.system.walled.readers", "token:confidant, token:insider, token:pauser")
                .with("bugloss.system.walled.private-readers", "token:confidant")
                .with("bugloss.cors.origins", "https://tests.example")
                .with("bugloss.lookups-per-minute", "10")
                // This test is the proxy.
                .with("bugloss.proxies", "127.0.0.1, ::1")
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
            bugloss.get("/api/metrics"),
            bugloss.get(LINKS, "Authorization", "Bearer wrong"),
            bugloss.get(LINKS, "Authorization", "Basic cmVhZGluZy10b2tlbg=="),
        }) {
            assertProblem(answer, 401);
            assertTrue(answer.header("WWW-Authenticate").orElse("").startsWith("Bearer"), answer::toString);
            assertFalse(answer.body().contains("wrong"), answer::toString);
        }
    }

    @Test
    void healthNeedsNoTokenAndTellsWhoMayReadTheVersion() {
        for (String path : List.of("/api/health", "/api/health/ready", "/api/health/live")) {
            Http.Answer answer = bugloss.get(path);
            assertEquals(200, answer.status(), answer::toString);
            assertEquals("{\"status\":\"UP\"}", answer.body());
        }
        String version = bugloss.get("/api/health", READER).json().getString("version");
        assertTrue(version.matches("[0-9]+\\.[0-9]+\\.[0-9]+.*"), version);
    }

    @Test
    void theLogSaysWhichVersionIsReadyOnWhatAndForWhom() {
        String line = server.log()
                .lines()
                .filter(one -> one.contains("Bugloss is ready"))
                .findFirst()
                .orElse("");
        assertTrue(
                line.matches(
                        ".*Bugloss is ready\\. Version: [0-9]+\\.[0-9].*\\. Database: jdbc:.*"
                                + "\\. Callers: 6 tokens, strangers may do nothing\\. Trackers: .*GitHub.*\\. Systems: walled.*"),
                line);
    }

    @Test
    void whatProxiesTellIsInTheAuditLogAndInLinks() {
        String[] forwarded = {"X-Forwarded-For", "6.6.6.6, 198.51.100.23", "X-Forwarded-Proto", "https"};

        assertProblem(bugloss.get(LINKS, forwarded), 401);
        Http.Answer made = bugloss.post(
                LINKS,
                "{\"url\": \"http://10.0.0.1/proxied\"}",
                EDITOR[0],
                EDITOR[1],
                forwarded[0],
                forwarded[1],
                forwarded[2],
                forwarded[3]);

        String location = made.header("Location").orElse("");
        assertTrue(
                location.startsWith("https://127.0.0.1:" + bugloss.base().getPort() + "/bugloss/api/link-references/"),
                made::toString);
        assertProblem(bugloss.put("/api/details?url=http://10.0.0.1/1", "{\"title\": \"x\"}", READER), 403);
        for (String line : new String[] {
            "198.51.100.23 GET /bugloss/api/link-references -> 401",
            "token:ci POST /bugloss/api/link-references -> 201 " + location + " from 198.51.100.23",
            "token:ann PUT /bugloss/api/details -> 403 from 127.0.0.1"
        }) {
            String log = Until.holds(server::log, text -> text.contains(line), Duration.ofSeconds(20));
            assertTrue(log.contains(line), () -> line + " is not in " + log);
        }
    }

    /** Whoever waits for a source is answered on another thread than the request came on. */
    @Test
    void theIdOfARequestIsInTheAuditLogThoughAnotherThreadAnswers() {
        UPSTREAM.on("/quick/followed", Route.page("Followed", ""));

        Http.Answer answer = bugloss.post(
                "/api/details/refresh?url=" + Http.encoded(UPSTREAM.uri("/quick/followed")),
                "",
                EDITOR[0],
                EDITOR[1],
                "X-Request-ID",
                "followed-1");

        assertEquals(200, answer.status(), answer::toString);
        assertEquals("followed-1", answer.header("X-Request-ID").orElse(""));
        String line = "-> 200 from 127.0.0.1 [followed-1]";
        String log = Until.holds(server::log, text -> text.contains(line), Duration.ofSeconds(20));
        assertTrue(log.contains(line), () -> line + " is not in " + log);
    }

    @Test
    void aPausedSystemIsNotAsked() {
        // Of his own: how many lookups others have left is not known.
        String[] pauser = {"Authorization", "Bearer pausing-token"};
        UPSTREAM.on("/walled/issues/7.json", Route.json("""
                {"issue": {"id": 7, "subject": "Left alone", "status": {"id": 1, "name": "New", "is_closed": false},
                 "is_private": false, "updated_on": "2026-11-01T10:00:00Z"}}"""));
        String known = "?url=" + Http.encoded(UPSTREAM.uri("/walled/issues/7"));
        String unknown = "?url=" + Http.encoded(UPSTREAM.uri("/walled/issues/8"));
        assertEquals(200, bugloss.get("/api/details" + known, pauser).status());

        assertProblem(patch("walled", "{\"paused\": true}", READER), 403);
        assertProblem(patch("walled", "{}", EDITOR), 400);
        assertProblem(patch("nowhere", "{\"paused\": true}", EDITOR), 404);
        Http.Answer paused = patch("walled", "{\"paused\": true}", EDITOR);
        assertEquals(200, paused.status(), paused::toString);
        assertTrue(paused.json().getBoolean("paused"));

        JsonObject cached = bugloss.get("/api/details" + known, pauser).json();
        assertEquals("Left alone", cached.getString("title"));
        assertEquals("paused", cached.getJsonObject("failure").getString("reason"));
        assertTrue(cached.getBoolean("stale"));
        assertEquals(
                cached, bugloss.post("/api/details/refresh" + known, "", pauser).json());
        Http.Answer none = bugloss.get("/api/details" + unknown, pauser);
        assertProblem(none, 503);
        assertEquals("paused", none.json().getString("reason"));
        assertTrue(none.header("Retry-After").isPresent());
        assertEquals(
                "paused",
                bugloss.post("/api/trackers/check" + known, "", pauser)
                        .json()
                        .getJsonObject("failure")
                        .getString("reason"));

        assertEquals(200, patch("walled", "{\"paused\": false}", EDITOR).status());
        assertEquals(
                JsonValue.NULL,
                bugloss.get("/api/details" + known, pauser).json().get("failure"));
    }

    private static Http.Answer patch(String system, String body, String[] caller) {
        return bugloss.send(
                bugloss.request("/api/trackers/" + system, caller[0], caller[1], "Content-Type", "application/json")
                        .method("PATCH", HttpRequest.BodyPublishers.ofString(body)));
    }

    @Test
    void aReaderMayReadAndNotWrite() {
        assertEquals(200, bugloss.get(LINKS, READER).status());
        assertEquals(200, bugloss.get("/api/metrics", READER).status());
        assertProblem(bugloss.post("/api/metrics", "", READER), 403);
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
    void whatIsNotForACallerIsToldAtNoExitAndWhatBecomesConfidentialIsSoAtOnce() {
        Map<Exits.Role, String[]> callers = new EnumMap<>(Exits.Role.class);
        for (Exits.Role role : Exits.Role.values()) {
            callers.put(role, new String[] {"Authorization", "Bearer " + role});
        }
        String[] confidant = callers.get(Exits.Role.CONFIDANT);
        String url = UPSTREAM.uri("/walled/issues/1").toString();
        String asked = "?url=" + Http.encoded(url);
        UPSTREAM.on("/walled/issues.json", Route.status(400));
        told(Exits.WORD + " once", false);
        String link = "{\"url\": \"" + url + "\", \"is_defect\": true, \"execution_id\": \"" + Exits.EXECUTION + "\"}";
        assertEquals(201, bugloss.post(LINKS, link, confidant).status());
        assertEquals(200, bugloss.get("/api/details" + asked, confidant).status());
        told(Exits.WORD + " twice", false);
        assertEquals(
                200, bugloss.post("/api/details/refresh" + asked, "", confidant).status());

        new Exits(url).check(bugloss, callers, List.of(Exits.Role.CONFIDANT, Exits.Role.INSIDER));

        told(Exits.WORD + " twice", true);
        assertEquals(
                200,
                bugloss.post("/api/details/refresh" + asked, "", callers.get(Exits.Role.OUTSIDER))
                        .status());
        Http.eventually(
                () -> bugloss.get("/api/details" + asked, callers.get(Exits.Role.INSIDER)),
                answer -> !answer.body().contains(Exits.WORD));
        new Exits(url).check(bugloss, callers, List.of(Exits.Role.CONFIDANT));

        UPSTREAM.on("/walled/issues/2.json", Route.status(500));
        UPSTREAM.on("/walled/issues/2", Route.status(500));
        bugloss.get("/api/details?url=" + Http.encoded(UPSTREAM.uri("/walled/issues/2")), confidant);
        callers.forEach((role, caller) -> assertEquals(
                role == Exits.Role.CONFIDANT,
                bugloss.get("/api/trackers", caller).body().contains("answered with status 500"),
                role.toString()));
    }

    private static void told(String title, boolean isPrivate) {
        UPSTREAM.on("/walled/issues/1.json", Route.json("""
                {"issue": {"id": 1, "subject": "%s", "status": {"id": 1, "name": "%s", "is_closed": false},
                 "is_private": %s, "updated_on": "2026-11-01T10:00:00Z"}}""".formatted(title, Exits.WORD, isPrivate)));
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
        // Two more than the limit: a while later there is one more.
        for (int i = 0; i < 12; i++) {
            last = bugloss.get("/api/details?url=http://10.0.0.1/limit/" + i, READER);
        }
        assertProblem(last, 429);
        assertTrue(Integer.parseInt(last.header("Retry-After").orElse("0")) > 0);
        Http.Answer metrics = bugloss.get("/api/metrics", READER);
        assertTrue(metrics.body().contains("bugloss_lookups_total{result=\"refused\"}"), metrics::toString);
        assertEquals(
                422,
                bugloss.get("/api/details?url=http://10.0.0.1/limit/other", EDITOR)
                        .status());
    }

    @Test
    void noSpellingOfAPathGoesAroundTheDoor() {
        String[] paths = {
            "/bugloss/api/link-references",
            "/bugloss//api/link-references",
            "/bugloss/api//link-references",
            "//bugloss/api/link-references",
            "//bugloss//api//link-references",
            "/bugloss;x/api/link-references",
            "/bugloss/;/api/link-references",
            "/bugloss/;x=y/api/link-references",
            "/bugloss/api;x=y/link-references",
            "/bugloss/api;/link-references",
            "/bugloss/api/;/link-references",
            "/bugloss/api/link-references;x=y",
            "/bugloss/api/link-references/",
            "/bugloss/api/link-references/;",
            "/bugloss/./api/link-references",
            "/bugloss/api/./link-references",
            "/bugloss/x/../api/link-references",
            "/x/../bugloss/api/link-references",
            "/bugloss/../bugloss/api/link-references",
            "/../bugloss/api/link-references",
            "/bugloss/%2e/api/link-references",
            "/bugloss/x/%2e%2e/api/link-references",
            "/bugloss/x/%2E%2E/api/link-references",
            "/bugloss/%2e%2e/bugloss/api/link-references",
            "/bugloss/x/..;/api/link-references",
            "/bugloss/x/..%2fapi/link-references",
            "/bugloss/x%2f../api/link-references",
            "/bugloss/x%5c..%5capi/link-references",
            "/bugloss/x\\..\\api\\link-references",
            "/bugloss\\api\\link-references",
            "/bugloss/api\\link-references",
            "/bugloss/api%5clink-references",
            "/bugloss%2fapi%2flink-references",
            "/bugloss/api%2flink-references",
            "/bugloss/api%252flink-references",
            "/bugloss/%61pi/link-references",
            "/bugloss/%2561pi/link-references",
            "/bugloss/ap%69/link-references",
            "/%62ugloss/api/link-references",
            "/bugloss/API/link-references",
            "/bugloss/Api/link-references",
            "/BUGLOSS/api/link-references",
            "/bugloss/api./link-references",
            "/bugloss/api../link-references",
            "/bugloss/api%20/link-references",
            "/bugloss/api%09/link-references",
            "/bugloss/api%00/link-references",
            "/bugloss/api%0a/link-references",
            "/bugloss/api%c0%af../link-references",
            "/bugloss/\u00e1pi/link-references",
            "/bugloss/api/link-references#/api/health",
            "/bugloss/api/link-references?/api/health",
            "/bugloss/api/link-references;/api/health",
            "/bugloss/api/health/../link-references",
            "/bugloss/api/health/..;/link-references",
            "/bugloss/api/health;/../link-references",
            "/bugloss/api/health/%2e%2e/link-references",
            "/bugloss/api/health/..%2flink-references",
            "/bugloss/api/health%2f..%2flink-references",
            "/bugloss/api/health%2f%2e%2e%2flink-references",
            "/bugloss/api/health\\..\\link-references",
            "/bugloss/api/health%5c..%5clink-references",
            "/bugloss/api/health/../../api/link-references",
            "/bugloss/api/link-references/../health/../link-references",
            "/bugloss/api/details/query/../../link-references",
            "/bugloss/api/details/query/..;/..;/link-references",
            "/bugloss/api/details/query;/../../link-references",
            "/bugloss/api/details/%71uery/%2e%2e/%2e%2e/link-references",
            "/bugloss/WEB-INF/../api/link-references",
            "/bugloss/api/WEB-INF/web.xml",
            "/bugloss/WEB-INF/web.xml",
            "/bugloss/web-inf/web.xml",
            "/bugloss/WEB-INF;/web.xml",
            "/bugloss/%57EB-INF/web.xml",
            "/bugloss/x/../WEB-INF/web.xml",
            "/bugloss/META-INF/MANIFEST.MF",
            "http://127.0.0.1/bugloss/api/link-references",
            "http://127.0.0.1/bugloss/x/../api/link-references",
            "*",
        };
        List<String> wrong = new ArrayList<>();
        for (String path : paths) {
            for (String[] caller : new String[][] {{}, {"Authorization: Bearer reading-token"}}) {
                for (String method : new String[] {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "post"}) {
                    boolean mayRead = caller.length > 0 && method.length() < 5 && "GET HEAD".contains(method);
                    if (!mayRead) {
                        Http.Answer answer = raw(
                                method,
                                path,
                                method.equals("GET") ? "" : LINK,
                                with(caller, "Content-Type: application/json"));
                        if (answer.status() < 300 && answer.status() > 0
                                || answer.body().contains("items")) {
                            wrong.add(method + " " + path + " -> " + answer);
                        }
                    }
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    @Test
    void noOtherMethodTellsOrChangesAnything() {
        List<String> wrong = new ArrayList<>();
        for (String method : new String[] {"TRACE", "TRACK", "PROPFIND", "COPY", "LOCK", "GET0"}) {
            for (String path : new String[] {"/bugloss/api/link-references", "/bugloss/", "/bugloss/x", "/"}) {
                Http.Answer answer = raw(method, path, "", "Authorization: Bearer editing-token", "X-Echo: echoed");
                if (answer.status() < 300 && answer.status() > 0
                        || answer.status() == 500
                        || answer.body().contains("echoed")
                        || answer.body().contains("editing-token")) {
                    wrong.add(method + " " + path + " -> " + answer);
                }
            }
        }
        for (String method : new String[] {"OPTIONS", "HEAD"}) {
            assertEquals(401, raw(method, "/bugloss" + LINKS, "").status());
            Http.Answer answer = raw(method, "/bugloss" + LINKS, "", "Authorization: Bearer reading-token");
            if (answer.status() >= 300 || answer.body().contains("items")) {
                wrong.add(method + " -> " + answer);
            }
        }
        assertEquals(List.of(), wrong);
    }

    @Test
    void theServersOwnErrorPagesHaveSecurityHeadersToo() {
        List<String> wrong = new ArrayList<>();
        for (String path : new String[] {"/bugloss/nothing", "/bugloss/a/b.html", "/bugloss/api;x/nothing"}) {
            for (String method : new String[] {"GET", "POST", "PUT", "DELETE", "HEAD"}) {
                Http.Answer answer = raw(method, path, "");
                boolean safe = answer.header("X-Content-Type-Options")
                                .orElse("")
                                .equals("nosniff")
                        && answer.header("X-Frame-Options").orElse("").equals("DENY")
                        && answer.header("Referrer-Policy").orElse("").equals("no-referrer")
                        && answer.header("Content-Security-Policy").orElse("").startsWith("default-src 'none'");
                if (!safe
                        || answer.status() < 400
                        || answer.status() >= 500
                        || answer.body().contains("\tat ")) {
                    wrong.add(method + " " + path + " -> " + answer);
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    @Test
    void cachesKeepAnswersForDifferentOriginsApart() {
        for (Http.Answer answer : new Http.Answer[] {
            bugloss.get(LINKS, READER),
            bugloss.get(LINKS, "Origin", "https://tests.example", READER[0], READER[1]),
            bugloss.get(LINKS, "Origin", "https://evil.test", READER[0], READER[1]),
            bugloss.get(LINKS),
        }) {
            assertTrue(answer.headers().allValues("Vary").contains("Origin"), answer::toString);
        }
        for (String origin : new String[] {
            "null",
            "https://tests.example.evil.test",
            "https://tests.example:8443",
            "http://tests.example",
            "https://TESTS.example",
            "https://tests.example/",
            "https://evil.test https://tests.example",
            "*"
        }) {
            Http.Answer answer = bugloss.get(LINKS, "Origin", origin, READER[0], READER[1]);
            assertTrue(answer.header("Access-Control-Allow-Origin").isEmpty(), answer::toString);
        }
    }

    @Test
    void everyWriteAndEveryRefusedAddressIsAudited() {
        bugloss.post(
                LINKS,
                "{\"url\": \"http://10.0.0.1/audit/1\", \"is_defect\": true}\nnonsense\n{\"url\": \"http://10.0.0.1/audit/2\"}",
                "Content-Type",
                "application/x-ndjson",
                EDITOR[0],
                EDITOR[1]);
        bugloss.put("/api/details?url=http://10.0.0.1/audit/3", "{\"title\": \"x\"}", EDITOR);
        bugloss.put("/api/details?url=http://ann:pass-word@10.0.0.1/", "{\"title\": \"x\"}", EDITOR);
        bugloss.get("/api/details?url=http://10.0.0.1/audit/4", EDITOR);
        String[] lines = {
            "ci POST /bugloss/api/link-references line 1 http://10.0.0.1/audit/1 -> 201",
            "ci POST /bugloss/api/link-references line 3 http://10.0.0.1/audit/2 -> 201",
            "ci POST /bugloss/api/link-references -> 200",
            "ci PUT /bugloss/api/details?url=http://10.0.0.1/audit/3 -> 200",
            "ci PUT /bugloss/api/details -> 400",
            "ci GET /bugloss/api/details?url=http://10.0.0.1/audit/4 -> 422",
            "ci was refused http://10.0.0.1/audit/1: 10.0.0.1 may not be fetched: its address is not public",
            "ci was refused http://10.0.0.1/audit/4: 10.0.0.1 may not be fetched: its address is not public",
            "refresh was refused http://10.0.0.1/audit/1: ",
        };
        for (String line : lines) {
            String log = Until.holds(server::log, text -> text.contains(line), Duration.ofSeconds(20));
            assertTrue(log.contains(line), () -> line + " is not in " + log);
        }
        for (String secret : new String[] {"editing-token", "reading-token", "pass-word", "line 2"}) {
            assertFalse(server.log().contains(secret), secret);
        }
    }

    private static Http.Answer raw(String method, String target, String body, String... headers) {
        return RawHttp.send(bugloss.base(), method, target, body, headers);
    }

    private static String[] with(String[] some, String more) {
        String[] all = Arrays.copyOf(some, some.length + 1);
        all[some.length] = more;
        return all;
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
