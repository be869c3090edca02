package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GiteaTest {

    private static final TrackerSystem CODEBERG = TestBugUrls.system("Gitea", "https://codeberg.org", null, null);
    private static final String API = "https://codeberg.org/api/v1/repos/";
    private static final String ISSUE_API = API + "forgejo/forgejo/issues/12";
    private static final String NOT_FOUND = """
            {"message":"The target couldn't be found.","url":"https://codeberg.org/api/swagger","errors":[]}""";

    private final RecordedAnswers answers = new RecordedAnswers();
    private final Gitea gitea = new Gitea();

    @BeforeEach
    void connect() {
        gitea.client = answers;
    }

    private static BugUrl url(String path) {
        return TestBugUrls.of("https://codeberg.org" + path, CODEBERG);
    }

    /** As Forgejo 11 answers for an issue, with all that Bugloss does not need. */
    private static String issue(int number, String members) {
        return """
                {"id": 98%1$d, "url": "https://codeberg.org/api/v1/repos/forgejo/forgejo/issues/%1$d",
                 "html_url": "https://codeberg.org/forgejo/forgejo/issues/%1$d", "number": %1$d,
                 "user": {"id": 7, "login": "gusted", "login_name": "", "source_id": 0, "full_name": "Gusted",
                  "email": "gusted@noreply.codeberg.org", "avatar_url": "https://codeberg.org/avatars/1", "is_admin": false},
                 "original_author": "", "original_author_id": 0, "title": "Bug %1$d", "body": "", "ref": "", "assets": [],
                 "labels": null, "milestone": null, "assignee": null, "assignees": null, "state": "open",
                 "is_locked": false, "comments": 4, "created_at": "2024-04-29T01:15:51+02:00",
                 "updated_at": "2026-11-01T11:00:00+01:00", "closed_at": null, "due_date": null, "pull_request": null,
                 "repository": {"id": 97908, "name": "forgejo", "owner": "forgejo", "full_name": "forgejo/forgejo"},
                 "pin_order": 0%2$s}""".formatted(number, members.isEmpty() ? "" : ", " + members);
    }

    private static BugDetails bare(int number) {
        return BugDetails.of("" + number, "Bug " + number)
                .withStatus("open")
                .withResolved(false)
                .withFields(BugFields.NONE.withUpdated(Instant.parse("2026-11-01T10:00:00Z")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/forgejo/forgejo/issues/12",
                "/forgejo/forgejo/issues/12/",
                "/forgejo/forgejo/issues/12#issuecomment-1774902",
                "/forgejo/forgejo/issues/12?display=source",
                "/forgejo/forgejo/issues/0012",
                "/forgejo/forgejo/pulls/12",
                "/forgejo/forgejo/pulls/12/files#diff-a",
                "/forgejo/forgejo/pulls/12/commits/9fceb02",
                "/Forgejo/forgejo.test_x-y/issues/12",
                "/api/v1/repos/forgejo/forgejo/issues/12",
            })
    void everyShapeThatPeoplePasteGivesTheNumber(String path) {
        assertEquals(Optional.of("12"), gitea.bugId(url(path)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/forgejo",
                "/forgejo/forgejo",
                "/forgejo/forgejo/issues",
                "/forgejo/forgejo/issues/new",
                "/forgejo/forgejo/issues/12abc",
                "/forgejo/forgejo/issues/0",
                "/forgejo/forgejo/milestone/12",
                "/forgejo/forgejo/releases/12",
                "/forgejo/forgejo/src/branch/issues/12",
                "/forgejo/%2e%2e/issues/12",
            })
    void whatIsNoIssueIsNone(String path) {
        assertEquals(Optional.empty(), gitea.bugId(url(path)));
    }

    @Test
    void anIssueIsTheSameInAnyCaseAndAsAPullRequest() {
        assertEquals("forgejo/forgejo#12", gitea.bugKey(url("/Forgejo/FORGEJO/pulls/012/files")));
        assertEquals("forgejo/docs#12", gitea.bugKey(url("/forgejo/docs/issues/12")));
    }

    @ParameterizedTest
    @CsvSource({
        "https://codeberg.org, https://codeberg.org/api/v1",
        "https://acme.example/git/, https://acme.example/git/api/v1",
        "http://git.acme.example:3000, http://git.acme.example:3000/api/v1",
    })
    void theApiUrlFollowsFromTheBaseUrl(String base, String api) {
        assertEquals(api, gitea.apiUrl(TestBugUrls.system("Gitea", base, null, null)));
    }

    @Test
    void codebergIsWellKnown() {
        assertEquals(Map.of("codeberg", "https://codeberg.org"), gitea.publicSystems());
    }

    @Test
    void anOpenIssueIsToldWhole() {
        answers.give(ISSUE_API, 200, issue(12, """
                "title": "Names & <ids> 🦎", "body": "See **here** [there](/forgejo/docs):\\r\\nnext",
                "assignee": {"login": "ann"}, "assignees": [{"login": "ann", "full_name": "Ann"}, {"login": "bob"}],
                "labels": [{"id": 1, "name": "bug", "color": "ee0701", "exclusive": false}, {"name": "Priority/High"}]"""));
        assertEquals(
                Optional.of(bare(12).withTitle("Names & <ids> 🦎")
                        .withDescription("<p>See <strong>here</strong>"
                                + " <a href=\"https://codeberg.org/forgejo/docs\""
                                + " rel=\"nofollow noopener noreferrer ugc\">there</a>:<br>\nnext</p>\n")
                        .withFields(BugFields.NONE
                                .withAssignee("ann, bob")
                                .withLabels(List.of("bug", "Priority/High"))
                                .withUpdated(Instant.parse("2026-11-01T10:00:00Z")))),
                gitea.details(url("/forgejo/forgejo/issues/12#issuecomment-1")));
    }

    @Test
    void nullsInsteadOfListsAndAnEmptyBodyAreNoError() {
        answers.give(ISSUE_API, 200, issue(12, ""));
        assertEquals(Optional.of(bare(12)), gitea.details(url("/forgejo/forgejo/issues/12")));
    }

    @Test
    void anOldServersSingleAssigneeServes() {
        answers.give(ISSUE_API, 200, issue(12, "\"assignee\": {\"login\": \"ann\"}"));
        assertEquals(
                "ann",
                gitea.details(url("/forgejo/forgejo/issues/12"))
                        .orElseThrow()
                        .fields()
                        .assignee());
    }

    @Test
    void aMergedPullRequestAndAClosedIssueAreResolved() {
        answers.give(ISSUE_API, 200, issue(12, """
                "state": "closed", "closed_at": "2026-11-01T11:00:00+01:00",
                "pull_request": {"merged": true, "merged_at": "2026-11-01T11:00:00+01:00", "draft": false}"""));
        answers.give(API + "forgejo/forgejo/issues/13", 200, issue(13, "\"state\": \"closed\""));
        answers.give(API + "forgejo/forgejo/issues/14", 200, issue(14, """
                "state": "closed", "pull_request": {"merged": false, "merged_at": null, "draft": true}"""));
        BugFields pullRequest =
                BugFields.NONE.withType("pull request").withUpdated(Instant.parse("2026-11-01T10:00:00Z"));
        assertEquals(
                Optional.of(bare(12).withStatus("merged").withResolved(true).withFields(pullRequest)),
                gitea.details(url("/forgejo/forgejo/pulls/12")));
        assertEquals(
                Optional.of(bare(13).withStatus("closed").withResolved(true)),
                gitea.details(url("/forgejo/forgejo/issues/13")));
        assertEquals(
                Optional.of(bare(14).withStatus("closed").withResolved(true).withFields(pullRequest)),
                gitea.details(url("/forgejo/forgejo/pulls/14")));
    }

    @Test
    void anIssueThatIsNotThereOrPrivateIsNone() {
        answers.give(ISSUE_API, 404, NOT_FOUND);
        assertEquals(Optional.empty(), gitea.details(url("/forgejo/forgejo/issues/12")));
    }

    @Test
    void aTokenHasASchemeOfItsOwnAndAUserAPassword() {
        assertEquals(
                Map.of("Authorization", "token 0123abcd"),
                gitea.authentication(new TrackerSystem.Credentials(null, "0123abcd")));
        assertEquals(
                Map.of("Authorization", "Basic YW5uOnNlY3JldA=="),
                gitea.authentication(new TrackerSystem.Credentials("ann", "secret")));
        answers.give(ISSUE_API, 404, NOT_FOUND);
        gitea.details(url("/forgejo/forgejo/issues/12"));
        assertEquals(Map.of(), answers.requests().get(0).credentials());
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '^',
            value = {
                "401, unauthorized, {\"message\":\"user does not exist [uid: 0, name: ]\"}",
                "403, forbidden, {\"message\":\"Only signed in user is allowed to call APIs.\"}",
                "429, rate_limited, Too Many Requests",
                "500, http_500, {\"message\":\"\"}",
                "502, http_502, <html>Bad Gateway</html>",
            })
    void whatWentWrongIsToldApart(int status, String reason, String body) {
        answers.give(ISSUE_API, status, body);
        assertEquals(reason, failure().reason().word());
    }

    @Test
    void aRateLimitSaysUntilWhen() {
        answers.give(
                ISSUE_API,
                429,
                "",
                Map.of("Content-Type", "text/plain", "RateLimit-Reset", "1795338000", "RateLimit-Remaining", "0"));
        assertEquals(Optional.of(Instant.ofEpochSecond(1795338000)), failure().retryAt());
    }

    @Test
    void aWebPageWhereTheApiWasExpectedIsAFailure() {
        answers.give(
                ISSUE_API,
                200,
                "<!doctype html><title>Making sure you're not a bot!</title>",
                Map.of("Content-Type", "text/html; charset=utf-8"));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{}", "null", "{\"number\": 12, \"title\": null, \"state\": \"open\"}", "{"})
    void anAnswerOfAnotherShapeIsAFailure(String body) {
        answers.give(ISSUE_API, 200, body);
        Answer answer = gitea.askAll(List.of(url("/forgejo/forgejo/issues/12")), gitea.api(url("/")))
                .values()
                .iterator()
                .next();
        assertEquals(
                FailureReason.UNEXPECTED_ANSWER,
                ((Answer.Failed) answer).failure().reason());
    }

    @Test
    void manyAreAskedForOneByOneEachOnceAndNoneAffectsAnother() {
        answers.give(ISSUE_API, 200, issue(12, ""));
        answers.give(API + "forgejo/docs/issues/12", 404, NOT_FOUND);
        answers.give(API + "forgejo/forgejo/issues/13", 200, issue(13, ""));
        List<BugUrl> urls = List.of(
                url("/forgejo/forgejo/issues/12"),
                url("/forgejo/docs/issues/12"),
                url("/forgejo/forgejo/pulls/12/files"),
                url("/forgejo/forgejo/issues/13"));
        assertEquals(
                Map.of(
                        urls.get(0), new Answer.Found(bare(12)),
                        urls.get(1), new Answer.NoSuchBug(),
                        urls.get(2), new Answer.Found(bare(12)),
                        urls.get(3), new Answer.Found(bare(13))),
                TestBugUrls.refreshed(gitea, urls));
        assertEquals(
                List.of(
                        "GET " + ISSUE_API,
                        "GET " + API + "forgejo/docs/issues/12",
                        "GET " + API + "forgejo/forgejo/issues/13"),
                answers.asked());
    }

    // What changed

    private static final String CHANGES = API + "forgejo/forgejo/issues?state=all&since=2026-11-22T09:00:00Z&limit=50";

    private void giveChanges(String all, String... headers) {
        Map<String, String> more = headers.length == 0 ? Map.of() : Map.of(headers[0], headers[1]);
        answers.give(CHANGES, 200, all, more);
    }

    @Test
    void whatChangedIsAListOfOneRepository() {
        List<BugUrl> urls = List.of(url("/Forgejo/forgejo/issues/12"), url("/forgejo/forgejo/pulls/13/files"));
        assertEquals("forgejo/forgejo", gitea.changeScope(urls.get(0)));
        giveChanges("[]");
        assertEquals(Optional.of(Set.of()), TestBugUrls.changed(gitea, urls));
        giveChanges("[{\"id\": 12, \"number\": 13}, {\"number\": 99}]", "X-Total-Count", "2");
        assertEquals(Optional.of(Set.of("forgejo/forgejo#13")), TestBugUrls.changed(gitea, urls));
        assertEquals(List.of("GET " + CHANGES, "GET " + CHANGES), answers.asked());
    }

    @Test
    void moreChangesThanAPageAreNotToldHoweverShortTheAdministratorMadeIt() {
        List<BugUrl> urls = List.of(url("/forgejo/forgejo/issues/12"));
        giveChanges("[{\"number\": 12}]", "X-Total-Count", "2");
        assertEquals(Optional.empty(), TestBugUrls.changed(gitea, urls));
        giveChanges("[{\"number\": 12}]", "Link", "<https://codeberg.org/x?page=2>; rel=\"next\"");
        assertEquals(Optional.empty(), TestBugUrls.changed(gitea, urls));
        giveChanges("[]", "X-Total-Count", "7");
        assertEquals(Optional.empty(), TestBugUrls.changed(gitea, urls));
        // As of old versions, which do not say.
        giveChanges("[{\"number\": 12}]");
        assertEquals(Optional.empty(), TestBugUrls.changed(gitea, urls));
    }

    private FetchException failure() {
        return assertThrows(
                FetchException.class,
                () -> gitea.ask(url("/forgejo/forgejo/issues/12"), gitea.api(url("/forgejo/forgejo/issues/12"))));
    }
}
