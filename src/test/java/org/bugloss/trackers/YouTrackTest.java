package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
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

class YouTrackTest {

    private static final TrackerSystem ACME = TestBugUrls.system("YouTrack", "https://acme.youtrack.cloud", null, null);
    private static final String API = "https://acme.youtrack.cloud/api/issues";
    private static final String FIELDS = "fields=idReadable,summary,description,wikifiedDescription,resolved,updated,"
            + "visibility(permittedGroups(id),permittedUsers(id)),"
            + "tags(name),customFields(name,value(name,localizedName,fullName,login))";
    private static final String ISSUE_API = API + "/ABC-12?" + FIELDS;
    private static final Instant UPDATED = Instant.parse("2026-11-01T10:00:00.123Z");

    private final RecordedAnswers answers = new RecordedAnswers();
    private final YouTrack youTrack = new YouTrack();

    /** Overrides {@code details(url)} only, as an extension does. */
    static class Extended extends YouTrack {

        @Override
        public Optional<BugDetails> details(BugUrl url) {
            return super.details(url).map(details -> details.withTitle("EXTENDED: " + details.title()));
        }
    }

    @BeforeEach
    void connect() {
        youTrack.client = answers;
    }

    private static BugUrl url(String path) {
        return TestBugUrls.of("https://acme.youtrack.cloud" + path, ACME);
    }

    private static String search(String ids) {
        return API + "?query=issue%20id%3A%20" + ids.replace(", ", "%2C%20") + "&$top=100&" + FIELDS;
    }

    /** As YouTrack 2025 answers for these fields: {@code $type} is always there. */
    private static String issue(String id, String members) {
        return """
                {"summary": "Bug %1$s", "description": null, "wikifiedDescription": "", "resolved": null,
                 "updated": 1793527200123, "idReadable": "%1$s", "tags": [], "customFields": [
                  {"value": {"name": "Normal", "localizedName": null, "$type": "EnumBundleElement"}, "name": "Priority",
                   "$type": "SingleEnumIssueCustomField"},
                  {"value": {"name": "Bug", "localizedName": null, "$type": "EnumBundleElement"}, "name": "Type",
                   "$type": "SingleEnumIssueCustomField"},
                  {"value": {"name": "Open", "localizedName": null, "$type": "StateBundleElement"}, "name": "State",
                   "$type": "StateIssueCustomField"},
                  {"value": null, "name": "Assignee", "$type": "SingleUserIssueCustomField"},
                  {"value": [], "name": "Fix versions", "$type": "MultiVersionIssueCustomField"},
                  {"value": 1793527200000, "name": "Due Date", "$type": "DateIssueCustomField"}],
                 "id": "2-4%1$s", "$type": "Issue"%2$s}""".formatted(id, members.isEmpty() ? "" : ", " + members);
    }

    private static String list(String... ids) {
        return java.util.Arrays.stream(ids).map(id -> issue(id, "")).collect(Collectors.joining(",", "[", "]"));
    }

    private static BugDetails bare(String id) {
        return BugDetails.of(id, "Bug " + id)
                .withStatus("Open")
                .withResolved(false)
                .withFields(
                        BugFields.NONE.withPriority("Normal").withType("Bug").withUpdated(UPDATED));
    }

    private static BugDetails moved(String id) {
        return bare(id).withMovedTo("https://acme.youtrack.cloud/issue/" + id);
    }

    private static Answer found(String id) {
        return new Answer.Found(bare(id));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/issue/ABC-12",
                "/issue/ABC-12/",
                "/issue/abc-12",
                "/issue/ABC-12/its-summary-in-words",
                "/issue/ABC-12#focus=Comments-4-17.0-0",
                "/issue/ABC-12?p=ABC-99",
                "/issues/ABC-12",
                "/youtrack/issue/ABC-12",
                "/tickets/ABC-12",
                "/projects/ABC/issues/ABC-12",
                "/lite/issue/ABC-12",
                "/api/issues/ABC-12?fields=summary",
                "/agiles/108-2/current?issue=ABC-12",
                "/issues?q=project:%20ABC&issue=abc-12",
                "/dashboard?id=1&issue=ABC-12",
            })
    void everyShapeThatPeoplePasteGivesTheId(String path) {
        assertEquals(Optional.of("ABC-12"), youTrack.bugId(url(path)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/issues",
                "/issues/ABC",
                "/issue/ABC-12x",
                "/issue/ABC-0",
                "/issue/12",
                "/articles/ABC-A-12",
                "/newIssue?project=ABC",
                "/agiles/108-2/current",
                "/issues?issue=ABC",
                "/issues?issue=A%20or%20B-1",
                "/users/ABC-12",
            })
    void whatIsNoIssueIsNone(String path) {
        assertEquals(Optional.empty(), youTrack.bugId(url(path)));
    }

    @ParameterizedTest
    @CsvSource({
        "https://acme.youtrack.cloud, https://acme.youtrack.cloud/api",
        "https://acme.example/youtrack/, https://acme.example/youtrack/api",
        "https://acme.myjetbrains.com/youtrack, https://acme.myjetbrains.com/youtrack/api",
        "https://acme.myjetbrains.com, https://acme.myjetbrains.com/youtrack/api",
    })
    void theApiUrlFollowsFromTheBaseUrl(String base, String api) {
        assertEquals(api, youTrack.apiUrl(TestBugUrls.system("YouTrack", base, null, null)));
    }

    @Test
    void anOpenIssueIsToldWhole() {
        answers.give(ISSUE_API, 200, """
                {"summary": "Crash & <burn>", "description": "It **crashes**",
                 "wikifiedDescription": "<div class=\\"wiki text\\"><p>It <strong>crashes</strong></p></div>",
                 "resolved": null, "updated": 1793527200123, "idReadable": "ABC-12",
                 "tags": [{"name": "Star", "$type": "Tag"}, {"name": "needs info", "$type": "Tag"}], "customFields": [
                  {"value": {"name": "Critical", "localizedName": null, "$type": "EnumBundleElement"}, "name": "Priority",
                   "$type": "SingleEnumIssueCustomField"},
                  {"value": {"name": "Usability Problem", "$type": "EnumBundleElement"}, "name": "Type",
                   "$type": "SingleEnumIssueCustomField"},
                  {"value": {"name": "In Progress", "localizedName": "In Arbeit", "$type": "StateBundleElement"},
                   "name": "State", "$type": "StateIssueCustomField"},
                  {"value": {"name": "ann", "login": "ann", "fullName": "Ann Other", "$type": "User"}, "name": "Assignee",
                   "$type": "SingleUserIssueCustomField"}], "id": "2-44", "$type": "Issue"}""");
        assertEquals(
                Optional.of(BugDetails.of("ABC-12", "Crash & <burn>")
                        .withDescription("<div class=\"wiki text\"><p>It <strong>crashes</strong></p></div>")
                        .withStatus("In Arbeit")
                        .withResolved(false)
                        .withFields(BugFields.NONE
                                .withAssignee("Ann Other")
                                .withPriority("Critical")
                                .withType("Usability Problem")
                                .withLabels(List.of("Star", "needs info"))
                                .withUpdated(UPDATED))),
                youTrack.details(url("/issue/ABC-12/crash#focus=Comments-1")));
    }

    @Test
    void aResolvedIssueIsOneWithATimeOfResolution() {
        answers.give(ISSUE_API, 200, issue("ABC-12", "\"resolved\": 1793527200000"));
        assertEquals(Optional.of(bare("ABC-12").withResolved(true)), youTrack.details(url("/issue/ABC-12")));
    }

    @Test
    void fieldsThatAProjectNamedItsOwnWayAreKnownByTheirTypes() {
        answers.give(ISSUE_API, 200, """
                {"idReadable": "ABC-12", "summary": "Bug ABC-12", "description": "*old*", "customFields": [
                  {"name": "Stage", "value": {"name": "Review"}, "$type": "StateMachineIssueCustomField"},
                  {"name": "Team", "value": [{"name": "ann", "login": "ann"}, {"fullName": "Bob"}],
                   "$type": "MultiUserIssueCustomField"}, {"name": "Type", "value": "plain"}, 5, null],
                 "tags": null, "$type": "Issue"}""");
        assertEquals(
                Optional.of(BugDetails.of("ABC-12", "Bug ABC-12")
                        .withDescription("<p><em>old</em></p>\n")
                        .withStatus("Review")
                        .withResolved(false)
                        .withFields(BugFields.NONE.withAssignee("ann, Bob").withType("plain"))),
                youTrack.details(url("/issue/ABC-12")));
    }

    @Test
    void anIssueThatWasMovedIsToldUnderItsNewId() {
        answers.give(ISSUE_API, 200, issue("NEW-5", ""));
        assertEquals(Optional.of(moved("NEW-5")), youTrack.details(url("/issue/ABC-12")));
    }

    @Test
    void anIssueThatIsNotThereOrPrivateIsNone() {
        answers.give(ISSUE_API, 404, """
                {"error":"Not Found","error_description":"Entity with id ABC-12 not found"}""");
        assertEquals(Optional.empty(), youTrack.details(url("/issue/ABC-12")));
    }

    @Test
    void aTokenIsABearerWithAUserNameOrWithout() {
        Map<String, String> bearer = Map.of("Authorization", "Bearer perm:YW5u.NDQtMA==.x");
        assertEquals(bearer, youTrack.authentication(new TrackerSystem.Credentials(null, "perm:YW5u.NDQtMA==.x")));
        assertEquals(bearer, youTrack.authentication(new TrackerSystem.Credentials("ann", "perm:YW5u.NDQtMA==.x")));
        answers.give(ISSUE_API, 404, "{}");
        youTrack.details(url("/issue/ABC-12"));
        assertEquals(Map.of(), answers.requests().get(0).credentials());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 | unauthorized | {\"error\":\"Unauthorized\",\"error_description\":\"You are not logged in.\"}",
                "403 | forbidden | {\"error\":\"Forbidden\",\"error_description\":\"No permission to read issue\"}",
                "429 | rate_limited | {\"error\":\"Too Many Requests\"}",
                "500 | http_500 | {\"error\":\"server_error\",\"error_description\":\"Unhandled exception\"}",
                "503 | http_503 | Upgrade in progress",
            })
    void whatWentWrongIsToldApart(int status, String reason, String body) {
        answers.give(ISSUE_API, status, body);
        assertEquals(reason, failure().reason().word());
    }

    @Test
    void aRateLimitSaysUntilWhen() {
        answers.give(ISSUE_API, 429, "", Map.of("Retry-After", "Sun, 22 Nov 2026 17:00:00 GMT"));
        assertEquals(
                Optional.of(Instant.parse("2026-11-22T17:00:00Z")), failure().retryAt());
    }

    @Test
    void aWebPageWhereTheApiWasExpectedIsAFailure() {
        answers.give(ISSUE_API, 200, "<!doctype html><title>YouTrack", Map.of("Content-Type", "text/html"));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    @Test
    void manyAreAskedForInOneSearchAndAMissingOneAffectsNoOther() {
        answers.give(search("ABC-12, ABC-404, X_Y-7"), 200, list("X_Y-7", "ABC-12"));
        List<BugUrl> urls =
                List.of(url("/issue/X_Y-7"), url("/issue/abc-404"), url("/issue/ABC-12"), url("/board?issue=ABC-12"));
        assertEquals(
                Map.of(
                        urls.get(0), found("X_Y-7"),
                        urls.get(1), new Answer.NoSuchBug(),
                        urls.get(2), found("ABC-12"),
                        urls.get(3), found("ABC-12")),
                TestBugUrls.refreshed(youTrack, urls));
        assertEquals(List.of("GET " + search("ABC-12, ABC-404, X_Y-7")), answers.asked());
    }

    @Test
    void aHundredFitIntoASearch() {
        List<BugUrl> urls = IntStream.rangeClosed(1001, 1250)
                .mapToObj(number -> url("/issue/ABC-" + number))
                .toList();
        for (int from = 1001; from <= 1250; from += 100) {
            String[] ids = IntStream.rangeClosed(from, Math.min(from + 99, 1250))
                    .mapToObj(number -> "ABC-" + number)
                    .toArray(String[]::new);
            answers.give(search(String.join(", ", ids)), 200, list(ids));
        }
        Map<BugUrl, Answer> refreshed = TestBugUrls.refreshed(youTrack, urls);
        assertEquals(found("ABC-1001"), refreshed.get(urls.get(0)));
        assertEquals(found("ABC-1250"), refreshed.get(urls.get(249)));
        assertEquals(3, answers.requests().size());
    }

    @Test
    void aSearchThatIsRefusedForAnIdIsAskedOnceMoreWithoutIt() {
        answers.give(search("ABC-12, ABC-13, NOPE-1"), 400, """
                {"error":"invalid_query","error_description":"The value \\"NOPE-1\\" isn't used for the issue id field.",
                 "error_children":[{"error":"The value \\"NOPE-1\\" isn't used for the issue id field."}]}""");
        answers.give(search("ABC-12, ABC-13"), 200, list("ABC-12", "ABC-13"));
        List<BugUrl> urls = List.of(url("/issue/ABC-12"), url("/issue/NOPE-1"), url("/issue/ABC-13"));
        assertEquals(
                Map.of(
                        urls.get(0), found("ABC-12"),
                        urls.get(1), new Answer.NoSuchBug(),
                        urls.get(2), found("ABC-13")),
                TestBugUrls.refreshed(youTrack, urls));
        assertEquals(2, answers.requests().size());
    }

    @Test
    void aSearchThatIsRefusedForNoIdGivesWayToSingleRequests() {
        answers.give(search("ABC-12, ABC-13"), 400, "{\"error\":\"invalid_query\"}");
        answers.give(ISSUE_API, 200, issue("ABC-12", ""));
        answers.give(API + "/ABC-13?" + FIELDS, 404, "{}");
        List<BugUrl> urls = List.of(url("/issue/ABC-12"), url("/issue/ABC-13"));
        assertEquals(
                Map.of(urls.get(0), found("ABC-12"), urls.get(1), new Answer.NoSuchBug()),
                TestBugUrls.refreshed(youTrack, urls));
    }

    @Test
    void anAnswerUnderAnotherIdIsThatOfAMovedIssueWhichIsAskedForByItself() {
        answers.give(search("ABC-12, ABC-13"), 200, list("ABC-13", "NEW-5"));
        answers.give(ISSUE_API, 200, issue("NEW-5", ""));
        List<BugUrl> urls = List.of(url("/issue/ABC-12"), url("/issue/ABC-13"));
        assertEquals(
                Map.of(urls.get(0), new Answer.Found(moved("NEW-5")), urls.get(1), found("ABC-13")),
                TestBugUrls.refreshed(youTrack, urls));
        assertEquals(2, answers.requests().size());
    }

    @Test
    void anIssueOfAnotherShapeFailsAndNoOther() {
        answers.give(
                search("ABC-12, ABC-13"),
                200,
                "[{\"idReadable\": \"ABC-12\", \"summary\": null}," + issue("ABC-13", "") + ", 7, null]");
        Map<BugUrl, Answer> refreshed =
                youTrack.askAll(List.of(url("/issue/ABC-12"), url("/issue/ABC-13")), youTrack.api(url("/")));
        assertEquals(
                FailureReason.UNEXPECTED_ANSWER,
                ((Answer.Failed) refreshed.get(url("/issue/ABC-12"))).failure().reason());
        assertEquals(found("ABC-13"), refreshed.get(url("/issue/ABC-13")));
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 429, 500})
    void aSearchThatFailsIsNotFollowedByOthers(int status) {
        answers.give(search("ABC-12, ABC-13"), status, "{}");
        assertThrows(
                FetchException.class,
                () -> youTrack.askAll(List.of(url("/issue/ABC-12"), url("/issue/ABC-13")), youTrack.api(url("/"))));
        assertEquals(1, answers.requests().size());
    }

    @Test
    void aSubclassThatOverridesDetailsKeepsTheBatch() {
        Extended extended = new Extended();
        extended.client = answers;
        answers.give(search("ABC-12, ABC-13"), 200, list("ABC-12", "ABC-13"));
        List<BugUrl> urls = List.of(url("/issue/ABC-12"), url("/issue/ABC-13"));
        assertEquals(
                Map.of(
                        urls.get(0), new Answer.Found(bare("ABC-12").withTitle("EXTENDED: Bug ABC-12")),
                        urls.get(1), new Answer.Found(bare("ABC-13").withTitle("EXTENDED: Bug ABC-13"))),
                TestBugUrls.refreshed(extended, urls));
        assertEquals(1, answers.requests().size());
    }

    // What changed

    private static final String CHANGES = API + "?query=updated%3A%202026-11-21%20..%202026-11-23%20"
            + "sort%20by%3A%20updated%20desc&$top=500&fields=idReadable,updated";

    private static String updated(String id, String time) {
        return "{\"idReadable\": \"" + id + "\", \"updated\": "
                + Instant.parse(time).toEpochMilli() + ", \"$type\": \"Issue\"}";
    }

    private static String many(int issues, String time) {
        return IntStream.rangeClosed(1, issues)
                .mapToObj(number -> updated("XYZ-" + number, time))
                .collect(Collectors.joining(","));
    }

    @Test
    void whatChangedIsASearchByDaysOfWhichTheTimesTell() {
        List<BugUrl> urls = List.of(url("/issue/abc-12"), url("/issue/ABC-13"));
        answers.give(CHANGES, 200, "[]");
        answers.then(
                CHANGES,
                200,
                "[" + updated("XYZ-1", "2026-11-22T09:59:00Z") + "," + updated("ABC-12", "2026-11-22T09:00:00Z") + ","
                        + updated("ABC-13", "2026-11-22T08:59:59.999Z") + "]");
        assertEquals(Optional.of(Set.of()), TestBugUrls.changed(youTrack, urls));
        assertEquals(Optional.of(Set.of("ABC-12")), TestBugUrls.changed(youTrack, urls));
        assertEquals(List.of("GET " + CHANGES, "GET " + CHANGES), answers.asked());
    }

    @Test
    void aLongAnswerHasAllThatChangedOnlyWhereItGoesOnWithWhatDidNot() {
        List<BugUrl> urls = List.of(url("/issue/XYZ-7"));
        String changed = many(42, "2026-11-22T09:30:00Z");
        answers.give(CHANGES, 200, "[" + changed + "]");
        answers.then(CHANGES, 200, "[" + changed + "," + updated("ABC-1", "2026-11-22T08:00:00Z") + "]");
        assertEquals(Optional.empty(), TestBugUrls.changed(youTrack, urls));
        assertEquals(Optional.of(Set.of("XYZ-7")), TestBugUrls.changed(youTrack, urls));
    }

    @Test
    void changesOfAnIssueThatWasMovedAreFoundUnderItsNewId() {
        BugUrl url = url("/issue/ABC-12");
        answers.give(ISSUE_API, 200, issue("XYZ-3", ""));
        youTrack.ask(url, youTrack.api(url));
        answers.give(CHANGES, 200, "[" + updated("XYZ-3", "2026-11-22T09:30:00Z") + "]");
        assertEquals(Optional.of(Set.of("ABC-12")), TestBugUrls.changed(youTrack, List.of(url)));
    }

    @Test
    void anIssueWithoutATimeIsNoAnswerToWhatChanged() {
        answers.give(CHANGES, 200, "[{\"idReadable\": \"ABC-12\"}]");
        List<BugUrl> urls = List.of(url("/issue/ABC-12"));
        assertEquals(
                FailureReason.UNEXPECTED_ANSWER,
                assertThrows(FetchException.class, () -> TestBugUrls.changed(youTrack, urls))
                        .reason());
    }

    private FetchException failure() {
        return assertThrows(
                FetchException.class, () -> youTrack.ask(url("/issue/ABC-12"), youTrack.api(url("/issue/ABC-12"))));
    }
}
