package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What all trackers that can tell what changed have in common: that they never say so of an answer that is none. */
class ChangesTest {

    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");
    private static final Map<String, String> HTML = Map.of("Content-Type", "text/html; charset=utf-8");

    private record Tracked(IssueTracker tracker, BugUrl url, RecordedAnswers answers) {

        static Tracked of(IssueTracker tracker, String base, String path) {
            RecordedAnswers answers = new RecordedAnswers();
            tracker.client = answers;
            String name = tracker.getClass().getSimpleName();
            return new Tracked(
                    tracker,
                    TestBugUrls.of(base + path, TestBugUrls.system(name, base, null, "ann", "secret")),
                    answers);
        }

        FetchException failure(int status, String body, Map<String, String> headers) {
            answers.giveOtherwise(status, body, headers);
            return assertThrows(FetchException.class, () -> TestBugUrls.changed(tracker, List.of(url)));
        }

        @Override
        public String toString() {
            return tracker.getClass().getSimpleName() + " " + url;
        }
    }

    static Stream<Tracked> trackers() {
        return Stream.of(
                Tracked.of(new AzureBoards(), "https://dev.azure.com/acme", "/App/_workitems/edit/12"),
                Tracked.of(new Bugzilla(), "https://bugs.example", "/show_bug.cgi?id=12"),
                Tracked.of(new GitHub(), "https://github.com", "/acme/app/issues/12"),
                Tracked.of(new GitLab(), "https://gitlab.com", "/acme/app/-/issues/12"),
                Tracked.of(new Gitea(), "https://codeberg.org", "/acme/app/issues/12"),
                Tracked.of(new Jira(), "https://acme.atlassian.net", "/browse/ABC-12"),
                Tracked.of(new Jira(), "https://bugs.example/jira", "/browse/ABC-12"),
                Tracked.of(new Launchpad(), "https://bugs.launchpad.net", "/nova/+bug/12"),
                Tracked.of(new Mantis(), "https://mantis.example", "/view.php?id=12"),
                Tracked.of(new OpenProject(), "https://op.example", "/work_packages/12"),
                Tracked.of(new Redmine(), "https://redmine.example", "/issues/12"),
                Tracked.of(new YouTrack(), "https://acme.youtrack.cloud", "/issue/ABC-12"));
    }

    @ParameterizedTest
    @MethodSource("trackers")
    void whatWentWrongIsToldApart(Tracked tracked) {
        Map.of(401, "unauthorized", 403, "forbidden", 429, "rate_limited", 500, "http_500", 503, "http_503")
                .forEach((status, reason) -> assertEquals(
                        reason, tracked.failure(status, "{}", JSON).reason().word()));
        assertEquals(5, tracked.answers().asked().size());
    }

    @ParameterizedTest
    @MethodSource("trackers")
    void anAnswerOfAnotherShapeIsNotThatNothingChanged(Tracked tracked) {
        boolean list = tracked.tracker() instanceof GitHub
                || tracked.tracker() instanceof GitLab
                || tracked.tracker() instanceof Gitea
                || tracked.tracker() instanceof YouTrack;
        List<String> bodies = list
                ? List.of("{}", "null", "no", "", "{\"message\": \"Hello\"}", "[{}]", "[null]", "[7]")
                : List.of("{}", "null", "no", "", "{\"message\": \"Hello\"}", "[]", "[{}]", "{\"issues\": {}}");
        for (String body : bodies) {
            assertEquals(
                    FailureReason.UNEXPECTED_ANSWER,
                    tracked.failure(200, body, JSON).reason(),
                    body);
        }
    }

    @ParameterizedTest
    @MethodSource("trackers")
    void aWebPageIsNotThatNothingChanged(Tracked tracked) {
        for (int status : List.of(200, 404)) {
            assertEquals(
                    FailureReason.UNEXPECTED_ANSWER,
                    tracked.failure(status, "<html><title>Log in</title>", HTML).reason(),
                    "status " + status);
        }
    }

    @ParameterizedTest
    @MethodSource("trackers")
    void whatIsNotThereOrNotTakenCannotBeTold(Tracked tracked) {
        if (tracked.tracker() instanceof Bugzilla) {
            return; // A search of Bugzilla's is never missing.
        }
        for (int status : List.of(400, 404, 410, 422)) {
            tracked.answers().giveOtherwise(status, "{\"message\": \"Not Found\"}", JSON);
            assertEquals(Optional.empty(), TestBugUrls.changed(tracked.tracker(), List.of(tracked.url())));
        }
        assertEquals(4, tracked.answers().asked().size());
    }
}
