package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bugloss.outbound.FailureReason;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers that are none of a tracker's API: they never say that there is no such bug. */
class AnswerShapesTest {

    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json; charset=utf-8");

    private record Tracked(IssueTracker tracker, RecordedAnswers answers, BugUrl one, BugUrl other, String bug) {

        static Tracked of(IssueTracker tracker, String base, String path, String bug) {
            RecordedAnswers answers = new RecordedAnswers();
            tracker.client = answers;
            String name = BuiltInTrackers.name(tracker.getClass());
            TrackerSystem system = TestBugUrls.system(name, base, null, "ann", "token");
            return new Tracked(
                    tracker,
                    answers,
                    TestBugUrls.of(base + path.formatted(12), system),
                    TestBugUrls.of(base + path.formatted(13), system),
                    bug);
        }

        Answer askedAlone() {
            return IssueTracker.understood(() -> tracker.ask(one, tracker.api(one)));
        }

        List<Answer> askedTogether() {
            return List.copyOf(
                    TestBugUrls.refreshed(tracker, List.of(one, other)).values());
        }

        @Override
        public String toString() {
            return one.system().orElseThrow().trackerName();
        }
    }

    static Stream<Tracked> trackers() {
        return Stream.of(
                Tracked.of(new AzureBoards(), "https://dev.azure.com/acme", "/_workitems/edit/%d", """
                        {"id": 12, "fields": {"System.Title": ""}}"""),
                Tracked.of(new Bugzilla(), "https://bugzilla.mozilla.org", "/show_bug.cgi?id=%d", """
                        {"bugs": [{"id": 12, "summary": "", "status": "NEW", "description": "x"}]}"""),
                Tracked.of(new GitHub(), "https://github.com", "/acme/app/issues/%d", """
                        {"number": 12, "title": "", "state": "open"}"""),
                Tracked.of(new GitLab(), "https://gitlab.com", "/acme/app/-/issues/%d", """
                        {"iid": 12, "title": "", "state": "opened"}"""),
                Tracked.of(new Gitea(), "https://codeberg.org", "/acme/app/issues/%d", """
                        {"number": 12, "title": "", "state": "open"}"""),
                Tracked.of(new Jira(), "https://acme.atlassian.net", "/browse/ABC-%d", """
                        {"id": "10002", "key": "ABC-12", "fields": {"summary": ""}}"""),
                Tracked.of(new Jira(), "https://jira.example/jira", "/browse/ABC-%d", """
                        {"id": "10002", "key": "ABC-12", "fields": {"summary": ""}}"""),
                Tracked.of(new Mantis(), "https://mantis.example", "/view.php?id=%d", """
                        {"issues": [{"id": 12, "summary": ""}]}"""),
                Tracked.of(new OpenProject(), "https://op.example", "/work_packages/%d", """
                        {"id": 12, "subject": "", "_embedded": {"status": {"isClosed": false}}}"""),
                Tracked.of(new Redmine(), "https://redmine.example", "/issues/%d", """
                        {"issue": {"id": 12, "subject": "", "status": {"is_closed": false}}}"""),
                Tracked.of(new YouTrack(), "https://acme.youtrack.cloud", "/issue/ABC-%d", """
                        {"idReadable": "ABC-12", "summary": ""}"""));
    }

    private static void assertUnexpected(Answer answer, String body) {
        assertEquals(
                FailureReason.UNEXPECTED_ANSWER,
                assertInstanceOf(Answer.Failed.class, answer, body).failure().reason(),
                body);
    }

    @ParameterizedTest
    @MethodSource("trackers")
    void aSuccessOfAnotherShapeIsNoMissingBug(Tracked tracked) {
        for (String body : List.of(
                "{}",
                "[]",
                "null",
                "\"bug\"",
                "7",
                "",
                "{\"error\": \"maintenance\"}",
                "{\"message\": \"Hello\", \"issues\": null, \"bugs\": {}, \"value\": 3, \"data\": []}")) {
            tracked.answers().giveOtherwise(200, body, JSON);
            assertUnexpected(tracked.askedAlone(), body);
            if (tracked.tracker() instanceof GitLab || tracked.tracker() instanceof YouTrack) {
                // Their lists are arrays: an empty one has none.
                if (body.equals("[]")) {
                    continue;
                }
            }
            tracked.askedTogether().forEach(answer -> assertUnexpected(answer, body));
        }
    }

    @ParameterizedTest
    @MethodSource("trackers")
    void whatARouterOrAProxyDoesNotFindIsNoMissingBug(Tracked tracked) {
        Map<String, String> plain = Map.of("Content-Type", "text/plain; charset=utf-8");
        Map<String, Map<String, String>> pages = Map.of(
                "The controller for path '/x' was not found or does not implement IController.", plain,
                "404 page not found\n", plain,
                "default backend - 404", plain,
                "<status><status-code>404</status-code><message>null for uri: http://h/x</message></status>",
                        Map.of("Content-Type", "application/xml"),
                "<html><h1>Not Found</h1></html>", Map.of("Content-Type", "text/html"),
                "{\"error\":\"404 Not Found\"}", JSON,
                "{\"message\":\"null for uri: https://h/x\",\"status-code\":404}", JSON,
                "{\"timestamp\":\"2026-11-01T10:00:00.000+00:00\",\"status\":404,\"error\":\"Not Found\",\"path\":\"/x\"}",
                        JSON,
                "{\"message\":\"no Route matched with those values\"}", JSON);
        pages.forEach((body, headers) -> {
            tracked.answers().giveOtherwise(404, body, headers);
            assertUnexpected(tracked.askedAlone(), body);
        });
    }

    @ParameterizedTest
    @MethodSource("trackers")
    void aBugWithoutATitleIsCalledByItsKey(Tracked tracked) {
        for (String title : List.of("", " ", "\u200b\u2060\u00ad", "\u3164\u2800")) {
            String bug = tracked.bug().replace("\": \"\"", "\": \"" + title + "\"");
            tracked.answers().giveOtherwise(200, bug, JSON);
            BugDetails details = assertInstanceOf(Answer.Found.class, tracked.askedAlone(), title)
                    .details();
            assertEquals(
                    List.of(details.id(), details.id()),
                    List.of(details.title(), tracked.one().path().contains("ABC") ? "ABC-12" : "12"));
        }
    }
}
