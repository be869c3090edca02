package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What trackers say of bugs that are not for everybody. */
class ConfidentialBugsTest {

    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

    /** @param expected {@code null} where the answer does not say */
    private record Told(IssueTracker tracker, String base, String path, String answer, Boolean expected) {

        Boolean confidential() {
            RecordedAnswers answers = new RecordedAnswers();
            answers.giveOtherwise(200, answer, JSON);
            tracker.client = answers;
            return ConfidentialBugsTest.confidential(tracker, url(tracker, base, path));
        }

        @Override
        public String toString() {
            return BuiltInTrackers.name(tracker.getClass()) + " " + expected + ": " + answer;
        }
    }

    private static BugUrl url(IssueTracker tracker, String base, String path) {
        String name = BuiltInTrackers.name(tracker.getClass());
        return TestBugUrls.of(base + path, TestBugUrls.system(name, base, null, "token"));
    }

    private static Boolean confidential(IssueTracker tracker, BugUrl url) {
        return tracker.ask(url, tracker.api(url)).orElseThrow().confidential();
    }

    private static Stream<Told> of(
            IssueTracker tracker, String base, String path, String answer, Map<String, Boolean> cases) {
        return cases.entrySet().stream()
                .map(one -> new Told(tracker, base, path, answer.formatted(one.getKey()), one.getValue()));
    }

    static Stream<Told> answers() {
        return Stream.of(
                        of(
                                new GitHub(),
                                "https://github.com",
                                "/acme/app/issues/12",
                                """
                                {"number": 12, "title": "x", "state": "open", "repository": {%s}}""",
                                Map.of("\"private\": true", true, "\"private\": false", false)),
                        of(
                                new GitLab(),
                                "https://gitlab.com",
                                "/acme/app/-/issues/12",
                                """
                                {"iid": 12, "title": "x", "state": "opened"%s}""",
                                Map.of(", \"confidential\": true", true, ", \"confidential\": false", false)),
                        of(
                                new Gitea(),
                                "https://codeberg.org",
                                "/acme/app/issues/12",
                                """
                                {"number": 12, "title": "x", "state": "open", "repository": {%s}}""",
                                Map.of("\"private\": true", true, "\"private\": false", false)),
                        of(
                                new Bugzilla(),
                                "https://bugzilla.mozilla.org",
                                "/show_bug.cgi?id=12",
                                """
                                {"bugs": [{"id": 12, "summary": "x", "status": "NEW", "description": "x"%s}]}""",
                                Map.of(", \"groups\": [\"core-security\"]", true, ", \"groups\": []", false)),
                        of(
                                new Jira(),
                                "https://acme.atlassian.net",
                                "/browse/ABC-12",
                                """
                                {"id": "1", "key": "ABC-12", "fields": {"summary": "x", "security": %s}}""",
                                Map.of("{\"id\": \"10000\", \"name\": \"Staff\"}", true, "null", false)),
                        of(
                                new Redmine(),
                                "https://redmine.example",
                                "/issues/12",
                                """
                                {"issue": {"id": 12, "subject": "x", "status": {"is_closed": false}%s}}""",
                                Map.of(", \"is_private\": true", true, ", \"is_private\": false", false)),
                        of(
                                new YouTrack(),
                                "https://acme.youtrack.cloud",
                                "/issue/ABC-12",
                                """
                                {"idReadable": "ABC-12", "summary": "x", "visibility": {%s}}""",
                                Map.of(
                                        "\"$type\": \"LimitedVisibility\"", true,
                                        "\"permittedGroups\": [{\"id\": \"3-1\"}]", true,
                                        "\"permittedUsers\": [{\"id\": \"1-1\"}]", true,
                                        "\"$type\": \"UnlimitedVisibility\"", false)),
                        of(
                                new Mantis(),
                                "https://mantis.example",
                                "/view.php?id=12",
                                """
                                {"issues": [{"id": 12, "summary": "x", "view_state": {%s}}]}""",
                                Map.of(
                                        "\"id\": 50, \"name\": \"private\"", true,
                                        "\"name\": \"private\"", true,
                                        "\"id\": 10, \"name\": \"public\"", false)),
                        Stream.of(new Told(
                                new GitLab(), "https://gitlab.com", "/acme/app/-/merge_requests/12", """
                                {"iid": 12, "title": "x", "state": "opened", "source_branch": "b"}""", null)))
                .flatMap(cases -> cases);
    }

    @ParameterizedTest
    @MethodSource("answers")
    void whatTheAnswerForABugSaysIsRead(Told told) {
        assertEquals(told.expected(), told.confidential());
    }

    @Test
    void launchpadSaysItOfTheBug() {
        for (String said : List.of(
                "\"private\": true",
                "\"information_type\": \"Private Security\"",
                "\"information_type\": \"Proprietary\"")) {
            assertEquals(true, ofLaunchpad(said), said);
        }
        for (String said : List.of("\"private\": false", "\"information_type\": \"Public Security\"")) {
            assertEquals(false, ofLaunchpad(said), said);
        }
    }

    private static Boolean ofLaunchpad(String said) {
        RecordedAnswers answers = new RecordedAnswers();
        answers.give("https://api.launchpad.net/1.0/bugs/12", 200, "{\"id\": 12, \"title\": \"x\", " + said + "}");
        answers.give("https://api.launchpad.net/1.0/bugs/12/bug_tasks?ws.size=300", 200, "{\"entries\": []}");
        Launchpad launchpad = new Launchpad();
        launchpad.client = answers;
        return confidential(launchpad, url(launchpad, "https://bugs.launchpad.net", "/app/+bug/12"));
    }

    private static final String ISSUE = "{\"number\": 1, \"title\": \"x\", \"state\": \"open\"}";

    /** GitHub and Gitea say it of the repository. */
    private record OfRepository(IssueTracker tracker, String base, String api) {

        BugUrl url(String path) {
            return ConfidentialBugsTest.url(tracker, base, path);
        }

        RecordedAnswers connected() {
            RecordedAnswers answers = new RecordedAnswers();
            answers.give(api + "/repos/acme/app/issues/1", 200, ISSUE);
            answers.give(api + "/repos/acme/App/issues/2", 200, ISSUE);
            tracker.client = answers;
            return answers;
        }

        @Override
        public String toString() {
            return BuiltInTrackers.name(tracker.getClass());
        }
    }

    static Stream<OfRepository> repositories() {
        return Stream.of(
                new OfRepository(new GitHub(), "https://github.com", "https://api.github.com"),
                new OfRepository(new Gitea(), "https://codeberg.org", "https://codeberg.org/api/v1"));
    }

    @ParameterizedTest
    @MethodSource("repositories")
    void whatIsInAPrivateRepositoryIsConfidentialAndTheRepositoryIsAskedAboutOnce(OfRepository one) {
        RecordedAnswers answers = one.connected();
        answers.give(one.api() + "/repos/acme/app", 200, "{\"private\": true}");

        assertEquals(true, confidential(one.tracker(), one.url("/acme/app/issues/1")));
        assertEquals(true, confidential(one.tracker(), one.url("/acme/App/issues/2")));
        assertEquals(
                List.of("GET " + one.api() + "/repos/acme/app/issues/1", "GET " + one.api() + "/repos/acme/app"),
                answers.asked().subList(0, 2));
        assertEquals(3, answers.asked().size());
    }

    @ParameterizedTest
    @MethodSource("repositories")
    void whatIsInARepositoryOfWhichNothingIsToldIsConfidential(OfRepository one) {
        one.connected().give(one.api() + "/repos/acme/app", 403, "{}");

        assertEquals(true, confidential(one.tracker(), one.url("/acme/app/issues/1")));
    }

    @ParameterizedTest
    @MethodSource("repositories")
    void whoHasNoCredentialsSeesWhatIsPublicAndAsksForNothingMore(OfRepository one) {
        RecordedAnswers answers = one.connected();
        BugUrl url = TestBugUrls.of(
                one.base() + "/acme/app/issues/1", TestBugUrls.system(one.toString(), one.base(), null, null));

        assertEquals(null, confidential(one.tracker(), url));
        assertEquals(1, answers.asked().size());
    }

    @Test
    void aBatchOfGitHubTellsItOfEachRepository() {
        RecordedAnswers answers = new RecordedAnswers();
        GitHub gitHub = new GitHub();
        gitHub.client = answers;
        String bug = "{\"number\": 1, \"title\": \"x\", \"issueState\": \"OPEN\", \"repository\": {\"isPrivate\": %s}}";
        answers.give("https://api.github.com/graphql", 200, """
                {"data": {"r0": {"n1": %s}, "r1": {"n1": %s}}}""".formatted(bug.formatted(false), bug.formatted(true)));
        List<BugUrl> urls = List.of(
                url(gitHub, "https://github.com", "/acme/app/issues/1"),
                url(gitHub, "https://github.com", "/acme/secret/issues/1"));

        assertEquals(
                Arrays.asList(false, true),
                TestBugUrls.refreshed(gitHub, urls).values().stream()
                        .map(answer -> ((Answer.Found) answer).details().confidential())
                        .toList());
    }

    @Test
    void aRepositoryIsAskedAboutAgainAfterAnHourAndAfterAMinuteWhereNothingWasTold() {
        HandTicker ticker = new HandTicker();
        PrivateRepositories repositories = new PrivateRepositories(ticker);
        RecordedAnswers answers = new RecordedAnswers();
        answers.give("https://h/repos/a/b", 500, "{}");
        answers.then("https://h/repos/a/b", 200, "{\"private\": false}");
        answers.then("https://h/repos/a/b", 200, "{\"private\": true}");
        TrackerApi api =
                new TrackerApi(answers, "https://h", Map.of(), Map.of(), reply -> {}, failure -> {}, () -> null);

        List<Boolean> told = Stream.of(0, 59, 1, 3599, 1)
                .map(seconds -> {
                    ticker.pass(Duration.ofSeconds(seconds));
                    return repositories.isPrivate(api, "a/b", () -> api.reply("/repos/a/b"));
                })
                .toList();

        assertEquals(List.of(true, true, false, false, true), told);
        assertEquals(3, answers.asked().size());
    }

    @Test
    void aRepositoryThatCanNotBeAskedAboutIsPrivate() {
        PrivateRepositories repositories = new PrivateRepositories();
        TrackerApi api = new TrackerApi(
                new RecordedAnswers(), "https://h", Map.of(), Map.of(), reply -> {}, failure -> {}, () -> null);

        assertEquals(true, repositories.isPrivate(api, "a/b", () -> {
            throw new FetchException(FailureReason.TIMEOUT, "too slow");
        }));
    }

    private static final class HandTicker implements com.github.benmanes.caffeine.cache.Ticker {

        private long nanos;

        void pass(Duration time) {
            nanos += time.toNanos();
        }

        @Override
        public long read() {
            return nanos;
        }
    }
}
