package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

class LaunchpadTest {

    private static final TrackerSystem BUGS = TestBugUrls.system("Launchpad", "https://bugs.launchpad.net", null, null);
    private static final String API = "https://api.launchpad.net/1.0/";
    private static final String BUG_API = API + "bugs/2011751";
    private static final Instant UPDATED = Instant.parse("2026-11-01T10:00:00.123456Z");

    private final RecordedAnswers answers = new RecordedAnswers();
    private final Launchpad launchpad = new Launchpad();

    @BeforeEach
    void connect() {
        launchpad.client = answers;
    }

    private static BugUrl url(String path) {
        return TestBugUrls.of("https://bugs.launchpad.net" + path, BUGS);
    }

    /** As api.launchpad.net answers for a bug, with all that Bugloss does not need. */
    private static String bug(int id, String members) {
        return """
                {"self_link": "https://api.launchpad.net/1.0/bugs/%1$d", "web_link": "https://bugs.launchpad.net/bugs/%1$d",
                 "resource_type_link": "https://api.launchpad.net/1.0/#bug",
                 "bug_tasks_collection_link": "https://api.launchpad.net/1.0/bugs/%1$d/bug_tasks",
                 "duplicate_of_link": null, "owner_link": "https://api.launchpad.net/1.0/~reporter", "id": %1$d,
                 "private": false, "information_type": "Public", "name": null, "title": "Bug %1$d", "description": "",
                 "date_created": "2023-03-15T21:10:01.100000+00:00", "date_last_updated": "2026-11-01T10:00:00.123456+00:00",
                 "who_made_private_link": null, "heat": 266, "message_count": 14, "tags": [], "can_expire": false,
                 "http_etag": "\\"5dbf-1\\""%2$s}""".formatted(id, members.isEmpty() ? "" : ", " + members);
    }

    private static String task(String target, String status, boolean complete, String importance, String assignee) {
        return """
                {"self_link": "https://api.launchpad.net/1.0/%1$s/+bug/2011751",
                 "web_link": "https://bugs.launchpad.net/%1$s/+bug/2011751",
                 "resource_type_link": "https://api.launchpad.net/1.0/#bug_task",
                 "bug_link": "https://api.launchpad.net/1.0/bugs/2011751", "milestone_link": null,
                 "target_link": "https://api.launchpad.net/1.0/%1$s", "bug_target_display_name": "%1$s", "status": "%2$s",
                 "is_complete": %3$s, "importance": "%4$s", "assignee_link": %5$s, "bug_watch_link": null,
                 "title": "Bug #2011751 in %1$s: \\"…\\"", "date_closed": null}""".formatted(
                        target,
                        status,
                        complete,
                        importance,
                        assignee == null ? "null" : "\"https://api.launchpad.net/1.0/~" + assignee + "\"");
    }

    private void giveBug(String bug, String... tasks) {
        answers.give(BUG_API, 200, bug);
        answers.give(BUG_API + "/bug_tasks?ws.size=300", 200, """
                {"start": 0, "total_size": %d, "entries": [%s],
                 "resource_type_link": "https://api.launchpad.net/1.0/#bug_task-page-resource"}""".formatted(tasks.length, String.join(",", tasks)));
    }

    private static BugDetails details(String status, boolean resolved, String importance, String assignee) {
        return BugDetails.of("2011751", "Bug 2011751")
                .withStatus(status)
                .withResolved(resolved)
                .withConfidential(false)
                .withFields(BugFields.NONE
                        .withAssignee(assignee)
                        .withPriority(importance)
                        .withUpdated(UPDATED));
    }

    @ParameterizedTest
    @CsvSource({
        "/bugs/2011751, 2011751",
        "/bugs/2011751/, 2011751",
        "/bug/2011751, 2011751",
        "/bugs/2011751/comments/3, 2011751",
        "/+bug/2011751, 2011751",
        "/nova/+bug/2011751, 2011751@/nova",
        "/Nova/+bug/2011751/+index?comments=all, 2011751@/nova",
        "/nova/+bug/2011751#yui_3_10_3_1, 2011751@/nova",
        "/nova/%2Bbug/2011751, 2011751@/nova",
        "/nova/zed/+bug/02011751, 2011751@/nova/zed",
        "/ubuntu/+source/linux/+bug/2011751/comments/3, 2011751@/ubuntu/+source/linux",
        "/ubuntu/jammy/+source/gtk+3.0/+bug/2011751, 2011751@/ubuntu/jammy/+source/gtk+3.0",
        "/api/1.0/bugs/2011751, 2011751",
    })
    void everyShapeThatPeoplePasteGivesTheNumberAndItsTarget(String path, String key) {
        assertEquals(Optional.of("2011751"), launchpad.bugId(url(path)));
        assertEquals(key, launchpad.bugKey(url(path)));
    }

    @Test
    void theShortHostsOnlyPathIsTheNumber() {
        TrackerSystem pad = TestBugUrls.system("Launchpad", "https://pad.lv", null, null);
        assertEquals(Optional.of("2011751"), launchpad.bugId(TestBugUrls.of("https://pad.lv/2011751", pad)));
        assertEquals("https://api.launchpad.net/1.0", launchpad.apiUrl(pad));
        assertEquals(Optional.empty(), launchpad.bugId(url("/2011751")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/nova",
                "/nova/+bugs",
                "/nova/+filebug",
                "/bugs",
                "/bugs/bugtrackers",
                "/bugs/2011751abc",
                "/bugs/cve/2011-1234",
                "/~ann/+mergeproposals/12",
                "/nova/+milestone/12",
                "/nova/+spec/12",
            })
    void whatIsNoBugIsNone(String path) {
        assertEquals(Optional.empty(), launchpad.bugId(url(path)));
    }

    @ParameterizedTest
    @CsvSource({
        "https://bugs.launchpad.net, https://api.launchpad.net/1.0",
        "https://launchpad.net, https://api.launchpad.net/1.0",
        "https://bugs.staging.launchpad.net/, https://api.staging.launchpad.net/1.0",
    })
    void theApiUrlFollowsFromTheBaseUrl(String base, String api) {
        assertEquals(api, launchpad.apiUrl(TestBugUrls.system("Launchpad", base, null, null)));
    }

    @Test
    void launchpadIsWellKnown() {
        assertEquals(
                Map.of("launchpad", "https://bugs.launchpad.net", "launchpad-net", "https://launchpad.net"),
                launchpad.publicSystems());
    }

    @Test
    void anOpenBugIsToldWholeWithTheStatusOfItsTarget() {
        giveBug(
                bug(2011751, """
                        "title": "Crash & <burn>", "description": "Steps:\\n1. <b>x</b>\\n\\nThen it crashes",
                        "tags": ["jammy", "regression-update"]"""),
                task("linux", "Invalid", true, "Undecided", null),
                task("ubuntu/+source/linux", "In Progress", false, "High", "ann"),
                task("ubuntu/jammy/+source/linux", "Fix Released", true, "Medium", "bob"));
        assertEquals(
                Optional.of(BugDetails.of("2011751", "Crash & <burn>")
                        .withDescription("<p>Steps:<br>1. &lt;b&gt;x&lt;/b&gt;</p><p>Then it crashes</p>")
                        .withStatus("In Progress")
                        .withResolved(false)
                        .withConfidential(false)
                        .withFields(BugFields.NONE
                                .withAssignee("ann")
                                .withPriority("High")
                                .withLabels(List.of("jammy", "regression-update"))
                                .withUpdated(UPDATED))),
                launchpad.details(url("/ubuntu/+source/linux/+bug/2011751/comments/3")));
        assertEquals(List.of("GET " + BUG_API, "GET " + BUG_API + "/bug_tasks?ws.size=300"), answers.asked());
    }

    @Test
    void eachTargetHasAStatusOfItsOwn() {
        giveBug(
                bug(2011751, ""),
                task("linux", "Invalid", true, "Undecided", null),
                task("ubuntu/+source/linux", "In Progress", false, "High", "ann"),
                task("ubuntu/jammy/+source/linux", "Fix Released", true, "Medium", "bob"));
        assertEquals(
                Optional.of(details("Invalid", true, "Undecided", null)),
                launchpad.details(url("/Linux/+bug/2011751")));
        assertEquals(
                Optional.of(details("Fix Released", true, "Medium", "bob")),
                launchpad.details(url("/ubuntu/jammy/%2Bsource/linux/+bug/2011751")));
    }

    @Test
    void withoutATargetABugIsResolvedWhenAllItsTasksAre() {
        giveBug(
                bug(2011751, ""),
                task("linux", "Won't Fix", true, "Undecided", null),
                task("ubuntu/+source/linux", "Triaged", false, "High", null));
        assertEquals(Optional.of(details("Triaged", false, "High", null)), launchpad.details(url("/bugs/2011751")));
        giveBug(
                bug(2011751, ""),
                task("linux", "Won't Fix", true, "Undecided", null),
                task("ubuntu/+source/linux", "Fix Released", true, "High", null));
        assertEquals(
                Optional.of(details("Won't Fix", true, "Undecided", null)), launchpad.details(url("/bugs/2011751")));
    }

    @Test
    void aTargetThatTheBugWasMovedAwayFromCountsAsNone() {
        giveBug(bug(2011751, ""), task("ubuntu/+source/linux", "New", false, "Undecided", null));
        assertEquals(
                Optional.of(details("New", false, "Undecided", null)), launchpad.details(url("/nova/+bug/2011751")));
    }

    @ParameterizedTest
    @CsvSource({"Fix Released, true", "Fix Committed, false", "Opinion, true", "Expired, true", "Incomplete, false"})
    void aTaskThatDoesNotSayWhetherItIsCompleteIsJudgedByItsStatus(String status, boolean resolved) {
        giveBug(bug(2011751, ""), task("nova", status, false, "Low", null).replace("\"is_complete\": false,", ""));
        assertEquals(Optional.of(details(status, resolved, "Low", null)), launchpad.details(url("/bugs/2011751")));
    }

    @Test
    void aBugWithoutTasksThatOneMaySeeHasNoStatus() {
        giveBug(bug(2011751, ""));
        assertEquals(
                Optional.of(BugDetails.of("2011751", "Bug 2011751")
                        .withConfidential(false)
                        .withFields(BugFields.NONE.withUpdated(UPDATED))),
                launchpad.details(url("/bugs/2011751")));
    }

    @Test
    void aBugThatIsNotThereIsNoneAfterOneRequest() {
        answers.give(
                BUG_API,
                404,
                "Object: <lp.bugs.browser.malone.MaloneApplication object>, name: '2011751'",
                Map.of("Content-Type", "text/plain"));
        assertEquals(Optional.empty(), launchpad.details(url("/bugs/2011751")));
        assertEquals(1, answers.requests().size());
    }

    @ParameterizedTest
    @CsvSource({
        ", secret_token:s%cret, bugloss, secret_token, s%25cret",
        "token, secret, bugloss, token, secret",
        "System-wide: Ubuntu (h):token, secret, %20Ubuntu%20%28h%29, token, secret",
        "acme:token, secret, acme, token, secret",
    })
    void credentialsAreThoseOfOAuth(String username, String password, String consumer, String token, String secret) {
        String header = launchpad
                .authentication(new TrackerSystem.Credentials(username, password))
                .get("Authorization");
        assertTrue(
                header.matches("OAuth realm=\"https://api.launchpad.net/\", oauth_consumer_key=\"" + consumer
                        + "\", oauth_token=\"" + token + "\", oauth_signature_method=\"PLAINTEXT\","
                        + " oauth_signature=\"%26" + secret + "\", oauth_timestamp=\"\\d{10}\","
                        + " oauth_nonce=\"[0-9a-f-]{36}\", oauth_version=\"1.0\""),
                header);
    }

    @Test
    void nothingIsSentWithoutCredentials() {
        answers.give(BUG_API, 404, "");
        launchpad.details(url("/bugs/2011751"));
        assertEquals(Map.of(), answers.requests().get(0).credentials());
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '^',
            value = {
                "401, unauthorized, Expired token (abc).",
                "401, forbidden, ^(<Bug at 0x7f>, 'title', 'launchpad.View')^",
                "403, forbidden, no",
                "429, rate_limited, Too Many Requests",
                "503, http_503, Service Unavailable",
            })
    void whatWentWrongIsToldApart(int status, String reason, String body) {
        answers.give(BUG_API, status, body, Map.of("Content-Type", "text/plain;charset=utf-8"));
        assertEquals(reason, failure().reason().word());
    }

    @Test
    void aFailureAtTheTasksIsTheBugs() {
        giveBug(bug(2011751, ""));
        answers.give(BUG_API + "/bug_tasks?ws.size=300", 503, "timeout", Map.of("Retry-After", "1795338000"));
        assertEquals("http_503", failure().reason().word());
    }

    @Test
    void aRateLimitSaysUntilWhen() {
        answers.give(BUG_API, 429, "", Map.of("Retry-After", "Sun, 22 Nov 2026 17:00:00 GMT"));
        assertEquals(
                Optional.of(Instant.parse("2026-11-22T17:00:00Z")), failure().retryAt());
    }

    @Test
    void aWebPageWhereTheApiWasExpectedIsAFailure() {
        answers.give(BUG_API, 200, "<html><title>Log in", Map.of("Content-Type", "text/html;charset=utf-8"));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    @Test
    void manyAreAskedForOneByOneAndNoneAffectsAnother() {
        giveBug(bug(2011751, ""), task("nova", "New", false, "Undecided", null));
        answers.give(API + "bugs/12", 404, "");
        List<BugUrl> urls = List.of(url("/bugs/12"), url("/nova/+bug/2011751"), url("/nova/+bug/2011751/comments/2"));
        assertEquals(
                Map.of(
                        urls.get(0), new Answer.NoSuchBug(),
                        urls.get(1), new Answer.Found(details("New", false, "Undecided", null)),
                        urls.get(2), new Answer.Found(details("New", false, "Undecided", null))),
                TestBugUrls.refreshed(launchpad, urls));
        assertEquals(3, answers.requests().size());
    }

    // What changed

    private static final String CHANGES = API + "nova?ws.op=searchTasks&modified_since=2026-11-22T09:00:00Z"
            + "&omit_duplicates=false&omit_targeted=false&status=New&status=Incomplete&status=Opinion&status=Invalid"
            + "&status=Won%27t%20Fix&status=Expired&status=Confirmed&status=Triaged&status=In%20Progress"
            + "&status=Deferred&status=Fix%20Committed&status=Fix%20Released&status=Does%20Not%20Exist&ws.size=300";

    private static String tasks(String more, int... bugs) {
        return "{\"start\": 0" + more + ", \"entries\": ["
                + IntStream.of(bugs)
                        .mapToObj(bug -> "{\"bug_link\": \"https://api.launchpad.net/1.0/bugs/" + bug
                                + "\", \"target_link\": \"https://api.launchpad.net/1.0/nova\"}")
                        .collect(Collectors.joining(","))
                + "]}";
    }

    @Test
    void whatChangedIsASearchForAProjectsTasksOfAnyStatus() {
        List<BugUrl> urls = List.of(url("/nova/+bug/12"), url("/Nova/+bug/13/comments/2"));
        assertEquals("/nova", launchpad.changeScope(urls.get(1)));
        answers.give(CHANGES, 200, tasks(""));
        answers.then(CHANGES, 200, tasks("", 13, 99));
        assertEquals(Optional.of(Set.of()), TestBugUrls.changed(launchpad, urls));
        assertEquals(Optional.of(Set.of("13@/nova")), TestBugUrls.changed(launchpad, urls));
        assertEquals(2, answers.requests().size());
    }

    @Test
    void moreChangesThanAPageAreNotTold() {
        List<BugUrl> urls = List.of(url("/nova/+bug/12"));
        answers.give(CHANGES, 200, tasks("", IntStream.range(0, 300).toArray()));
        answers.then(CHANGES, 200, tasks(", \"next_collection_link\": \"https://api.launchpad.net/x\"", 12));
        assertEquals(Optional.empty(), TestBugUrls.changed(launchpad, urls));
        assertEquals(Optional.empty(), TestBugUrls.changed(launchpad, urls));
    }

    @ParameterizedTest
    @CsvSource({"/bugs/12", "/ubuntu/+source/linux/+bug/12", "/nova/zed/+bug/12", "/~ann/+bug/12"})
    void whatIsNoProjectsAloneIsNotAskedFor(String path) {
        assertEquals(Optional.empty(), TestBugUrls.changed(launchpad, List.of(url(path))));
        assertEquals(List.of(), answers.asked());
    }

    private FetchException failure() {
        return assertThrows(
                FetchException.class, () -> launchpad.ask(url("/bugs/2011751"), launchpad.api(url("/bugs/2011751"))));
    }
}
