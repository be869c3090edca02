package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JiraTest {

    private static final String CLOUD = "https://acme.atlassian.net";
    private static final String SERVER = "https://bugs.acme.example/jira";
    private static final String FIELDS =
            "?fields=summary,description,status,assignee,priority,issuetype,labels,updated,resolution,security";
    private static final String CLOUD_ISSUE = CLOUD + "/rest/api/3/issue/ABC-12" + FIELDS;
    private static final String SERVER_ISSUE = SERVER + "/rest/api/2/issue/ABC-12" + FIELDS;
    private static final String BULK = CLOUD + "/rest/api/3/issue/bulkfetch";
    private static final String SEARCH = SERVER + "/rest/api/2/search";

    private final RecordedAnswers answers = new RecordedAnswers();
    private final Jira jira = new Jira();

    @BeforeEach
    void connect() {
        jira.client = answers;
    }

    private static BugUrl url(String base, String path) {
        return TestBugUrls.of(base + path, TestBugUrls.system("JIRA", base, null, null));
    }

    private static List<BugUrl> urls(String base, String... keys) {
        return Arrays.stream(keys).map(key -> url(base, "/browse/" + key)).toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/browse/ABC-12",
                "/browse/abc-12/",
                "/browse/ABC-12?focusedCommentId=10&page=com.atlassian.jira.plugin.system.issuetabpanels%3Acomment-tabpanel",
                "/browse/ABC-12#comment-10",
                "/projects/ABC/issues/ABC-12",
                "/projects/ABC/issues/ABC-12?filter=allopenissues",
                "/issues/ABC-12?jql=project%20%3D%20XYZ-1",
                "/issues/?jql=project%20%3D%20ABC&selectedIssue=ABC-12",
                "/jira/software/projects/ABC/boards/1?selectedIssue=ABC-12",
                "/jira/software/c/projects/ABC/boards/1/backlog?view=detail&selectedIssue=ABC-12&issueLimit=100",
                "/jira/software/c/projects/ABC/issues/ABC-12",
                "/jira/core/projects/ABC/board?selectedIssue=ABC-12",
                "/jira/servicedesk/projects/ABC/queues/custom/1/ABC-12",
                "/jira/servicedesk/projects/ABC/queues/issue/ABC-12",
                "/secure/RapidBoard.jspa?rapidView=1&view=detail&selectedIssue=ABC-12",
                "/secure/ViewIssue.jspa?key=ABC-12",
                "/servicedesk/customer/portal/1/ABC-12",
                "/rest/api/2/issue/ABC-12",
                "/si/jira.issueviews:issue-xml/ABC-12/ABC-12.xml",
            })
    void everyShapeThatPeoplePasteGivesTheKey(String path) {
        assertEquals(Optional.of("ABC-12"), jira.bugId(url(CLOUD, path)));
        assertEquals(Optional.of("ABC-12"), jira.bugId(url(SERVER, path)));
        assertEquals("ABC-12", jira.bugKey(url(SERVER, path)));
    }

    @ParameterizedTest
    @CsvSource({
        "/browse/A2_B-1234567, A2_B-1234567",
        "/rest/api/2/issue/10002, 10002",
        "/rest/api/latest/issue/10002/comment/3, 10002",
    })
    void keysMayHaveDigitsAndTheApiTakesNumbers(String path, String id) {
        assertEquals(Optional.of(id), jira.bugId(url(SERVER, path)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/browse/ABC",
                "/browse/ABC-0",
                "/browse/ABC-12x",
                "/browse/ABC-12%20OR%201",
                "/projects/ABC/versions/10002",
                "/projects/ABC-12",
                "/issues/?jql=key%20%3D%20ABC-12",
                "/secure/Dashboard.jspa?selectPageId=12",
                "/secure/RapidBoard.jspa?rapidView=1&selectedIssue=ABC%22",
                "/wiki/spaces/ABC/pages/12",
                "/servicedesk/customer/portal/1",
            })
    void whatIsNoIssueIsNone(String path) {
        assertEquals(Optional.empty(), jira.bugId(url(SERVER, path)));
    }

    @Test
    void theApiIsBelowTheBaseUrl() {
        assertEquals(SERVER, jira.apiUrl(TestBugUrls.system("JIRA", SERVER, null, null)));
    }

    @Test
    void anIssueOfTheCloudIsToldWholeFromItsDocument() {
        answers.give(CLOUD_ISSUE, 200, """
                {"expand": "renderedFields,names,schema,operations", "id": "10002", "self":
                 "https://acme.atlassian.net/rest/api/3/issue/10002", "key": "ABC-12", "fields": {
                 "summary": "Crash & <burn>", "description": {"type": "doc", "version": 1, "content": [
                   {"type": "paragraph", "content": [{"type": "text", "text": "See "},
                     {"type": "text", "text": "here", "marks": [{"type": "strong"}]}]}]},
                 "status": {"self": "x", "description": "", "name": "In Bearbeitung", "id": "3", "statusCategory":
                   {"id": 4, "key": "indeterminate", "colorName": "yellow", "name": "In Progress"}},
                 "assignee": {"accountId": "5b10", "displayName": "Ann Å.", "active": true, "accountType": "atlassian"},
                 "priority": {"name": "Highest", "id": "1"}, "issuetype": {"id": "10004", "name": "Bug",
                 "subtask": false}, "labels": ["ui", "login page"], "updated": "2026-11-01T02:22:18.889-0800"}}""");
        assertEquals(
                Optional.of(BugDetails.of("ABC-12", "Crash & <burn>")
                        .withDescription("<p>See <strong>here</strong></p>")
                        .withStatus("In Bearbeitung")
                        .withResolved(false)
                        .withFields(BugFields.NONE
                                .withAssignee("Ann Å.")
                                .withPriority("Highest")
                                .withType("Bug")
                                .withLabels(List.of("ui", "login page"))
                                .withUpdated(Instant.parse("2026-11-01T10:22:18.889Z")))),
                jira.details(url(CLOUD, "/browse/ABC-12")));
    }

    @Test
    void anIssueOfDataCenterIsToldWholeFromItsWikiMarkup() {
        answers.give(SERVER_ISSUE, 200, """
                {"id": "10002", "key": "ABC-12", "fields": {"summary": "Crash", "description": "h2. Steps\\r\\n# *one*",
                 "status": {"name": "Released", "statusCategory": {"key": "done"}}, "assignee": null, "priority": null,
                 "issuetype": {"name": "Story"}, "labels": [], "updated": "2026-11-01T10:22:18.000+0000"}}""");
        assertEquals(
                Optional.of(BugDetails.of("ABC-12", "Crash")
                        .withDescription("<h2>Steps</h2><ol><li><strong>one</strong></li></ol>")
                        .withStatus("Released")
                        .withResolved(true)
                        .withFields(
                                BugFields.NONE.withType("Story").withUpdated(Instant.parse("2026-11-01T10:22:18Z")))),
                jira.details(url(SERVER, "/browse/ABC-12")));
    }

    @Test
    void fieldsThatAScreenHidesAreLeftOut() {
        answers.give(SERVER_ISSUE, 200, "{\"id\": \"1\", \"key\": \"ABC-12\", \"fields\": {\"summary\": \"Crash\"}}");
        assertEquals(Optional.of(BugDetails.of("ABC-12", "Crash")), jira.details(url(SERVER, "/browse/ABC-12")));
    }

    @Test
    void aSiteOfTheCloudUnderAnotherNameIsToldByItsApiUrl() {
        String api = "https://api.atlassian.com/ex/jira/11223344-a1b2-3b33-c444-def123456789";
        answers.give(api + "/rest/api/3/issue/ABC-12" + FIELDS, 404, "{}");
        assertEquals(
                Optional.empty(),
                jira.details(TestBugUrls.of(
                        "https://issues.acme.example/browse/ABC-12",
                        TestBugUrls.system("JIRA", "https://issues.acme.example", api, "token"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {CLOUD, SERVER})
    void anIssueThatIsNotThereIsNone(String base) {
        answers.give(base.equals(CLOUD) ? CLOUD_ISSUE : SERVER_ISSUE, 404, """
                {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}""");
        assertEquals(Optional.empty(), jira.details(url(base, "/browse/ABC-12")));
    }

    @Test
    void aUserAndATokenAreSentAsBasicAndATokenAloneAsABearer() {
        answers.give(CLOUD_ISSUE, 404, "{}");
        jira.details(url(CLOUD, "/browse/ABC-12"));
        assertEquals(Map.of(), answers.requests().get(0).credentials());
        jira.details(TestBugUrls.of(
                CLOUD + "/browse/ABC-12",
                new TrackerSystem(
                        "acme",
                        "JIRA",
                        CanonicalUrl.parse(CLOUD),
                        Optional.empty(),
                        new TrackerSystem.Credentials("ann@acme.example", "token"),
                        Optional.empty(),
                        Optional.empty())));
        assertEquals(
                Map.of("Authorization", "Basic YW5uQGFjbWUuZXhhbXBsZTp0b2tlbg=="),
                answers.requests().get(1).credentials());
        assertEquals(
                Map.of("Authorization", "Bearer pat"), jira.authentication(new TrackerSystem.Credentials(null, "pat")));
    }

    @Test
    void whatDataCenterDoesNotShowToAnybodyIsForbiddenAndNotAWrongPassword() {
        answers.give(SERVER_ISSUE, 401, """
                {"errorMessages": ["You do not have the permission to see the specified issue.", "Login Required"],
                 "errors": {}}""");
        assertEquals(FailureReason.FORBIDDEN, failure(SERVER).reason());
    }

    @ParameterizedTest
    @CsvSource({
        "401, X-Seraph-LoginReason, AUTHENTICATED_FAILED",
        "404, X-Seraph-LoginReason, AUTHENTICATED_FAILED",
        "200, X-Seraph-LoginReason, AUTHENTICATED_FAILED",
        "403, X-Seraph-LoginReason, AUTHENTICATION_DENIED",
        "403, X-Authentication-Denied-Reason, CAPTCHA_CHALLENGE; login-url=https://bugs.acme.example/jira/login.jsp",
        "401, WWW-Authenticate, OAuth realm=\"https%3A%2F%2Fbugs.acme.example\"",
    })
    void wrongCredentialsAreToldWhateverTheStatus(int status, String header, String value) {
        answers.give(
                SERVER_ISSUE,
                status,
                "{\"errorMessages\": [\"Issue Does Not Exist\"]}",
                Map.of("Content-Type", "application/json", header, value));
        assertEquals(FailureReason.UNAUTHORIZED, failure(SERVER).reason());
    }

    @ParameterizedTest
    @CsvSource({"401, unauthorized", "403, forbidden", "429, rate_limited", "500, http_500", "503, http_503"})
    void whatWentWrongIsToldApart(int status, String reason) {
        answers.give(CLOUD_ISSUE, status, "Client must be authenticated to access this resource.");
        assertEquals(reason, failure(CLOUD).reason().word());
    }

    @Test
    void anExhaustedRateLimitSaysUntilWhen() {
        answers.give(
                CLOUD_ISSUE,
                429,
                "{}",
                Map.of("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "2026-11-22T10:00:00Z"));
        assertEquals(FailureReason.RATE_LIMITED, failure(CLOUD).reason());
        assertEquals(
                Optional.of(Instant.parse("2026-11-22T10:00:00Z")),
                failure(CLOUD).retryAt());
    }

    @ParameterizedTest
    @CsvSource({"200, unexpected_answer", "404, unexpected_answer", "401, unauthorized"})
    void aWebPageWhereTheApiWasExpectedIsAFailure(int status, String reason) {
        answers.give(SERVER_ISSUE, status, "<html><title>Log in</title>", Map.of("Content-Type", "text/html"));
        assertEquals(reason, failure(SERVER).reason().word());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{}", "{\"key\": \"ABC-12\", \"fields\": null}", "null", "no"})
    void anAnswerOfAnotherShapeIsAFailure(String body) {
        answers.give(SERVER_ISSUE, 200, body);
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure(SERVER).reason());
    }

    // Many in one request

    private static String issue(int id, String key) {
        return """
                {"id": "%d", "key": "%s", "fields": {"summary": "Issue %<s", "description": null, "status":
                 {"name": "Open", "statusCategory": {"key": "new"}}, "assignee": null, "priority": {"name": "Low"},
                 "issuetype": {"name": "Bug"}, "labels": null, "updated": null}}""".formatted(id, key);
    }

    private static Answer found(String key) {
        return new Answer.Found(BugDetails.of(key, "Issue " + key)
                .withStatus("Open")
                .withResolved(false)
                .withFields(BugFields.NONE.withPriority("Low").withType("Bug")));
    }

    private static Answer moved(String key) {
        BugDetails details = ((Answer.Found) found(key)).details();
        return new Answer.Found(details.withMovedTo(CLOUD + "/browse/" + key));
    }

    private static String page(int start, int total, String... issues) {
        return "{\"expand\": \"schema,names\", \"startAt\": " + start + ", \"maxResults\": 100, \"total\": " + total
                + ", \"issues\": [" + String.join(",", issues) + "]}";
    }

    private List<Answer> refreshed(List<BugUrl> urls) {
        return List.copyOf(TestBugUrls.refreshed(jira, urls).values());
    }

    @Test
    void issuesOfTheCloudAreOneRequestAndWhatIsMissingHarmsNoOther() {
        answers.give(
                BULK,
                200,
                "{\"expand\": \"\", \"issues\": [" + issue(1, "ABC-1") + ", {\"id\": \"3\", \"key\":" + " \"ABC-3\"}, "
                        + issue(9, "XYZ-1") + "], \"issueErrors\": []}");
        List<BugUrl> urls = urls(CLOUD, "XYZ-1", "abc-1", "ABC-404", "ABC-3");
        Map<BugUrl, Answer> given = jira.askAll(urls, jira.api(urls.get(0)));
        assertEquals(found("XYZ-1"), given.get(urls.get(0)));
        assertEquals(found("ABC-1"), given.get(urls.get(1)));
        assertNull(given.get(urls.get(2)));
        assertEquals(
                FailureReason.UNEXPECTED_ANSWER,
                ((Answer.Failed) given.get(urls.get(3))).failure().reason());
        assertEquals(List.of("POST " + BULK), answers.asked());
        assertEquals(
                "{\"issueIdsOrKeys\":[\"XYZ-1\",\"ABC-1\",\"ABC-404\",\"ABC-3\"],\"fields\":[\"summary\",\"description\","
                        + "\"status\",\"assignee\",\"priority\",\"issuetype\",\"labels\",\"updated\",\"resolution\",\"security\"],\"expand\":[]}",
                answers.requests().get(0).body());
    }

    @Test
    void issuesOfDataCenterAreSearchedForByKeyAndWhatIsMissingHarmsNoOther() {
        answers.give(SEARCH, 200, page(0, 2, issue(1, "ABC-1"), issue(10002, "ABC-2")));
        List<BugUrl> urls = List.of(
                url(SERVER, "/browse/ABC-1"), url(SERVER, "/browse/ABC-404"), url(SERVER, "/rest/api/2/issue/10002"));
        assertEquals(List.of(found("ABC-1"), new Answer.NoSuchBug(), found("ABC-2")), refreshed(urls));
        assertEquals(List.of("POST " + SEARCH), answers.asked());
        assertEquals(
                "{\"jql\":\"key in (\\\"ABC-1\\\",\\\"ABC-404\\\",10002) ORDER BY key\",\"startAt\":0,\"maxResults\":100,"
                        + "\"validateQuery\":false,\"fields\":[\"summary\",\"description\",\"status\",\"assignee\","
                        + "\"priority\",\"issuetype\",\"labels\",\"updated\",\"resolution\",\"security\"],\"expand\":[]}",
                answers.requests().get(0).body());
    }

    @ParameterizedTest
    @ValueSource(strings = {CLOUD, SERVER})
    void aHundredIssuesOfAnyProjectsAreOneRequest(String base) {
        String[] keys = IntStream.rangeClosed(1, 250)
                .mapToObj(i -> "P" + i % 7 + "-" + i)
                .toArray(String[]::new);
        String all = IntStream.rangeClosed(1, 250)
                .mapToObj(i -> issue(i, keys[i - 1]))
                .collect(Collectors.joining(",", "{\"total\": 250, \"issues\": [", "]}"));
        answers.give(base.equals(CLOUD) ? BULK : SEARCH, 200, all);
        assertEquals(found("P5-250"), refreshed(urls(base, keys)).get(249));
        assertEquals(3, answers.asked().size());
    }

    @Test
    void aServerThatGivesLessOnAPageIsReadOn() {
        answers.then(SEARCH, 200, page(0, 3, issue(1, "A-1"), issue(2, "A-2")));
        answers.then(SEARCH, 200, page(2, 3, issue(3, "A-3")));
        assertEquals(
                List.of(found("A-1"), found("A-2"), found("A-3"), new Answer.NoSuchBug()),
                refreshed(urls(SERVER, "A-1", "A-2", "A-3", "A-4")));
        assertEquals(2, answers.asked().size());
    }

    @Test
    void keysThatAServerRefusesTheSearchForAreLeftOutOnce() {
        answers.then(SEARCH, 400, """
                {"errorMessages": ["An issue with key 'ABC-404' does not exist for field 'key'.",
                 "The issue key 'abc-405' for field 'key' is invalid."], "errors": {}}""");
        answers.then(SEARCH, 200, page(0, 1, issue(1, "ABC-1")));
        assertEquals(
                List.of(new Answer.NoSuchBug(), found("ABC-1"), new Answer.NoSuchBug()),
                refreshed(urls(SERVER, "ABC-404", "ABC-1", "ABC-405")));
        assertEquals(2, answers.asked().size());
    }

    @Test
    void aMovedIssueComesUnderItsNewKeyAndIsKnownByItsHistoryAndThenByItsNumber() {
        String history = """
                {"issues": [{"id": "7", "key": "NEW-3", "changelog": {"startAt": 0, "histories": [
                  {"id": "1", "items": [{"field": "status", "fromString": "A", "toString": "B"}]},
                  {"id": "2", "items": [{"field": "project", "fromString": "Old", "toString": "New"},
                    {"field": "Key", "fieldtype": "jira", "from": null, "fromString": "OLD-1", "toString": "NEW-3"}]}]}}]}""";
        String all = "{\"issues\": [" + issue(7, "NEW-3") + "," + issue(8, "ABC-2") + "]}";
        answers.then(BULK, 200, all);
        answers.then(BULK, 200, history);
        answers.then(BULK, 200, all);
        List<BugUrl> urls = urls(CLOUD, "OLD-1", "OLD-404", "ABC-2");
        List<Answer> expected = List.of(moved("NEW-3"), new Answer.NoSuchBug(), found("ABC-2"));
        assertEquals(expected, refreshed(urls));
        assertEquals(2, answers.asked().size());
        assertEquals(expected, refreshed(urls));
        assertEquals(3, answers.asked().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {CLOUD, SERVER})
    void whereThereIsNoHistoryAMovedIssueHarmsNoOther(String base) {
        String api = base.equals(CLOUD) ? BULK : SEARCH;
        answers.then(api, 200, page(0, 2, issue(7, "NEW-3"), issue(8, "ABC-2")));
        answers.then(api, 500, "{}");
        assertEquals(List.of(new Answer.NoSuchBug(), found("ABC-2")), refreshed(urls(base, "OLD-1", "ABC-2")));
        assertEquals(2, answers.asked().size());
    }

    @Test
    void anIssueThatIsAskedForUnderBothItsKeysIsToldTwice() {
        answers.give(CLOUD + "/rest/api/3/issue/OLD-1" + FIELDS, 200, issue(7, "NEW-3"));
        answers.give(BULK, 200, "{\"issues\": [" + issue(7, "NEW-3") + "]}");
        List<BugUrl> urls = urls(CLOUD, "OLD-1", "NEW-3");
        jira.details(urls.get(0));
        assertEquals(List.of(moved("NEW-3"), found("NEW-3")), refreshed(urls));
    }

    @Test
    void whereThereIsNoSearchIssuesAreAskedForOneByOne() {
        answers.give(SEARCH, 410, "{\"errorMessages\": [\"The requested API has been removed.\"]}");
        answers.give(SERVER + "/rest/api/2/issue/A-1" + FIELDS, 200, issue(1, "A-1"));
        answers.give(SERVER + "/rest/api/2/issue/A-2" + FIELDS, 404, "{}");
        assertEquals(List.of(found("A-1"), new Answer.NoSuchBug()), refreshed(urls(SERVER, "A-1", "A-2")));
    }

    @ParameterizedTest
    @CsvSource({
        "400, '{\"errorMessages\": [\"Field key cannot be searched.\"]}', http_400",
        "401, '{}', unauthorized",
        "403, '{}', forbidden",
        "429, '{}', rate_limited",
        "200, '{\"hint\": \"maintenance\"}', unexpected_answer",
        "503, '{}', http_503",
    })
    void whatFailsTheBatchFailsAllOfItAtOnce(int status, String body, String reason) {
        answers.give(SEARCH, status, body);
        answers.give(BULK, status, body);
        for (String base : List.of(CLOUD, SERVER)) {
            List<BugUrl> urls = urls(base, "A-1", "A-2");
            FetchException failure = assertThrows(FetchException.class, () -> jira.askAll(urls, jira.api(urls.get(0))));
            assertEquals(reason, failure.reason().word());
        }
        assertEquals(2, answers.asked().size());
    }

    @Test
    void aSubclassThatOverridesOnlyDetailsKeepsTheBatch() {
        Jira extended = new Jira() {
            @Override
            public Optional<BugDetails> details(BugUrl url) {
                return super.details(url).map(details -> details.withTitle("EXTENDED: " + details.title()));
            }
        };
        extended.client = answers;
        answers.give(BULK, 200, "{\"issues\": [" + issue(1, "A-1") + "," + issue(2, "A-2") + "]}");
        assertEquals(
                Set.of("EXTENDED: Issue A-1", "EXTENDED: Issue A-2"),
                TestBugUrls.refreshed(extended, urls(CLOUD, "A-1", "A-2")).values().stream()
                        .map(answer -> ((Answer.Found) answer).details().title())
                        .collect(Collectors.toSet()));
        assertEquals(1, answers.asked().size());
    }

    // What changed

    private static final String CLOUD_SEARCH = CLOUD + "/rest/api/3/search/jql";

    private static String searched(String jql) {
        return "{\"jql\":\"" + jql.replace("\"", "\\\"") + "\",\"maxResults\":100,\"fields\":[\"updated\"]}";
    }

    private static String changes(String more, String... issues) {
        return "{\"issues\": [" + String.join(",", issues) + "]" + more + "}";
    }

    private static String change(int id, String key) {
        return "{\"id\": \"" + id + "\", \"key\": \"" + key + "\", \"fields\": {}}";
    }

    @Test
    void whatChangedIsASearchInTheProjectsByMinutes() {
        List<BugUrl> urls = urls(CLOUD, "XYZ-1", "abc-1", "ABC-2");
        answers.give(CLOUD_SEARCH, 200, changes(", \"isLast\": true"));
        answers.then(CLOUD_SEARCH, 200, changes("", change(7, "ABC-2"), change(8, "XYZ-9")));
        assertEquals(Optional.of(Set.of()), TestBugUrls.changed(jira, urls));
        assertEquals(Optional.of(Set.of("ABC-2")), TestBugUrls.changed(jira, urls));
        assertEquals(List.of("POST " + CLOUD_SEARCH, "POST " + CLOUD_SEARCH), answers.asked());
        // Half a minute more than an hour is 61.
        assertEquals(
                searched("(project in (\"ABC\",\"XYZ\")) AND updated >= -61m"),
                answers.requests().get(0).body());
    }

    @Test
    void whatChangedOnDataCenterIsTheSearchOfApi2() {
        List<BugUrl> urls = List.of(url(SERVER, "/browse/ABC-1"), url(SERVER, "/rest/api/2/issue/10002"));
        answers.give(SEARCH, 200, changes(", \"total\": 0"));
        answers.then(SEARCH, 200, changes(", \"total\": 1", change(10002, "XYZ-4")));
        assertEquals(Optional.of(Set.of()), TestBugUrls.changed(jira, urls));
        assertEquals(Optional.of(Set.of("10002")), TestBugUrls.changed(jira, urls));
        assertEquals(
                searched("(project in (\"ABC\") OR key in (10002)) AND updated >= -61m"),
                answers.requests().get(0).body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {", \"nextPageToken\": \"CAEaAggD\"", ", \"isLast\": false", ", \"isLast\": true, \"more\": 100"})
    void moreChangesThanAPageOfTheCloudAreNotTold(String more) {
        String[] issues = IntStream.rangeClosed(1, more.contains("100") ? 100 : 2)
                .mapToObj(id -> change(id, "ABC-" + id))
                .toArray(String[]::new);
        answers.give(CLOUD_SEARCH, 200, changes(more, issues));
        assertEquals(Optional.empty(), TestBugUrls.changed(jira, urls(CLOUD, "ABC-1")));
    }

    @Test
    void moreChangesThanAPageOfDataCenterAreNotTold() {
        answers.give(SEARCH, 200, changes(", \"total\": 2, \"maxResults\": 1", change(1, "ABC-1")));
        assertEquals(Optional.empty(), TestBugUrls.changed(jira, urls(SERVER, "ABC-1")));
    }

    @Test
    void changesOfAnIssueThatWasMovedAreAskedForByItsNumber() {
        List<BugUrl> urls = urls(SERVER, "ABC-12");
        answers.give(SERVER_ISSUE, 200, issue(10002, "XYZ-4"));
        jira.ask(urls.get(0), jira.api(urls.get(0)));
        answers.give(SEARCH, 200, changes(", \"total\": 1", change(10002, "XYZ-4")));
        assertEquals(Optional.of(Set.of("ABC-12")), TestBugUrls.changed(jira, urls));
        assertEquals(
                searched("(key in (10002)) AND updated >= -61m"),
                answers.requests().get(1).body());
    }

    @Test
    void aProjectThatThereIsNotMakesItImpossibleToTellWhatChanged() {
        answers.give(
                SEARCH,
                400,
                "{\"errorMessages\": [\"The value 'GONE' does not exist for the field 'project'.\"], \"errors\": {}}");
        assertEquals(Optional.empty(), TestBugUrls.changed(jira, urls(SERVER, "ABC-1", "GONE-1")));
    }

    @Test
    void aSearchWithCredentialsThatAreWrongIsAFailure() {
        answers.give(
                SEARCH,
                200,
                changes(", \"total\": 0"),
                Map.of("Content-Type", "application/json", "X-Seraph-LoginReason", "AUTHENTICATED_FAILED"));
        List<BugUrl> urls = urls(SERVER, "ABC-1");
        assertEquals(
                FailureReason.UNAUTHORIZED,
                assertThrows(FetchException.class, () -> TestBugUrls.changed(jira, urls))
                        .reason());
    }

    private FetchException failure(String base) {
        BugUrl url = url(base, "/browse/ABC-12");
        Answer answer = IssueTracker.understood(() -> jira.ask(url, jira.api(url)));
        return assertInstanceOf(Answer.Failed.class, answer).failure();
    }

    @ParameterizedTest
    @CsvSource({
        "'\"resolution\": {\"name\": \"Won''t Fix\"}, \"status\": {\"name\": \"Closed\"}', true, Won't Fix",
        "'\"resolution\": null, \"status\": {\"name\": \"Open\"}', false,",
        "'\"labels\": []',,",
        "'\"resolution\": null, \"status\": {\"name\": \"Done\", \"statusCategory\": {\"key\": \"done\"}}', true,",
    })
    void whatIsOlderThanCategoriesIsResolvedWhereItHasAResolution(String fields, Boolean resolved, String resolution) {
        answers.give(
                SERVER_ISSUE,
                200,
                "{\"id\": \"7\", \"key\": \"ABC-12\", \"fields\": {\"summary\": \"s\", " + fields + "}}");
        BugDetails details = jira.details(url(SERVER, "/browse/ABC-12")).orElseThrow();
        assertEquals(resolved, details.resolved());
        assertEquals(resolution, details.fields().resolution());
    }
}
