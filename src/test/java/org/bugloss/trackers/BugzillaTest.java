package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BugzillaTest {

    private static final String FIELDS = "include_fields=id,summary,status,resolution,is_open,assigned_to,"
            + "assigned_to_detail,priority,severity,type,keywords,groups,last_change_time,description";
    private static final String COMMENT_FIELDS = "include_fields=bug_id,count,text,is_markdown";
    private static final String BASE = "https://bugs.example/bugzilla";
    private static final TrackerSystem STOCK = TestBugUrls.system("Bugzilla", BASE, null, null);
    private static final TrackerSystem MOZILLA =
            TestBugUrls.system("Bugzilla", "https://bugzilla.mozilla.org", null, null);
    private static final String BUG_12 = BASE + "/rest/bug/12?" + FIELDS;
    private static final String COMMENTS_12 = BASE + "/rest/bug/12/comment?" + COMMENT_FIELDS;

    private static final String OPEN_BUG = """
            {"id": 12, "summary": "Crash in <b>parser</b> & co", "status": "ASSIGNED", "resolution": "",
             "is_open": true, "assigned_to": "ann@bugs.example",
             "assigned_to_detail": {"id": 7, "real_name": "Ann Ewing", "name": "ann@bugs.example",
                                    "email": "ann@bugs.example"},
             "priority": "P2", "severity": "major", "keywords": ["crash", "regression"],
             "last_change_time": "2026-11-01T10:00:00Z"}""";

    private static final String CLOSED_BUG = """
            {"id": 14, "summary": "Add a button", "status": "RESOLVED", "resolution": "WONTFIX", "is_open": false,
             "assigned_to": "nobody@bugs.example",
             "assigned_to_detail": {"id": 1, "real_name": "Nobody; OK to take it", "name": "nobody@bugs.example"},
             "priority": "---", "severity": "enhancement", "keywords": [],
             "last_change_time": "2025-01-02T03:04:05Z"}""";

    private final RecordedAnswers answers = new RecordedAnswers();
    private final Bugzilla bugzilla = new Bugzilla();

    @BeforeEach
    void connect() {
        bugzilla.client = answers;
    }

    private static BugUrl url(String path) {
        return TestBugUrls.of(BASE + path, STOCK);
    }

    private static String bugs(String... bugs) {
        return "{\"faults\": [], \"bugs\": [" + String.join(", ", bugs) + "]}";
    }

    @ParameterizedTest
    @CsvSource({
        "/show_bug.cgi?id=12, 12",
        "/show_bug.cgi?id=12#c3, 12",
        "/show_bug.cgi?id=12/, 12",
        "/show_bug.cgi?format=multiple&id=00012&mark=3, 12",
        "/show_bug.cgi?id=%31%32, 12",
        "/show_bug.cgi?bug_id=12, 12",
        "/show_bug.cgi?ctype=xml&id=12, 12",
        "/show_bug.cgi?id=CVE-2026-1234, CVE-2026-1234",
        "/show_activity.cgi?id=12, 12",
        "/process_bug.cgi?id=12, 12",
        "/attachment.cgi?bugid=12&action=enter, 12",
        "/rest/bug/12, 12",
        "/rest.cgi/bug/12/comment?include_fields=text, 12",
        "/12, 12",
        "/bug/12/, 12",
    })
    void everyShapeThatPeoplePasteGivesTheNumberOrTheAlias(String path, String id) {
        assertEquals(Optional.of(id), bugzilla.bugId(url(path)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/show_bug.cgi",
                "/show_bug.cgi?id=",
                "/show_bug.cgi?id=0",
                "/show_bug.cgi?id=1,2,3",
                "/show_bug.cgi?id=../../x",
                "/show_bug.cgi?id=a%20b",
                "/buglist.cgi?bug_id=12",
                "/enter_bug.cgi?cloned_bug_id=12",
                "/attachment.cgi?id=12",
                "/rest/bug/comment/12",
                "/rest/bug?id=12",
                "/12abc",
                "/page.cgi?id=fields.html",
            })
    void whatIsNoBugIsNone(String path) {
        assertEquals(Optional.empty(), bugzilla.bugId(url(path)));
    }

    @ParameterizedTest
    @CsvSource({
        "https://bugzilla.mozilla.org, https://bugzilla.mozilla.org/",
        "https://bugzil.la, https://bugzilla.mozilla.org",
        "https://bugs.example/bugzilla/, https://bugs.example/bugzilla/",
    })
    void theApiUrlIsTheBaseUrl(String base, String api) {
        assertEquals(api, bugzilla.apiUrl(TestBugUrls.system("Bugzilla", base, null, null)));
    }

    @Test
    void mozillaIsKnownToEverybody() {
        assertEquals(Map.of("mozilla", "https://bugzilla.mozilla.org"), bugzilla.publicSystems());
    }

    @Test
    void anOpenBugIsToldWholeWithItsFirstCommentAsPlainText() {
        answers.give(BUG_12, 200, bugs(OPEN_BUG));
        answers.give(COMMENTS_12, 200, """
                {"comments": {}, "bugs": {"12": {"comments": [
                  {"bug_id": 12, "count": 0, "text": "It *crashes* on <a>.\\n\\nAlways."},
                  {"bug_id": 12, "count": 1, "text": "Me too"}]}}}""");
        assertEquals(
                Optional.of(BugDetails.of("12", "Crash in <b>parser</b> & co")
                        .withDescription("<p>It *crashes* on &lt;a&gt;.</p><p>Always.</p>")
                        .withStatus("ASSIGNED")
                        .withResolved(false)
                        .withFields(BugFields.NONE
                                .withAssignee("Ann Ewing")
                                .withPriority("P2")
                                .withLabels(List.of("crash", "regression"))
                                .withUpdated(Instant.parse("2026-11-01T10:00:00Z")))),
                bugzilla.details(url("/show_bug.cgi?id=12")));
    }

    @Test
    void aResolvedBugTellsItsResolutionAndNobodyIsNoAssignee() {
        answers.give(BASE + "/rest/bug/14?" + FIELDS, 200, bugs(CLOSED_BUG));
        answers.give(BASE + "/rest/bug/14/comment?" + COMMENT_FIELDS, 200, """
                {"bugs": {"14": {"comments": [
                  {"bug_id": 14, "count": 0, "text": "Some **words**", "is_markdown": true}]}}}""");
        assertEquals(
                Optional.of(BugDetails.of("14", "Add a button")
                        .withDescription("<p>Some <strong>words</strong></p>\n")
                        .withStatus("RESOLVED WONTFIX")
                        .withResolved(true)
                        .withFields(BugFields.NONE
                                .withResolution("WONTFIX")
                                .withType("enhancement")
                                .withUpdated(Instant.parse("2025-01-02T03:04:05Z")))),
                bugzilla.details(url("/show_bug.cgi?id=14")));
    }

    @Test
    void mozillaHasTheDescriptionAsAFieldInMarkdownSoThatOneRequestIsEnough() {
        answers.give("https://bugzilla.mozilla.org/rest/bug/12?" + FIELDS, 200, """
                {"bugs": [{"id": 12, "summary": "Slow", "status": "NEW", "resolution": "", "is_open": true,
                  "assigned_to": "nobody", "assigned_to_detail": {"real_name": "Nobody; OK to take it and work on it",
                  "nick": "nobody", "email": "nobody", "name": "nobody", "id": 1}, "priority": "--", "severity": "--",
                  "type": "defect", "keywords": [], "last_change_time": "2026-11-01T10:00:00Z", "alias": null,
                  "description": "See `about:config`"}]}""");
        assertEquals(
                Optional.of(BugDetails.of("12", "Slow")
                        .withDescription("<p>See <code>about:config</code></p>\n")
                        .withStatus("NEW")
                        .withResolved(false)
                        .withFields(
                                BugFields.NONE.withType("defect").withUpdated(Instant.parse("2026-11-01T10:00:00Z")))),
                bugzilla.details(TestBugUrls.of("https://bugzilla.mozilla.org/show_bug.cgi?id=12", MOZILLA)));
        assertEquals(1, answers.requests().size());
    }

    @Test
    void redHatHasTheDescriptionAsPlainTextAndArraysWhereOthersHaveStrings() {
        TrackerSystem redHat = TestBugUrls.system("Bugzilla", "https://bugzilla.redhat.com", null, "key");
        answers.give("https://bugzilla.redhat.com/rest/bug/12?" + FIELDS, 200, """
                {"bugs": [{"id": 12, "summary": "Slow", "status": "CLOSED", "resolution": "ERRATA", "is_open": false,
                  "assigned_to": "ann@redhat.com", "component": ["kernel"], "version": ["9.0"], "alias": ["CVE-1"],
                  "assigned_to_detail": {"real_name": "", "email": "ann@redhat.com", "name": "ann@redhat.com"},
                  "priority": "unspecified", "severity": "high", "keywords": ["Security"],
                  "last_change_time": "2026-11-01T10:00:00Z", "description": "a **b** c"}]}""");
        assertEquals(
                Optional.of(BugDetails.of("12", "Slow")
                        .withDescription("a **b** c")
                        .withStatus("CLOSED ERRATA")
                        .withResolved(true)
                        .withFields(BugFields.NONE
                                .withAssignee("ann@redhat.com")
                                .withResolution("ERRATA")
                                .withPriority("unspecified")
                                .withLabels(List.of("Security"))
                                .withUpdated(Instant.parse("2026-11-01T10:00:00Z")))),
                bugzilla.details(TestBugUrls.of("https://bugzilla.redhat.com/show_bug.cgi?id=12", redHat)));
        assertEquals(
                Map.of("X-BUGZILLA-API-KEY", "key", "Authorization", "Bearer key"),
                answers.requests().get(0).credentials());
    }

    @Test
    void aStockBugzillaReadsTheKeyInTheQueryOnlyAndMozillaInAHeaderOnly() {
        answers.give(BUG_12 + "&Bugzilla_api_key=k%2F1", 404, NO_SUCH_BUG);
        bugzilla.details(
                TestBugUrls.of(BASE + "/show_bug.cgi?id=12", TestBugUrls.system("Bugzilla", BASE, null, "k/1")));
        answers.give(BUG_12 + "&Bugzilla_login=ann%40x.example&Bugzilla_password=p%26w", 404, NO_SUCH_BUG);
        bugzilla.details(TestBugUrls.of(
                BASE + "/show_bug.cgi?id=12", TestBugUrls.system("Bugzilla", BASE, null, "ann@x.example", "p&w")));
        answers.give("https://bugzilla.mozilla.org/rest/bug/12?" + FIELDS, 404, NO_SUCH_BUG);
        bugzilla.details(TestBugUrls.of(
                "https://bugzilla.mozilla.org/12",
                TestBugUrls.system("Bugzilla", "https://bugzilla.mozilla.org", null, "k1")));
        assertEquals(
                List.of(
                        Map.of("X-BUGZILLA-API-KEY", "k/1"),
                        Map.of("X-BUGZILLA-LOGIN", "ann@x.example", "X-BUGZILLA-PASSWORD", "p&w"),
                        Map.of("X-BUGZILLA-API-KEY", "k1")),
                answers.requests().stream()
                        .map(request -> request.credentials())
                        .toList());
    }

    @Test
    void aBugThatIsNotThereIsNone() {
        answers.give(BUG_12, 404, NO_SUCH_BUG);
        assertEquals(Optional.empty(), bugzilla.details(url("/show_bug.cgi?id=12")));
        answers.give(BASE + "/rest/bug/nosuch?" + FIELDS, 400, """
                {"error": true, "code": 100, "message": "'nosuch' is not a valid bug number nor an alias to a bug.",
                 "documentation": "https://www.bugzilla.org/docs/"}""");
        assertEquals(Optional.empty(), bugzilla.details(url("/show_bug.cgi?id=nosuch")));
    }

    private static final String NO_SUCH_BUG = """
            {"code": 101, "error": true, "message": "Bug #12 does not exist.",
             "documentation": "https://bugzilla.readthedocs.org/en/5.0/api/"}""";

    @ParameterizedTest
    @CsvSource({
        "401, 102, forbidden",
        "401, 410, unauthorized",
        "401, 300, unauthorized",
        "400, 306, unauthorized",
        "404, 32614, unexpected_answer",
        "400, 32000, unauthorized",
        "200, 32000, unauthorized",
        "429, 32000, rate_limited",
        "500, 100500, http_500",
    })
    void whatWentWrongIsToldApartByTheNumberOfTheError(int status, String code, String reason) {
        answers.give(
                BUG_12, status, "{\"error\": true, \"code\": " + code + ", \"message\": \"You are not authorized\"}");
        assertEquals(reason, failure().reason().word());
    }

    @Test
    void mozillaTellsOfItsRateLimitWithABadRequestAndNoTime() {
        answers.give(BUG_12, 400, """
                {"code": 32000, "error": true, "message": "You have exceeded the rate limit for get_bug requests."}""");
        Instant before = Instant.now();
        FetchException failure = failure();
        assertEquals(FailureReason.RATE_LIMITED, failure.reason());
        long wait = failure.retryAt().orElseThrow().getEpochSecond() - before.getEpochSecond();
        assertEquals(60, wait, 5);
    }

    @Test
    void aRateLimitOfAProxySaysUntilWhen() {
        answers.give(BUG_12, 429, "slow down", Map.of("Retry-After", "Sun, 22 Nov 2099 12:00:00 GMT"));
        assertEquals(
                Optional.of(Instant.parse("2099-11-22T12:00:00Z")), failure().retryAt());
    }

    @Test
    void aServerThatIsTooOldOrElsewhereIsNoMissingBug() {
        answers.giveOtherwise(404, "<html><h1>Not Found</h1></html>", Map.of("Content-Type", "text/html"));
        answers.give(BUG_12, 404, "<html><h1>Not Found</h1></html>", Map.of("Content-Type", "text/html"));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
        answers.give(BUG_12, 200, "<html><title>Log in</title></html>", Map.of("Content-Type", "text/html"));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
        answers.give(BUG_12, 502, "<html><h1>Bad Gateway</h1></html>", Map.of("Content-Type", "text/html"));
        assertEquals("http_502", failure().reason().word());
    }

    @Test
    void aBatchIsOneSearchAndTheFirstTimeOneRequestForComments() {
        answers.give(BASE + "/rest/bug?id=12,13,14&limit=0&" + FIELDS, 200, bugs(OPEN_BUG, CLOSED_BUG));
        answers.give(BASE + "/rest/bug/12/comment?" + COMMENT_FIELDS + "&ids=14", 200, """
                {"comments": {}, "bugs": {
                   "14": {"comments": [{"bug_id": 14, "count": 0, "text": "fourteen"}]},
                   "12": {"comments": [{"bug_id": 12, "count": 0, "text": "twelve"},
                                       {"bug_id": 12, "count": 1, "text": "(In reply to Ann)"}]}}}""");
        List<BugUrl> urls =
                List.of(url("/show_bug.cgi?id=12"), url("/show_bug.cgi?id=13"), url("/show_bug.cgi?id=0014"));
        for (int round = 0; round < 3; round++) {
            Map<BugUrl, Answer> batch = bugzilla.askAll(urls, bugzilla.api(urls.get(0)));
            assertEquals(2, batch.size());
            assertEquals(
                    "twelve",
                    assertInstanceOf(Answer.Found.class, batch.get(urls.get(0)))
                            .details()
                            .description());
            assertEquals(
                    "RESOLVED WONTFIX",
                    assertInstanceOf(Answer.Found.class, batch.get(urls.get(2)))
                            .details()
                            .status());
        }
        assertEquals(4, answers.requests().size());
    }

    @Test
    void aBugThatBecomesPrivateBetweenTheTwoRequestsHarmsNoOther() {
        answers.give(BASE + "/rest/bug?id=12,14&limit=0&" + FIELDS, 200, bugs(OPEN_BUG, CLOSED_BUG));
        String denied = "{\"error\": true, \"code\": 102, \"message\": \"You are not authorized to access bug 14.\"}";
        answers.give(BASE + "/rest/bug/12/comment?" + COMMENT_FIELDS + "&ids=14", 401, denied);
        answers.give(BASE + "/rest/bug/14/comment?" + COMMENT_FIELDS, 401, denied);
        answers.give(COMMENTS_12, 200, """
                {"bugs": {"12": {"comments": [{"bug_id": 12, "count": 0, "text": "twelve"}]}}}""");
        List<BugUrl> urls = List.of(url("/show_bug.cgi?id=12"), url("/show_bug.cgi?id=14"));
        Map<BugUrl, Answer> batch = bugzilla.askAll(urls, bugzilla.api(urls.get(0)));
        assertEquals(
                List.of("twelve", ""),
                batch.values().stream()
                        .map(answer -> ((Answer.Found) answer).details().description())
                        .toList());
    }

    @Test
    void wrongCredentialsFailTheWholeBatchAtOnce() {
        List<BugUrl> urls = List.of(url("/show_bug.cgi?id=12"), url("/show_bug.cgi?id=14"));
        answers.give(BASE + "/rest/bug?id=12,14&limit=0&" + FIELDS, 400, """
                {"error": true, "code": 306, "message": "The API key you specified is invalid."}""");
        FetchException failure =
                assertThrows(FetchException.class, () -> bugzilla.askAll(urls, bugzilla.api(urls.get(0))));
        assertEquals(FailureReason.UNAUTHORIZED, failure.reason());
        assertEquals(1, answers.requests().size());
    }

    @Test
    void anAliasIsAskedForAloneOnceAndIsItsNumberFromThenOn() {
        BugUrl alias = url("/show_bug.cgi?id=parser-crash");
        assertEquals("parser-crash", bugzilla.batchScope(alias));
        answers.give(BASE + "/rest/bug/parser-crash?" + FIELDS, 200, bugs(OPEN_BUG));
        answers.give(COMMENTS_12, 200, "{\"bugs\": {\"12\": {\"comments\": []}}}");
        assertEquals("12", bugzilla.details(alias).orElseThrow().id());
        assertEquals("", bugzilla.batchScope(alias));
        assertEquals("12", bugzilla.bugKey(alias));
    }

    @Test
    void aSubclassThatOverridesDetailsKeepsTheBatch() {
        class Shouting extends Bugzilla {
            @Override
            public Optional<BugDetails> details(BugUrl url) {
                return super.details(url)
                        .map(details -> details.withTitle(details.title().toUpperCase(java.util.Locale.ROOT)));
            }
        }
        Shouting shouting = new Shouting();
        shouting.client = answers;
        TrackerSystem system = TestBugUrls.system("Shouting", "https://bugzilla.mozilla.org", null, null);
        List<BugUrl> urls = IntStream.rangeClosed(1, 250)
                .mapToObj(id -> TestBugUrls.of("https://bugzilla.mozilla.org/show_bug.cgi?id=" + id, system))
                .toList();
        for (int from = 1; from <= 250; from += 100) {
            int to = Math.min(from + 99, 250);
            String ids = String.join(
                    ",",
                    IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList());
            answers.give(
                    "https://bugzilla.mozilla.org/rest/bug?id=" + ids + "&limit=0&" + FIELDS,
                    200,
                    bugs(IntStream.rangeClosed(from, to)
                            .mapToObj(id -> "{\"id\": " + id + ", \"summary\": \"bug " + id
                                    + "\", \"status\": \"NEW\", \"is_open\": true, \"description\": \"\"}")
                            .toArray(String[]::new)));
        }
        List<String> titles = TestBugUrls.refreshed(shouting, urls).values().stream()
                .map(answer -> ((Answer.Found) answer).details().title())
                .toList();
        assertEquals(250, titles.size());
        assertEquals("BUG 250", titles.get(249));
        assertEquals(3, answers.requests().size());
    }

    // What changed

    private static final String CHANGED = BASE + "/rest/bug?last_change_time=2026-11-22T09:00:00Z";

    private static List<BugUrl> numbers(int from, int to) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(id -> url("/show_bug.cgi?id=" + id))
                .toList();
    }

    private static String numbered(int bugs) {
        return bugs(IntStream.rangeClosed(1, bugs)
                .mapToObj(id -> "{\"id\": " + id + "}")
                .toArray(String[]::new));
    }

    @Test
    void whatChangedIsASearchForTheNumbersOnly() {
        String search = CHANGED + "&id=12,13,14&limit=200&include_fields=id";
        answers.give(search, 200, bugs());
        answers.then(search, 200, bugs("{\"id\": 13}"));
        assertEquals(Optional.of(Set.of()), TestBugUrls.changed(bugzilla, numbers(12, 14)));
        assertEquals(Optional.of(Set.of("13")), TestBugUrls.changed(bugzilla, numbers(12, 14)));
        assertEquals(2, answers.requests().size());
    }

    @Test
    void whatChangedAmongMoreBugsThanAUrlHoldsIsASearchForAll() {
        answers.give(CHANGED + "&limit=200&include_fields=id", 200, bugs("{\"id\": 1000500}", "{\"id\": 7}"));
        assertEquals(Optional.of(Set.of("1000500", "7")), TestBugUrls.changed(bugzilla, numbers(1_000_001, 1_000_500)));
    }

    @Test
    void moreChangesThanAServerMayTellOfAreNotTold() {
        String search = CHANGED + "&id=12&limit=200&include_fields=id";
        answers.give(search, 200, numbered(199));
        answers.then(search, 200, numbered(200));
        assertEquals(
                199,
                TestBugUrls.changed(bugzilla, numbers(12, 12)).orElseThrow().size());
        assertEquals(Optional.empty(), TestBugUrls.changed(bugzilla, numbers(12, 12)));
    }

    @Test
    void whatChangedIsAskedForWithTheKeyWhereAStockBugzillaReadsIt() {
        answers.give(CHANGED + "&id=12&limit=200&include_fields=id&Bugzilla_api_key=k", 200, bugs());
        BugUrl url = TestBugUrls.of(BASE + "/show_bug.cgi?id=12", TestBugUrls.system("Bugzilla", BASE, null, "k"));
        assertEquals(Optional.of(Set.of()), TestBugUrls.changed(bugzilla, List.of(url)));
    }

    @Test
    void anAliasWhoseNumberIsUnknownIsNotSearchedFor() {
        assertEquals(Optional.empty(), TestBugUrls.changed(bugzilla, List.of(url("/show_bug.cgi?id=my-alias"))));
        assertEquals(List.of(), answers.asked());
    }

    private FetchException failure() {
        BugUrl url = url("/show_bug.cgi?id=12");
        return assertThrows(FetchException.class, () -> bugzilla.ask(url, bugzilla.api(url)));
    }

    // A server that rewrites no URLs

    private static final Map<String, String> HTML_404 = Map.of("Content-Type", "text/html; charset=iso-8859-1");

    @Test
    void anApiThatIsAScriptIsFoundAndAskedAtOnceTheNextTime() {
        answers.giveOtherwise(404, "<!DOCTYPE HTML><title>404 Not Found</title>", HTML_404);
        String script = BUG_12.replace("/rest/", "/rest.cgi/");
        answers.give(script, 404, NO_SUCH_BUG);
        assertEquals(Optional.empty(), bugzilla.details(url("/show_bug.cgi?id=12")));
        assertEquals(List.of("GET " + BUG_12, "GET " + script), answers.asked());
        assertEquals(Optional.empty(), bugzilla.details(url("/show_bug.cgi?id=12")));
        assertEquals(List.of("GET " + BUG_12, "GET " + script, "GET " + script), answers.asked());
    }

    @Test
    void anApiUrlMayNameTheScript() {
        TrackerSystem system = TestBugUrls.system("Bugzilla", BASE, BASE + "/rest.cgi", null);
        String script = BUG_12.replace("/rest/", "/rest.cgi/");
        answers.give(script, 404, NO_SUCH_BUG);
        assertEquals(Optional.empty(), bugzilla.details(TestBugUrls.of(BASE + "/show_bug.cgi?id=12", system)));
        assertEquals(List.of("GET " + script), answers.asked());
    }
}
