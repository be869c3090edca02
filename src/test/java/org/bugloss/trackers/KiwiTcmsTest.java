package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.OutboundRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KiwiTcmsTest {

    private static final String BASE = "https://tcms.example";
    private static final String API = BASE + "/json-rpc/";
    private static final TrackerSystem KIWI = TestBugUrls.system("KiwiTCMS", BASE, null, "bugloss", "secret");
    private static final TrackerSystem ANONYMOUS = TestBugUrls.system("KiwiTCMS", BASE, null, null);

    private static final String LOGGED_IN = """
            {"id": "login", "jsonrpc": "2.0", "result": "q5w8zj3a0hc1ybx7"}""";

    /** As the server words it, for want of a session and for want of a permission alike. */
    private static final String REFUSED = """
            [{"id": "status", "jsonrpc": "2.0", "error": {"code": -32603,
              "message": "Authentication failed when calling \\"Bug.filter_canonical\\""}},
             {"id": "bugs", "jsonrpc": "2.0", "error": {"code": -32603,
              "message": "Authentication failed when calling \\"Bug.filter\\""}},
             {"id": "12", "jsonrpc": "2.0", "error": {"code": -32603,
              "message": "Authentication failed when calling \\"Bug.get_comments\\""}}]""";

    private static final String STATUS_OF_12 = """
            {"id": 12, "summary": "5 &lt; 6 &amp;&amp; it&#x27;s &quot;so&quot;", "created_at": "2026-11-01T10:00:00.123",
             "status": true, "reporter": 3, "assignee": 7, "product": 1, "version": 1, "build": 1, "severity": 2}""";

    private static final String NAMES_OF_12 = """
            {"pk": 12, "summary": "5 &lt; 6 &amp;&amp; it&#x27;s &quot;so&quot;", "created_at": "2026-11-01T10:00:00.123",
             "product__name": "Kiwi", "version__value": "15.3", "build__name": "unspecified",
             "reporter__username": "bob", "assignee__username": "ann", "severity__name": "High",
             "severity__color": "#ff0000", "severity__icon": "fa fa-fire"}""";

    private static final String NAMES_OF_14 = """
            {"pk": 14, "summary": "Done", "created_at": "2020-01-01T00:00:00", "product__name": "Kiwi",
             "version__value": "15.3", "build__name": "unspecified", "reporter__username": "bob",
             "assignee__username": null, "severity__name": null, "severity__color": null, "severity__icon": null}""";

    private static final BugDetails DETAILS_OF_12 = BugDetails.of("12", "5 < 6 && it's \"so\"")
            .withDescription("<p>It is <strong>so</strong> &amp; no other</p>\n")
            .withStatus("Open")
            .withResolved(false)
            .withFields(BugFields.NONE.withAssignee("ann").withPriority("High"));

    private final RecordedAnswers answers = new RecordedAnswers();
    private final KiwiTcms kiwi = new KiwiTcms();

    @BeforeEach
    void connect() {
        kiwi.client = answers;
    }

    private static BugUrl url(String path) {
        return TestBugUrls.of(BASE + path, KIWI);
    }

    private static String result(String id, String result) {
        return "{\"id\": \"" + id + "\", \"jsonrpc\": \"2.0\", \"result\": " + result + "}";
    }

    private static String array(String... answers) {
        return "[" + String.join(", ", answers) + "]";
    }

    private static String all(String status, String names, String... comments) {
        return array(
                result("status", array(status)),
                result("bugs", array(names)),
                comments.length == 0 ? result("none", "[]") : String.join(", ", comments));
    }

    private static String comments(int bug, String first) {
        return result(Integer.toString(bug), """
                [{"pk": 1, "content_type": 30, "object_pk": "%d", "site": 1, "user": 3, "user_name": "bob",
                  "user_email": "bob@tcms.example", "user_url": "", "comment": "%s",
                  "submit_date": "2026-11-01T10:00:00", "ip_address": null, "is_public": true, "is_removed": false},
                 {"pk": 2, "comment": "Me too"}]""".formatted(bug, first));
    }

    private void giveBug12() {
        answers.give(API, 200, LOGGED_IN);
        answers.then(API, 200, all(STATUS_OF_12, NAMES_OF_12, comments(12, "It is **so** &amp; no other")));
    }

    private List<String> bodies() {
        return answers.requests().stream().map(OutboundRequest::body).toList();
    }

    @ParameterizedTest
    @CsvSource({
        "/bugs/12/, 12",
        "/bugs/12, 12",
        "/bugs/0012/, 12",
        "/bugs/12/edit/, 12",
        "/bugs/12/?next=1, 12",
        "/bugs/12/#comment-3, 12",
    })
    void everyShapeThatPeoplePasteGivesTheNumber(String path, String id) {
        assertEquals(Optional.of(id), kiwi.bugId(url(path)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/bugs/", "/bugs/new/", "/bugs/search/", "/case/12/", "/bugs/12x", "/bugs/0/"})
    void whatIsNoBugIsNone(String path) {
        assertEquals(Optional.empty(), kiwi.bugId(url(path)));
    }

    @Test
    void theApiUrlIsTheBaseUrl() {
        assertEquals(BASE + "/", kiwi.apiUrl(KIWI));
    }

    @Test
    void anOpenBugIsToldWholeInOneRequestAfterTheLogin() {
        giveBug12();
        assertEquals(Optional.of(DETAILS_OF_12), kiwi.details(url("/bugs/12/")));
        assertEquals(
                List.of(
                        "{\"jsonrpc\":\"2.0\",\"id\":\"login\",\"method\":\"Auth.login\","
                                + "\"params\":[\"bugloss\",\"secret\"]}",
                        "[{\"jsonrpc\":\"2.0\",\"id\":\"status\",\"method\":\"Bug.filter_canonical\","
                                + "\"params\":[{\"pk__in\":[12]}]},"
                                + "{\"jsonrpc\":\"2.0\",\"id\":\"bugs\",\"method\":\"Bug.filter\","
                                + "\"params\":[{\"pk__in\":[12]}]},"
                                + "{\"jsonrpc\":\"2.0\",\"id\":\"12\",\"method\":\"Bug.get_comments\",\"params\":[12]}]"),
                bodies());
        assertEquals(
                List.of(Map.of(), Map.of("Cookie", "sessionid=q5w8zj3a0hc1ybx7")),
                answers.requests().stream().map(OutboundRequest::credentials).toList());
    }

    @Test
    void aClosedBugWithNothingSetIsResolved() {
        answers.give(API, 200, LOGGED_IN);
        answers.then(API, 200, all("{\"id\": 14, \"status\": false}", NAMES_OF_14, result("14", "[]")));
        assertEquals(
                Optional.of(BugDetails.of("14", "Done").withStatus("Closed").withResolved(true)),
                kiwi.details(url("/bugs/14/")));
    }

    @Test
    void aMissingBugIsLeftOut() {
        answers.give(API, 200, LOGGED_IN);
        answers.then(API, 200, array(result("status", "[]"), result("bugs", "[]"), """
                {"id": "12", "jsonrpc": "2.0", "error": {"code": -32603,
                 "message": "Internal error: Bug matching query does not exist."}}"""));
        assertEquals(Optional.empty(), kiwi.details(url("/bugs/12/")));
    }

    @Test
    void aBatchIsOneRequestAndDescriptionsAreAskedForOnce() {
        answers.give(API, 200, LOGGED_IN);
        String status = STATUS_OF_12 + ", {\"id\": 14, \"status\": false}";
        String names = NAMES_OF_12 + ", " + NAMES_OF_14;
        answers.then(
                API, 200, all(status, names, comments(14, "fourteen"), comments(12, "It is **so** &amp; no other")));
        answers.then(API, 200, all(status, names));
        List<BugUrl> urls = List.of(url("/bugs/12/"), url("/bugs/13/"), url("/bugs/14/"));
        for (int round = 0; round < 2; round++) {
            Map<BugUrl, Answer> batch = kiwi.askAll(urls, kiwi.api(urls.get(0)));
            assertEquals(2, batch.size());
            assertEquals(new Answer.Found(DETAILS_OF_12), batch.get(urls.get(0)));
            assertEquals(
                    new Answer.Found(BugDetails.of("14", "Done")
                            .withDescription("<p>fourteen</p>\n")
                            .withStatus("Closed")
                            .withResolved(true)),
                    batch.get(urls.get(2)));
        }
        assertEquals(3, answers.requests().size());
        assertEquals(
                "[{\"jsonrpc\":\"2.0\",\"id\":\"status\",\"method\":\"Bug.filter_canonical\","
                        + "\"params\":[{\"pk__in\":[12,13,14]}]},"
                        + "{\"jsonrpc\":\"2.0\",\"id\":\"bugs\",\"method\":\"Bug.filter\","
                        + "\"params\":[{\"pk__in\":[12,13,14]}]},"
                        + "{\"jsonrpc\":\"2.0\",\"id\":\"13\",\"method\":\"Bug.get_comments\",\"params\":[13]}]",
                bodies().get(2));
    }

    @Test
    void anEndedSessionIsBoughtOnceMore() {
        giveBug12();
        answers.then(API, 200, REFUSED);
        answers.then(API, 200, LOGGED_IN.replace("q5w8zj3a0hc1ybx7", "anothersession"));
        answers.then(API, 200, all(STATUS_OF_12, NAMES_OF_12));
        kiwi.details(url("/bugs/12/"));
        assertEquals(Optional.of(DETAILS_OF_12), kiwi.details(url("/bugs/12/")));
        assertEquals(
                Map.of("Cookie", "sessionid=anothersession"),
                answers.requests().get(4).credentials());
        assertEquals(5, answers.requests().size());
    }

    @Test
    void aUserWithoutThePermissionIsForbiddenAfterOneMoreLogin() {
        answers.give(API, 200, LOGGED_IN);
        answers.then(API, 200, REFUSED);
        answers.then(API, 200, LOGGED_IN);
        answers.then(API, 200, REFUSED);
        assertEquals(FailureReason.FORBIDDEN, failure(KIWI).reason());
        assertEquals(4, answers.requests().size());
    }

    @Test
    void aWrongPasswordIsToldAndNothingElseIsAsked() {
        answers.give(API, 200, """
                {"id": "login", "jsonrpc": "2.0",
                 "error": {"code": -32603, "message": "Internal error: Wrong username or password"}}""");
        assertEquals(FailureReason.UNAUTHORIZED, failure(KIWI).reason());
        assertEquals(1, answers.requests().size());
    }

    @Test
    void withoutCredentialsItIsAskedAnonymously() {
        answers.give(API, 200, REFUSED);
        assertEquals(FailureReason.UNAUTHORIZED, failure(ANONYMOUS).reason());
        answers.give(API, 200, all(STATUS_OF_12, NAMES_OF_12, comments(12, "It is **so** &amp; no other")));
        assertEquals(Optional.of(DETAILS_OF_12), kiwi.details(TestBugUrls.of(BASE + "/bugs/12/", ANONYMOUS)));
        assertEquals(Map.of(), answers.requests().get(1).credentials());
    }

    @Test
    void aServerBefore15IsAskedWhichBugsAreOpen() {
        answers.give(API, 200, LOGGED_IN);
        answers.then(API, 200, array("""
                {"id": "status", "jsonrpc": "2.0",
                 "error": {"code": -32601, "message": "Method not found: \\"Bug.filter_canonical\\""}}""", result("bugs", array(NAMES_OF_12, NAMES_OF_14)), """
                {"id": "12", "jsonrpc": "2.0",
                 "error": {"code": -32601, "message": "Method not found: \\"Bug.get_comments\\""}}"""));
        answers.then(API, 200, all(NAMES_OF_12, NAMES_OF_12 + ", " + NAMES_OF_14));
        List<BugUrl> urls = List.of(url("/bugs/12/"), url("/bugs/14/"));
        for (int round = 0; round < 2; round++) {
            assertEquals(
                    Map.of(
                            urls.get(0), new Answer.Found(DETAILS_OF_12.withDescription("")),
                            urls.get(1),
                                    new Answer.Found(BugDetails.of("14", "Done")
                                            .withStatus("Closed")
                                            .withResolved(true))),
                    kiwi.askAll(urls, kiwi.api(urls.get(0))));
        }
        assertEquals(4, answers.requests().size());
        assertEquals(
                "[{\"jsonrpc\":\"2.0\",\"id\":\"status\",\"method\":\"Bug.filter\","
                        + "\"params\":[{\"pk__in\":[12,14],\"status\":true}]},"
                        + "{\"jsonrpc\":\"2.0\",\"id\":\"bugs\",\"method\":\"Bug.filter\","
                        + "\"params\":[{\"pk__in\":[12,14]}]}]",
                bodies().get(3));
    }

    @Test
    void aServerThatTakesNoArraysIsAskedCallByCall() {
        answers.give(API, 200, """
                {"id": null, "jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid request"}}""");
        answers.then(API, 200, result("status", array(STATUS_OF_12)));
        answers.then(API, 200, result("bugs", array(NAMES_OF_12)));
        answers.then(API, 200, comments(12, "It is **so** &amp; no other"));
        assertEquals(Optional.of(DETAILS_OF_12), kiwi.details(TestBugUrls.of(BASE + "/bugs/12/", ANONYMOUS)));
        assertEquals(4, answers.requests().size());
    }

    @ParameterizedTest
    @CsvSource({"403, forbidden", "404, unexpected_answer", "429, rate_limited", "502, http_502", "503, http_503"})
    void whatWentWrongIsToldApart(int status, String reason) {
        answers.give(API, status, "{\"detail\": \"no\"}");
        assertEquals(reason, failure(ANONYMOUS).reason().word());
    }

    @Test
    void aRateLimitOfAProxySaysUntilWhen() {
        answers.give(API, 429, "", Map.of("Retry-After", "Sun, 22 Nov 2099 12:00:00 GMT"));
        assertEquals(
                Optional.of(Instant.parse("2099-11-22T12:00:00Z")),
                failure(ANONYMOUS).retryAt());
    }

    @Test
    void aWebPageWhereTheApiWasExpectedIsAFailure() {
        answers.give(API, 200, "<html><title>Login</title>", Map.of("Content-Type", "text/html; charset=utf-8"));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure(ANONYMOUS).reason());
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure(KIWI).reason());
    }

    @Test
    void aSubclassThatOverridesDetailsKeepsTheBatch() {
        class Extended extends KiwiTcms {
            @Override
            public Optional<BugDetails> details(BugUrl url) {
                return super.details(url).map(details -> details.withTitle("EXTENDED: " + details.title()));
            }
        }
        Extended extended = new Extended();
        extended.client = answers;
        TrackerSystem system = TestBugUrls.system("Extended", BASE, null, "bugloss", "secret");
        List<BugUrl> urls = IntStream.rangeClosed(1, 150)
                .mapToObj(id -> TestBugUrls.of(BASE + "/bugs/" + id + "/", system))
                .toList();
        answers.give(API, 200, LOGGED_IN);
        for (int[] part : new int[][] {{1, 100}, {101, 150}}) {
            String[] status = IntStream.rangeClosed(part[0], part[1])
                    .mapToObj(id -> "{\"id\": " + id + ", \"status\": true}")
                    .toArray(String[]::new);
            String[] names = IntStream.rangeClosed(part[0], part[1])
                    .mapToObj(id -> "{\"pk\": " + id + ", \"summary\": \"Bug " + id + "\"}")
                    .toArray(String[]::new);
            answers.then(API, 200, all(String.join(",", status), String.join(",", names)));
        }
        List<String> titles = TestBugUrls.refreshed(extended, urls).values().stream()
                .map(answer -> ((Answer.Found) answer).details().title())
                .toList();
        assertEquals(150, titles.size());
        assertEquals("EXTENDED: Bug 150", titles.get(149));
        assertEquals(3, answers.requests().size());
    }

    private FetchException failure(TrackerSystem system) {
        BugUrl url = TestBugUrls.of(BASE + "/bugs/12/", system);
        return assertThrows(FetchException.class, () -> kiwi.ask(url, kiwi.api(url)));
    }
}
