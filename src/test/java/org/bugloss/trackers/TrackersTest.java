package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.TestKeys;
import org.bugloss.configuration.WrongConfiguration;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
                        new NamedTracker("Acme", Acme.class, () -> acme),
                        new NamedTracker("ExtendedAcme", ExtendedAcme.class, () -> extended)),
                null,
                new SystemStates(),
                TestTrackers.NONE_PAUSED,
                keys);
    }

    private static Keys keys(String enabled, String... more) {
        List<String> all = new ArrayList<>(List.of("EXTERNAL_BUG_TRACKERS", enabled));
        all.addAll(List.of(more));
        return TestKeys.keys(all.toArray(String[]::new));
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
    void aPausedSystemIsAskedNeitherForBugsNorForPages() {
        Keys keys = keys("Acme");
        PausedSystems paused = new PausedSystems(keys, Clock.systemUTC());
        Trackers trackers = new Trackers(
                List.of(new NamedTracker("Acme", Acme.class, () -> acme)), null, new SystemStates(), paused, keys);
        List<BugUrl> urls =
                List.of(at(trackers, "https://acme.example/bugs/1"), at(trackers, "https://acme.example/x"));
        paused.byEditors(Map.of("acme", NOW));

        assertEquals(
                List.of("the system acme is paused: it is not asked", "the system acme is paused: it is not asked"),
                trackers.details(urls).values().stream()
                        .map(answer -> ((Answer.Failed) answer).failure().getMessage())
                        .toList());

        paused.byEditors(Map.of());
        assertTrue(trackers.details(urls.subList(0, 1)).get(urls.get(0)) instanceof Answer.Found);
    }

    @Test
    void systemsArePausedByTheConfigurationToo() {
        PausedSystems paused = new PausedSystems(
                TestKeys.keys("bugloss.systems", "one,two", "bugloss.system.one.paused", "TRUE"), Clock.systemUTC());
        paused.byEditors(Map.of("two", NOW));

        assertEquals(Set.of("one", "two"), paused.names());
        assertTrue(paused.isConfigured("one"));
        assertFalse(paused.isConfigured("two"));
        Keys wrong = TestKeys.keys("bugloss.systems", "one", "bugloss.system.one.paused", "yes");
        assertEquals(
                "bugloss.system.one.paused=yes: must be true or false",
                assertThrows(WrongConfiguration.class, () -> PausedSystems.check(wrong))
                        .getMessage());
    }

    @Test
    void aSubclassStandsInForItsParentOnWellKnownSystems() {
        Trackers trackers = trackers(keys("Acme,ExtendedAcme"));
        assertEquals(
                "ExtendedAcme", trackers.trackerOf(trackers.locate(CanonicalUrl.parse("https://acme.example/bugs/1"))));
    }

    @Test
    void ofTwoThatAreNoSubclassesOfEachOtherTheOneListedFirstTakesAWellKnownSystem() {
        class OtherAcme extends Acme {}
        for (String list : List.of("ExtendedAcme,OtherAcme,Acme", "OtherAcme,Acme,ExtendedAcme")) {
            Trackers trackers = new Trackers(
                    List.of(
                            new NamedTracker("OtherAcme", OtherAcme.class, OtherAcme::new),
                            new NamedTracker("ExtendedAcme", ExtendedAcme.class, () -> extended),
                            new NamedTracker("Acme", Acme.class, () -> acme)),
                    null,
                    new SystemStates(),
                    TestTrackers.NONE_PAUSED,
                    keys(list));
            assertEquals(
                    list.split(",")[0],
                    trackers.trackerOf(trackers.locate(CanonicalUrl.parse("https://acme.example/bugs/1"))));
        }
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
                        new NamedTracker("Acme", Acme.class, () -> acme),
                        new NamedTracker("FaultyAcme", FaultyAcme.class, FaultyAcme::new)),
                null,
                new SystemStates(),
                TestTrackers.NONE_PAUSED,
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
            if (url.cached().byApi()) {
                throw new NotModified(url.cached().freshness());
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
                List.of(new NamedTracker("TaggedAcme", TaggedAcme.class, () -> tagged)),
                openGraph,
                states,
                TestTrackers.NONE_PAUSED,
                keys("TaggedAcme"));
    }

    private static BugUrl known(Trackers trackers, String url, boolean byApi) {
        return trackers.locate(CanonicalUrl.parse(url)).withCached(new BugUrl.Cached(TAGGED, byApi));
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

    /** Tells that bugs 2 and 9 changed, by one request whose answer has the time, and notes what it was asked. */
    static class TellingAcme extends Acme {

        final List<List<BugUrl>> asked = new ArrayList<>();
        final List<Instant> since = new ArrayList<>();
        RuntimeException fault;

        @Override
        protected boolean tellsChanges(TrackerSystem system) {
            return true;
        }

        @Override
        protected String changeScope(BugUrl url) {
            return url.parameter("scope").orElse("");
        }

        @Override
        protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant moment, TrackerApi api) {
            asked.add(urls);
            since.add(moment);
            if (fault != null) {
                throw fault;
            }
            api.reply("/changes");
            return urls.size() > 2 ? Optional.empty() : Optional.of(Set.of("2", "9"));
        }
    }

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.250Z");

    private final TellingAcme telling = new TellingAcme();

    private Trackers tellingTrackers(String date) {
        RecordedAnswers answers = new RecordedAnswers();
        answers.giveOtherwise(200, "{}", date.isEmpty() ? Map.of() : Map.of("Date", date));
        states.clock = Clock.fixed(NOW, ZoneOffset.UTC);
        telling.client = answers;
        telling.states = states;
        return new Trackers(
                List.of(
                        new NamedTracker("Acme", Acme.class, () -> acme),
                        new NamedTracker("TellingAcme", TellingAcme.class, () -> telling)),
                null,
                states,
                TestTrackers.NONE_PAUSED,
                keys(
                        "Acme,TellingAcme",
                        "bugloss.systems",
                        "one,two,mute",
                        "bugloss.system.one.tracker",
                        "TellingAcme",
                        "bugloss.system.one.base-url",
                        "https://acme.example",
                        "bugloss.system.two.tracker",
                        "TellingAcme",
                        "bugloss.system.two.base-url",
                        "https://two.example",
                        "bugloss.system.mute.tracker",
                        "Acme",
                        "bugloss.system.mute.base-url",
                        "https://mute.example"));
    }

    private static BugUrl at(Trackers trackers, String url) {
        return trackers.locate(CanonicalUrl.parse(url));
    }

    @Test
    void bugsWhoseChangesCanBeToldAreGroupedBySystemAndScope() {
        Trackers trackers = tellingTrackers("");
        BugUrl first = at(trackers, "https://acme.example/bugs/1");
        BugUrl scoped = at(trackers, "https://acme.example/bugs/2?scope=App");
        BugUrl other = at(trackers, "https://two.example/bugs/1");
        BugUrl second = at(trackers, "https://acme.example/bugs/3");
        BugUrl mute = at(trackers, "https://mute.example/bugs/1");
        BugUrl page = at(trackers, "https://acme.example/about");
        BugUrl unknown = at(trackers, "https://unknown.example/bugs/1");
        assertEquals(
                Map.of("one\n", List.of(first, second), "one\nApp", List.of(scoped), "two\n", List.of(other)),
                List.of(first, scoped, other, second).stream()
                        .collect(Collectors.groupingBy(
                                url -> trackers.changeGroup(url).orElseThrow())));
        for (BugUrl url : List.of(mute, page, unknown)) {
            assertEquals(Optional.empty(), trackers.changeGroup(url));
        }
        assertEquals(Optional.empty(), trackers.changed(List.of(mute), NOW));
        assertEquals(List.of(), telling.asked);
    }

    @Test
    void aGroupWhoseKeyWouldBeTooLongToBeKeptIsNone() {
        Trackers trackers = tellingTrackers("");
        BugUrl fits = at(trackers, "https://acme.example/bugs/1?scope=" + "x".repeat(396));
        BugUrl tooLong = at(trackers, "https://acme.example/bugs/1?scope=" + "x".repeat(397));
        assertEquals(400, trackers.changeGroup(fits).orElseThrow().length());
        assertEquals(Optional.empty(), trackers.changeGroup(tooLong));
    }

    @Test
    void whatChangedIsAskedForFromFiveMinutesEarlier() {
        Trackers trackers = tellingTrackers("");
        List<BugUrl> urls = bugs(trackers, 1, 2);
        assertEquals(Optional.of(Set.of(urls.get(1))), trackers.changed(urls, Instant.parse("2026-11-22T09:00:59.9Z")));
        assertEquals(List.of(Instant.parse("2026-11-22T08:55:59Z")), telling.since);
        assertEquals(NOW, states.of(urls.get(0).system().orElseThrow()).lastSuccess());
    }

    @Test
    void severalUrlsOfOneBugAreAskedForOnceAndAllChanged() {
        Trackers trackers = tellingTrackers("");
        List<BugUrl> urls = java.util.stream.Stream.of("/bugs/2", "/bugs/2?view=a", "/bugs/3")
                .map(path -> at(trackers, "https://acme.example" + path))
                .toList();
        assertEquals(Optional.of(Set.copyOf(urls.subList(0, 2))), trackers.changed(urls, NOW));
        assertEquals(List.of(List.of(urls.get(0), urls.get(2))), telling.asked);
    }

    @Test
    void moreChangesThanATrackerTellsAreNotTold() {
        Trackers trackers = tellingTrackers("");
        assertEquals(Optional.empty(), trackers.changed(bugs(trackers, 1, 2, 3), NOW));
    }

    @Test
    void whatChangedIsAskedForByTheClockOfTheTracker() {
        Trackers trackers = tellingTrackers("Sun, 22 Nov 2026 11:00:00 GMT");
        List<BugUrl> urls = bugs(trackers, 1, 2);
        assertEquals(Optional.of(Set.of(urls.get(1))), trackers.changed(urls, NOW));
        assertEquals(Optional.of(Set.of(urls.get(1))), trackers.changed(urls, NOW));
        assertEquals(
                List.of(Instant.parse("2026-11-22T09:55:00Z"), Instant.parse("2026-11-22T10:55:00Z")), telling.since);
        TrackerSystem system = urls.get(0).system().orElseThrow();
        assertEquals(Duration.parse("PT59M59.75S"), states.of(system).skew());
        assertEquals(Instant.parse("2026-11-22T11:00:00Z"), states.now(system));
    }

    @Test
    void aClockThatTurnsOutToBeBehindMakesTheAnswerWorthless() {
        Trackers trackers = tellingTrackers("Sun, 22 Nov 2026 09:00:00 GMT");
        List<BugUrl> urls = bugs(trackers, 1, 2);
        assertEquals(Optional.empty(), trackers.changed(urls, NOW));
        assertEquals(Optional.of(Set.of(urls.get(1))), trackers.changed(urls, NOW));
        assertEquals(
                List.of(Instant.parse("2026-11-22T09:55:00Z"), Instant.parse("2026-11-22T08:55:00Z")), telling.since);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yesterday", "2026-11-22T11:00:00Z", "Sun, 99 Nov 2026 11:00:00 GMT"})
    void aTrackerThatDoesNotSayWhatTimeItIsHasOurs(String date) {
        Trackers trackers = tellingTrackers(date);
        trackers.changed(bugs(trackers, 1), NOW);
        trackers.changed(bugs(trackers, 1), NOW);
        assertEquals(
                List.of(Instant.parse("2026-11-22T09:55:00Z"), Instant.parse("2026-11-22T09:55:00Z")), telling.since);
    }

    @Test
    void aTrackerThatDoesNotAnswerWhatChangedIsAFailureAndNotedAsOne() {
        Trackers trackers = tellingTrackers("");
        List<BugUrl> urls = bugs(trackers, 1);
        FetchException failure = new FetchException(FailureReason.RATE_LIMITED, "slower, please");
        telling.fault = failure;
        assertSame(failure, assertThrows(FetchException.class, () -> trackers.changed(urls, NOW)));
        SystemStates.State state = states.of(urls.get(0).system().orElseThrow());
        assertSame(failure, state.failure());
        assertEquals(NOW, state.lastFailure());
        assertNull(state.lastSuccess());
    }

    @Test
    void aFaultOfATrackerIsThatItCannotTellWhatChanged() {
        Trackers trackers = tellingTrackers("");
        telling.fault = new IllegalStateException("a fault of the extension");
        assertEquals(Optional.empty(), trackers.changed(bugs(trackers, 1), NOW));
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

    /** Its answer about more than two bugs is too large to be read, and so is any about bug 9. */
    static class LargeAcme extends Acme {

        @Override
        protected int batchSize(TrackerSystem system) {
            return 8;
        }

        @Override
        protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
            Map<BugUrl, Answer> answers = super.askAll(urls, api);
            if (urls.size() > 2 || urls.stream().anyMatch(url -> url.path().endsWith("/9"))) {
                throw new AnswerTooLarge("acme.example", 7);
            }
            return answers;
        }
    }

    @Test
    void aBatchThatIsTooLargeIsHalvedAndWhatIsTooLargeAloneIsAskedForAsOne() {
        LargeAcme large = new LargeAcme();
        Trackers trackers = TestTrackers.of(large, "a");
        List<BugUrl> bugs = Stream.of(1, 2, 3, 4, 9)
                .map(number -> trackers.locate(CanonicalUrl.parse("https://a.example/bugs/" + number)))
                .toList();
        assertEquals(
                List.of("Bug 1", "Bug 2", "Bug 3", "Bug 4", "Bug 9"),
                trackers.details(bugs).values().stream()
                        .map(answer -> ((Answer.Found) answer).details().title())
                        .toList());
        assertEquals(
                List.of(
                        List.of("1", "2", "3", "4", "9"),
                        List.of("1", "2"),
                        List.of("3", "4", "9"),
                        List.of("3"),
                        List.of("4", "9"),
                        List.of("4"),
                        List.of("9"),
                        List.of("9")),
                large.requests);
    }
}
