package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.OutboundRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedmineTest {

    private static final String BASE = "https://www.example/redmine";
    private static final TrackerSystem SYSTEM = TestBugUrls.system("Redmine", BASE, null, null);
    private static final String ISSUE_API = BASE + "/issues/12.json";

    private static final String OPEN = """
            {"id": 12, "project": {"id": 1, "name": "Redmine"}, "tracker": {"id": 1, "name": "Defect"},
             "status": {"id": 2, "name": "In Progress", "is_closed": false},
             "priority": {"id": 4, "name": "Normal"}, "author": {"id": 3, "name": "Bob"},
             "assigned_to": {"id": 7, "name": "Ann Ewing"}, "category": {"id": 9, "name": "UI"},
             "subject": "Menu <b> & co", "description": "h2. Steps\\r\\n\\r\\n* click @menu@\\r\\n* see \\"docs\\":https://x.example/d",
             "start_date": "2026-10-01", "due_date": null, "done_ratio": 0, "is_private": false,
             "estimated_hours": null, "custom_fields": [{"id": 2, "name": "Affected version", "value": "5.1"}],
             "created_on": "2026-10-01T08:00:00Z", "updated_on": "2026-11-01T10:00:00Z", "closed_on": null}""";

    private static final String CLOSED = """
            {"id": 14, "tracker": {"id": 2, "name": "Feature"}, "status": {"id": 5, "name": "Closed", "is_closed": true},
             "priority": {"id": 5, "name": "High"}, "subject": "Done",
             "description": "## Why\\n\\n- **fast**\\n- [docs](https://x.example/d)", "tags": [{"id": 1, "name": "api"}],
             "updated_on": "2025-01-02T03:04:05Z", "closed_on": "2025-01-02T03:04:05Z"}""";

    /** As before 5.0. */
    private static final String OLD = """
            {"id": 16, "status": {"id": 5, "name": "Erledigt"}, "subject": "Old", "description": null,
             "closed_on": "2019-01-02T03:04:05Z", "updated_on": "2019-01-02T03:04:05Z"}""";

    private static final BugDetails DETAILS_OF_12 = BugDetails.of("12", "Menu <b> & co")
            .withDescription("""
                    <h2>Steps</h2>
                    <ul>
                    <li>click <code>menu</code></li>
                    <li>see <a href="https://x.example/d">docs</a></li>
                    </ul>
                    """)
            .withStatus("In Progress")
            .withResolved(false)
            .withConfidential(false)
            .withFields(BugFields.NONE
                    .withAssignee("Ann Ewing")
                    .withPriority("Normal")
                    .withType("Defect")
                    .withUpdated(Instant.parse("2026-11-01T10:00:00Z")));

    private static final BugDetails DETAILS_OF_14 = BugDetails.of("14", "Done")
            .withDescription("""
                    <h2>Why</h2>
                    <ul>
                    <li><strong>fast</strong></li>
                    <li><a href="https://x.example/d" rel="nofollow noopener noreferrer ugc">docs</a></li>
                    </ul>
                    """)
            .withStatus("Closed")
            .withResolved(true)
            .withFields(BugFields.NONE
                    .withPriority("High")
                    .withType("Feature")
                    .withLabels(List.of("api"))
                    .withUpdated(Instant.parse("2025-01-02T03:04:05Z")));

    private final RecordedAnswers answers = new RecordedAnswers();
    private final Redmine redmine = new Redmine();

    @BeforeEach
    void connect() {
        redmine.client = answers;
    }

    private static BugUrl url(String path) {
        return TestBugUrls.of(BASE + path, SYSTEM);
    }

    private static String list(String ids) {
        return BASE + "/issues.json?issue_id=" + ids + "&status_id=*&sort=id&limit=100";
    }

    private static String issues(int total, String... issues) {
        return "{\"issues\": [" + String.join(", ", issues) + "], \"total_count\": " + total
                + ", \"offset\": 0, \"limit\": 100}";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/issues/12",
                "/issues/12/",
                "/issues/12#note-3",
                "/issues/12?tab=history#change-99",
                "/issues/12.json?include=journals",
                "/issues/12.pdf",
                "/issues/12/edit",
                "/issues/0012",
                "/issues/show/12",
                "/projects/my-app/issues/12",
                "/projects/my-app/issues?issue_id=12",
                "/issues?utf8=%E2%9C%93&issue_id=12",
            })
    void everyShapeThatPeoplePasteGivesTheNumber(String path) {
        assertEquals(Optional.of("12"), redmine.bugId(url(path)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/issues",
                "/issues/new",
                "/issues/0",
                "/issues/gantt",
                "/issues?issue_id=1,2",
                "/issues?issue_id=a",
                "/issues/12,13",
                "/projects/my-app",
                "/projects/my-app/issues/new",
                "/news/12",
                "/my-issues/12",
            })
    void whatIsNoIssueIsNone(String path) {
        assertEquals(Optional.empty(), redmine.bugId(url(path)));
    }

    @Test
    void theApiUrlIsTheBaseUrl() {
        assertEquals(BASE, redmine.apiUrl(SYSTEM));
    }

    @Test
    void anOpenIssueIsToldWholeWithItsTextile() {
        answers.give(ISSUE_API, 200, "{\"issue\": " + OPEN + "}");
        assertEquals(Optional.of(DETAILS_OF_12), redmine.details(url("/issues/12")));
        assertEquals(1, answers.requests().size());
    }

    @Test
    void aClosedIssueIsResolvedAndMarkdownIsKnownByItsMarks() {
        answers.give(BASE + "/issues/14.json", 200, "{\"issue\": " + CLOSED + "}");
        assertEquals(Optional.of(DETAILS_OF_14), redmine.details(url("/issues/14")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '¦',
            value = {
                "no marks at all ¦ <p>no marks at all</p>",
                "one *word* ¦ <p>one <em>word</em></p>",
                "press *Save* ¦ <p>press <strong>Save</strong></p>",
                "# Heading ¦ <h1>Heading</h1>",
                "1) one ¦ <ol><li>one</li></ol>",
                "3. three ¦ <ol start=\"3\"><li>three</li></ol>",
                "Look:\\n\\n    a *b* ¦ <p>Look:</p><pre><code>a *b*</code></pre>",
                "ask @ann@ and **bold** ¦ <p>ask <code>ann</code> and <b>bold</b></p>",
                "`code` @ann ¦ <p><code>code</code> @ann</p>",
                "1. one ¦ <ol><li>one</li></ol>",
                "# one\\n# two ¦ <ol><li>one</li><li>two</li></ol>",
            })
    void theMarksDecideOnTheMarkup(String description, String html) {
        answers.give(
                ISSUE_API,
                200,
                jakarta.json.Json.createObjectBuilder()
                        .add(
                                "issue",
                                jakarta.json.Json.createObjectBuilder()
                                        .add("id", 12)
                                        .add("subject", "s")
                                        .add(
                                                "status",
                                                jakarta.json.Json.createObjectBuilder()
                                                        .add("is_closed", false))
                                        .add("description", description.replace("\\n", "\r\n")))
                        .build()
                        .toString());
        assertEquals(
                html,
                redmine.details(url("/issues/12")).orElseThrow().description().replace("\n", ""));
    }

    @Test
    void aServerBefore5IsAskedOnceWhichStatusesAreClosed() {
        answers.give(BASE + "/issues/16.json", 200, "{\"issue\": " + OLD + "}");
        answers.give(BASE + "/issue_statuses.json", 200, """
                {"issue_statuses": [{"id": 1, "name": "Neu", "is_default": true}, {"id": 5, "name": "Erledigt",
                 "is_closed": true}]}""");
        BugDetails expected = BugDetails.of("16", "Old")
                .withStatus("Erledigt")
                .withResolved(true)
                .withFields(BugFields.NONE.withUpdated(Instant.parse("2019-01-02T03:04:05Z")));
        assertEquals(Optional.of(expected), redmine.details(url("/issues/16")));
        assertEquals(Optional.of(expected), redmine.details(url("/issues/16")));
        assertEquals(3, answers.requests().size());
    }

    @Test
    void whereTheStatusesMayNotBeReadItIsUnknownWhetherAnIssueIsResolved() {
        answers.give(BASE + "/issues/16.json", 200, "{\"issue\": " + OLD + "}");
        answers.give(BASE + "/issue_statuses.json", 403, "");
        assertEquals(null, redmine.details(url("/issues/16")).orElseThrow().resolved());
    }

    @Test
    void aMissingIssueIsAnEmpty404() {
        answers.give(ISSUE_API, 404, "", Map.of("Content-Type", "application/json"));
        assertEquals(Optional.empty(), redmine.details(url("/issues/12")));
        answers.give(ISSUE_API, 404, "", Map.of("Content-Type", "text/html"));
        assertEquals(Optional.empty(), redmine.details(url("/issues/12")));
    }

    @Test
    void aKeyIsSentInItsOwnHeaderAndAPasswordAsBasic() {
        answers.give(ISSUE_API, 404, "");
        redmine.details(url("/issues/12"));
        redmine.details(TestBugUrls.of(BASE + "/issues/12", TestBugUrls.system("Redmine", BASE, null, "k1")));
        redmine.details(TestBugUrls.of(BASE + "/issues/12", TestBugUrls.system("Redmine", BASE, null, "ann", "pw")));
        assertEquals(
                List.of(Map.of(), Map.of("X-Redmine-API-Key", "k1"), Map.of("Authorization", "Basic YW5uOnB3")),
                answers.requests().stream().map(OutboundRequest::credentials).toList());
    }

    @ParameterizedTest
    @CsvSource({"401, unauthorized", "403, forbidden", "429, rate_limited", "500, http_500", "503, http_503"})
    void whatWentWrongIsToldApart(int status, String reason) {
        answers.give(ISSUE_API, status, "", Map.of("WWW-Authenticate", "Basic realm=\"Redmine API\""));
        assertEquals(reason, failure().reason().word());
    }

    @Test
    void aRateLimitOfAProxySaysUntilWhen() {
        answers.give(ISSUE_API, 429, "", Map.of("Retry-After", "Sun, 22 Nov 2099 12:00:00 GMT"));
        assertEquals(
                Optional.of(Instant.parse("2099-11-22T12:00:00Z")), failure().retryAt());
    }

    @Test
    void aWebPageIsNeitherAnIssueNorAMissingOne() {
        answers.give(ISSUE_API, 200, "<html><title>Sign in</title>", Map.of("Content-Type", "text/html"));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
        answers.give(ISSUE_API, 404, "<html><h1>Not Found</h1>", Map.of("Content-Type", "text/html"));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    @Test
    void aBatchIsOneRequestThatLeavesOutWhatIsMissingOrPrivate() {
        answers.give(list("12,13,14"), 200, issues(2, OPEN, CLOSED));
        List<BugUrl> urls = List.of(url("/issues/12"), url("/issues/13"), url("/issues/014#note-1"));
        assertEquals(
                Map.of(
                        urls.get(0), new Answer.Found(DETAILS_OF_12),
                        urls.get(2), new Answer.Found(DETAILS_OF_14)),
                redmine.askAll(urls, redmine.api(urls.get(0))));
        assertEquals(1, answers.requests().size());
    }

    @Test
    void aServerThatGivesSmallerPagesIsFollowed() {
        answers.give(list("12,14,17"), 200, issues(2, OPEN));
        answers.give(list("12,14,17") + "&offset=1", 200, issues(2, CLOSED));
        List<BugUrl> urls = List.of(url("/issues/12"), url("/issues/14"), url("/issues/17"));
        assertEquals(2, redmine.askAll(urls, redmine.api(urls.get(0))).size());
        assertEquals(2, answers.requests().size());
    }

    @Test
    void aServerThatDoesNotKnowTheFilterIsAskedOneByOne() {
        answers.give(list("12,13"), 200, issues(4711, OPEN, CLOSED));
        answers.give(ISSUE_API, 200, "{\"issue\": " + OPEN + "}");
        answers.give(BASE + "/issues/13.json", 404, "");
        List<BugUrl> urls = List.of(url("/issues/12"), url("/issues/13"));
        assertEquals(
                Map.of(
                        urls.get(0), new Answer.Found(DETAILS_OF_12),
                        urls.get(1), new Answer.NoSuchBug()),
                redmine.askAll(urls, redmine.api(urls.get(0))));
        answers.give(list("12,13"), 422, "{\"errors\": [\"Issue is invalid\"]}");
        assertEquals(2, redmine.askAll(urls, redmine.api(urls.get(0))).size());
    }

    @ParameterizedTest
    @CsvSource({"401, unauthorized", "403, forbidden", "429, rate_limited", "502, http_502"})
    void aRefusedBatchFailsAtOnce(int status, String reason) {
        answers.give(list("12,13"), status, "");
        List<BugUrl> urls = List.of(url("/issues/12"), url("/issues/13"));
        FetchException failure =
                assertThrows(FetchException.class, () -> redmine.askAll(urls, redmine.api(urls.get(0))));
        assertEquals(reason, failure.reason().word());
        assertEquals(1, answers.requests().size());
    }

    @Test
    void aSubclassThatOverridesDetailsKeepsTheBatch() {
        class Extended extends Redmine {
            @Override
            public Optional<BugDetails> details(BugUrl url) {
                return super.details(url).map(details -> details.withTitle("EXTENDED: " + details.title()));
            }
        }
        Extended extended = new Extended();
        extended.client = answers;
        TrackerSystem system = TestBugUrls.system("Extended", BASE, null, null);
        List<BugUrl> urls = IntStream.rangeClosed(1, 250)
                .mapToObj(id -> TestBugUrls.of(BASE + "/issues/" + id, system))
                .toList();
        for (int from = 1; from <= 250; from += 100) {
            int to = Math.min(from + 99, 250);
            answers.give(
                    list(String.join(
                            ",",
                            IntStream.rangeClosed(from, to)
                                    .mapToObj(Integer::toString)
                                    .toList())),
                    200,
                    issues(
                            to - from + 1,
                            IntStream.rangeClosed(from, to)
                                    .mapToObj(id -> "{\"id\": " + id + ", \"subject\": \"Bug " + id
                                            + "\", \"status\": {\"id\": 1, \"name\": \"New\", \"is_closed\": false}}")
                                    .toArray(String[]::new)));
        }
        List<String> titles = TestBugUrls.refreshed(extended, urls).values().stream()
                .map(answer -> ((Answer.Found) answer).details().title())
                .toList();
        assertEquals(250, titles.size());
        assertEquals("EXTENDED: Bug 250", titles.get(249));
        assertEquals(3, answers.requests().size());
    }

    // What changed

    private static final String CHANGED = BASE + "/issues.json?status_id=*&updated_on=%3E%3D2026-11-22T09:00:00Z";

    @Test
    void whatChangedIsAListOfOpenAndClosedIssues() {
        List<BugUrl> urls = List.of(url("/issues/12"), url("/issues/14"));
        String list = CHANGED + "&issue_id=12,14&sort=id&limit=100";
        answers.give(list, 200, issues(0));
        answers.then(list, 200, issues(1, "{\"id\": 14}"));
        assertEquals(Optional.of(Set.of()), TestBugUrls.changed(redmine, urls));
        assertEquals(Optional.of(Set.of("14")), TestBugUrls.changed(redmine, urls));
        assertEquals(2, answers.requests().size());
    }

    @Test
    void whatChangedAmongMoreIssuesThanAUrlHoldsIsAListOfAll() {
        answers.give(CHANGED + "&sort=id&limit=100", 200, issues(1, "{\"id\": 7}"));
        List<BugUrl> urls = IntStream.range(1_000_000, 1_000_500)
                .mapToObj(id -> url("/issues/" + id))
                .toList();
        assertEquals(Optional.of(Set.of("7")), TestBugUrls.changed(redmine, urls));
    }

    @Test
    void moreChangesThanAPageAreNotTold() {
        answers.give(CHANGED + "&issue_id=12&sort=id&limit=100", 200, issues(3, "{\"id\": 12}", "{\"id\": 13}"));
        assertEquals(Optional.empty(), TestBugUrls.changed(redmine, List.of(url("/issues/12"))));
    }

    @Test
    void aListThatDoesNotSayHowLongItIsIsNoListOfChanges() {
        answers.give(CHANGED + "&issue_id=12&sort=id&limit=100", 200, "{\"issues\": []}");
        List<BugUrl> urls = List.of(url("/issues/12"));
        assertEquals(
                FailureReason.UNEXPECTED_ANSWER,
                assertThrows(FetchException.class, () -> TestBugUrls.changed(redmine, urls))
                        .reason());
    }

    private FetchException failure() {
        BugUrl url = url("/issues/12");
        return assertThrows(FetchException.class, () -> redmine.ask(url, redmine.api(url)));
    }

    @ParameterizedTest
    @CsvSource({"MARKDOWN, '<p><em>so</em></p>\n'", "TEXTILE, '<p><strong>so</strong></p>\n'"})
    void theMarkupIsWhatTheSystemSaysItIs(TrackerSystem.Markup markup, String html) {
        TrackerSystem plain = TestBugUrls.system("Redmine", BASE, null, null);
        TrackerSystem system = new TrackerSystem(
                "test",
                "Redmine",
                plain.base(),
                Optional.empty(),
                plain.credentials(),
                Optional.empty(),
                Optional.of(markup));
        answers.give(BASE + "/issues/12.json", 200, """
                {"issue": {"id": 12, "subject": "s", "description": "*so*", "status": {"is_closed": false},
                 "updated_on": "2011/01/17 21:28:45 -0800"}}""");
        BugDetails details =
                redmine.details(TestBugUrls.of(BASE + "/issues/12", system)).orElseThrow();
        assertEquals(html, details.description());
        assertEquals(Instant.parse("2011-01-18T05:28:45Z"), details.fields().updated());
    }
}
