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
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AzureBoardsTest {

    private static final String ACME = "https://dev.azure.com/acme";
    private static final String FIELDS =
            "fields=System.Title,System.Description,Microsoft.VSTS.TCM.ReproSteps,System.State,"
                    + "System.AssignedTo,Microsoft.VSTS.Common.Priority,System.WorkItemType,System.Tags,System.ChangedDate,"
                    + "Microsoft.VSTS.Common.ClosedDate,Microsoft.VSTS.Common.ResolvedReason,System.Reason";
    private static final String ITEM_API = ACME + "/_apis/wit/workitems/12?" + FIELDS + "&api-version=5.0";
    private static final String BATCH_API = ACME + "/_apis/wit/workitemsbatch?api-version=5.0";

    private final RecordedAnswers answers = new RecordedAnswers();
    private final AzureBoards azure = new AzureBoards();

    @BeforeEach
    void connect() {
        azure.client = answers;
    }

    private static BugUrl url(String base, String path, String token) {
        return TestBugUrls.of(base + path, TestBugUrls.system("AzureBoards", base, null, token));
    }

    private static BugUrl url(String path) {
        return url(ACME, path, "pat");
    }

    private static List<BugUrl> urls(int... ids) {
        return Arrays.stream(ids)
                .mapToObj(id -> url("/App/_workitems/edit/" + id))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/App/_workitems/edit/12",
                "/App/_workitems/edit/12/",
                "/App/_workitems/edit/12?fullScreen=true#comment",
                "/My%20App/_workitems/edit/0012",
                "/_workitems/edit/12",
                "/App/_Workitems/Edit/12",
                "/App/_workitems?id=12&_a=edit",
                "/App/_workitems/recentlyupdated/?workitem=12",
                "/App/_boards/board/t/App%20Team/Stories/?workitem=12",
                "/App/_backlogs/backlog/App%20Team/Stories/?showParents=true&workitem=12",
                "/App/_sprints/taskboard/App%20Team/App/Sprint%201?workitem=12",
                "/App/_queries/query/9c5a-11/?workitem=12",
                "/App/Team/_backlogs?workitem=12",
                "/_apis/wit/workItems/12",
                "/2f1a-9/_apis/wit/workItems/12/revisions/3",
                "/web/wi.aspx?pcguid=9f-1&id=12",
            })
    void everyShapeThatPeoplePasteGivesTheNumber(String path) {
        assertEquals(Optional.of("12"), azure.bugId(url(path)));
        assertEquals("#12", azure.bugKey(url(path)));
        assertEquals("", azure.batchScope(url(path)));
        assertEquals("/acme#12", azure.bugKey(url("https://dev.azure.com", "/Acme" + path, "pat")));
        assertEquals("#12", azure.bugKey(url("https://acme.visualstudio.com", "/DefaultCollection" + path, "pat")));
        assertEquals("#12", azure.bugKey(url("https://tfs.acme.example/tfs/Main", path, "pat")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/App",
                "/App/_workitems",
                "/App/_workitems/create/Bug",
                "/App/_workitems/edit/12abc",
                "/App/_workitems?id=abc",
                "/App/_git/app/pullrequest/12",
                "/App/_build/results?buildId=12",
                "/App/_git/app?id=12",
                "/App/wiki?workitem=12",
            })
    void whatIsNoWorkItemIsNone(String path) {
        assertEquals(Optional.empty(), azure.bugId(url(path)));
    }

    @Test
    void withoutAnOrganisationThereIsNoItem() {
        assertEquals(Optional.empty(), azure.bugId(url("https://dev.azure.com", "/_workitems/edit/12", null)));
    }

    @ParameterizedTest
    @CsvSource({
        "https://dev.azure.com/acme, /App/_workitems/edit/12, pat, https://dev.azure.com/acme",
        "https://dev.azure.com/acme, /App/_workitems/edit/12, , https://dev.azure.com/acme/App",
        "https://dev.azure.com/acme, /_workitems/edit/12, , https://dev.azure.com/acme",
        "https://dev.azure.com/acme/App, /_workitems/edit/12, , https://dev.azure.com/acme/App",
        "https://dev.azure.com, /acme/My%20App/_workitems/edit/12, pat, https://dev.azure.com/acme",
        "https://dev.azure.com, /acme/My%20App/_workitems/edit/12, , https://dev.azure.com/acme/My%20App",
        "https://acme.visualstudio.com, /DefaultCollection/App/_workitems/edit/12, , https://acme.visualstudio.com/App",
        "https://tfs.acme.example/tfs/Main/, /App/_workitems/edit/12, pat, https://tfs.acme.example/tfs/Main",
    })
    void theApiIsAtTheOrganisationAndForAnybodyAtTheProject(String base, String path, String token, String api) {
        String itemApi = api + "/_apis/wit/workitems/12?" + FIELDS + "&api-version=5.0";
        answers.give(itemApi, 404, "{\"message\": \"TF401232: Work item 12 does not exist\"}");
        BugUrl url = TestBugUrls.of(
                base.replaceFirst("/$", "") + path, TestBugUrls.system("AzureBoards", base, null, token));
        assertEquals(Optional.empty(), azure.details(url));
        assertEquals(List.of("GET " + itemApi), answers.asked());
    }

    @Test
    void anOpenBugIsToldWhole() {
        answers.give(ITEM_API, 200, """
                {"id": 12, "rev": 7, "fields": {"System.WorkItemType": "Bug", "System.State": "Resolved",
                 "System.AssignedTo": {"displayName": "Ann Å.", "url": "https://spsprodweu1.vssps.visualstudio.com/A1",
                   "_links": {"avatar": {"href": "https://dev.azure.com/acme/_apis/x"}}, "id": "d291b0c4",
                   "uniqueName": "ann@acme.example", "imageUrl": "https://dev.azure.com/x", "descriptor": "aad.x"},
                 "System.ChangedDate": "2026-11-01T10:00:00.977Z", "System.Title": "Crash & <burn>",
                 "Microsoft.VSTS.Common.Priority": 2, "Microsoft.VSTS.TCM.ReproSteps": "<div><b>Click</b></div>",
                 "System.Tags": "ui; login page"},
                 "_links": {"self": {"href": "x"}}, "url": "https://dev.azure.com/acme/_apis/wit/workItems/12"}""");
        assertEquals(
                Optional.of(BugDetails.of("12", "Crash & <burn>")
                        .withDescription("<div><b>Click</b></div>")
                        .withStatus("Resolved")
                        .withResolved(false)
                        .withFields(BugFields.NONE
                                .withAssignee("Ann Å.")
                                .withPriority("2")
                                .withType("Bug")
                                .withLabels(List.of("ui", "login page"))
                                .withUpdated(Instant.parse("2026-11-01T10:00:00.977Z")))),
                azure.details(url("/App/_workitems/edit/12")));
    }

    @Test
    void aClosedStoryInMarkdownOfAnOldServerIsToldWhole() {
        answers.give(ITEM_API, 200, """
                {"id": 12, "rev": 7, "fields": {"System.WorkItemType": "User Story", "System.State": "Closed",
                 "System.AssignedTo": "Ann <ACME\\\\ann>", "System.Title": "Story", "System.Description": "**x** <y>"},
                 "multilineFieldsFormat": {"System.Description": "markdown"}}""");
        assertEquals(
                Optional.of(BugDetails.of("12", "Story")
                        .withDescription("<p><strong>x</strong> </p>\n")
                        .withStatus("Closed")
                        .withResolved(true)
                        .withFields(BugFields.NONE.withAssignee("Ann").withType("User Story"))),
                azure.details(url("/App/_workitems/edit/12")));
    }

    @ParameterizedTest
    @CsvSource({
        "New, , false",
        "Resolved, 2026-11-01T10:00:00Z, false",
        "Done, , true",
        "Removed, , true",
        "Waiting for release, , false",
        "Waiting for release, 2026-11-01T10:00:00Z, true",
    })
    void resolvedIsWhatIsCompletedOrRemoved(String state, String closed, boolean resolved) {
        answers.give(ITEM_API, 200, """
                {"id": 12, "fields": {"System.Title": "x", "System.State": "%s"%s}}""".formatted(
                        state, closed == null ? "" : ", \"Microsoft.VSTS.Common.ClosedDate\": \"" + closed + "\""));
        assertEquals(
                Optional.of(resolved),
                azure.details(url("/App/_workitems/edit/12")).map(BugDetails::resolved));
    }

    @Test
    void anItemThatIsNotThereOrMayNotBeReadIsNone() {
        answers.give(ITEM_API, 404, """
                {"$id": "1", "innerException": null, "message": "TF401232: Work item 12 does not exist, or you do not have\
                 permissions to read it.", "typeName": "Microsoft.TeamFoundation.WorkItemTracking.Server.\
                WorkItemUnauthorizedAccessException, Microsoft.TeamFoundation.WorkItemTracking.Server", "typeKey":
                 "WorkItemUnauthorizedAccessException", "errorCode": 0, "eventId": 3200}""");
        assertEquals(Optional.empty(), azure.details(url("/App/_workitems/edit/12")));
    }

    @Test
    void aTokenIsSentAsAPasswordAndNobodyIsLedToASignIn() {
        answers.give(ITEM_API, 404, "{}");
        azure.details(url("/App/_workitems/edit/12"));
        assertEquals(
                Map.of("Authorization", "Basic OnBhdA=="),
                answers.requests().get(0).credentials());
        assertEquals(
                Map.of("Accept", "application/json", "X-TFS-FedAuthRedirect", "Suppress"),
                answers.requests().get(0).headers());
        answers.give(ITEM_API.replace("acme", "acme/App"), 404, "{}");
        azure.details(url(ACME, "/App/_workitems/edit/12", null));
        assertEquals(Map.of(), answers.requests().get(1).credentials());
    }

    @ParameterizedTest
    @CsvSource({
        "203, text/html, unauthorized",
        "200, text/html, unexpected_answer",
        "404, text/html, unexpected_answer",
        "401, text/html, unauthorized",
        "401, application/json, unauthorized",
        "403, application/json, forbidden",
        "429, application/json, rate_limited",
        "500, application/json, http_500",
        "503, text/html, http_503",
    })
    void whatWentWrongIsToldApart(int status, String type, String reason) {
        answers.give(
                ITEM_API, status, "<html><title>Sign In</title>", Map.of("Content-Type", type + "; charset=utf-8"));
        assertEquals(reason, failure().reason().word());
    }

    @Test
    void anExhaustedRateLimitSaysUntilWhen() {
        answers.give(
                ITEM_API,
                429,
                "{\"message\": \"TF400733: The request has been canceled: Request was blocked due to exceeding usage\"}",
                Map.of("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1795338000"));
        assertEquals(FailureReason.RATE_LIMITED, failure().reason());
        assertEquals(Optional.of(Instant.ofEpochSecond(1795338000)), failure().retryAt());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{}", "{\"id\": 12, \"fields\": {}}", "null", "no", "{\"id\":12,\"fields\":[]}"})
    void anAnswerOfAnotherShapeIsAFailure(String body) {
        answers.give(ITEM_API, 200, body);
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    // Many in one request

    private static String item(int id) {
        return """
                {"id": %d, "rev": 1, "fields": {"System.Title": "Item %<d", "System.State": "New",
                 "System.WorkItemType": "Task"}, "url": "https://dev.azure.com/acme/_apis/wit/workItems/%<d"}""".formatted(id);
    }

    private static Answer found(int id) {
        return new Answer.Found(BugDetails.of("" + id, "Item " + id)
                .withStatus("New")
                .withResolved(false)
                .withFields(BugFields.NONE.withType("Task")));
    }

    private List<Answer> refreshed(List<BugUrl> urls) {
        return List.copyOf(TestBugUrls.refreshed(azure, urls).values());
    }

    @Test
    void itemsOfAnyProjectsAreOneRequestAndWhatIsMissingHarmsNoOther() {
        answers.give(
                BATCH_API,
                200,
                "{\"count\": 4, \"value\": [" + item(5) + ", null, {\"id\": 7, \"rev\": 1, \"fields\": {}}, " + item(9)
                        + "]}");
        List<BugUrl> urls = List.of(
                url("/App/_workitems/edit/9"),
                url("/App/_workitems/edit/404"),
                url("/Other%20App/_boards/board/t/Team/Stories/?workitem=5"),
                url("/App/_workitems/edit/7"));
        Map<BugUrl, Answer> given = azure.askAll(urls, azure.api(urls.get(0)));
        assertEquals(found(9), given.get(urls.get(0)));
        assertNull(given.get(urls.get(1)));
        assertEquals(found(5), given.get(urls.get(2)));
        assertEquals(
                FailureReason.UNEXPECTED_ANSWER,
                ((Answer.Failed) given.get(urls.get(3))).failure().reason());
        assertEquals(List.of("POST " + BATCH_API), answers.asked());
        assertEquals(
                "{\"ids\":[9,404,5,7],\"fields\":[\"System.Title\",\"System.Description\",\"Microsoft.VSTS.TCM.ReproSteps\","
                        + "\"System.State\",\"System.AssignedTo\",\"Microsoft.VSTS.Common.Priority\","
                        + "\"System.WorkItemType\",\"System.Tags\",\"System.ChangedDate\","
                        + "\"Microsoft.VSTS.Common.ClosedDate\",\"Microsoft.VSTS.Common.ResolvedReason\",\"System.Reason\"],\"errorPolicy\":\"omit\"}",
                answers.requests().get(0).body());
    }

    @Test
    void anybodyGetsAListPerPublicProject() {
        String of = "/_apis/wit/workitems?ids=%s&" + FIELDS + "&errorPolicy=omit&api-version=5.0";
        answers.give(ACME + "/App" + of.formatted("1,2"), 200, "{\"count\":2,\"value\":[" + item(1) + ",null]}");
        answers.give(ACME + "/Closed" + of.formatted("3,4"), 404, """
                {"message": "TF200016: The following project does not exist: Closed. Verify that the name is correct."}""");
        List<BugUrl> urls = List.of(
                url(ACME, "/App/_workitems/edit/1", null),
                url(ACME, "/app/_workitems/edit/2", null),
                url(ACME, "/Closed/_workitems/edit/3", null),
                url(ACME, "/Closed/_workitems/edit/4", null));
        assertEquals(
                List.of(found(1), new Answer.NoSuchBug(), new Answer.NoSuchBug(), new Answer.NoSuchBug()),
                refreshed(urls));
        assertEquals(2, answers.asked().size());
    }

    @Test
    void twoHundredItemsAreOneRequest() {
        answers.give(
                BATCH_API,
                200,
                IntStream.rangeClosed(1, 450)
                        .mapToObj(AzureBoardsTest::item)
                        .collect(Collectors.joining(",", "{\"count\":450,\"value\":[", "]}")));
        assertEquals(
                found(450),
                refreshed(urls(IntStream.rangeClosed(1, 450).toArray())).get(449));
        assertEquals(3, answers.asked().size());
    }

    @Test
    void aServerThatCannotLeaveOutWhatIsMissingIsAskedOneByOne() {
        answers.give(BATCH_API, 404, "{\"message\": \"TF401232: Work item 2 does not exist, or ...\"}");
        answers.give(ITEM_API.replace("/12?", "/1?"), 200, item(1));
        answers.give(ITEM_API.replace("/12?", "/2?"), 404, "{}");
        assertEquals(List.of(found(1), new Answer.NoSuchBug()), refreshed(urls(1, 2)));
    }

    @ParameterizedTest
    @CsvSource({
        "203, '{}', unauthorized",
        "401, '{}', unauthorized",
        "403, '{}', forbidden",
        "429, '{}', rate_limited",
        "400, '{\"typeKey\": \"VssVersionOutOfRangeException\"}', http_400",
        "200, '{\"hint\": \"maintenance\"}', unexpected_answer",
    })
    void whatFailsTheBatchFailsAllOfItAtOnce(int status, String body, String reason) {
        answers.give(BATCH_API, status, body);
        FetchException failure =
                assertThrows(FetchException.class, () -> azure.askAll(urls(1, 2), azure.api(urls(1).get(0))));
        assertEquals(reason, failure.reason().word());
        assertEquals(1, answers.asked().size());
    }

    @Test
    void aSubclassThatOverridesOnlyDetailsKeepsTheBatch() {
        AzureBoards extended = new AzureBoards() {
            @Override
            public Optional<BugDetails> details(BugUrl url) {
                return super.details(url).map(details -> details.withTitle("EXTENDED: " + details.title()));
            }
        };
        extended.client = answers;
        answers.give(BATCH_API, 200, "{\"count\":2,\"value\":[" + item(1) + "," + item(2) + "]}");
        assertEquals(
                Set.of("EXTENDED: Item 1", "EXTENDED: Item 2"),
                TestBugUrls.refreshed(extended, urls(1, 2)).values().stream()
                        .map(answer -> ((Answer.Found) answer).details().title())
                        .collect(Collectors.toSet()));
        assertEquals(1, answers.asked().size());
    }

    // What changed

    private static final String WIQL = ACME + "/_apis/wit/wiql?timePrecision=true&api-version=5.0";

    private static String items(int... ids) {
        return Arrays.stream(ids)
                .mapToObj(id ->
                        "{\"id\": " + id + ", \"url\": \"https://dev.azure.com/acme/_apis/wit/workItems/" + id + "\"}")
                .collect(Collectors.joining(
                        ",", "{\"queryType\": \"flat\", \"asOf\": \"2026-11-22T10:00:00Z\", \"workItems\": [", "]}"));
    }

    @Test
    void whatChangedIsAQueryForTheItems() {
        answers.give(WIQL, 200, items());
        answers.then(WIQL, 200, items(14));
        assertEquals(Optional.of(Set.of()), TestBugUrls.changed(azure, urls(12, 14)));
        assertEquals(Optional.of(Set.of("#14")), TestBugUrls.changed(azure, urls(12, 14)));
        assertEquals(
                "{\"query\":\"SELECT [System.Id] FROM WorkItems WHERE [System.Id] IN (12,14)"
                        + " AND [System.ChangedDate] >= '2026-11-22T09:00:00Z'\"}",
                answers.requests().get(0).body());
        assertEquals(List.of("POST " + WIQL, "POST " + WIQL), answers.asked());
    }

    @Test
    void theOrganisationOfAQueryIsInTheUrlWhereTheBaseIsTheWholeOfTheServices() {
        BugUrl url = url("https://dev.azure.com", "/acme/App/_workitems/edit/12", "pat");
        answers.give(WIQL, 200, items(12));
        assertEquals(Optional.of(Set.of("/acme#12")), TestBugUrls.changed(azure, List.of(url)));
    }

    @Test
    void aPageToSignInIsNoAnswerToWhatChanged() {
        answers.give(WIQL, 203, "<html>", Map.of("Content-Type", "text/html"));
        List<BugUrl> urls = urls(12);
        assertEquals(
                FailureReason.UNAUTHORIZED,
                assertThrows(FetchException.class, () -> TestBugUrls.changed(azure, urls))
                        .reason());
    }

    @Test
    void onlyWhoHasATokenIsToldWhatChanged() {
        assertEquals(
                true, azure.tellsChanges(url("/_workitems/edit/12").system().orElseThrow()));
        assertEquals(
                false,
                azure.tellsChanges(
                        url(ACME, "/_workitems/edit/12", null).system().orElseThrow()));
    }

    private FetchException failure() {
        BugUrl url = url("/App/_workitems/edit/12");
        Answer answer = IssueTracker.understood(() -> azure.ask(url, azure.api(url)));
        return assertInstanceOf(Answer.Failed.class, answer).failure();
    }
}
