package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GitHubTest {

    private static final TrackerSystem GITHUB_COM = TestBugUrls.system("GitHub", "https://github.com", null, null);
    private static final String ISSUE_API = "https://api.github.com/repos/kiwitcms/Kiwi/issues/117";

    private final RecordedAnswers answers = new RecordedAnswers();
    private final GitHub gitHub = new GitHub();

    @BeforeEach
    void connect() {
        gitHub.client = answers;
    }

    private static BugUrl url(String path) {
        return TestBugUrls.of("https://github.com" + path, GITHUB_COM);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/kiwitcms/Kiwi/issues/117",
                "/kiwitcms/Kiwi/issues/117/",
                "/kiwitcms/Kiwi/issues/117?notification_referrer_id=1",
                "/kiwitcms/Kiwi/issues/117#issuecomment-358493821",
                "/kiwitcms/Kiwi/pull/117",
                "/kiwitcms/Kiwi/pull/117/files#diff-1",
                "/kiwitcms/Kiwi/pull/117/commits/9fceb02",
                "/kiwitcms/Kiwi.test_x/issues/117",
                "/kiwitcms/Kiwi/issues/0117",
                "/kiwitcms/Kiwi/pull/117.patch",
                "/api/v3/repos/kiwitcms/Kiwi/issues/117",
                "/orgs/kiwitcms/projects/1?pane=issue&itemId=5&issue=kiwitcms%7CKiwi%7C117",
                "/orgs/kiwitcms/projects/1/views/2?pane=issue&issue=kiwitcms|Kiwi|117",
            })
    void everyShapeThatPeoplePasteGivesTheNumber(String path) {
        assertEquals(Optional.of("117"), gitHub.bugId(url(path)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/kiwitcms/Kiwi",
                "/kiwitcms/Kiwi/issues",
                "/kiwitcms/Kiwi/issues/new",
                "/kiwitcms/Kiwi/issues/117abc",
                "/kiwitcms/Kiwi/discussions/12",
                "/kiwitcms/Kiwi/security/advisories/GHSA-1",
                "/issues/117",
                "/a/b/c/issues/117",
                "/kiwitcms/Kiwi/issues/11700000000",
                "/orgs/kiwitcms/projects/1?pane=issue&itemId=5",
                "/kiwitcms/Kiwi?issue=kiwitcms%7CKiwi%7C117",
            })
    void whatIsNoIssueIsNone(String path) {
        assertEquals(Optional.empty(), gitHub.bugId(url(path)));
    }

    @ParameterizedTest
    @CsvSource({
        "https://github.com, https://api.github.com",
        "https://acme.ghe.com, https://api.acme.ghe.com",
        "https://git.acme.example, https://git.acme.example/api/v3",
        "https://acme.example/git/, https://acme.example/git/api/v3",
    })
    void theApiUrlFollowsFromTheBaseUrl(String base, String api) {
        assertEquals(api, gitHub.apiUrl(TestBugUrls.system("GitHub", base, null, null)));
    }

    @Test
    void anOpenIssueIsToldWhole() {
        answers.give(ISSUE_API, 200, """
                {"id": 289562093, "number": 117, "title": "Show names of bugs & not <ids>", "state": "open",
                 "state_reason": null, "body": "See **here**:\\r\\n\\r\\n- one\\r\\n- two", "locked": false,
                 "user": {"login": "atodorov"}, "assignee": {"login": "ann"},
                 "assignees": [{"login": "ann"}, {"login": "bob"}],
                 "labels": [{"id": 1, "name": "ui", "color": "fff"}, {"name": "good first issue"}],
                 "type": {"name": "Bug"}, "comments": 3, "updated_at": "2026-11-01T10:00:00Z"}""");
        assertEquals(
                Optional.of(BugDetails.of("117", "Show names of bugs & not <ids>")
                        .withDescription("<p>See <strong>here</strong>:</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n")
                        .withStatus("open")
                        .withResolved(false)
                        .withFields(BugFields.NONE
                                .withAssignee("ann, bob")
                                .withType("Bug")
                                .withLabels(List.of("ui", "good first issue"))
                                .withUpdated(Instant.parse("2026-11-01T10:00:00Z")))),
                gitHub.details(url("/kiwitcms/Kiwi/issues/117")));
    }

    @Test
    void aMergedPullRequestIsResolvedAndAnEmptyBodyIsNoError() {
        answers.give(ISSUE_API, 200, """
                {"number": 117, "title": "Fix it", "state": "closed", "body": null, "assignees": [], "labels": [],
                 "type": null, "pull_request": {"merged_at": "2026-11-02T10:00:00Z"},
                 "updated_at": "2026-11-02T10:00:00Z"}""");
        assertEquals(
                Optional.of(BugDetails.of("117", "Fix it")
                        .withStatus("merged")
                        .withResolved(true)
                        .withFields(BugFields.NONE
                                .withType("pull request")
                                .withUpdated(Instant.parse("2026-11-02T10:00:00Z")))),
                gitHub.details(url("/kiwitcms/Kiwi/pull/117")));
    }

    @Test
    void anIssueThatIsNotThereOrPrivateIsNone() {
        answers.give(ISSUE_API, 404, """
                {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}""");
        assertEquals(Optional.empty(), gitHub.details(url("/kiwitcms/Kiwi/issues/117")));
    }

    @Test
    void aTokenIsSentAsABearerAndNothingIsSentWithoutOne() {
        answers.give(ISSUE_API, 404, "{}");
        gitHub.details(url("/kiwitcms/Kiwi/issues/117"));
        assertEquals(Map.of(), answers.requests().get(0).credentials());
        gitHub.details(TestBugUrls.of(
                "https://github.com/kiwitcms/Kiwi/issues/117",
                TestBugUrls.system("GitHub", "https://github.com", null, "ghp_secret")));
        assertEquals(
                Map.of("Authorization", "Bearer ghp_secret"),
                answers.requests().get(1).credentials());
    }

    @ParameterizedTest
    @CsvSource({"401, unauthorized", "403, forbidden", "429, rate_limited", "500, http_500", "503, http_503"})
    void whatWentWrongIsToldApart(int status, String reason) {
        answers.give(ISSUE_API, status, "{\"message\": \"no\"}");
        assertEquals(reason, failure().reason().word());
    }

    @Test
    void anExhaustedRateLimitSaysUntilWhen() {
        answers.give(
                ISSUE_API,
                403,
                "{\"message\": \"API rate limit exceeded\"}",
                Map.of("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1795338000"));
        FetchException failure = failure();
        assertEquals(FailureReason.RATE_LIMITED, failure.reason());
        assertEquals(Optional.of(Instant.ofEpochSecond(1795338000)), failure.retryAt());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"[]", "{}", "{\"number\": 117}", "null", "5", "{\"number\":117,\"title\":null,\"state\":{}}"})
    void anAnswerOfAnotherShapeIsAFailure(String body) {
        answers.give(ISSUE_API, 200, body);
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 404})
    void aWebPageWhereTheApiWasExpectedIsAFailure(int status) {
        answers.give(ISSUE_API, status, "<html><title>Sign in</title>", Map.of("Content-Type", "text/html"));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    @Test
    void aWebPageThatSaysNotFoundIsNotTheApisWord() {
        answers.give(ISSUE_API, 404, "<html><title>Page not found</title>", Map.of("Content-Type", "text/html"));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    @Test
    void aSecondaryRateLimitIsToldByItsMessageAlone() {
        answers.give(ISSUE_API, 403, """
                {"documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
                 "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}""");
        assertEquals(FailureReason.RATE_LIMITED, failure().reason());
    }

    // What did not change

    private static final String ISSUE = """
            {"number": 117, "title": "Show names", "state": "open"}""";

    private static BugUrl known(String etag, boolean byApi) {
        Freshness freshness = new Freshness(etag, "Mon, 16 Nov 2026 10:00:00 GMT", null);
        return url("/kiwitcms/Kiwi/issues/117").withCached(new BugUrl.Cached(freshness, byApi));
    }

    @Test
    void theTagOfAnIssueIsKeptAndNotHowLongABrowserMayKeepIt() {
        answers.give(
                ISSUE_API,
                200,
                ISSUE,
                Map.of(
                        "ETag",
                        "W/\"5a\"",
                        "Last-Modified",
                        "Mon, 16 Nov 2026 10:00:00 GMT",
                        "Cache-Control",
                        "public, max-age=60, s-maxage=60"));
        assertEquals(
                new Freshness("W/\"5a\"", null, null),
                gitHub.details(url("/kiwitcms/Kiwi/issues/117")).orElseThrow().freshness());
        assertFalse(answers.requests().get(0).headers().containsKey("If-None-Match"));
    }

    @Test
    void anIssueThatDidNotChangeIsNotReadAgain() {
        answers.give(ISSUE_API, 304, "", Map.of("X-RateLimit-Remaining", "4999"));
        NotModified same = assertThrows(NotModified.class, () -> gitHub.details(known("W/\"5a\"", true)));
        assertEquals(new Freshness("W/\"5a\"", null, null), same.freshness());
        assertEquals("W/\"5a\"", answers.requests().get(0).headers().get("If-None-Match"));
        assertFalse(answers.requests().get(0).headers().containsKey("If-Modified-Since"));
        assertEquals(
                4999, gitHub.states.of(GITHUB_COM).rateLimit().remaining(), "the rate limit of such an answer counts");
    }

    @Test
    void anIssueThatChangedIsReadAgain() {
        answers.give(ISSUE_API, 200, ISSUE, Map.of("ETag", "W/\"5b\""));
        assertEquals(
                new Freshness("W/\"5b\"", null, null),
                gitHub.details(known("W/\"5a\"", true)).orElseThrow().freshness());
    }

    @Test
    void theTagOfAPageIsNotSentToTheApi() {
        answers.give(ISSUE_API, 200, ISSUE);
        gitHub.details(known("\"page\"", false));
        assertFalse(answers.requests().get(0).headers().containsKey("If-None-Match"));
    }

    @Test
    void thatNothingChangedIsUnexpectedWhereNobodyAsked() {
        answers.give(ISSUE_API, 304, "", Map.of());
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    @Test
    void whatDidNotChangePassesAnExtensionThatKnowsNothingOfIt() {
        answers.give(ISSUE_API, 304, "", Map.of("ETag", "W/\"5a\""));
        GitHub extended = new GitHub() {
            @Override
            public Optional<BugDetails> details(BugUrl url) {
                return super.details(url).map(details -> details.withTitle("EXTENDED: " + details.title()));
            }
        };
        extended.client = answers;
        BugUrl url = known("W/\"5a\"", true);
        assertEquals(
                Map.of(url, new Answer.Unchanged(new Freshness("W/\"5a\"", null, null))),
                TestBugUrls.refreshed(extended, List.of(url)));
    }

    // Many in one request

    private static final String GRAPHQL = "https://api.github.com/graphql";

    private static final String FIELDS = "number title body url updatedAt"
            + " assignees(first: 10) { nodes { login } } labels(first: 100) { nodes { name } } repository { isPrivate }";

    private static final TrackerSystem WITH_TOKEN =
            TestBugUrls.system("GitHub", "https://github.com", null, "ghp_secret");

    private static List<BugUrl> urls(String... paths) {
        return Arrays.stream(paths)
                .map(path -> TestBugUrls.of("https://github.com" + path, WITH_TOKEN))
                .toList();
    }

    private static String issue(int number) {
        return """
                {"number": %d, "title": "Issue %<d", "body": null, "updatedAt": "2026-11-01T10:00:00Z",
                 "assignees": {"nodes": []}, "labels": {"nodes": []}, "issueState": "OPEN", "issueType": null}""".formatted(number);
    }

    private static Answer found(int number) {
        return new Answer.Found(BugDetails.of("" + number, "Issue " + number)
                .withStatus("open")
                .withResolved(false)
                .withFields(BugFields.NONE.withUpdated(Instant.parse("2026-11-01T10:00:00Z"))));
    }

    private static FailureReason reason(Answer answer) {
        return assertInstanceOf(Answer.Failed.class, answer).failure().reason();
    }

    @Test
    void bugsOfManyRepositoriesAreOneQueryAndWhatIsMissingHarmsNoOther() {
        answers.give(GRAPHQL, 200, """
                {"data": {
                  "r0": {
                    "n117": {"number": 117, "title": "Show names", "body": "**x**", "updatedAt": "2026-11-01T10:00:00Z",
                      "assignees": {"nodes": [{"login": "ann"}, null, {"login": "bob"}]},
                      "labels": {"nodes": [{"name": "ui"}]}, "issueState": "CLOSED", "issueType": {"name": "Bug"}},
                    "n118": {"number": 118, "title": "Fix names", "body": "", "updatedAt": "2026-11-02T10:00:00Z",
                      "assignees": {"nodes": []}, "labels": null, "prState": "MERGED"},
                    "n999": null},
                  "r1": null, "r2": null},
                 "errors": [
                  {"type": "NOT_FOUND", "path": ["r0", "n999"], "locations": [{"line": 1, "column": 9}],
                   "message": "Could not resolve to an issue or pull request with the number of 999."},
                  {"type": "NOT_FOUND", "path": ["r1"], "locations": [{"line": 1, "column": 9}],
                   "message": "Could not resolve to a Repository with the name 'acme/secret'."},
                  {"type": "FORBIDDEN", "path": ["r2"], "extensions": {"saml_failure": true}, "locations": [],
                   "message": "Resource protected by organization SAML enforcement."}]}""");
        List<BugUrl> urls = urls(
                "/kiwitcms/Kiwi/issues/117",
                "/KiwiTCMS/kiwi/pull/118/files",
                "/kiwitcms/Kiwi/issues/999",
                "/acme/secret/issues/1",
                "/acme/saml/issues/00012");
        Map<BugUrl, Answer> given = TestBugUrls.refreshed(gitHub, urls.subList(0, 4));
        assertEquals(
                List.of(
                        new Answer.Found(BugDetails.of("117", "Show names")
                                .withDescription("<p><strong>x</strong></p>\n")
                                .withStatus("closed")
                                .withResolved(true)
                                .withFields(BugFields.NONE
                                        .withAssignee("ann, bob")
                                        .withType("Bug")
                                        .withLabels(List.of("ui"))
                                        .withUpdated(Instant.parse("2026-11-01T10:00:00Z")))),
                        new Answer.Found(BugDetails.of("118", "Fix names")
                                .withStatus("merged")
                                .withResolved(true)
                                .withFields(BugFields.NONE
                                        .withType("pull request")
                                        .withUpdated(Instant.parse("2026-11-02T10:00:00Z")))),
                        new Answer.NoSuchBug(),
                        new Answer.NoSuchBug()),
                List.copyOf(given.values()));
        assertEquals(
                FailureReason.FORBIDDEN,
                reason(gitHub.askAll(urls, gitHub.api(urls.get(0))).get(urls.get(4))));
        assertEquals(List.of("POST " + GRAPHQL, "POST " + GRAPHQL), answers.asked());
        assertEquals(
                "{\"query\":\"query { r0: repository(owner: \\\"kiwitcms\\\", name: \\\"kiwi\\\") {"
                        + " n117: issueOrPullRequest(number: 117) { ...i ...p }"
                        + " n118: issueOrPullRequest(number: 118) { ...i ...p }"
                        + " n999: issueOrPullRequest(number: 999) { ...i ...p } }"
                        + " r1: repository(owner: \\\"acme\\\", name: \\\"secret\\\") {"
                        + " n1: issueOrPullRequest(number: 1) { ...i ...p } }"
                        + " } fragment i on Issue { " + FIELDS + " issueState: state stateReason issueType { name } }"
                        + " fragment p on PullRequest { " + FIELDS + " prState: state }\"}",
                answers.requests().get(0).body());
        assertEquals(
                Map.of("Authorization", "Bearer ghp_secret"),
                answers.requests().get(0).credentials());
    }

    @Test
    void aHundredBugsAreOneRequestAndWithoutATokenEachIsOne() {
        String[] paths = IntStream.rangeClosed(1, 201)
                .mapToObj(number -> "/acme/app/issues/" + number)
                .toArray(String[]::new);
        String all = IntStream.rangeClosed(1, 201)
                .mapToObj(number -> "\"n" + number + "\": " + issue(number))
                .collect(Collectors.joining(", "));
        answers.give(GRAPHQL, 200, "{\"data\": {\"r0\": {" + all + "}}}");
        answers.give("https://api.github.com/repos/acme/app/issues/201", 404, "{}");
        Map<BugUrl, Answer> given = TestBugUrls.refreshed(gitHub, urls(paths));
        assertEquals(found(200), List.copyOf(given.values()).get(199));
        assertEquals(
                List.of("POST " + GRAPHQL, "POST " + GRAPHQL, "GET https://api.github.com/repos/acme/app/issues/201"),
                answers.asked());
        assertEquals(1, gitHub.batchSize(GITHUB_COM));
    }

    @ParameterizedTest
    @CsvSource({
        "https://acme.ghe.com, https://api.acme.ghe.com/graphql",
        "https://git.acme.example, https://git.acme.example/api/graphql",
        "https://acme.example/git/, https://acme.example/git/api/graphql",
    })
    void theUrlOfGraphQlFollowsFromThatOfTheApi(String base, String graphQl) {
        answers.give(graphQl, 200, "{\"data\": {\"r0\": {\"n1\": " + issue(1) + "}}}");
        TrackerSystem system = TestBugUrls.system("GitHub", base, null, "ghp_secret");
        BugUrl url = TestBugUrls.of(base.replaceFirst("/$", "") + "/acme/app/issues/1", system);
        assertEquals(Map.of(url, found(1)), gitHub.askAll(List.of(url), gitHub.api(url)));
    }

    @Test
    void aServerThatKnowsNoIssueTypesIsAskedWithoutAndTheNextTimeAtOnce() {
        answers.give(GRAPHQL, 200, """
                {"errors": [{"path": ["fragment i", "issueType"], "locations": [{"line": 1, "column": 300}],
                  "extensions": {"code": "undefinedField", "typeName": "Issue", "fieldName": "issueType"},
                  "message": "Field 'issueType' doesn't exist on type 'Issue'"}]}""");
        answers.then(GRAPHQL, 200, "{\"data\": {\"r0\": {\"n1\": " + issue(1) + ", \"n2\": " + issue(2) + "}}}");
        List<BugUrl> urls = urls("/acme/app/issues/1", "/acme/app/issues/2");
        assertEquals(
                List.of(found(1), found(2)),
                List.copyOf(TestBugUrls.refreshed(gitHub, urls).values()));
        assertEquals(2, answers.asked().size());
        TestBugUrls.refreshed(gitHub, urls);
        assertEquals(3, answers.asked().size());
        assertFalse(answers.requests().get(2).body().contains("issueType"));
    }

    @Test
    void aServerWithoutGraphQlIsAskedOneByOne() {
        answers.give(GRAPHQL, 404, "{\"message\": \"Not Found\"}");
        answers.give("https://api.github.com/repos/acme/app/issues/1", 404, "{}");
        answers.give("https://api.github.com/repos/acme/app/issues/2", 500, "{}");
        List<BugUrl> urls = urls("/acme/app/issues/1", "/acme/app/issues/2");
        Map<BugUrl, Answer> given = gitHub.askAll(urls, gitHub.api(urls.get(0)));
        assertEquals(new Answer.NoSuchBug(), given.get(urls.get(0)));
        assertEquals("http_500", reason(given.get(urls.get(1))).word());
    }

    @Test
    void aTransferredIssueIsAskedForWhereItWent() {
        answers.give("https://api.github.com/repos/acme/app/issues/1", 200, """
                {"url": "https://api.github.com/repos/Acme/core/issues/77", "number": 77, "title": "Moved",
                 "state": "open", "assignees": [], "labels": []}""");
        answers.give(GRAPHQL, 200, """
                {"data": {"r0": {"n77": %s}, "r1": {"n2": %s}}}""".formatted(issue(77), issue(2)));
        List<BugUrl> urls = urls("/acme/app/issues/1", "/acme/app/issues/2");
        answers.give("https://api.github.com/repos/acme/core", 200, "{\"private\": false}");
        gitHub.details(urls.get(0));
        assertEquals(
                List.of(
                        new Answer.Found(((Answer.Found) found(77))
                                .details()
                                .withMovedTo("https://github.com/Acme/core/issues/77")),
                        found(2)),
                List.copyOf(TestBugUrls.refreshed(gitHub, urls).values()));
    }

    @Test
    void aBugThatIsThereAgainUnderTheOldNameIsThatOne() {
        answers.give("https://api.github.com/repos/acme/app/issues/1", 200, """
                {"url": "https://api.github.com/repos/acme/core/issues/77", "number": 77, "title": "Moved",
                 "html_url": "https://github.com/acme/core/issues/77", "state": "open"}""");
        answers.give(GRAPHQL, 200, """
                {"data": {"r0": {"n77": %s}, "r1": {"n1": %s, "n2": %s}}}""".formatted(issue(77), issue(1), issue(2)));
        List<BugUrl> urls = urls("/acme/app/issues/1", "/acme/app/issues/2");
        answers.give("https://api.github.com/repos/acme/core", 200, "{\"private\": false}");
        assertEquals(
                Optional.of("https://github.com/acme/core/issues/77"),
                gitHub.details(urls.get(0)).map(BugDetails::movedTo));
        assertEquals(
                List.of(found(1), found(2)),
                List.copyOf(TestBugUrls.refreshed(gitHub, urls).values()));
        assertEquals("acme/app", gitHub.changeScope(urls.get(0)), "where it is looked for from now on");
    }

    @Test
    void aRepositoryThatWasRenamedIsToldWhereItIsNow() {
        String renamed = issue(1).replaceFirst("\\{", "{\"url\": \"https://github.com/acme/application/pull/1\", ");
        answers.give(GRAPHQL, 200, "{\"data\": {\"r0\": {\"n1\": " + renamed + ", \"n2\": " + issue(2) + "}}}");
        Map<BugUrl, Answer> given = TestBugUrls.refreshed(gitHub, urls("/acme/app/issues/1", "/acme/app/issues/2"));
        assertEquals(
                List.of("https://github.com/acme/application/pull/1", "null"),
                given.values().stream()
                        .map(answer -> "" + ((Answer.Found) answer).details().movedTo())
                        .toList());
    }

    @ParameterizedTest
    @CsvSource({"closed, not_planned, not_planned", "closed, completed, completed", "open, reopened,", "closed,,"})
    void whyAnIssueIsClosedIsToldOfOneAndOfMany(String state, String reason, String resolution) {
        answers.give(ISSUE_API, 200, """
                {"number": 117, "title": "t", "state": "%s", "state_reason": %s, "assignee": {"login": "ann"}}""".formatted(state, reason == null ? null : '"' + reason + '"'));
        BugFields one =
                gitHub.details(url("/kiwitcms/Kiwi/issues/117")).orElseThrow().fields();
        assertEquals(BugFields.NONE.withAssignee("ann").withResolution(resolution), one);
        String inGraph = reason == null ? "null" : '"' + reason.toUpperCase() + '"';
        answers.give(
                GRAPHQL,
                200,
                "{\"data\": {\"r0\": {\"n1\": {\"number\": 1, \"title\": \"t\", \"issueState\": \""
                        + state.toUpperCase() + "\", \"stateReason\": " + inGraph + "}, \"n2\": null}}}");
        Answer many = TestBugUrls.refreshed(gitHub, urls("/acme/app/issues/1", "/acme/app/issues/2"))
                .values()
                .iterator()
                .next();
        assertEquals(resolution, ((Answer.Found) many).details().fields().resolution());
    }

    @Test
    void anAbuseDetectionMechanismIsARateLimit() {
        answers.give(ISSUE_API, 403, """
                {"message": "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.",
                 "documentation_url": "https://developer.github.com/v3#abuse-rate-limits"}""");
        BugUrl url = url("/kiwitcms/Kiwi/issues/117");
        FetchException failure = assertThrows(FetchException.class, () -> gitHub.ask(url, gitHub.api(url)));
        assertEquals(FailureReason.RATE_LIMITED, failure.reason());
    }

    @Test
    void anExhaustedRateLimitOfGraphQlIsA200WithAnErrorAndFailsAllAtOnce() {
        answers.give(GRAPHQL, 200, """
                {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]}""", Map.of("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1795338000"));
        List<BugUrl> urls = urls("/acme/app/issues/1", "/acme/app/issues/2");
        FetchException failure = assertThrows(FetchException.class, () -> gitHub.askAll(urls, gitHub.api(urls.get(0))));
        assertEquals(FailureReason.RATE_LIMITED, failure.reason());
        assertEquals(Optional.of(Instant.ofEpochSecond(1795338000)), failure.retryAt());
        assertEquals(1, answers.asked().size());
    }

    @ParameterizedTest
    @CsvSource({"401, unauthorized", "403, forbidden", "502, http_502"})
    void whatFailsTheBatchFailsAllOfItAtOnce(int status, String reason) {
        answers.give(GRAPHQL, status, "{\"message\": \"Bad credentials\"}");
        List<BugUrl> urls = urls("/acme/app/issues/1", "/acme/app/issues/2");
        FetchException failure = assertThrows(FetchException.class, () -> gitHub.askAll(urls, gitHub.api(urls.get(0))));
        assertEquals(reason, failure.reason().word());
        assertEquals(1, answers.asked().size());
    }

    @Test
    void whatAHeavyQueryLeavesUnansweredFailsAndIsNotTakenForMissing() {
        answers.give(GRAPHQL, 200, """
                {"data": {"r0": {"n1": %s, "n2": null, "n3": {"number": 3}}},
                 "errors": [{"message": "Something went wrong while executing your query."}]}""".formatted(issue(1)));
        List<BugUrl> urls = urls("/acme/app/issues/1", "/acme/app/issues/2", "/acme/app/issues/3");
        Map<BugUrl, Answer> given = gitHub.askAll(urls, gitHub.api(urls.get(0)));
        assertEquals(found(1), given.get(urls.get(0)));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, reason(given.get(urls.get(1))));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, reason(given.get(urls.get(2))));
    }

    @Test
    void aSubclassThatOverridesOnlyDetailsKeepsTheBatch() {
        GitHub extended = new GitHub() {
            @Override
            public Optional<BugDetails> details(BugUrl url) {
                return super.details(url).map(details -> details.withTitle("EXTENDED: " + details.title()));
            }
        };
        extended.client = answers;
        answers.give(GRAPHQL, 200, "{\"data\": {\"r0\": {\"n1\": " + issue(1) + ", \"n2\": " + issue(2) + "}}}");
        assertEquals(
                List.of("EXTENDED: Issue 1", "EXTENDED: Issue 2"),
                TestBugUrls.refreshed(extended, urls("/acme/app/issues/1", "/acme/app/issues/2")).values().stream()
                        .map(answer -> ((Answer.Found) answer).details().title())
                        .toList());
        assertEquals(List.of("POST " + GRAPHQL), answers.asked());
    }

    @Test
    void urlsOfOneBugHaveOneKey() {
        assertEquals(
                Set.of("acme/app#12"),
                urls(
                                "/acme/app/issues/12",
                                "/Acme/App/pull/12/files",
                                "/acme/app/issues/0012",
                                "/orgs/acme/projects/3?pane=issue&issue=acme%7Capp%7C12")
                        .stream()
                        .map(gitHub::bugKey)
                        .collect(Collectors.toSet()));
    }

    // What changed

    private static String changes(String home) {
        return "https://api.github.com/repos/" + home + "/issues?state=all&since=2026-11-22T09:00:00Z&per_page=100";
    }

    private static String numbers(int... numbers) {
        return Arrays.stream(numbers)
                .mapToObj(number -> "{\"id\": 9" + number + ", \"number\": " + number + "}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void whatChangedIsAListOfOneRepository() {
        List<BugUrl> urls = urls("/Acme/app/issues/12", "/acme/App/pull/13/files", "/acme/app/issues/14");
        assertEquals(Set.of("acme/app"), urls.stream().map(gitHub::changeScope).collect(Collectors.toSet()));
        answers.give(changes("acme/app"), 200, "[]");
        answers.then(changes("acme/app"), 200, numbers(13, 99));
        assertEquals(Optional.of(Set.of()), TestBugUrls.changed(gitHub, urls));
        assertEquals(Optional.of(Set.of("acme/app#13")), TestBugUrls.changed(gitHub, urls));
        assertEquals(2, answers.requests().size());
    }

    @Test
    void moreChangesThanAPageAreNotTold() {
        List<BugUrl> urls = urls("/acme/app/issues/12");
        answers.give(changes("acme/app"), 200, numbers(IntStream.range(0, 99).toArray()));
        answers.then(changes("acme/app"), 200, numbers(IntStream.range(0, 100).toArray()));
        answers.then(
                changes("acme/app"),
                200,
                numbers(12),
                Map.of("Link", "<https://api.github.com/repositories/7/issues?after=Y3>; rel=\"next\""));
        assertEquals(Optional.of(Set.of("acme/app#12")), TestBugUrls.changed(gitHub, urls));
        assertEquals(Optional.empty(), TestBugUrls.changed(gitHub, urls));
        assertEquals(Optional.empty(), TestBugUrls.changed(gitHub, urls));
    }

    @Test
    void changesOfAnIssueThatWasTransferredAreAskedForWhereItWent() {
        BugUrl url = urls("/acme/old/issues/3").get(0);
        answers.give("https://api.github.com/repos/acme/old/issues/3", 200, """
                {"url": "https://api.github.com/repos/acme/app/issues/12", "number": 12, "title": "Moved",
                 "state": "open"}""");
        answers.give("https://api.github.com/repos/acme/app", 200, "{\"private\": false}");
        gitHub.ask(url, gitHub.api(url));
        assertEquals("acme/app", gitHub.changeScope(url));
        answers.give(changes("acme/app"), 200, numbers(12));
        assertEquals(Optional.of(Set.of("acme/old#3")), TestBugUrls.changed(gitHub, List.of(url)));
    }

    @Test
    void aRateLimitIsNoAnswerToWhatChanged() {
        answers.give(changes("acme/app"), 403, "{\"message\": \"You have exceeded a secondary rate limit\"}");
        List<BugUrl> urls = urls("/acme/app/issues/12");
        assertEquals(
                FailureReason.RATE_LIMITED,
                assertThrows(FetchException.class, () -> TestBugUrls.changed(gitHub, urls))
                        .reason());
    }

    private FetchException failure() {
        BugUrl url = url("/kiwitcms/Kiwi/issues/117");
        Answer answer = IssueTracker.understood(() -> gitHub.ask(url, gitHub.api(url)));
        return assertInstanceOf(Answer.Failed.class, answer).failure();
    }
}
