package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bugloss.configuration.TestKeys;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenGraphTest {

    private static final String PAGE = "https://bugs.example/show/7";
    private static final String ELSEWHERE = "https://elsewhere.example/home";
    private static final String MONDAY = "Mon, 16 Nov 2026 10:00:00 GMT";
    private static final String TUESDAY = "Tue, 17 Nov 2026 10:00:00 GMT";
    private static final String HTML = "<html><head><title>It crashes</title></head><body>Always</body></html>";

    private static final Freshness BOTH = new Freshness("\"1\"", MONDAY, null);
    private static final Freshness DATE = new Freshness(null, MONDAY, null);

    private final RecordedAnswers answers = new RecordedAnswers();
    private final OpenGraph openGraph =
            new OpenGraph(answers, TestKeys.keys(), Clock.fixed(Instant.parse("2026-11-22T09:00:00Z"), ZoneOffset.UTC));

    private static BugUrl url() {
        return TestBugUrls.of(CanonicalUrl.parse(PAGE));
    }

    private static BugUrl knowing(Freshness freshness) {
        return url().withCached(new BugUrl.Cached(freshness, false));
    }

    private static Map<String, String> html(String... headers) {
        Map<String, String> all = new HashMap<>(Map.of("Content-Type", "text/html"));
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], headers[i + 1]);
        }
        return all;
    }

    /** The headers of a request that ask whether anything changed. */
    private Map<String, String> conditions(int request) {
        Map<String, String> conditions =
                new HashMap<>(answers.requests().get(request).headers());
        conditions.remove("Accept");
        return conditions;
    }

    private Freshness unchanged(BugUrl url) {
        return assertThrows(NotModified.class, () -> openGraph.details(url)).freshness();
    }

    @Test
    void aPageThatIsNotKnownIsAskedForInFullAndWhatItSaysIsKept() {
        answers.give(PAGE, 200, HTML, html("ETag", "\"1\"", "Last-Modified", MONDAY, "Cache-Control", "max-age=600"));
        BugDetails details = openGraph.details(url());
        assertEquals("It crashes", details.title());
        assertEquals(new Freshness("\"1\"", MONDAY, Duration.ofMinutes(10)), details.freshness());
        assertEquals(Map.of(), conditions(0));
    }

    @Test
    void aPageThatIsKnownIsAskedForByWhatItSaidAndHoldsStillWhereTheServerSaysSo() {
        answers.give(PAGE, 304, "", Map.of("Cache-Control", "max-age=60"));
        assertEquals(new Freshness("\"1\"", MONDAY, Duration.ofMinutes(1)), unchanged(knowing(BOTH)));
        assertEquals(Map.of("If-None-Match", "\"1\"", "If-Modified-Since", MONDAY), conditions(0));
    }

    @Test
    void whatIsUnchangedMaySayAnewByWhatToAsk() {
        answers.give(PAGE, 304, "", Map.of("ETag", "W/\"2\"", "Last-Modified", TUESDAY));
        assertEquals(new Freshness("W/\"2\"", TUESDAY, null), unchanged(knowing(BOTH)));
    }

    @Test
    void aPageOfWhichADateIsKnownIsAskedForByIt() {
        answers.give(PAGE, 304, "", Map.of());
        assertEquals(DATE, unchanged(knowing(DATE)));
        assertEquals(Map.of("If-Modified-Since", MONDAY), conditions(0));
    }

    @Test
    void aPageThatChangedSaysAllAnew() {
        answers.give(PAGE, 200, HTML, html("ETag", "\"2\""));
        assertEquals(
                new Freshness("\"2\"", null, null),
                openGraph.details(knowing(BOTH)).freshness());
    }

    @Test
    void whatAnApiSaidIsNotSentToThePage() {
        answers.give(PAGE, 200, HTML, html());
        openGraph.details(url().withCached(new BugUrl.Cached(BOTH, true)));
        assertEquals(Map.of(), conditions(0));
    }

    @Test
    void thatNothingChangedIsUnexpectedWhereNobodyAsked() {
        answers.give(PAGE, 304, "", Map.of("ETag", "\"1\""));
        FetchException failure = assertThrows(FetchException.class, () -> openGraph.details(url()));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure.reason());
        assertEquals("bugs.example answered with status 304", failure.getMessage());
    }

    @Test
    void anErrorIsAnErrorAlsoWhereThePageIsKnown() {
        answers.give(PAGE, 404, HTML, html("ETag", "\"1\""));
        assertEquals(
                FailureReason.NOT_FOUND,
                assertThrows(FetchException.class, () -> openGraph.details(knowing(BOTH)))
                        .reason());
    }

    // Redirects

    @Test
    void ofAPageBehindARedirectOnlyTheTagIsKept() {
        answers.redirect(PAGE, ELSEWHERE);
        answers.give(
                ELSEWHERE, 200, HTML, html("ETag", "\"1\"", "Last-Modified", MONDAY, "Cache-Control", "max-age=600"));
        assertEquals(
                new Freshness("\"1\"", null, null), openGraph.details(url()).freshness());
    }

    @Test
    void aTagHoldsWhereverTheRedirectLeads() {
        answers.redirect(PAGE, ELSEWHERE);
        answers.give(ELSEWHERE, 304, "", Map.of());
        assertEquals(new Freshness("\"1\"", null, null), unchanged(knowing(BOTH)));
    }

    @Test
    void aDateMayBeAnotherPagesWhereARedirectLeadsToItSoThatItIsAskedForInFull() {
        answers.redirect(PAGE, ELSEWHERE);
        answers.then(ELSEWHERE, 304, "", Map.of());
        answers.then(ELSEWHERE, 200, "<html><title>Home</title></html>", html("Last-Modified", MONDAY));
        BugDetails details = openGraph.details(knowing(DATE));
        assertEquals("Home", details.title());
        assertEquals(Freshness.UNKNOWN, details.freshness());
        assertEquals(List.of(Map.of("If-Modified-Since", MONDAY), Map.of()), List.of(conditions(0), conditions(1)));
    }

    // Instead of an API

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPageThatStandsInForAnApiIsAskedForInFullAndIsNotFresh(boolean byApi) {
        answers.give(PAGE, 200, HTML, html("ETag", "\"1\"", "Cache-Control", "max-age=600"));
        FetchException failure = new FetchException(FailureReason.UNAUTHORIZED, "no");
        BugDetails details = openGraph.detailsInsteadOf(failure, url().withCached(new BugUrl.Cached(BOTH, byApi)));
        assertEquals(failure, details.failure());
        assertEquals(Freshness.UNKNOWN, details.freshness());
        assertEquals(Map.of(), conditions(0));
    }

    @ParameterizedTest
    @CsvSource({
        "/x/OP-382,",
        "/boards/5/OP-382,",
        "/x?item=OP-382,",
        "/x/382, 382",
        "/x/2026-382, 382",
        "/x/OP-382/comments/7, 7",
    })
    void noNumberIsGuessedOutOfAKeyOfATracker(String path, String id) {
        TrackerSystem system = TestBugUrls.system("OpenProject", "https://op.example", null, null);
        answers.giveOtherwise(200, HTML, html());
        assertEquals(
                id,
                openGraph
                        .details(TestBugUrls.of("https://op.example" + path, system))
                        .id());
        String page = "https://other.example" + path;
        assertEquals(
                path.contains("comments") ? "7" : "382",
                openGraph.details(TestBugUrls.of(CanonicalUrl.parse(page))).id());
    }
}
