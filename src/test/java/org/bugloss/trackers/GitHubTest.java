package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
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
                        .withFields(new BugFields(
                                "ann, bob",
                                null,
                                "Bug",
                                List.of("ui", "good first issue"),
                                Instant.parse("2026-11-01T10:00:00Z")))),
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
                        .withFields(new BugFields(
                                null, null, "pull request", List.of(), Instant.parse("2026-11-02T10:00:00Z")))),
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

    private FetchException failure() {
        Answer answer = gitHub.askAll(
                        List.of(url("/kiwitcms/Kiwi/issues/117")), gitHub.api(url("/kiwitcms/Kiwi/issues/117")))
                .values()
                .iterator()
                .next();
        return assertInstanceOf(Answer.Failed.class, answer).failure();
    }
}
