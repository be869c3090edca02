package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code GET /api/details}: pages below {@code /quick} are fresh for a second, all others for an hour. */
@OnServer
class DetailsIT {

    @ArquillianResource
    Http bugloss;

    @ArquillianResource
    Upstream upstream;

    private Http.Answer details(String path, String... headers) {
        return bugloss.get("/api/details?url=" + Http.encoded(upstream.uri(path)), headers);
    }

    @Test
    void aPageIsTakenAtItsOpenGraphWord() {
        upstream.on("/details/bugs/117", Route.html(200, """
                        <html><head><title>No</title><meta property="og:title" content="Crash &amp; burn &lt;b&gt;">
                        <meta property="og:description" content="Five &lt; six">
                        <meta property="og:image" content="/pictures/1.png">
                        <meta property="og:site_name" content="Tracker"></head><body></body></html>"""));
        Http.Answer answer = details("/details/bugs/117#comment-4");
        assertEquals(200, answer.status(), answer::toString);
        assertEquals(
                "application/json", answer.header("Content-Type").orElse("").split(";")[0]);
        JsonObject json = answer.json();
        assertEquals(upstream.uri("/details/bugs/117").toString(), json.getString("url"));
        assertEquals("117", json.getString("id"));
        assertEquals("Crash & burn <b>", json.getString("title"));
        assertEquals("Five &lt; six", json.getString("description"));
        assertEquals("Five < six", json.getString("excerpt"));
        assertEquals(upstream.uri("/pictures/1.png").toString(), json.getString("image"));
        assertEquals("Tracker", json.getString("site_name"));
        assertEquals("OpenGraph", json.getString("tracker"));
        assertEquals("open_graph", json.getString("source"));
        assertTrue(json.getBoolean("from_open_graph"));
        assertFalse(json.getBoolean("stale"));
        for (String member : List.of("status", "resolved", "system", "failure")) {
            assertEquals(JsonValue.NULL, json.get(member), member);
        }
        Instant fetched = Instant.parse(json.getString("fetched_at"));
        assertEquals(fetched.plusSeconds(3600), Instant.parse(json.getString("expires_at")));
    }

    @Test
    void twentyCallersAtOnceReachThePageOnce() {
        CountDownLatch all = new CountDownLatch(1);
        upstream.on("/details/once", (request, connection) -> {
            await(all);
            Route.page("Asked for once", "").answer(request, connection);
        });
        List<CompletableFuture<Http.Answer>> answers = IntStream.range(0, 20)
                .mapToObj(i ->
                        CompletableFuture.supplyAsync(() -> details("/details/once"), task -> new Thread(task).start()))
                .toList();
        Until.holds(() -> upstream.hits("/details/once"), hits -> hits > 0, Duration.ofSeconds(10));
        all.countDown();
        for (CompletableFuture<Http.Answer> answer : answers) {
            assertEquals(
                    "Asked for once",
                    answer.join().json().getString("title"),
                    () -> answer.join().toString());
        }
        assertEquals(1, upstream.hits("/details/once"));
        assertEquals(200, details("/details/once").status());
        assertEquals(1, upstream.hits("/details/once"));
    }

    @Test
    void expiredDetailsAreAnsweredAtOnceWhileTheyAreRefreshed() {
        upstream.on("/quick/stale", Route.page("Old", ""));
        assertEquals("Old", details("/quick/stale").json().getString("title"));
        CountDownLatch release = new CountDownLatch(1);
        upstream.on("/quick/stale", (request, connection) -> {
            await(release);
            Route.page("New", "").answer(request, connection);
        });
        Http.Answer stale = Http.eventually(
                () -> details("/quick/stale"), answer -> answer.json().getBoolean("stale"));
        assertEquals("Old", stale.json().getString("title"));
        assertTrue(stale.json().getBoolean("stale"));
        assertEquals("private, max-age=0", stale.header("Cache-Control").orElse(""));
        release.countDown();
        Http.Answer fresh = Http.eventually(
                () -> details("/quick/stale"),
                answer -> answer.json().getString("title").equals("New"));
        assertEquals("New", fresh.json().getString("title"));
    }

    @Test
    void withTheUpstreamOffTheLastGoodDetailsStayWithTheirAgeAndTheReason() {
        upstream.on("/quick/off", Route.page("Still known", ""));
        JsonObject before = details("/quick/off").json();
        upstream.off("/quick/off");
        JsonObject after = Http.eventually(
                        () -> details("/quick/off"), answer -> answer.json().get("failure") != JsonValue.NULL)
                .json();
        assertEquals("Still known", after.getString("title"));
        assertTrue(after.getBoolean("stale"));
        assertEquals(before.getString("fetched_at"), after.getString("fetched_at"));
        JsonObject failure = after.getJsonObject("failure");
        assertEquals("connect", failure.getString("reason"));
        assertFalse(failure.getString("message").isEmpty());
        Instant since = Instant.parse(failure.getString("since"));
        assertTrue(Instant.parse(failure.getString("retry_at")).isAfter(since));
    }

    @ParameterizedTest
    @CsvSource({
        "/404, 404, not_found",
        "/410, 404, not_found",
        "/401, 502, unauthorized",
        "/403, 502, forbidden",
        "/429, 502, rate_limited",
        "/500, 502, http_500",
        "/503, 502, http_503",
        "/sign-in, 502, sign_in_page",
        "/redirect-loop, 502, redirects",
        "/text, 502, not_html",
        "/silence, 502, connect",
        "/nowhere, 404, not_found",
    })
    void whatIsNoPageIsAProblemWithItsReason(String path, int status, String reason) {
        Http.Answer answer = details(path);
        assertProblem(answer, status);
        assertEquals(reason, answer.json().getString("reason"));
        assertTrue(answer.header("Retry-After").isPresent());
    }

    @Test
    void aRateLimitSaysWhenToComeAgain() {
        upstream.on("/details/limited", Route.status(429, "Retry-After: 300"));
        int wait = Integer.parseInt(
                details("/details/limited").header("Retry-After").orElseThrow());
        assertTrue(wait > 290 && wait <= 300, () -> "Retry-After: " + wait);
        details("/details/limited");
        assertEquals(1, upstream.hits("/details/limited"));
    }

    @Test
    void aPageThatIsTooSlowIsAProblemAfterTheDeadlineAndThereOnALaterCall() {
        upstream.on("/details/late", Route.slow(Duration.ofSeconds(8), Route.page("Late", "")));
        Instant asked = Instant.now();
        Http.Answer answer = details("/details/late");
        Duration waited = Duration.between(asked, Instant.now());
        assertProblem(answer, 504);
        assertEquals("timeout", answer.json().getString("reason"));
        assertTrue(waited.compareTo(Duration.ofSeconds(5)) < 0, waited::toString);
        Http.Answer later = Http.eventually(() -> details("/details/late"), one -> one.status() == 200);
        assertEquals("Late", later.json().getString("title"));
        assertEquals(1, upstream.hits("/details/late"));
    }

    @Test
    void redirectsAreFollowed() {
        assertEquals("A bug", details("/redirect").json().getString("title"));
    }

    @Test
    void aPageOverTheLimitIsCutAndNotRefused() {
        assertEquals("Huge", details("/huge").json().getString("title"));
    }

    @Test
    void aPageThatBreaksOffIsAProblemUnlessItsTitleHasCome() {
        upstream.on("/cut-off-at-once", Route.cutOffAtOnce());
        assertProblem(details("/cut-off-at-once"), 502);
        assertEquals("Cut off", details("/cut-off").json().getString("title"));
    }

    @Test
    void aCompressedPageIsRead() {
        assertEquals("Compressed", details("/gzip").json().getString("title"));
    }

    @Test
    void pagesInOldCharacterSetsAreRead() {
        for (String charset : List.of("EUC-JP", "GBK", "Shift_JIS", "UTF-8", "windows-1252")) {
            String title = charset.startsWith("w") ? "Größe" : "文字";
            byte[] page = ("<html><head><meta charset=\"" + charset + "\"><title>" + title + "</title></head></html>")
                    .getBytes(Charset.forName(charset));
            upstream.on("/details/" + charset, Route.body(200, "text/html", page));
            assertEquals(title, details("/details/" + charset).json().getString("title"), charset);
        }
    }

    @Test
    void anUnchangedAnswerIsNotSentAgain() {
        upstream.on("/details/tag", Route.page("Tagged", ""));
        Http.Answer first = details("/details/tag");
        String tag = first.header("ETag").orElseThrow();
        Http.Answer same = details("/details/tag", "If-None-Match", "\"other\", " + tag);
        assertEquals(304, same.status());
        assertEquals("", same.body());
        assertEquals(tag, same.header("ETag").orElseThrow());
        bugloss.put("/api/details?url=" + Http.encoded(upstream.uri("/details/tag")), "{\"title\": \"Changed\"}");
        Http.Answer changed = details("/details/tag", "If-None-Match", tag);
        assertEquals(200, changed.status());
        assertNotEquals(tag, changed.header("ETag").orElseThrow());
    }

    @Test
    void aRefreshGoesPastTheCache() {
        upstream.on("/details/refreshed", Route.page("Before", ""));
        details("/details/refreshed");
        upstream.on("/details/refreshed", Route.page("After", ""));
        assertEquals("Before", details("/details/refreshed").json().getString("title"));
        Http.Answer refreshed =
                bugloss.post("/api/details/refresh?url=" + Http.encoded(upstream.uri("/details/refreshed")), "");
        assertEquals("After", refreshed.json().getString("title"), refreshed::toString);
        assertEquals("After", details("/details/refreshed").json().getString("title"));
    }

    @Test
    void anAddressThatMayNotBeFetchedIsRefusedWithoutBeingAsked() {
        try (Upstream canary = Upstream.start()) {
            Http.Answer answer = bugloss.get("/api/details?url=" + Http.encoded(canary.uri("/ok")));
            assertProblem(answer, 422);
            assertEquals("address_not_allowed", answer.json().getString("reason"));
            assertEquals(0, canary.hits("/ok"));
        }
    }

    @Test
    void gitHubIsAskedThroughItsApi() {
        upstream.on("/github/api/v3/repos/kiwitcms/Kiwi/issues/117", Route.json("""
                {"number": 117, "title": "Show names", "state": "closed", "body": "**bold**",
                 "assignees": [{"login": "ann"}], "labels": [{"name": "ui"}], "updated_at": "2026-11-01T10:00:00Z"}"""));
        JsonObject json =
                details("/github/kiwitcms/Kiwi/issues/117?x=1#issuecomment-2").json();
        assertEquals("Show names", json.getString("title"));
        assertEquals("117", json.getString("id"));
        assertEquals("closed", json.getString("status"));
        assertTrue(json.getBoolean("resolved"));
        assertEquals("bold", json.getString("excerpt"));
        assertEquals("GitHub", json.getString("tracker"));
        assertEquals("hub", json.getString("system"));
        assertEquals("tracker", json.getString("source"));
        assertFalse(json.getBoolean("from_open_graph"));
        assertEquals("ann", json.getJsonObject("fields").getString("assignee"));
        assertEquals("2026-11-01T10:00:00Z", json.getJsonObject("fields").getString("updated"));
        assertEquals(
                "Bearer s3cret-token",
                upstream.requests("/github/api/v3/repos/kiwitcms/Kiwi/issues/117")
                        .get(0)
                        .header("Authorization")
                        .orElse(""));
    }

    @Test
    void whereTheApiFailsThePageServesAndTheFailureIsTold() {
        upstream.on("/github/api/v3/repos/o/r/issues/5", Route.status(500));
        upstream.on("/github/o/r/issues/5", Route.page("From the page", ""));
        JsonObject json = details("/github/o/r/issues/5").json();
        assertEquals("From the page", json.getString("title"));
        assertTrue(json.getBoolean("from_open_graph"));
        assertEquals("open_graph", json.getString("source"));
        assertEquals("GitHub", json.getString("tracker"));
        assertEquals("http_500", json.getJsonObject("failure").getString("reason"));
    }

    @Test
    void whereTheApiKnowsNoSuchBugThatIsTheAnswer() {
        byte[] missing = "{\"message\":\"Not Found\",\"status\":\"404\"}".getBytes(StandardCharsets.UTF_8);
        upstream.on("/github/api/v3/repos/o/r/issues/6", Route.body(404, "application/json", missing));
        upstream.on("/github/o/r/issues/6", Route.page("Not found, really", ""));
        Http.Answer answer = details("/github/o/r/issues/6");
        assertProblem(answer, 404);
        assertEquals(0, upstream.hits("/github/o/r/issues/6"));
    }

    static void assertProblem(Http.Answer answer, int status) {
        assertEquals(status, answer.status(), answer::toString);
        assertEquals(
                "application/problem+json",
                answer.header("Content-Type").orElse("").split(";")[0],
                answer::toString);
        assertEquals(status, answer.json().getInt("status"));
        for (String member : List.of("type", "title", "detail")) {
            assertFalse(answer.json().getString(member).isEmpty(), answer::toString);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
