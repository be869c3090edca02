package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.TestKeys;
import org.bugloss.configuration.WrongConfiguration;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.api.Test;

class TrackersTest {

    /** Bugs are {@code /bugs/N}; 404 is none, 500 fails. It answers for three in one request, and counts requests. */
    static class Acme extends IssueTracker {

        final List<List<String>> requests = new ArrayList<>();

        @Override
        protected Optional<String> bugId(BugUrl url) {
            return url.path().matches("/bugs/\\d+") ? Optional.of(url.path().substring(6)) : Optional.empty();
        }

        @Override
        protected int batchSize(TrackerSystem system) {
            return 3;
        }

        @Override
        protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
            requests.add(List.of(bugId(url).orElseThrow()));
            return answer(url) instanceof Answer.Found found ? Optional.of(found.details()) : Optional.empty();
        }

        @Override
        protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
            requests.add(urls.stream().map(url -> bugId(url).orElseThrow()).toList());
            Map<BugUrl, Answer> answers = new LinkedHashMap<>();
            urls.forEach(url -> answers.put(url, answer(url)));
            answers.keySet().removeIf(url -> url.path().endsWith("/405"));
            return answers;
        }

        @Override
        protected Map<String, String> publicSystems() {
            return Map.of("acme", "https://acme.example");
        }

        private Answer answer(BugUrl url) {
            String id = bugId(url).orElseThrow();
            return id.equals("404") ? new Answer.NoSuchBug() : new Answer.Found(BugDetails.of(id, "Bug " + id));
        }
    }

    /** Overrides {@code details(url)} only, as an extension does. */
    static class ExtendedAcme extends Acme {

        @Override
        public Optional<BugDetails> details(BugUrl url) {
            if (url.path().endsWith("/13")) {
                throw new IllegalStateException("a fault of the extension");
            }
            return super.details(url).map(details -> details.withTitle("EXTENDED: " + details.title()));
        }
    }

    private final Acme acme = new Acme();
    private final ExtendedAcme extended = new ExtendedAcme();

    private Trackers trackers(Keys keys) {
        return new Trackers(
                List.of(
                        new Trackers.Named("Acme", Acme.class, acme),
                        new Trackers.Named("ExtendedAcme", ExtendedAcme.class, extended)),
                null,
                new SystemStates(),
                keys);
    }

    private static Keys keys(String enabled, String... more) {
        List<String> all = new ArrayList<>(List.of("EXTERNAL_BUG_TRACKERS", enabled));
        all.addAll(List.of(more));
        return TestKeys.keys(all.toArray(String[]::new));
    }

    @Test
    void trackersAreEnabledByBeanNameInAnyCaseOrByClassName() {
        assertEquals(List.of("Acme"), trackers(keys("aCME")).names());
        assertEquals(
                List.of("ExtendedAcme"),
                trackers(keys(ExtendedAcme.class.getName())).names());
        assertEquals(
                List.of("Acme", "ExtendedAcme"),
                trackers(keys("ExtendedAcme,Acme,acme")).names());
    }

    @Test
    void noneAloneEnablesNone() {
        assertEquals(List.of(), trackers(keys("none")).names());
    }

    @Test
    void anUnknownTrackerIsNamedWithThoseThereAre() {
        assertEquals(
                "EXTERNAL_BUG_TRACKERS=Acme,Nonsense: there is no tracker Nonsense; there are Acme, ExtendedAcme,"
                        + " * for every built-in one, or none alone",
                assertThrows(WrongConfiguration.class, () -> trackers(keys("Acme,Nonsense")))
                        .getMessage());
    }

    @Test
    void noneBesideATrackerIsRefused() {
        assertThrows(WrongConfiguration.class, () -> trackers(keys("none,Acme")));
    }

    @Test
    void aUrlBelongsToTheSystemWithTheLongestBaseUrlThatCoversIt() {
        Trackers trackers = trackers(keys(
                "Acme",
                "bugloss.systems",
                "all,team",
                "bugloss.system.all.tracker",
                "acme",
                "bugloss.system.all.base-url",
                "http://bugs.example",
                "bugloss.system.team.tracker",
                "Acme",
                "bugloss.system.team.base-url",
                "http://bugs.example/team/"));
        assertEquals("all", system(trackers, "http://bugs.example/bugs/1"));
        assertEquals("team", system(trackers, "http://BUGS.example:80/team/bugs/1"));
        assertEquals("all", system(trackers, "http://bugs.example/team-old/bugs/1"));
        assertEquals("none", system(trackers, "https://bugs.example/team/bugs/1"));
        assertEquals("none", system(trackers, "http://bugs.example.evil.test/bugs/1"));
        assertEquals("none", system(trackers, "http://bugs.example:8080/bugs/1"));
        assertEquals(
                "/bugs/1",
                trackers.locate(CanonicalUrl.parse("http://bugs.example/team/bugs/1"))
                        .path());
    }

    @Test
    void wellKnownSystemsNeedNoConfigurationUnlessTheyAreSwitchedOff() {
        assertEquals("acme", system(trackers(keys("Acme")), "https://acme.example/bugs/1"));
        assertEquals(
                "none",
                system(trackers(keys("Acme", "bugloss.public-systems", "false")), "https://acme.example/bugs/1"));
        assertEquals("none", system(trackers(keys("none")), "https://acme.example/bugs/1"));
    }

    @Test
    void aSubclassStandsInForItsParentOnWellKnownSystems() {
        Trackers trackers = trackers(keys("Acme,ExtendedAcme"));
        assertEquals(
                "ExtendedAcme", trackers.trackerOf(trackers.locate(CanonicalUrl.parse("https://acme.example/bugs/1"))));
    }

    @Test
    void aSystemWhoseTrackerIsNotEnabledCoversNothing() {
        Trackers trackers = trackers(keys(
                "ExtendedAcme",
                "bugloss.systems",
                "bugs",
                "bugloss.system.bugs.tracker",
                "Acme",
                "bugloss.system.bugs.base-url",
                "http://bugs.example"));
        assertEquals("none", system(trackers, "http://bugs.example/bugs/1"));
    }

    @Test
    void aSystemOfAnUnknownTrackerIsRefused() {
        assertEquals(
                "bugloss.system.bugs.tracker=Nonsense: there is no such tracker; there are Acme, ExtendedAcme",
                assertThrows(
                                WrongConfiguration.class,
                                () -> trackers(keys(
                                        "Acme",
                                        "bugloss.systems",
                                        "bugs",
                                        "bugloss.system.bugs.tracker",
                                        "Nonsense",
                                        "bugloss.system.bugs.base-url",
                                        "http://bugs.example")))
                        .getMessage());
    }

    @Test
    void manyBugsAreAskedForInPortionsOfTheBatchSize() {
        Trackers trackers = trackers(keys("Acme"));
        List<BugUrl> urls = bugs(trackers, 1, 2, 404, 3);
        List<Answer> answers = new ArrayList<>();
        trackers.portions(urls)
                .forEach(portion -> answers.addAll(trackers.details(portion).values()));
        assertEquals(
                List.of(found("1", "Bug 1"), found("2", "Bug 2"), new Answer.NoSuchBug(), found("3", "Bug 3")),
                answers);
        assertEquals(List.of(List.of("1", "2", "404"), List.of("3")), acme.requests);
    }

    @Test
    void severalUrlsOfOneBugAreAskedForOnceAndAllAnswered() {
        Trackers trackers = trackers(keys("Acme"));
        List<BugUrl> urls = java.util.stream.Stream.of(
                        "/bugs/1", "/bugs/1?view=a", "/bugs/2", "/bugs/1?view=b", "/bugs/3")
                .map(path -> trackers.locate(CanonicalUrl.parse("https://acme.example" + path)))
                .toList();
        List<List<BugUrl>> portions = trackers.portions(urls);
        assertEquals(1, portions.size());
        Map<BugUrl, Answer> answers = trackers.details(portions.get(0));
        assertEquals(List.of(List.of("1", "2", "3")), acme.requests);
        assertEquals(5, answers.size());
        assertEquals(found("1", "Bug 1"), answers.get(urls.get(3)));
    }

    @Test
    void aBugThatABatchLeavesOutIsNoneAndIsNotAskedForAgain() {
        Trackers trackers = trackers(keys("Acme"));
        List<Answer> answers =
                List.copyOf(trackers.details(bugs(trackers, 1, 405, 2)).values());
        assertEquals(List.of(found("1", "Bug 1"), new Answer.NoSuchBug(), found("2", "Bug 2")), answers);
        assertEquals(1, acme.requests.size());
    }

    @Test
    void aSubclassThatOverridesOnlyDetailsIsHonouredAndTheBatchIsKept() {
        Trackers trackers = trackers(keys("ExtendedAcme"));
        List<BugUrl> urls = bugs(trackers, 1, 2, 3);
        assertEquals(
                List.of(found("1", "EXTENDED: Bug 1"), found("2", "EXTENDED: Bug 2"), found("3", "EXTENDED: Bug 3")),
                List.copyOf(trackers.details(urls).values()));
        assertEquals(List.of(List.of("1", "2", "3")), extended.requests);
    }

    @Test
    void aFaultOfAnExtensionFailsItsBugAndNoOther() {
        Trackers trackers = trackers(keys("ExtendedAcme"));
        List<Answer> answers =
                List.copyOf(trackers.details(bugs(trackers, 12, 13, 14)).values());
        assertEquals(found("12", "EXTENDED: Bug 12"), answers.get(0));
        FetchException failure = ((Answer.Failed) answers.get(1)).failure();
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure.reason());
        assertEquals("the tracker ExtendedAcme failed (IllegalStateException)", failure.getMessage());
        assertEquals(found("14", "EXTENDED: Bug 14"), answers.get(2));
    }

    /** An extension whose every word but the last is a fault. */
    static class FaultyAcme extends Acme {

        @Override
        protected Optional<String> bugId(BugUrl url) {
            throw new IllegalStateException("a fault of the extension");
        }
    }

    @Test
    void aTrackerThatFailsAtUrlsStopsNoOthersBugs() {
        Trackers trackers = new Trackers(
                List.of(
                        new Trackers.Named("Acme", Acme.class, acme),
                        new Trackers.Named("FaultyAcme", FaultyAcme.class, new FaultyAcme())),
                null,
                new SystemStates(),
                keys(
                        "Acme,FaultyAcme",
                        "bugloss.systems",
                        "good,faulty",
                        "bugloss.system.good.tracker",
                        "Acme",
                        "bugloss.system.good.base-url",
                        "http://good.example",
                        "bugloss.system.faulty.tracker",
                        "FaultyAcme",
                        "bugloss.system.faulty.base-url",
                        "http://faulty.example"));
        List<BugUrl> urls = java.util.stream.Stream.of("http://faulty.example/bugs/1", "http://good.example/bugs/2")
                .map(url -> trackers.locate(CanonicalUrl.parse(url)))
                .toList();
        Map<BugUrl, Answer> answers = new LinkedHashMap<>();
        trackers.portions(urls).forEach(portion -> answers.putAll(trackers.details(portion)));
        assertEquals(
                FailureReason.UNEXPECTED_ANSWER,
                ((Answer.Failed) answers.get(urls.get(0))).failure().reason());
        assertEquals(found("2", "Bug 2"), answers.get(urls.get(1)));
    }

    // What did not change

    private static final Freshness TAGGED = new Freshness("\"1\"", null, null);
    private static final String PAGE = "https://bugs.example/show/7";

    /** As it is with an API that has tags: what is known is unchanged, but for bug 500, whose API fails. */
    static class TaggedAcme extends Acme {

        @Override
        public Optional<BugDetails> details(BugUrl url) {
            return super.details(url).map(details -> details.withTitle("EXTENDED: " + details.title()));
        }

        @Override
        protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
            if (url.path().endsWith("/500")) {
                throw new FetchException(FailureReason.TIMEOUT, "too slow");
            }
            if (url.known().byApi()) {
                throw new NotModified(url.known().freshness());
            }
            return super.ask(url, api);
        }

        @Override
        protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
            Map<BugUrl, Answer> answers = new LinkedHashMap<>();
            urls.forEach(url -> answers.put(url, understood(() -> ask(url, api))));
            return answers;
        }
    }

    private final RecordedAnswers pages = new RecordedAnswers();
    private final SystemStates states = new SystemStates();

    private Trackers tagged() {
        TaggedAcme tagged = new TaggedAcme();
        OpenGraph openGraph = new OpenGraph(pages, TestKeys.keys(), Clock.systemUTC());
        tagged.openGraph = openGraph;
        return new Trackers(
                List.of(new Trackers.Named("TaggedAcme", TaggedAcme.class, tagged)),
                openGraph,
                states,
                keys("TaggedAcme"));
    }

    private static BugUrl known(Trackers trackers, String url, boolean byApi) {
        return trackers.locate(CanonicalUrl.parse(url)).knowing(new BugUrl.Known(TAGGED, byApi));
    }

    @Test
    void whatDidNotChangePassesAnExtensionAndIsASuccessOfItsSystem() {
        Trackers trackers = tagged();
        BugUrl url = known(trackers, "https://acme.example/bugs/1", true);
        assertEquals(Map.of(url, new Answer.Unchanged(TAGGED)), trackers.details(List.of(url)));
        SystemStates.State state = states.of(trackers.systems().get(0));
        assertNotNull(state.lastSuccess());
        assertNull(state.lastFailure());
    }

    @Test
    void aPageThatDidNotChangeIsUnchangedToo() {
        Trackers trackers = tagged();
        pages.give(PAGE, 304, "", Map.of());
        BugUrl url = known(trackers, PAGE, false);
        assertEquals(Map.of(url, new Answer.Unchanged(TAGGED)), trackers.details(List.of(url)));
    }

    @Test
    void aPageOfATrackersSystemThatDidNotChangePassesItsExtension() {
        Trackers trackers = tagged();
        pages.give("https://acme.example/wiki/7", 304, "", Map.of());
        BugUrl url = known(trackers, "https://acme.example/wiki/7", false);
        assertEquals(Map.of(url, new Answer.Unchanged(TAGGED)), trackers.details(List.of(url)));
        assertNull(states.of(trackers.systems().get(0)).lastSuccess());
    }

    @Test
    void whatIsUnchangedForOneUrlIsReadAgainForAnotherOfTheSameBug() {
        Trackers trackers = tagged();
        BugUrl one = known(trackers, "https://acme.example/bugs/1", true);
        BugUrl same = trackers.locate(CanonicalUrl.parse("https://acme.example/bugs/1?view=b"));
        BugUrl other = known(trackers, "https://acme.example/bugs/2", true);
        assertEquals(
                Map.of(
                        one,
                        found("1", "EXTENDED: Bug 1"),
                        same,
                        found("1", "EXTENDED: Bug 1"),
                        other,
                        new Answer.Unchanged(TAGGED)),
                trackers.details(List.of(one, same, other)));
    }

    @Test
    void thePageIsLeftAloneWhereTheApiFailsThatToldOfTheBugBefore() {
        Trackers trackers = tagged();
        BugUrl known = known(trackers, "https://acme.example/bugs/500", true);
        Answer answer = trackers.details(List.of(known)).get(known);
        assertEquals(
                FailureReason.TIMEOUT,
                assertInstanceOf(Answer.Failed.class, answer).failure().reason());
        assertEquals(List.of(), pages.asked());
        assertNotNull(states.of(trackers.systems().get(0)).lastFailure());

        BugUrl unknown = known(trackers, "https://acme.example/bugs/500", false);
        pages.give("https://acme.example/bugs/500", 200, "<title>Bug 500</title>", Map.of("Content-Type", "text/html"));
        Answer.Found page = assertInstanceOf(
                Answer.Found.class, trackers.details(List.of(unknown)).get(unknown));
        assertEquals(FailureReason.TIMEOUT, page.details().failure().reason());
    }

    @Test
    void whatDidNotChangeIsUnderstoodAsUnchanged() {
        assertEquals(new Answer.Unchanged(TAGGED), IssueTracker.understood(() -> {
            throw new NotModified(TAGGED);
        }));
    }

    private static Answer found(String id, String title) {
        return new Answer.Found(BugDetails.of(id, title));
    }

    private static List<BugUrl> bugs(Trackers trackers, int... ids) {
        return java.util.Arrays.stream(ids)
                .mapToObj(id -> trackers.locate(CanonicalUrl.parse("https://acme.example/bugs/" + id)))
                .toList();
    }

    private static String system(Trackers trackers, String url) {
        return trackers.locate(CanonicalUrl.parse(url))
                .system()
                .map(TrackerSystem::name)
                .orElse("none");
    }
}
