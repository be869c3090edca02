package org.bugloss.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bugloss.browser.Chromium;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIf;

/** A server with the timer off: what is news in it a hook told. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HooksIT {

    private static final String SECRET = "s3cret-of-hooks";
    private static final String NEW_SECRET = "n3w-s3cret-of-hooks";
    private static final String ISSUES = "/api/v3/repos/o/r/issues/";

    /** What is promised is seconds; the rest is for machines that have much else to do. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Upstream tracker = Upstream.start("127.0.4.1");
    private final Path folder = Suite.current().newFolder("hooks");
    private ServerProcess server;
    private Http bugloss;

    @BeforeAll
    void start() throws IOException {
        Path secrets = Files.writeString(folder.resolve("secret"), SECRET + "\n" + NEW_SECRET + "\n");
        server = ServerProcess.configured()
                .with("bugloss.refresh.interval", "0")
                .with("bugloss.systems", "hooked,tickets,mute")
                .with("bugloss.system.hooked.tracker", "GitHub")
                .with("bugloss.system.hooked.base-url", tracker.uri("").toString())
                .with("bugloss.system.hooked.hook-secret-file", secrets.toString())
                .with("bugloss.system.tickets.tracker", "JIRA")
                .with("bugloss.system.tickets.base-url", tracker.uri("/jira").toString())
                .with("bugloss.system.tickets.hook-secret", SECRET)
                .with("bugloss.system.mute.tracker", "Redmine")
                .with("bugloss.system.mute.base-url", tracker.uri("/redmine").toString())
                .start();
        bugloss = server.http();
    }

    @AfterAll
    void stop() {
        String log = server.log();
        server.close();
        tracker.close();
        for (String secret : List.of(SECRET, NEW_SECRET, "key=ABC")) {
            assertFalse(log.contains(secret), "the log shows " + secret);
        }
    }

    private void issue(int number, String state) {
        tracker.on(
                ISSUES + number,
                Route.body(
                        200,
                        "application/json",
                        ("{\"number\": " + number + ", \"title\": \"Hooked\", \"state\": \"" + state + "\"}")
                                .getBytes(StandardCharsets.UTF_8)));
    }

    private URI page(int number) {
        return tracker.uri("/o/r/issues/" + number);
    }

    private String message(int number) {
        return "{\"action\": \"closed\", \"issue\": {\"number\": " + number + ", \"html_url\": \"" + page(number)
                + "\", \"state\": \"nonsense\", \"title\": \"Forged\"}}";
    }

    private static String signature(String secret, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return "sha256=" + HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private Http.Answer tell(byte[] body, String secret, String... headers) {
        HttpRequest.Builder request = bugloss.request(
                        "/api/hooks/hooked",
                        Stream.concat(
                                        Stream.of(
                                                "X-GitHub-Event",
                                                "issues",
                                                "X-Hub-Signature-256",
                                                signature(secret, body)),
                                        Stream.of(headers))
                                .toArray(String[]::new))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        return bugloss.send(request);
    }

    private Http.Answer tell(String body) {
        return tell(body.getBytes(StandardCharsets.UTF_8), SECRET, "Content-Type", "application/json");
    }

    private JsonObject details(int number) {
        return bugloss.get("/api/details?url=" + Http.encoded(page(number))).json();
    }

    private JsonObject system(String name) {
        return ((JsonArray) bugloss.get("/api/trackers").structure())
                .getValuesAs(JsonObject.class).stream()
                        .filter(system -> system.getString("name").equals(name))
                        .findFirst()
                        .orElseThrow();
    }

    @Test
    void whatAHookTellsIsAskedForWithinSecondsThoughThereIsNoTimer() {
        issue(1, "open");
        issue(2, "open");
        bugloss.post("/api/link-references", "{\"url\": \"" + page(1) + "\", \"is_defect\": true}");
        assertEquals(
                "open",
                Http.eventually(
                                () -> bugloss.get("/api/details?url=" + Http.encoded(page(1))),
                                answer -> answer.status() == 200)
                        .json()
                        .getString("status"));
        assertEquals("open", details(2).getString("status"), "merely cached");
        issue(1, "closed");
        issue(2, "closed");

        Instant begin = Instant.now();
        Http.Answer first = tell(message(1));
        Http.Answer second = tell(message(2).getBytes(StandardCharsets.UTF_8), NEW_SECRET);
        Http.Answer third = tell(message(2));

        for (Http.Answer answer : List.of(first, second, third)) {
            assertEquals(202, answer.status(), answer::toString);
            assertEquals(1, answer.json().getInt("due"));
        }
        for (int number : new int[] {1, 2}) {
            JsonObject details = Until.holds(
                    () -> details(number), answer -> answer.getString("status").equals("closed"), PATIENCE);
            assertEquals("closed", details.getString("status"));
            assertEquals("Hooked", details.getString("title"));
            System.out.printf(
                    "  from a hook to the new status: %.1f s%n",
                    Duration.between(begin, Instant.now()).toMillis() / 1000.0);
        }
        assertTrue(tracker.hits(ISSUES + 2) <= 3, "told of twice, and asked for at most once more");
        assertFalse(system("hooked").isNull("last_hook"));
    }

    /** Promised are 3 seconds; what is printed says how it was. */
    @Test
    @EnabledIf(
            value = "org.bugloss.browser.Chromium#isThere",
            disabledReason = "there is no browser: apt-get install chromium")
    void anOpenPageShowsItWithinSeconds() {
        issue(5, "open");
        bugloss.post("/api/link-references", "{\"url\": \"" + page(5) + "\", \"is_defect\": true}");
        assertEquals("open", details(5).getString("status"));
        try (BrowserContext browser = Chromium.start().newContext()) {
            Page list = browser.newPage();
            list.waitForRequest("**/api/changes?**", () -> list.navigate(bugloss.base() + "/"));
            Locator status = list.locator(
                            "tr", new Page.LocatorOptions().setHas(list.locator("a[href='" + page(5) + "']")))
                    .locator(".state");
            assertThat(status).hasText("open");
            issue(5, "closed");

            Instant begin = Instant.now();
            assertEquals(202, tell(message(5)).status());
            assertThat(status).hasText("closed");

            System.out.printf(
                    "  from a hook to the new status in an open page: %.1f s%n",
                    Duration.between(begin, Instant.now()).toMillis() / 1000.0);
        }
    }

    @Test
    void aHookMakesBuglossFetchNothingThatNobodyNamedNorFillsTheCache() {
        Instant begin = Instant.now();
        for (String body : List.of(
                message(77),
                "{\"urls\": [\"" + page(78) + "\", \"http://10.0.0.1/\", \"" + tracker.uri("/anything") + "\"]}",
                "{\"ids\": [79, \"o/r#80\"]}",
                "{\"zen\": \"Anything added dilutes everything else.\", \"hook_id\": 1}")) {
            Http.Answer answer = tell(body);
            assertEquals(202, answer.status(), answer::toString);
            assertEquals(0, answer.json().getInt("due"));
        }
        // A bug that is known, and told of later, has had its turn by then.
        issue(81, "open");
        details(81);
        issue(81, "closed");
        tell(message(81));
        Until.holds(() -> details(81), answer -> answer.getString("status").equals("closed"), PATIENCE);
        assertEquals(
                List.of(ISSUES + 81, ISSUES + 81),
                tracker.requests().stream()
                        .filter(request -> request.at().isAfter(begin))
                        .map(Upstream.Request::path)
                        // Of the bugs of the other tests one may have been told of a moment ago.
                        .filter(path ->
                                !List.of(ISSUES + 1, ISSUES + 2, ISSUES + 5).contains(path))
                        .toList());
    }

    @Test
    void whatIsNotProvedIsRefusedAndCounted() {
        byte[] body = message(1).getBytes(StandardCharsets.UTF_8);
        int before = system("hooked").getInt("hooks_refused");
        assertEquals(401, tell(body, "another").status());
        assertEquals(401, bugloss.post("/api/hooks/hooked", message(1)).status());
        assertEquals(
                401,
                bugloss.post("/api/hooks/hooked?secret=" + SECRET, message(1)).status());
        assertEquals(
                401,
                bugloss.post("/api/hooks/hooked", message(1), "X-Gitlab-Token", SECRET)
                        .status());
        assertEquals(400, tell("{\"issue\":").status());
        assertEquals(400, tell("").status());
        assertEquals(before + 6, system("hooked").getInt("hooks_refused"));
        assertEquals(
                401,
                bugloss.post("/api/hooks/mute", "{}", "Authorization", "Bearer ")
                        .status());
        for (String path : List.of("nonsense", "HOOKED", "a%2fb", "..%2fdetails", "hooked/more", "")) {
            Http.Answer answer = bugloss.post("/api/hooks/" + path, "{}", "Authorization", "Bearer " + SECRET);
            assertTrue(List.of(400, 401, 404, 405).contains(answer.status()), path + " " + answer);
        }
        assertEquals(405, bugloss.get("/api/hooks/hooked").status());
        assertTrue(system("mute").isNull("last_hook"));
        assertEquals(JsonValue.NULL, system("github").get("last_hook"));
    }

    @Test
    void oldJiraMayHaveItsSecretInTheUrlAndLeaveTheBodyOut() {
        assertEquals(
                202,
                bugloss.post("/api/hooks/tickets?secret=" + SECRET + "&key=ABC-1", "")
                        .status());
        assertEquals(
                401, bugloss.post("/api/hooks/tickets?secret=x&key=ABC-1", "").status());
        String basic = Base64.getEncoder().encodeToString(("hook:" + SECRET).getBytes(StandardCharsets.UTF_8));
        assertEquals(
                202,
                bugloss.post(
                                "/api/hooks/tickets",
                                "{\"issue\": {\"key\": \"ABC-1\"}}",
                                "Authorization",
                                "Basic " + basic)
                        .status());
        assertEquals(
                413,
                bugloss.post(
                                "/api/hooks/tickets",
                                "\"" + "x".repeat(2 * 1024 * 1024) + "\"",
                                "Authorization",
                                "Basic " + basic)
                        .status());
    }

    @Test
    void noPageMayCall() {
        Http.Answer answer = tell(
                "{}".getBytes(StandardCharsets.UTF_8),
                SECRET,
                "Origin",
                "https://evil.example",
                "Content-Type",
                "text/plain");
        assertEquals(202, answer.status());
        assertTrue(answer.headers().map().keySet().stream()
                .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("access-control")));
    }

    @Test
    void aLargeBodyIsReadWhereTheTrackerSendsSuch() {
        String large = message(1).replaceFirst("\\{", "{\"text\": \"" + "x".repeat(9_000_000) + "\", ");
        assertEquals(202, tell(large).status());
    }

    @Test
    void anythingThatIsProvedGetsAnAnswer() {
        Random random = new Random(20261128);
        List<String> pieces = List.of(
                "{",
                "}",
                "[",
                "]",
                ":",
                ",",
                "\"",
                "\\",
                "\\u0000",
                "\\ud800",
                "null",
                "true",
                "1e999",
                "-",
                "\"issue\"",
                "\"html_url\"",
                "\"" + page(1) + "\"",
                "\"urls\":",
                "\"ids\":",
                "\u0000",
                "\u00ff",
                "payload=%7B%7D",
                " ");
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            byte[] body;
            if (i % 3 == 0) {
                body = new byte[random.nextInt(200)];
                random.nextBytes(body);
            } else {
                StringBuilder text = new StringBuilder(i % 3 == 1 ? "{\"issue\":" : "");
                for (int n = random.nextInt(20); n > 0; n--) {
                    text.append(pieces.get(random.nextInt(pieces.size())));
                }
                body = text.toString().getBytes(StandardCharsets.UTF_8);
            }
            String type = List.of(
                            "application/json",
                            "text/plain",
                            "application/x-www-form-urlencoded",
                            "multipart/form-data",
                            "x")
                    .get(random.nextInt(5));
            Http.Answer answer = tell(body, SECRET, "Content-Type", type);
            if (answer.status() >= 500 || answer.body().contains("Exception")) {
                wrong.add(type + " " + new String(body, StandardCharsets.ISO_8859_1) + " -> " + answer);
            }
        }
        for (String type : List.of("a;q=x", "/", ";", "a/b/c", "application/json;charset=nonsense")) {
            Http.Answer answer = tell("{}".getBytes(StandardCharsets.UTF_8), SECRET, "Content-Type", type);
            if (answer.status() >= 500) {
                wrong.add(type + " -> " + answer);
            }
        }
        assertEquals(List.of(), wrong);
    }
}
