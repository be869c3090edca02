package org.bugloss.details;

import static org.bugloss.cache.TestClock.START;
import static org.bugloss.details.TestGlosses.gloss;
import static org.bugloss.details.TestGlosses.override;
import static org.bugloss.details.TestGlosses.stored;
import static org.bugloss.json.JsonProviders.JSON;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import org.bugloss.cache.TestClock;
import org.bugloss.web.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DetailsAnswersTest {

    private static final String KEY = "http://bugs.example/1";
    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final Instant LATER = START.plusSeconds(90);

    private final TestClock clock = new TestClock();

    private static ReadyDetails ready(DetailsOverride override, Instant at) {
        return new ReadyDetails(gloss(KEY, stored(KEY, "Crash"), override), false, at);
    }

    private static JsonObject json(String text) {
        try (JsonReader reader = JSON.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }

    /** What is said to one who waited: the problem, and its {@code Retry-After}. */
    private void assertProblem(String document, String retryAfter, Outcome outcome) {
        Problem problem = assertThrows(Problem.class, () -> DetailsAnswers.orProblem(outcome, DEADLINE, clock));
        assertEquals(json(document), problem.document());
        assertEquals(Optional.ofNullable(retryAfter), problem.retryAfter());
    }

    @Test
    void detailsAreTheAnswer() {
        ReadyDetails ready = ready(null, START);
        assertSame(ready, DetailsAnswers.orProblem(new Outcome.Shown(ready), DEADLINE, clock));
    }

    @Test
    void whoeverWaitedInVainMayComeAgain() {
        assertProblem("""
                {"type": "about:blank", "title": "Gateway Timeout", "status": 504,
                 "detail": "no answer within 5 seconds; it may be there on the next call", "reason": "timeout"}""", "5", new Outcome.NotYet(LATER));
    }

    @Test
    void whoeverHasNoLookupsLeftIsToldWhenThereIsOne() {
        assertProblem("""
                {"type": "about:blank", "title": "Too Many Requests", "status": 429,
                 "detail": "a caller may cause 2 uncached lookups in a minute (bugloss.lookups-per-minute)",
                 "retry_at": "2026-11-22T09:01:30Z"}""", "90", new Outcome.OverLimit(2, LATER));
    }

    @Test
    void aUrlThatIsRefusedIsABadRequest() {
        assertProblem("""
                {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "url: there is no URL"}""", null, new Outcome.Refused("there is no URL"));
    }

    @ParameterizedTest
    @CsvSource({
        "not_found, 404, Not Found, 90",
        "address_not_allowed, 422, Unprocessable Content,",
        "timeout, 504, Gateway Timeout, 90",
        "dns, 502, Bad Gateway, 90",
        "http_500, 502, Bad Gateway, 90",
        "unauthorized, 502, Bad Gateway, 90"
    })
    void aSourceThatFailedIsToldByItsReason(String reason, int status, String title, String retryAfter) {
        assertProblem(
                """
                {"type": "about:blank", "title": "%s", "status": %d, "detail": "it failed", "reason": "%s"}""".formatted(title, status, reason), retryAfter, new Outcome.Missing(reason, "it failed", LATER));
    }

    @Test
    void tooManyWhoWaitAreSentAway() {
        assertProblem("""
                {"type": "about:blank", "title": "Service Unavailable", "status": 503, "detail": "too many lookups are waiting"}""", "1", new Outcome.Broken(new CompletionException(new RejectedExecutionException("full"))));
    }

    @Test
    void aQueryIsPutTogetherOfWhatBecameOfEachUrl() {
        ReadyDetails ready = ready(null, START);
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        outcomes.put(KEY, new Outcome.Shown(ready));
        outcomes.put("http://bugs.example/\"late\"\\ä\n", new Outcome.NotYet(LATER));
        outcomes.put("http://bugs.example/limit", new Outcome.OverLimit(2, LATER));

        JsonObject answer = json(new String(DetailsAnswers.query(outcomes, false, clock), StandardCharsets.UTF_8));
        assertEquals(
                JSON.createObjectBuilder()
                        .add(
                                "details",
                                JSON.createObjectBuilder()
                                        .add(KEY, json(new String(ready.whole().bytes(), StandardCharsets.UTF_8)))
                                        .add("http://bugs.example/\"late\"\\ä\n", json("""
                                        {"problem": {"type": "about:blank", "title": "Not there yet", "status": 202,
                                         "detail": "being fetched; it is there on the next call, or the reason why not",
                                         "retry_at": "2026-11-22T09:01:30Z"}}"""))
                                        .add("http://bugs.example/limit", json("""
                                        {"problem": {"type": "about:blank", "title": "Too Many Requests", "status": 429,
                                         "detail": "a caller may cause 2 uncached lookups in a minute (bugloss.lookups-per-minute)",
                                         "retry_at": "2026-11-22T09:01:30Z"}}""")))
                        .build(),
                answer);
    }

    @Test
    void aQueryForNothingIsAnsweredWithNothing() {
        assertEquals(
                "{\"details\":{}}", new String(DetailsAnswers.query(Map.of(), false, clock), StandardCharsets.UTF_8));
    }

    @Test
    void aBriefAnswerLacksTheDescriptionOnly() {
        ReadyDetails ready = ready(null, START);
        Map<String, Outcome> outcomes = Map.of(KEY, new Outcome.Shown(ready));
        JsonObject brief = json(new String(DetailsAnswers.query(outcomes, true, clock), StandardCharsets.UTF_8))
                .getJsonObject("details")
                .getJsonObject(KEY);

        assertEquals(
                JSON.createObjectBuilder(json(new String(ready.whole().bytes(), StandardCharsets.UTF_8)))
                        .remove("description")
                        .build(),
                brief);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "none, false",
                "'', false",
                "x, false",
                "TAG, true",
                "W/TAG, true",
                "*, true",
                "'\"x\", W/TAG', true",
                "'\"x\",TAG,\"y\"', true",
                "ZIPPED, true",
                "'\"x\",\"y\"', false"
            })
    void aTagOfAListIsComparedWeakly(String known, boolean expected) {
        ReadyDetails.Body body = ready(null, START).whole();
        String header =
                known == null ? null : known.replace("TAG", body.etag(false)).replace("ZIPPED", body.etag(true));
        assertEquals(expected, DetailsAnswers.isKnown(body, header));
    }

    @Test
    void theTagIsOfTheWholeAnswer() {
        ReadyDetails fresh = ready(null, START);
        ReadyDetails stale = ready(null, START.plus(TestGlosses.TTL));
        ReadyDetails overridden = ready(override(KEY, "Ours", null), START);

        assertEquals(fresh.whole().etag(false), ready(null, START).whole().etag(false));
        assertNotEquals(fresh.whole().etag(false), stale.whole().etag(false));
        assertNotEquals(fresh.whole().etag(false), overridden.whole().etag(false));
        assertNotEquals(fresh.whole().etag(false), fresh.whole().etag(true));
    }

    @Test
    void anAnswerMayBeKeptForFiveSecondsOrAsLongAsItHolds() {
        assertEquals("private, max-age=5", DetailsAnswers.cacheControl(ready(null, START), START));
        assertEquals(
                "private, max-age=2",
                DetailsAnswers.cacheControl(ready(override(KEY, "Ours", START.plusMillis(2_900)), START), START));
        assertEquals(
                "private, max-age=0",
                DetailsAnswers.cacheControl(
                        ready(override(KEY, "Ours", START.plusMillis(2_900)), START), START.plusSeconds(3)));
        assertEquals(
                "private, max-age=5",
                DetailsAnswers.cacheControl(
                        new ReadyDetails(gloss(KEY, null, override(KEY, "Ours", null)), false, START), START));
    }

    @Test
    void anAnswerIsMadeOnce() {
        ReadyDetails ready = ready(null, START);
        assertSame(ready.whole(), ready.whole());
        assertSame(ready.brief(), ready.brief());
        assertSame(ready.whole().compressed(), ready.whole().compressed());
    }

    @Test
    void anAnswerHoldsUntilItIsAnotherByItself() {
        ReadyDetails fresh = ready(null, START);
        assertTrue(fresh.holds(START.plus(TestGlosses.TTL).minusMillis(1)));
        assertFalse(fresh.holds(START.plus(TestGlosses.TTL)));
        assertTrue(ready(null, START.plus(TestGlosses.TTL)).holds(Instant.MAX.minusSeconds(1)));
        assertFalse(ready(override(KEY, "Ours", LATER), START).holds(LATER));
    }
}
