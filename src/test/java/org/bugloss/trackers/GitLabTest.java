package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.ArrayList;
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

class GitLabTest {

    private static final TrackerSystem GITLAB_COM = TestBugUrls.system("GitLab", "https://gitlab.com", null, null);
    private static final String PROJECT = "https://gitlab.com/api/v4/projects/gitlab-org%2Fcharts%2Fgitlab";
    private static final String ISSUE_API = PROJECT + "/issues/1204";

    private final RecordedAnswers answers = new RecordedAnswers();
    private final GitLab gitLab = new GitLab();

    @BeforeEach
    void connect() {
        gitLab.client = answers;
    }

    private static BugUrl url(String path) {
        return TestBugUrls.of("https://gitlab.com" + path, GITLAB_COM);
    }

    private static List<BugUrl> urls(String... paths) {
        return Arrays.stream(paths).map(GitLabTest::url).toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/gitlab-org/charts/gitlab/-/issues/1204",
                "/gitlab-org/charts/gitlab/-/issues/1204/",
                "/gitlab-org/charts/gitlab/-/issues/1204#note_358493821",
                "/gitlab-org/charts/gitlab/-/issues/1204/designs/shot.png?version=3",
                "/gitlab-org/charts/gitlab/issues/1204",
                "/gitlab-org/charts/gitlab/-/issues/incident/1204",
                "/gitlab-org/charts/gitlab/-/issues/01204",
                "/gitlab-org/charts/gitlab/-/work_items/1204?iid_path=true",
                "/Gitlab-Org/Charts/gitlab/-/issues/1204",
                // {"iid":"1204","full_path":"gitlab-org/charts/gitlab","id":23}
                "/gitlab-org/charts/gitlab/-/issues?sort=created_date&show="
                        + "eyJpaWQiOiIxMjA0IiwiZnVsbF9wYXRoIjoiZ2l0bGFiLW9yZy9jaGFydHMvZ2l0bGFiIiwiaWQiOjIzfQ%3D%3D",
                "/groups/gitlab-org/-/boards/7?show="
                        + "eyJpaWQiOiIxMjA0IiwiZnVsbF9wYXRoIjoiZ2l0bGFiLW9yZy9jaGFydHMvZ2l0bGFiIiwiaWQiOjIzfQ==",
                "/api/v4/projects/gitlab-org%2fcharts%2Fgitlab/issues/1204",
            })
    void everyShapeOfAnIssueGivesItsNumberInItsProject(String path) {
        assertEquals(Optional.of("1204"), gitLab.bugId(url(path)));
        assertEquals("/projects/gitlab-org%2fcharts%2fgitlab/issues/1204", gitLab.bugKey(url(path)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/gitlab-org/gitlab/-/merge_requests/1204",
                "/gitlab-org/gitlab/-/merge_requests/1204/diffs?commit_id=9fceb02",
                "/gitlab-org/gitlab/merge_requests/1204/pipelines",
                "/api/v4/projects/gitlab-org%2Fgitlab/merge_requests/1204/notes",
            })
    void everyShapeOfAMergeRequestGivesItsNumberApartFromIssues(String path) {
        assertEquals(Optional.of("1204"), gitLab.bugId(url(path)));
        assertEquals("/projects/gitlab-org%2fgitlab/merge_requests/1204", gitLab.bugKey(url(path)));
    }

    @Test
    void aProjectMayBeGivenByItsNumber() {
        assertEquals("/projects/278964/issues/5", gitLab.bugKey(url("/api/v4/projects/278964/issues/5")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/gitlab-org/gitlab",
                "/gitlab-org/gitlab/-/issues",
                "/gitlab-org/gitlab/-/issues/new",
                "/gitlab-org/gitlab/-/issues/service_desk",
                "/gitlab-org/gitlab/-/issues/12abc",
                "/gitlab-org/gitlab/-/commit/1204",
                "/gitlab-org/gitlab/-/pipelines/1204",
                "/groups/gitlab-org/-/epics/1204",
                "/groups/gitlab-org/charts/-/work_items/1204",
                "/gitlab-org/-/issues/1204",
                "/dashboard/issues/1204",
                "/gitlab-org/gitlab/-/issues?show=nonsense",
                "/gitlab-org/gitlab/-/issues?show=eyJpZCI6MjN9",
                "/gitlab-org/gitlab/-/issues?show=%00%ff",
                "/api/v4/projects/1/pipelines/3",
            })
    void whatIsNoIssueIsNone(String path) {
        assertEquals(Optional.empty(), gitLab.bugId(url(path)));
    }

    @ParameterizedTest
    @CsvSource({
        "https://gitlab.com, https://gitlab.com/api/v4",
        "https://acme.example/gitlab/, https://acme.example/gitlab/api/v4",
    })
    void theApiUrlFollowsFromTheBaseUrl(String base, String api) {
        assertEquals(api, gitLab.apiUrl(TestBugUrls.system("GitLab", base, null, null)));
    }

    @Test
    void anOpenIssueIsToldWhole() {
        answers.give(ISSUE_API, 200, """
                {"id": 3423532, "iid": 1204, "project_id": 3828396, "title": "Pods & <crash>", "state": "opened",
                 "description": "When **starting**\\n\\n| a | b |\\n|---|---|\\n| 1 | 2 |", "created_at":
                 "2018-09-27T14:59:17.000Z", "updated_at": "2026-11-01T10:00:00.123Z", "closed_at": null,
                 "closed_by": null, "labels": ["bug::availability", "Category:Cloud Native Installation"],
                 "milestone": null, "assignees": [{"id": 1, "username": "ann", "name": "Ann Å.", "state": "active"},
                 {"id": 2, "username": "bob", "name": ""}], "author": {"id": 9, "username": "x", "name": "X"},
                 "type": "ISSUE", "assignee": {"id": 1, "username": "ann", "name": "Ann Å."}, "user_notes_count": 3,
                 "merge_requests_count": 0, "confidential": false, "issue_type": "incident", "severity": "UNKNOWN",
                 "weight": null, "references": {"short": "#1204", "relative": "#1204",
                 "full": "gitlab-org/charts/gitlab#1204"}, "moved_to_id": null}""");
        assertEquals(
                Optional.of(BugDetails.of("1204", "Pods & <crash>")
                        .withDescription("<p>When <strong>starting</strong></p>\n<table>\n<thead>\n<tr>\n<th>a</th>\n"
                                + "<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n"
                                + "</tbody>\n</table>\n")
                        .withConfidential(false)
                        .withStatus("opened")
                        .withResolved(false)
                        .withFields(BugFields.NONE
                                .withAssignee("Ann Å., bob")
                                .withType("incident")
                                .withLabels(List.of("bug::availability", "Category:Cloud Native Installation"))
                                .withUpdated(Instant.parse("2026-11-01T10:00:00.123Z")))),
                gitLab.details(url("/gitlab-org/charts/gitlab/-/issues/1204")));
    }

    @ParameterizedTest
    @CsvSource({"merged, true", "closed, true", "opened, false", "locked, false"})
    void aMergeRequestIsToldWhole(String state, boolean resolved) {
        answers.give(PROJECT + "/merge_requests/7", 200, """
                {"id": 155016530, "iid": 7, "title": "Draft: Fix it", "description": null, "state": "%s",
                 "merged_at": null, "source_branch": "fix", "target_branch": "master", "assignees": [],
                 "assignee": null, "labels": [], "draft": true, "updated_at": "2026-11-02T10:00:00.000+02:00"}""".formatted(state));
        assertEquals(
                Optional.of(BugDetails.of("7", "Draft: Fix it")
                        .withStatus(state)
                        .withResolved(resolved)
                        .withFields(BugFields.NONE
                                .withType("merge request")
                                .withUpdated(Instant.parse("2026-11-02T08:00:00Z")))),
                gitLab.details(url("/gitlab-org/charts/gitlab/-/merge_requests/7/diffs")));
    }

    @Test
    void anIssueThatIsNotThereOrConfidentialIsNone() {
        answers.give(ISSUE_API, 404, "{\"message\": \"404 Not found\"}");
        assertEquals(Optional.empty(), gitLab.details(url("/gitlab-org/charts/gitlab/-/issues/1204")));
    }

    @Test
    void aTokenIsSentAsABearerAndNothingIsSentWithoutOne() {
        answers.give(ISSUE_API, 404, "{}");
        gitLab.details(url("/gitlab-org/charts/gitlab/-/issues/1204"));
        assertEquals(Map.of(), answers.requests().get(0).credentials());
        gitLab.details(TestBugUrls.of(
                "https://gitlab.com/gitlab-org/charts/gitlab/-/issues/1204",
                TestBugUrls.system("GitLab", "https://gitlab.com", null, "glpat-secret")));
        assertEquals(
                Map.of("Authorization", "Bearer glpat-secret"),
                answers.requests().get(1).credentials());
        assertEquals(
                Map.of("Authorization", "Bearer glpat-secret"),
                gitLab.authentication(new TrackerSystem.Credentials("ann", "glpat-secret")));
    }

    @ParameterizedTest
    @CsvSource({"401, unauthorized", "403, forbidden", "429, rate_limited", "500, http_500", "503, http_503"})
    void whatWentWrongIsToldApart(int status, String reason) {
        answers.give(ISSUE_API, status, "{\"message\": \"401 Unauthorized\"}");
        assertEquals(reason, failure().reason().word());
    }

    @Test
    void anExhaustedRateLimitIsPlainTextAndSaysUntilWhen() {
        answers.give(
                ISSUE_API,
                429,
                "Retry later\n",
                Map.of(
                        "Content-Type", "text/plain",
                        "RateLimit-Limit", "500",
                        "RateLimit-Remaining", "0",
                        "RateLimit-Reset", "1795338000"));
        assertEquals(FailureReason.RATE_LIMITED, failure().reason());
        assertEquals(Optional.of(Instant.ofEpochSecond(1795338000)), failure().retryAt());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{}", "{\"iid\": 1204}", "null", "{\"iid\":1204,\"title\":null,\"state\":{}}", "no"})
    void anAnswerOfAnotherShapeIsAFailure(String body) {
        answers.give(ISSUE_API, 200, body);
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    @ParameterizedTest
    @CsvSource({"200, unexpected_answer", "404, unexpected_answer", "502, http_502"})
    void aWebPageWhereTheApiWasExpectedIsAFailure(int status, String reason) {
        answers.give(ISSUE_API, status, "<html><title>Sign in</title>", Map.of("Content-Type", "text/html"));
        assertEquals(reason, failure().reason().word());
    }

    // Many in one request

    private static String batch(int page, int... iids) {
        return Arrays.stream(iids)
                .mapToObj(iid -> "iids%5B%5D=" + iid)
                .collect(Collectors.joining(
                        "&", PROJECT + "/issues?scope=all&state=all&", "&per_page=100&page=" + page));
    }

    private static String issue(int iid) {
        return """
                {"id": 9%d, "iid": %<d, "title": "Issue %<d", "state": "opened", "description": "", "labels": [],
                 "assignees": [], "assignee": null, "issue_type": "issue", "updated_at": null}""".formatted(iid);
    }

    private static Answer found(int iid) {
        return new Answer.Found(BugDetails.of("" + iid, "Issue " + iid)
                .withStatus("opened")
                .withResolved(false)
                .withFields(BugFields.NONE.withType("issue")));
    }

    @Test
    void issuesOfOneProjectAreOneRequestAndWhatIsMissingHarmsNoOther() {
        answers.give(batch(1, 5, 404, 3, 8), 200, "[" + issue(8) + ", {\"iid\": 44}, " + issue(5) + "]");
        List<Answer> given = List.copyOf(TestBugUrls.refreshed(
                        gitLab,
                        urls(
                                "/gitlab-org/charts/gitlab/-/issues/5",
                                "/gitlab-org/charts/gitlab/issues/404",
                                "/gitlab-org/charts/gitlab/-/work_items/3",
                                "/gitlab-org/charts/gitlab/-/issues/8#note_1"))
                .values());
        assertEquals(found(5), given.get(0));
        assertEquals(new Answer.NoSuchBug(), given.get(1));
        assertEquals(new Answer.NoSuchBug(), given.get(2));
        assertEquals(found(8), given.get(3));
        assertEquals(List.of("GET " + batch(1, 5, 404, 3, 8)), answers.asked());
    }

    @Test
    void anOddItemFailsAlone() {
        answers.give(batch(1, 5, 3), 200, "[" + issue(5) + ", {\"iid\": 3, \"title\": {}}, 7, null]");
        List<BugUrl> urls = urls("/gitlab-org/charts/gitlab/-/issues/5", "/gitlab-org/charts/gitlab/-/issues/3");
        Map<BugUrl, Answer> given = gitLab.askAll(urls, gitLab.api(urls.get(0)));
        assertEquals(found(5), given.get(urls.get(0)));
        assertEquals(
                FailureReason.UNEXPECTED_ANSWER,
                assertInstanceOf(Answer.Failed.class, given.get(urls.get(1)))
                        .failure()
                        .reason());
    }

    @Test
    void issuesAndMergeRequestsAndProjectsAreAskedForApartInHundreds() {
        List<BugUrl> urls = urls(IntStream.rangeClosed(1, 250)
                .mapToObj(iid -> "/gitlab-org/charts/gitlab/-/issues/" + iid)
                .toArray(String[]::new));
        List<BugUrl> more = new ArrayList<>(urls);
        more.addAll(urls("/gitlab-org/charts/gitlab/-/merge_requests/1", "/a/b/-/issues/1"));
        String all =
                "[" + IntStream.rangeClosed(1, 250).mapToObj(GitLabTest::issue).collect(Collectors.joining(",")) + "]";
        for (int from = 1; from <= 250; from += 100) {
            answers.give(
                    batch(
                            1,
                            IntStream.rangeClosed(from, Math.min(from + 99, 250))
                                    .toArray()),
                    200,
                    all);
        }
        answers.give(PROJECT + "/merge_requests/1", 404, "{}");
        answers.give("https://gitlab.com/api/v4/projects/a%2Fb/issues/1", 404, "{}");
        Map<BugUrl, Answer> given = TestBugUrls.refreshed(gitLab, more);
        assertEquals(found(250), given.get(urls.get(249)));
        assertEquals(5, answers.asked().size());
    }

    @Test
    void pagesAreReadUntilAllAreThereOrThePagesEnd() {
        Map<String, String> next = Map.of(
                "Content-Type",
                "application/json",
                "Link",
                "<https://gitlab.com/api/v4/x?page=2>; rel=\"next\","
                        + " <https://gitlab.com/api/v4/x?page=1>; rel=\"first\"");
        answers.give(batch(1, 1, 2, 3), 200, "[" + issue(1) + "]", next);
        answers.give(batch(2, 1, 2, 3), 200, "[" + issue(3) + "]");
        List<BugUrl> urls = urls(
                "/gitlab-org/charts/gitlab/-/issues/1",
                "/gitlab-org/charts/gitlab/-/issues/2",
                "/gitlab-org/charts/gitlab/-/issues/3");
        assertEquals(
                List.of(found(1), new Answer.NoSuchBug(), found(3)),
                List.copyOf(TestBugUrls.refreshed(gitLab, urls).values()));
        assertEquals(2, answers.asked().size());
    }

    @Test
    void inAProjectThatIsMissingOrPrivateThereIsNone() {
        answers.give(batch(1, 1, 2), 404, "{\"message\": \"404 Project Not Found\"}");
        List<BugUrl> urls = urls("/gitlab-org/charts/gitlab/-/issues/1", "/gitlab-org/charts/gitlab/-/issues/2");
        assertEquals(
                Set.of(new Answer.NoSuchBug()),
                Set.copyOf(TestBugUrls.refreshed(gitLab, urls).values()));
        assertEquals(1, answers.asked().size());
    }

    @ParameterizedTest
    @CsvSource({
        "401, '{\"message\": \"401 Unauthorized\"}', unauthorized",
        "403, '{\"error\": \"insufficient_scope\"}', forbidden",
        "429, '{}', rate_limited",
        "200, '{\"message\": \"maintenance\"}', unexpected_answer"
    })
    void whatFailsTheBatchFailsAllOfItAtOnce(int status, String body, String reason) {
        answers.give(batch(1, 1, 2), status, body);
        List<BugUrl> urls = urls("/gitlab-org/charts/gitlab/-/issues/1", "/gitlab-org/charts/gitlab/-/issues/2");
        FetchException failure = assertThrows(FetchException.class, () -> gitLab.askAll(urls, gitLab.api(urls.get(0))));
        assertEquals(reason, failure.reason().word());
        assertEquals(1, answers.asked().size());
    }

    @Test
    void aSubclassThatOverridesOnlyDetailsKeepsTheBatch() {
        GitLab extended = new GitLab() {
            @Override
            public Optional<BugDetails> details(BugUrl url) {
                return super.details(url).map(details -> details.withTitle("EXTENDED: " + details.title()));
            }
        };
        extended.client = answers;
        answers.give(batch(1, 1, 2), 200, "[" + issue(1) + "," + issue(2) + "]");
        List<BugUrl> urls = urls("/gitlab-org/charts/gitlab/-/issues/1", "/gitlab-org/charts/gitlab/-/issues/2");
        assertEquals(
                List.of("EXTENDED: Issue 1", "EXTENDED: Issue 2"),
                TestBugUrls.refreshed(extended, urls).values().stream()
                        .map(answer -> ((Answer.Found) answer).details().title())
                        .toList());
        assertEquals(1, answers.asked().size());
    }

    @Test
    void anIssueThatDidNotChangeIsNotReadAgain() {
        answers.then(
                ISSUE_API,
                200,
                "{\"iid\": 1204, \"title\": \"Pods\", \"state\": \"opened\"}",
                Map.of("ETag", "W/\"5a\"", "Cache-Control", "max-age=0, private, must-revalidate"));
        answers.then(ISSUE_API, 304, "", Map.of());
        BugUrl url = url("/gitlab-org/charts/gitlab/-/issues/1204");
        Freshness freshness = gitLab.details(url).orElseThrow().freshness();
        assertEquals(new Freshness("W/\"5a\"", null, null), freshness);
        NotModified same = assertThrows(
                NotModified.class, () -> gitLab.details(url.withCached(new BugUrl.Cached(freshness, true))));
        assertEquals(freshness, same.freshness());
        assertEquals("W/\"5a\"", answers.requests().get(1).headers().get("If-None-Match"));
    }

    // What changed

    private static String changes(String list) {
        return PROJECT + "/" + list + "?scope=all&state=all&updated_after=2026-11-22T09:00:00Z&per_page=100";
    }

    private static String iids(int number) {
        return IntStream.rangeClosed(1, number)
                .mapToObj(iid -> "{\"id\": 9" + iid + ", \"iid\": " + iid + "}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void whatChangedIsAListOfOneProjectsIssues() {
        List<BugUrl> urls =
                urls("/gitlab-org/charts/gitlab/-/issues/5", "/GitLab-org/charts/gitlab/-/work_items/8#note_1");
        answers.give(changes("issues"), 200, "[]");
        answers.then(changes("issues"), 200, "[{\"id\": 5, \"iid\": 8}, {\"id\": 91, \"iid\": 44}]");
        assertEquals(Optional.of(Set.of()), TestBugUrls.changed(gitLab, urls));
        assertEquals(
                Optional.of(Set.of("/projects/gitlab-org%2fcharts%2fgitlab/issues/8")),
                TestBugUrls.changed(gitLab, urls));
        assertEquals(2, answers.requests().size());
    }

    @Test
    void changesOfMergeRequestsAreAskedForApart() {
        List<BugUrl> urls =
                urls("/gitlab-org/charts/gitlab/-/merge_requests/8", "/gitlab-org/charts/gitlab/-/issues/8");
        assertEquals(2, urls.stream().map(gitLab::changeScope).distinct().count());
        answers.give(changes("merge_requests"), 200, "[{\"iid\": 8}]");
        assertEquals(
                Optional.of(Set.of("/projects/gitlab-org%2fcharts%2fgitlab/merge_requests/8")),
                TestBugUrls.changed(gitLab, urls.subList(0, 1)));
    }

    @Test
    void moreChangesThanAPageAreNotTold() {
        List<BugUrl> urls = urls("/gitlab-org/charts/gitlab/-/issues/5");
        answers.give(changes("issues"), 200, iids(99));
        answers.then(changes("issues"), 200, iids(100));
        answers.then(
                changes("issues"),
                200,
                iids(20),
                Map.of("Content-Type", "application/json", "Link", "<https://gitlab.com/x?page=2>; rel=\"next\""));
        assertEquals(1, TestBugUrls.changed(gitLab, urls).orElseThrow().size());
        assertEquals(Optional.empty(), TestBugUrls.changed(gitLab, urls));
        assertEquals(Optional.empty(), TestBugUrls.changed(gitLab, urls));
    }

    private FetchException failure() {
        BugUrl url = url("/gitlab-org/charts/gitlab/-/issues/1204");
        Answer answer = IssueTracker.understood(() -> gitLab.ask(url, gitLab.api(url)));
        return assertInstanceOf(Answer.Failed.class, answer).failure();
    }
}
