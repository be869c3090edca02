package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which bugs the messages of each tracker name. The system is {@code https://acme.example}. */
class HookNewsTest {

    private static final String BASE = "https://acme.example/";

    /** What is named: ids, keys, URLs below the base and groups. */
    private static String named(IssueTracker tracker, String body, String... headers) {
        return namedWith(null, tracker, body, headers);
    }

    private static String namedWith(String query, IssueTracker tracker, String body, String... headers) {
        Trackers trackers = TestTrackers.of(tracker, "acme");
        Map<String, String> map = new TreeMap<>();
        for (int i = 0; i < headers.length; i += 2) {
            map.put(headers[i].toLowerCase(Locale.ROOT), headers[i + 1]);
        }
        NamedBugs named = trackers.named(new HookRequest(
                trackers.system("acme").orElseThrow(),
                map,
                query,
                body.getBytes(StandardCharsets.UTF_8),
                Instant.EPOCH));
        return "ids " + sorted(named.ids()) + " keys " + new TreeMap<>(named.keys()) + " urls "
                + sorted(named.urls().stream().map(url -> url.replace(BASE, "")).collect(Collectors.toSet()))
                + " groups "
                + sorted(named.groups().stream()
                        .map(group -> group.replace("acme\n", ""))
                        .collect(Collectors.toSet()))
                + (named.isPrivate() ? " private" : "");
    }

    private static String sorted(Set<String> some) {
        return some.stream().sorted().toList().toString();
    }

    private static final String NOTHING = "ids [] keys {} urls [] groups []";

    @Test
    void gitHubNamesTheIssueThatChanged() {
        String issue = "{\"action\": \"closed\", \"issue\": {\"number\": 12, \"url\": \"https://api.acme.example/x\","
                + " \"html_url\": \"https://acme.example/Kiwi/tcms/issues/12\", \"state\": \"closed\"},"
                + " \"repository\": {\"full_name\": \"Kiwi/tcms\", \"html_url\": \"https://acme.example/Kiwi/tcms\"}}";
        String expected = "ids [] keys {kiwi/tcms#12=12} urls [Kiwi/tcms/issues/12] groups []";
        assertEquals(expected, named(new GitHub(), issue, "X-GitHub-Event", "issues"));
        assertEquals(
                expected,
                named(
                        new GitHub(),
                        "payload=" + URLEncoder.encode(issue, StandardCharsets.UTF_8),
                        "X-GitHub-Event",
                        "issues",
                        "Content-Type",
                        "application/x-www-form-urlencoded"));
    }

    @Test
    void jsonIsReadThoughCurlSaysThatItIsAForm() {
        assertEquals(
                "ids [7] keys {} urls [] groups []",
                named(
                        new Mantis(),
                        "\n {\"ids\": [\"7\"], \"note\": \"a&payload=1\"}",
                        "Content-Type",
                        "application/x-www-form-urlencoded"));
    }

    @Test
    void gitHubNamesAPullRequestAndBothPlacesOfATransfer() {
        assertEquals(
                "ids [] keys {a/b#3=3} urls [a/b/pull/3] groups []",
                named(
                        new GitHub(),
                        "{\"pull_request\": {\"html_url\": \"https://acme.example/a/b/pull/3\"}}",
                        "X-GitHub-Event",
                        "pull_request"));
        assertEquals(
                "ids [] keys {a/b#3=3, c/d#7=7} urls [a/b/issues/3, c/d/issues/7] groups []",
                named(
                        new GitHub(),
                        "{\"action\": \"transferred\", \"issue\": {\"html_url\": \"https://acme.example/a/b/issues/3\"},"
                                + " \"changes\": {\"new_issue\": {\"html_url\": \"https://acme.example/c/d/issues/7\"}}}",
                        "X-GitHub-Event",
                        "issues"));
    }

    @Test
    void gitHubNamesAllBugsOfARepositoryThatWasRenamedTransferredOrHidden() {
        String repository = "\"repository\": {\"name\": \"New\", \"owner\": {\"login\": \"Kiwi\"}}";
        assertEquals(
                "ids [] keys {} urls [] groups [kiwi/new, kiwi/old]",
                named(
                        new GitHub(),
                        "{\"action\": \"renamed\", \"changes\": {\"repository\": {\"name\": {\"from\": \"Old\"}}}, "
                                + repository + "}",
                        "X-GitHub-Event",
                        "repository"));
        assertEquals(
                "ids [] keys {} urls [] groups [ann/new, kiwi/new]",
                named(
                        new GitHub(),
                        "{\"action\": \"transferred\", \"changes\": {\"owner\": {\"from\": {\"user\": {\"login\": \"Ann\"}}}}, "
                                + repository + "}",
                        "X-GitHub-Event",
                        "repository"));
        assertEquals(
                "ids [] keys {} urls [] groups [kiwi/new] private",
                named(
                        new GitHub(),
                        "{\"action\": \"privatized\", " + repository + "}",
                        "X-GitHub-Event",
                        "repository"));
        assertEquals(
                NOTHING,
                named(new GitHub(), "{\"action\": \"edited\", " + repository + "}", "X-GitHub-Event", "repository"));
    }

    @Test
    void whatSaysNothingOfABugNamesNone() {
        assertEquals(
                NOTHING, named(new GitHub(), "{\"zen\": \"Keep it logically awesome.\"}", "X-GitHub-Event", "ping"));
        assertEquals(NOTHING, named(new Launchpad(), "{\"ping\": true}"));
        assertEquals(NOTHING, named(new GitLab(), "[]"));
        assertEquals(
                NOTHING, named(new Redmine(), "{\"type\": \"issue.updated\", \"data\": {\"issue\": {\"id\": \"x\"}}}"));
        assertEquals(NOTHING, named(new AzureBoards(), "{\"eventType\": \"git.push\", \"resource\": {\"id\": 5}}"));
        assertEquals(NOTHING, named(new Mantis(), "{\"issue\": {\"id\": 5}}"));
    }

    @Test
    void gitLabNamesIssuesWorkItemsMergeRequestsAndWhatNotesAreOn() {
        assertEquals(
                "ids [] keys {/projects/g%2fp/issues/12=12} urls [g/p/-/work_items/12] groups []",
                named(
                        new GitLab(),
                        "{\"object_kind\": \"work_item\", \"object_attributes\": {\"iid\": 12, \"state\": \"closed\","
                                + " \"url\": \"https://acme.example/g/p/-/work_items/12\"}}"));
        assertEquals(
                "ids [] keys {/projects/g%2fp/merge_requests/3=3} urls [g/p/-/merge_requests/3] groups []",
                named(
                        new GitLab(),
                        "{\"object_kind\": \"note\", \"object_attributes\": {\"url\": \"https://acme.example/g/p/-/merge_requests/3#note_9\"},"
                                + " \"merge_request\": {\"url\": \"https://acme.example/g/p/-/merge_requests/3\"}}"));
        assertEquals(
                "ids [] keys {/projects/g%2fp/issues/1=1} urls [g/p/-/issues/1] groups [] private",
                named(
                        new GitLab(),
                        "{\"object_kind\": \"issue\", \"object_attributes\": {\"url\": \"https://acme.example/g/p/-/issues/1\"},"
                                + " \"changes\": {\"confidential\": {\"previous\": false, \"current\": true}}}",
                        "X-Gitlab-Event",
                        "Confidential Issue Hook"));
        assertEquals(
                "ids [] keys {} urls [] groups [/projects/g%2fnew/issues, /projects/g%2fnew/merge_requests,"
                        + " /projects/g%2fold/issues, /projects/g%2fold/merge_requests]",
                named(
                        new GitLab(),
                        "{\"event_name\": \"project_rename\", \"path_with_namespace\": \"g/new\", \"old_path_with_namespace\": \"g/old\"}"));
    }

    @Test
    void giteaMayKnowItselfUnderAnotherName() {
        assertEquals(
                "ids [] keys {kiwi/tcms#12=12} urls [Kiwi/tcms/issues/12] groups []",
                named(
                        new Gitea(),
                        "{\"action\": \"deleted\", \"number\": 12, \"issue\": {\"html_url\": \"http://git.internal:3000/Kiwi/tcms/issues/12\"}}",
                        "X-Gitea-Event",
                        "issues",
                        "X-GitHub-Event",
                        "issues"));
    }

    @Test
    void jiraNamesBothKeysOfAnIssueThatWasMoved() {
        assertEquals(
                "ids [ABC-1, XYZ-9] keys {ABC-1=ABC-1, XYZ-9=XYZ-9} urls [browse/ABC-1, browse/XYZ-9] groups []",
                named(
                        new Jira(),
                        "{\"webhookEvent\": \"jira:issue_updated\", \"issue\": {\"id\": \"10001\", \"key\": \"XYZ-9\"},"
                                + " \"changelog\": {\"items\": [{\"field\": \"status\", \"fromString\": \"Open\"},"
                                + " {\"field\": \"Key\", \"fromString\": \"ABC-1\", \"toString\": \"XYZ-9\"}]}}"));
    }

    @Test
    void jiraMayLeaveTheBodyOutAndNameTheIssueInTheUrl() {
        assertEquals(
                "ids [ABC-7] keys {ABC-7=ABC-7} urls [browse/ABC-7] groups []",
                namedWith("secret=s&key=abc-7", new Jira(), ""));
        assertThrows(HookProblem.class, () -> namedWith("secret=s", new Jira(), ""));
    }

    @Test
    void bugzillaNamesABugByItsNumberAlone() {
        assertEquals(
                "ids [12] keys {12=12} urls [12, show_bug.cgi?id=12] groups [] private",
                named(
                        new Bugzilla(),
                        "{\"bug\": {\"id\": 12, \"is_private\": true}, \"event\": {\"action\": \"modify\"},"
                                + " \"webhook_id\": 1}"));
        assertEquals(
                "ids [13] keys {13=13} urls [13, show_bug.cgi?id=13] groups []",
                named(
                        new Bugzilla(),
                        "{\"bug\": {\"id\": 13, \"url\": \"https://acme.example/show_bug.cgi?id=666\","
                                + " \"is_private\": false}, \"event\": {\"routing_key\": \"bug.modify:status\"}}"));
    }

    @Test
    void redmineNamesAnIssueAndSoDidThePluginBefore() {
        assertEquals(
                "ids [5] keys {5=5} urls [issues/5] groups [] private",
                named(
                        new Redmine(),
                        "{\"type\": \"issue.deleted\", \"data\": {\"issue\": {\"id\": 5, \"is_private\": true}}}"));
        assertEquals(
                "ids [6] keys {6=6} urls [issues/6] groups []",
                named(
                        new Redmine(),
                        "{\"payload\": {\"action\": \"updated\", \"issue\": {\"id\": 6}, \"url\": \"https://example.com\"}}"));
    }

    @Test
    void azureNamesTheItemAndNotTheUpdate() {
        assertEquals(
                "ids [13] keys {#13=13} urls [My%20Project/_workitems/edit/13] groups []",
                named(
                        new AzureBoards(),
                        "{\"eventType\": \"workitem.updated\", \"resource\": {\"id\": 2, \"workItemId\": 13,"
                                + " \"revision\": {\"id\": 13, \"fields\": {\"System.TeamProject\": \"My Project\"}}}}"));
        assertEquals(
                "ids [14] keys {} urls [] groups []",
                named(
                        new AzureBoards(),
                        "{\"eventType\": \"workitem.updated\", \"resource\": {\"id\": 2, \"revision\": {\"id\": 14}}}"));
        assertEquals(
                "ids [15] keys {} urls [] groups []",
                named(new AzureBoards(), "{\"eventType\": \"workitem.deleted\", \"resource\": {\"id\": 15}}"));
    }

    @Test
    void openProjectYouTrackAndLaunchpadNameAnIdAlone() {
        assertEquals(
                "ids [50] keys {50=50} urls [work_packages/50] groups []",
                named(new OpenProject(), "{\"action\": \"work_package:updated\", \"work_package\": {\"id\": 50}}"));
        assertEquals(
                "ids [ABC-3] keys {ABC-3=ABC-3} urls [issue/ABC-3] groups []",
                named(new YouTrack(), "{\"event\": \"issueUpdated\", \"id\": \"ABC-3\"}"));
        assertEquals(
                "ids [ABC-4] keys {ABC-4=ABC-4} urls [issue/ABC-4] groups []",
                named(
                        new YouTrack(),
                        "{\"id\": \"2-123\", \"numberInProject\": 4, \"project\": {\"shortName\": \"ABC\"}}"));
        assertEquals(
                "ids [123] keys {123=123} urls [bugs/123] groups []",
                named(
                        new Launchpad(),
                        "{\"action\": \"status-changed\", \"target\": \"/ubuntu/+source/x\", \"bug\": \"/bugs/123\"}"));
    }

    @Test
    void theGeneralFormIsTakenForEveryTracker() {
        String body = "{\"urls\": [\"https://acme.example/view.php?id=7\", \"https://evil.example/1\", 5, null],"
                + " \"ids\": [8, \"9\", \"\", \"\\u0000\"]}";
        assertEquals("ids [8, 9] keys {7=7} urls [view.php?id=7] groups []", named(new Mantis(), body));
        assertEquals(
                "ids [ABC-1] keys {} urls [] groups []",
                named(new Jira(), "{\"ids\": [\"ABC-1\"], \"issue\": {\"key\": \"X-1\"}}"));
    }

    @Test
    void whatIsNoJsonIsRefused() {
        for (String body :
                new String[] {"", " \n", "{", "nonsense", "{} {}", "[".repeat(100_000), "{\"a\":", "\u0000"}) {
            assertThrows(HookProblem.class, () -> named(new GitHub(), body), body);
        }
    }

    @Test
    void ofALargeBodyOnlyWhatCanNameABugIsKept() {
        String body = "{\"issue\": {\"body\": \"" + "x".repeat(3_000_000) + "\", \"labels\": ["
                + "{\"name\": \"a\"},".repeat(50_000) + "{}], \"html_url\": \"https://acme.example/a/b/issues/3\"}}";
        assertEquals("ids [] keys {a/b#3=3} urls [a/b/issues/3] groups []", named(new GitHub(), body));
    }
}
