package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.bugloss.configuration.TestKeys;
import org.bugloss.configuration.WrongConfiguration;
import org.bugloss.outbound.CanonicalUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which system a URL belongs to, and which bug of it it is: as people paste URLs, and as administrators configure bases. */
class LocateTest {

    private static final List<NamedTracker> ALL = List.of(
            named(new AzureBoards()),
            named(new Bugzilla()),
            named(new GitHub()),
            named(new GitLab()),
            named(new Gitea()),
            named(new Jira()),
            named(new KiwiTcms()),
            named(new Launchpad()),
            named(new Mantis()),
            named(new OpenProject()),
            named(new Redmine()),
            named(new Trac()),
            named(new YouTrack()));

    private static NamedTracker named(IssueTracker tracker) {
        return new NamedTracker(BuiltInTrackers.name(tracker.getClass()), tracker.getClass(), () -> tracker);
    }

    private static Trackers trackers(String... keys) {
        return new Trackers(ALL, null, new SystemStates(), TestTrackers.NONE_PAUSED, TestKeys.keys(keys));
    }

    private static Trackers with(String tracker, String base) {
        return trackers(
                "bugloss.systems",
                "acme",
                "bugloss.system.acme.tracker",
                tracker,
                "bugloss.system.acme.base-url",
                base);
    }

    private static Optional<String> bug(Trackers trackers, String typed) {
        BugUrl url = trackers.locate(CanonicalUrl.parse(typed));
        return url.system()
                .flatMap(system -> ALL.stream()
                        .filter(named -> named.is(system.trackerName()))
                        .findFirst()
                        .orElseThrow()
                        .tracker()
                        .bugId(url)
                        .map(id -> system.name() + " " + id));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".", ",", ")", ").", "]", "}", ">", "\"", "'", "!", "?", ";", ":", "**", "`", "|", "”", "»", "…", "。",
                "）", "&gt;", "</a>", ">)."
            })
    void whatWasPastedWithPunctuationIsTheBugAndTheKeyStaysAsItWasTyped(String behind) {
        assertEquals(
                Optional.of("acme ABC-12"),
                bug(with("JIRA", "https://jira.example"), "https://jira.example/browse/ABC-12" + behind));
        assertEquals(
                Optional.of("acme ABC-12"),
                bug(with("JIRA", "https://jira.example"), "https://jira.example/b?selectedIssue=ABC-12" + behind));
        Trackers gitHub = trackers();
        String typed = "https://github.com/acme/app/issues/117" + behind;
        assertEquals(Optional.of("github 117"), bug(gitHub, typed));
        assertEquals(
                CanonicalUrl.parse(typed).key(),
                gitHub.locate(CanonicalUrl.parse(typed)).url().key());
        assertEquals(
                Optional.of("acme 12"),
                bug(with("Bugzilla", "https://bugs.example"), "https://bugs.example/show_bug.cgi?id=12" + behind));
        assertEquals(
                Optional.of("acme 12"),
                bug(with("Redmine", "https://redmine.example"), "https://redmine.example/issues/12" + behind));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/acme/app/issues.", "/acme/app/wiki/(a)", "/acme/app/issues/117abc.", "/acme/app/issues/117-"})
    void whatIsNoBugWithoutThePunctuationEitherIsNone(String path) {
        assertEquals(Optional.empty(), bug(trackers(), "https://github.com" + path));
    }

    @ParameterizedTest
    @CsvSource({
        "http://github.com/acme/app/issues/1, github 1",
        "https://www.github.com/acme/app/issues/1, github 1",
        "http://www.github.com/acme/app/issues/1#issuecomment-2, github 1",
        "http://gitlab.com/a/b/-/issues/2, gitlab 2",
        "https://www.codeberg.org/a/b/issues/3, codeberg 3",
        "http://bugzilla.mozilla.org/show_bug.cgi?id=4, mozilla 4",
        "http://bugs.launchpad.net/nova/+bug/5, launchpad 5",
        "https://www.launchpad.net/bugs/6, launchpad-net 6",
        "http://github.com:8080/acme/app/issues/1,",
        "https://www.www.github.com/acme/app/issues/1,",
        "https://github.com.example/acme/app/issues/1,",
        "https://wwwgithub.com/acme/app/issues/1,",
    })
    void aWellKnownSystemIsTheSameWithHttpAndWithWww(String url, String bug) {
        assertEquals(Optional.ofNullable(bug), bug(trackers(), url));
        assertEquals(
                CanonicalUrl.parse(url).key(),
                trackers().locate(CanonicalUrl.parse(url)).url().key());
    }

    @Test
    void theSystemThatStandsInForAWellKnownOneIsTheSameToo() {
        assertEquals(
                Optional.of("acme 1"), bug(with("GitHub", "https://github.com"), "http://www.github.com/a/b/issues/1"));
        assertEquals(
                Optional.of("acme 1"), bug(with("GitHub", "http://www.github.com"), "https://github.com/a/b/issues/1"));
    }

    @ParameterizedTest
    @CsvSource({
        "JIRA, https://acme.atlassian.net/jira, https://acme.atlassian.net/browse/ABC-12, ABC-12",
        "JIRA, https://acme.atlassian.net/jira/, https://acme.atlassian.net/browse/ABC-12, ABC-12",
        "JIRA, https://acme.atlassian.net/jira/software/projects, https://acme.atlassian.net/browse/ABC-12, ABC-12",
        "JIRA, https://acme.atlassian.net/browse, https://acme.atlassian.net/browse/ABC-12, ABC-12",
        "JIRA, https://bugs.example/jira/browse, https://bugs.example/jira/browse/ABC-12, ABC-12",
        "JIRA, https://bugs.example/jira, https://bugs.example/jira/browse/ABC-12, ABC-12",
        "Bugzilla, https://bugs.example/bz/show_bug.cgi, https://bugs.example/bz/show_bug.cgi?id=12, 12",
        "Bugzilla, https://bugs.example/rest.cgi, https://bugs.example/show_bug.cgi?id=12, 12",
        "Mantis, https://bugs.example/mantis/my_view_page.php, https://bugs.example/mantis/view.php?id=12, 12",
        "GitHub, https://api.github.com, https://github.com/a/b/issues/12, 12",
        "GitHub, https://git.example/api/v3, https://git.example/a/b/issues/12, 12",
        "GitLab, https://git.example/gitlab/api/v4, https://git.example/gitlab/a/b/-/issues/12, 12",
        "Gitea, https://git.example/api/v1/, https://git.example/a/b/issues/12, 12",
        "OpenProject, https://op.example/work_packages, https://op.example/work_packages/12, 12",
        "YouTrack, https://acme.youtrack.cloud/issues, https://acme.youtrack.cloud/issue/AB-12, AB-12",
        "AzureBoards, https://dev.azure.com/acme/App/_workitems, https://dev.azure.com/acme/App/_workitems/edit/12, 12",
        "KiwiTCMS, https://tcms.example/bugs, https://tcms.example/bugs/12/, 12",
        "Trac, https://trac.example/env/ticket, https://trac.example/env/ticket/12, 12",
        "GitHub, https://github.com/acme, https://github.com/acme/app/issues/12, 12",
        "GitHub, https://github.com/acme/app/issues, https://github.com/acme/app/issues/12, 12",
        "GitLab, https://gitlab.com/acme, https://gitlab.com/acme/app/-/issues/12, 12",
    })
    void aBaseUrlThatNoBugCanBeUnderIsPutRight(String tracker, String base, String url, String id) {
        assertEquals(Optional.of("acme " + id), bug(with(tracker, base), url));
    }

    @Test
    void aPartOfAWellKnownSystemIsThatPartOnlyAndHasItsApi() {
        Trackers trackers = with("GitHub", "https://github.com/acme");
        BugUrl mine = trackers.locate(CanonicalUrl.parse("https://github.com/acme/app/issues/1"));
        assertEquals(Optional.of("https://api.github.com"), trackers.apiUrlOf(mine));
        assertEquals("acme", mine.lane());
        assertEquals(Optional.of("github 2"), bug(trackers, "https://github.com/other/app/issues/2"));
    }

    @Test
    void twoBasesThatAreOneOncePutRightStopTheDeployment() {
        WrongConfiguration wrong = assertThrows(
                WrongConfiguration.class,
                () -> trackers(
                        "bugloss.systems", "a,b",
                        "bugloss.system.a.tracker", "JIRA",
                        "bugloss.system.a.base-url", "https://acme.atlassian.net",
                        "bugloss.system.b.tracker", "JIRA",
                        "bugloss.system.b.base-url", "https://acme.atlassian.net/jira"));
        assertEquals(
                "bugloss.system.b.base-url=https://acme.atlassian.net/: the system a has the same base URL",
                wrong.getMessage());
    }

    @Test
    void theMarkupOfASystemIsMarkdownOrTextile() {
        String[] keys = {
            "bugloss.systems", "rm",
            "bugloss.system.rm.tracker", "Redmine",
            "bugloss.system.rm.base-url", "https://redmine.example",
            "bugloss.system.rm.markup", "Markdown"
        };
        assertEquals(
                Optional.of(TrackerSystem.Markup.MARKDOWN),
                trackers(keys).systems().stream()
                        .filter(system -> system.name().equals("rm"))
                        .findFirst()
                        .orElseThrow()
                        .markup());
        keys[7] = "wiki";
        assertEquals(
                "bugloss.system.rm.markup=wiki: must be markdown or textile",
                assertThrows(WrongConfiguration.class, () -> trackers(keys)).getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "https://dev.azure.com/acme/App/_queries/edit/133",
        "https://dev.azure.com/acme/App/_queries/edit/133/?triage=true",
        "https://dev.azure.com/acme/_workitems/edit/133",
        "https://dev.azure.com/acme/App/_workitems#_a=edit&id=133",
        "https://dev.azure.com/acme/App/_workitems#id=133&triage=true&_a=edit",
        "https://dev.azure.com/acme/App/_workItems?_a=edit&id=133",
    })
    void aWorkItemIsFoundInQueriesAndFragments(String url) {
        assertEquals(Optional.of("acme 133"), bug(with("AzureBoards", "https://dev.azure.com/acme"), url));
        assertEquals(
                Optional.of("acme 133"),
                bug(
                        with("AzureBoards", "https://tfs.example/tfs/Collection"),
                        url.replace("https://dev.azure.com/acme", "https://tfs.example/tfs/Collection")));
    }
}
