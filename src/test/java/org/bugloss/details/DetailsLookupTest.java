package org.bugloss.details;

import static org.bugloss.cache.TestClock.START;
import static org.bugloss.details.TestGlosses.failed;
import static org.bugloss.details.TestGlosses.failing;
import static org.bugloss.details.TestGlosses.marked;
import static org.bugloss.details.TestGlosses.override;
import static org.bugloss.details.TestGlosses.stored;
import static org.bugloss.details.TestGlosses.unfetched;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bugloss.Beans;
import org.bugloss.audience.Audience;
import org.bugloss.audience.Viewer;
import org.bugloss.cache.AskedNotes;
import org.bugloss.cache.DetailsFetcher;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.DetailsWriter;
import org.bugloss.cache.StoredDetails;
import org.bugloss.cache.TestClock;
import org.bugloss.changes.Change;
import org.bugloss.configuration.TestKeys;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.database.TestTables;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.PausedSystems;
import org.bugloss.trackers.TestBugUrls;
import org.bugloss.trackers.Trackers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DetailsLookupTest {

    private static final String KEY = "http://bugs.example/1";
    private static final String OTHER = "http://bugs.example/2";
    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final Viewer ANN = new Viewer("token:ann", Set.of("token:ann"));
    private static final Viewer BOB = new Viewer("token:bob", Set.of("token:bob"));

    private final TestClock clock = new TestClock();
    private final DetailsSettings settings = DetailsSettings.from(TestKeys.keys());
    private final HandAlarms alarms = new HandAlarms();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Tables tables = new Tables();
    private final Source source = new Source();
    private final Notes notes = new Notes();
    private final Watch watch = new Watch();
    private final PausedSystems paused = new PausedSystems(TestKeys.keys(), clock);
    private final GlossMemory memory = Beans.filled(new GlossMemory(), settings, new DetailsWriter(), paused);
    private final AcmeOnly acme = new AcmeOnly();
    private Glosses glosses;
    private DetailsLookup lookup = lookup(tables, 1);

    private DetailsLookup lookup(GlossTable table, int lookupsPerMinute) {
        return lookup(table, lookupsPerMinute, Audience.OPEN);
    }

    private DetailsLookup lookup(GlossTable table, int lookupsPerMinute, Audience audience) {
        glosses = Beans.filled(new Glosses(), acme, table, memory, watch, clock, alarms.service());
        DetailsLookup made = Beans.filled(
                new DetailsLookup(),
                glosses,
                Beans.filled(new Disclosure(), audience, acme),
                notes,
                source,
                settings,
                new LookupLimit(lookupsPerMinute, clock),
                Beans.filled(new Deadlines(), alarms.service()),
                clock,
                meters);
        made.register();
        return made;
    }

    private static final class AcmeOnly extends Trackers {

        private boolean hasSystem;

        @Override
        public BugUrl locate(CanonicalUrl url) {
            return hasSystem ? TestBugUrls.inSystem(url) : TestBugUrls.of(url);
        }

        @Override
        public Optional<String> bugId(BugUrl url) {
            return Optional.of(url.url().path().substring(1));
        }

        @Override
        public String trackerOf(BugUrl url) {
            return "Acme";
        }
    }

    /** The tables, in memory. */
    private static final class Tables extends GlossTable {

        private final Map<String, StoredDetails> rows = new HashMap<>();
        private final Map<String, DetailsOverride> overrides = new HashMap<>();
        private final List<List<String>> reads = new ArrayList<>();
        private RuntimeException fault;

        @Override
        public Map<String, Gloss> read(Map<String, BugUrl> bugs, Function<BugUrl, String> trackerOf) {
            reads.add(List.copyOf(bugs.keySet()));
            if (fault != null) {
                throw fault;
            }
            Map<String, Gloss> glosses = new LinkedHashMap<>();
            bugs.forEach((typed, bug) -> {
                String key = bug.url().key();
                glosses.put(typed, new Gloss(bug, trackerOf.apply(bug), rows.get(key), overrides.get(key)));
            });
            return glosses;
        }
    }

    /** The sources of details. */
    private final class Source extends DetailsFetcher {

        private final List<List<String>> fetches = new ArrayList<>();
        private final List<String> anew = new ArrayList<>();
        private Function<BugUrl, CompletableFuture<StoredDetails>> answers = bug -> CompletableFuture.completedFuture(
                stored(bug.url().key(), "Fetched", clock.instant().plusSeconds(3600)));
        private boolean resting;

        @Override
        public List<CompletableFuture<StoredDetails>> fetch(List<BugUrl> bugs, String caller) {
            fetches.add(bugs.stream().map(bug -> bug.url().key()).toList());
            return bugs.stream().map(answers).toList();
        }

        @Override
        public CompletableFuture<StoredDetails> fetchAnew(BugUrl bug, String caller) {
            anew.add(bug.url().key());
            return answers.apply(bug);
        }

        @Override
        public boolean isResting(BugUrl bug) {
            return resting;
        }
    }

    private static final class Notes extends AskedNotes {

        private final List<String> noted = new ArrayList<>();

        @Override
        public void note(String key) {
            noted.add(key);
        }
    }

    private static final class Watch extends DatabaseWatch {

        private boolean away;

        @Override
        public boolean isAway() {
            return away;
        }
    }

    /** Brings the tables into a state that the plan tells from others. */
    private void given(String state, boolean overridden) {
        StoredDetails fresh = stored(KEY, "Theirs", START.plusSeconds(60));
        StoredDetails stale = stored(KEY, "Theirs", START);
        StoredDetails row = switch (state) {
            case "fresh" -> fresh;
            case "stale", "stale and resting" -> stale;
            case "failing" -> failing(stale, "dns", START.plusSeconds(1));
            case "failing, to be tried again" -> failing(stale, "dns", START);
            case "forbidden address" -> failing(stale, "address_not_allowed", START.plusSeconds(1));
            case "never fetched", "resting and never fetched" -> unfetched(KEY);
            case "failed ever" -> failed(KEY, "dns", START.plusSeconds(1));
            case "failed ever, to be tried again" -> failed(KEY, "dns", START);
            case "unheard of" -> null;
            default -> throw new IllegalArgumentException(state);
        };
        if (row != null) {
            tables.rows.put(KEY, row);
        }
        source.resting = state.contains("resting");
        if (overridden) {
            tables.overrides.put(KEY, override(KEY, "Ours", null));
        }
    }

    private static String words(Outcome outcome) {
        if (outcome instanceof Outcome.Shown shown) {
            return shown.details().served().shown().title();
        }
        return outcome instanceof Outcome.Missing missing
                ? missing.reason()
                : outcome.getClass().getSimpleName();
    }

    /** How many were answered how, without those ways in which none was. */
    private Map<String, Integer> counted() {
        Map<String, Integer> counts = new TreeMap<>();
        meters.find("bugloss.lookups").counters().stream()
                .filter(counter -> counter.count() > 0)
                .forEach(counter -> counts.put(counter.getId().getTag("result"), (int) counter.count()));
        return counts;
    }

    private Map<String, Outcome> details(Duration wait, String... urls) {
        return lookup.details(List.of(urls), ANN, wait).join();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # what is known                  | override | left  | outcome   | fetch | counted
            fresh                            | false    | true  | Theirs    | false | fresh
            fresh                            | true     | true  | Ours      | false | fresh
            fresh                            | false    | false | Theirs    | false | fresh
            stale                            | false    | true  | Theirs    | true  | stale
            stale                            | true     | true  | Ours      | true  | stale
            stale                            | false    | false | Theirs    | true  | stale
            stale and resting                | false    | true  | Theirs    | false | stale
            stale and resting                | true     | true  | Ours      | false | stale
            failing                          | false    | true  | Theirs    | false | stale
            failing                          | true     | true  | Ours      | false | stale
            failing, to be tried again       | false    | true  | Theirs    | true  | stale
            failing, to be tried again       | true     | true  | Ours      | true  | stale
            forbidden address                | false    | true  | Theirs    | true  | stale
            never fetched                    | false    | true  | Fetched   | true  | fetched
            never fetched                    | true     | true  | Ours      | true  | fetched
            never fetched                    | false    | false | OverLimit | false | refused
            never fetched                    | true     | false | Ours      | false | refused
            resting and never fetched        | false    | true  | Fetched   | true  | fetched
            failed ever                      | false    | true  | dns       | false | failed
            failed ever                      | false    | false | dns       | false | failed
            failed ever                      | true     | true  | Ours      | false | fresh
            failed ever, to be tried again   | false    | true  | Fetched   | true  | fetched
            failed ever, to be tried again   | false    | false | OverLimit | false | refused
            unheard of                       | false    | true  | Fetched   | true  | fetched
            unheard of                       | true     | true  | Ours      | true  | fetched
            unheard of                       | false    | false | OverLimit | false | refused
            unheard of                       | true     | false | Ours      | false | refused
            """)
    void whatIsDoneIsDecidedByWhatIsKnown(
            String state, boolean overridden, boolean isLeft, String outcome, boolean fetch, String counted) {
        given(state, overridden);
        if (!isLeft) {
            lookup.fetchBehind(List.of(OTHER), ANN.name());
            source.fetches.clear();
        }

        assertEquals(outcome, words(lookup.details(KEY, ANN).join()));
        assertEquals(fetch ? List.of(List.of(KEY)) : List.of(), source.fetches);
        assertEquals(Map.of(counted, 1), counted());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # what is known                  | override | outcome   | counted
            fresh                            | false    | Theirs    | stale
            stale                            | false    | Theirs    | stale
            failing, to be tried again       | false    | Theirs    | stale
            fresh                            | true     | Ours      | stale
            never fetched                    | false    | paused    | failed
            never fetched                    | true     | Ours      | fresh
            failed ever, to be tried again   | false    | paused    | failed
            unheard of                       | false    | paused    | failed
            """)
    void aPausedSystemIsNotAskedAndWhatThereIsOfItIsServed(
            String state, boolean overridden, String outcome, String counted) {
        acme.hasSystem = true;
        given(state, overridden);
        paused.byEditors(Map.of("test", START.minusSeconds(9)));

        Outcome told = lookup.details(KEY, ANN).join();
        lookup.fetchBehind(List.of(KEY), ANN.name());

        assertEquals(outcome, words(told));
        assertEquals(List.of(), source.fetches);
        assertEquals(Map.of(counted, 1), counted());
        if (told instanceof Outcome.Shown shown) {
            assertEquals(
                    new ServedDetails.Failure(
                            "paused", "the system test is paused: it is not asked", START.minusSeconds(9), null),
                    shown.details().served().failure());
        }
    }

    @Test
    void theAgesOfWhatIsServedAreMeasured() {
        given("fresh", false);
        clock.advance(Duration.ofSeconds(30));

        lookup.atOnce(KEY, ANN);
        lookup.details(KEY, ANN).join();

        assertEquals(2, meters.get("bugloss.details.age").summary().count());
        assertEquals(60, meters.get("bugloss.details.age").summary().totalAmount());
    }

    @Test
    void anOverrideOfWhatWasNeverFetchedHasTheIdAndTheSystemThatItsUrlShows() {
        acme.hasSystem = true;
        tables.overrides.put(KEY, override(KEY, "Ours", null));
        paused.byEditors(Map.of("test", START));

        ServedDetails served = lookup.atOnce(KEY, ANN).orElseThrow().served();

        assertEquals(List.of("1", "test", "Acme"), List.of(served.id(), served.system(), served.tracker()));
    }

    @Test
    void whatIsRememberedIsServedAsPausedAtOnceAndNoLongerThanThat() {
        acme.hasSystem = true;
        StoredDetails mine = marked(stored(KEY, "Theirs", START.plusSeconds(60)), "test", false);
        tables.rows.put(KEY, mine);
        ServedDetails before = lookup.atOnce(KEY, ANN).orElseThrow().served();
        paused.byEditors(Map.of("test", START.minusSeconds(9)));

        ServedDetails during = lookup.atOnce(KEY, ANN).orElseThrow().served();

        assertFalse(before.stale());
        assertTrue(during.stale());
        assertEquals("paused", during.failure().reason());
        assertEquals(START.minusSeconds(9), during.expiresAt());
        paused.byEditors(Map.of());
        assertEquals(before, lookup.atOnce(KEY, ANN).orElseThrow().served());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # what is known                  | override | outcome   | fetch | counted
            fresh                            | false    | Theirs    | false | fresh
            fresh                            | true     | Ours      | false | fresh
            stale                            | false    | Theirs    | true  | stale
            stale and resting                | false    | Theirs    | false | stale
            failing                          | false    | Theirs    | false | stale
            failing, to be tried again       | true     | Ours      | true  | stale
            failed ever                      | true     | Ours      | false | fresh
            failed ever                      | false    |           | false |
            failed ever, to be tried again   | false    |           | false |
            never fetched                    | false    |           | false |
            never fetched                    | true     |           | false |
            unheard of                       | false    |           | false |
            unheard of                       | true     |           | false |
            """)
    void whatNeedsNoWaitingIsThereAtOnceAndTheRestIsLeftAlone(
            String state, boolean overridden, String outcome, boolean fetch, String counted) {
        given(state, overridden);

        assertEquals(
                Optional.ofNullable(outcome),
                lookup.atOnce(KEY, ANN).map(ready -> ready.served().shown().title()));
        assertEquals(fetch ? List.of(List.of(KEY)) : List.of(), source.fetches);
        assertEquals(counted == null ? Map.of() : Map.of(counted, 1), counted());
    }

    @Test
    void manyAreAnsweredLikeOneAndFetchedTogether() {
        lookup = lookup(tables, 2);
        tables.rows.put("http://bugs.example/fresh", stored("http://bugs.example/fresh", "Fresh"));
        tables.rows.put("http://bugs.example/stale", stored("http://bugs.example/stale", "Stale", START));
        tables.rows.put(
                "http://bugs.example/failed", failed("http://bugs.example/failed", "dns", START.plusSeconds(1)));

        Map<String, Outcome> outcomes = details(
                DEADLINE,
                "http://bugs.example/fresh",
                "ftp://bugs.example/",
                "http://bugs.example/stale",
                "http://bugs.example/failed",
                "http://bugs.example/new1",
                "HTTP://bugs.example/new2",
                "http://bugs.example/new3");

        Map<String, String> words = new TreeMap<>();
        outcomes.forEach((typed, outcome) -> words.put(typed, words(outcome)));
        assertEquals(
                new TreeMap<>(Map.of(
                        "http://bugs.example/fresh", "Fresh",
                        "ftp://bugs.example/", "Refused",
                        "http://bugs.example/stale", "Stale",
                        "http://bugs.example/failed", "dns",
                        "http://bugs.example/new1", "Fetched",
                        "HTTP://bugs.example/new2", "Fetched",
                        "http://bugs.example/new3", "OverLimit")),
                words);
        assertEquals(
                List.of(List.of("http://bugs.example/new1", "http://bugs.example/new2", "http://bugs.example/stale")),
                source.fetches);
        assertEquals(Map.of("fresh", 1, "stale", 1, "failed", 1, "fetched", 2, "refused", 1), counted());
        assertEquals(1, tables.reads.size());
    }

    @Test
    void aUrlThatIsRefusedSaysWhy() {
        assertEquals(
                new Outcome.Refused("only http and https URLs are accepted, not ftp"),
                lookup.details("ftp://bugs.example/", ANN).join());
        assertEquals(
                new Outcome.Refused("there is no URL"), lookup.details("", ANN).join());
        assertEquals(Optional.empty(), lookup.atOnce("ftp://bugs.example/", ANN));
        assertThrows(InvalidUrlException.class, () -> lookup.refreshed("ftp://bugs.example/", ANN));
        assertEquals(List.of(), tables.reads);
    }

    @Test
    void whoeverDoesNotWaitGetsWhatIsThereNow() {
        source.answers = bug -> new CompletableFuture<>();

        assertEquals(Map.of(KEY, new Outcome.NotYet(START.plusSeconds(1))), details(Duration.ZERO, KEY));
        assertEquals(List.of(), alarms.set());
        assertEquals(List.of(List.of(KEY)), source.fetches);
    }

    @Test
    void whatIsLateIsToldToBeSoAndTheRestIsThere() {
        lookup = lookup(tables, 0);
        CompletableFuture<StoredDetails> late = new CompletableFuture<>();
        source.answers =
                bug -> bug.url().key().equals(KEY) ? late : CompletableFuture.completedFuture(stored(OTHER, "Fetched"));
        CompletableFuture<Map<String, Outcome>> outcomes = lookup.details(List.of(KEY, OTHER), ANN, DEADLINE);
        assertFalse(outcomes.isDone());
        assertEquals(List.of(Duration.ofMillis(4_850)), alarms.set());

        clock.advance(Duration.ofMillis(4_850));
        alarms.ring();

        assertEquals(
                new Outcome.NotYet(clock.instant().plusSeconds(1)),
                outcomes.join().get(KEY));
        assertEquals("Fetched", words(outcomes.join().get(OTHER)));
        assertEquals(Map.of("fetched", 1, "failed", 1), counted());
    }

    @Test
    void whatComesInTimeStopsTheAlarm() {
        CompletableFuture<StoredDetails> fetch = new CompletableFuture<>();
        source.answers = bug -> fetch;
        CompletableFuture<Outcome> outcome = lookup.details(KEY, ANN);

        fetch.complete(stored(KEY, "Fetched"));

        assertEquals("Fetched", words(outcome.join()));
        assertEquals(List.of(), alarms.set());
    }

    @Test
    void anOverrideIsShownWhereTheSourceIsLateOrTheFetchBreaks() {
        lookup = lookup(tables, 0);
        tables.overrides.put(KEY, override(KEY, "Ours", null));
        source.answers = bug -> new CompletableFuture<>();
        assertEquals("Ours", words(details(Duration.ZERO, KEY).get(KEY)));

        source.answers = bug -> CompletableFuture.failedFuture(new RejectedExecutionException("full"));
        assertEquals("Ours", words(details(DEADLINE, KEY).get(KEY)));
    }

    @Test
    void anOverrideThatEndsWhileTheCallerWaitsIsNotShown() {
        tables.overrides.put(KEY, override(KEY, "Ours", START.plusSeconds(1)));
        CompletableFuture<StoredDetails> fetch = new CompletableFuture<>();
        source.answers = bug -> fetch;
        CompletableFuture<Outcome> outcome = lookup.details(KEY, ANN);

        clock.advance(Duration.ofSeconds(1));
        fetch.complete(stored(KEY, "Fetched"));

        assertEquals("Fetched", words(outcome.join()));
    }

    @Test
    void aFetchThatBreaksIsToldWithItsReason() {
        RejectedExecutionException full = new RejectedExecutionException("full");
        source.answers = bug -> CompletableFuture.failedFuture(full);

        Outcome.Broken broken = (Outcome.Broken) lookup.details(KEY, ANN).join();
        assertSame(full, broken.failure().getCause());
    }

    @Test
    void aSourceThatFailsIsTheReasonWhyThereAreNone() {
        source.answers = bug -> CompletableFuture.completedFuture(failed(KEY, "timeout", START.plusSeconds(60)));

        assertEquals(
                new Outcome.Missing("timeout", "it failed", START.plusSeconds(60)),
                lookup.details(KEY, ANN).join());
        assertEquals(Map.of("failed", 1), counted());
    }

    /** As where a row is deleted while a refresh that somebody joined finds nothing new. */
    @Test
    void aFetchThatToldNothingOfWhatIsUnknownMayBeAskedForAgain() {
        source.answers = bug -> CompletableFuture.completedFuture(null);

        assertEquals(
                new Outcome.NotYet(START.plusSeconds(1)),
                lookup.details(KEY, ANN).join());
    }

    @Test
    void memoryAnswersWithoutTheTablesUntilItIsOld() {
        tables.rows.put(KEY, stored(KEY, "Theirs"));
        for (int i = 0; i < 3; i++) {
            lookup.atOnce(KEY, ANN).orElseThrow();
            lookup.details(KEY, ANN).join();
        }
        assertEquals(List.of(List.of(KEY)), tables.reads);

        details(DEADLINE, KEY, OTHER);
        assertEquals(List.of(List.of(KEY), List.of(OTHER)), tables.reads);

        clock.advance(GlossMemory.HOLDS);
        lookup.atOnce(KEY, ANN).orElseThrow();
        assertEquals(List.of(List.of(KEY), List.of(OTHER), List.of(KEY)), tables.reads);
    }

    @Test
    void whatIsAskedForAgainAndAgainIsReadTogetherBeforeItIsOld() {
        tables.rows.put(KEY, stored(KEY, "Before"));
        details(DEADLINE, KEY, OTHER);
        clock.advance(GlossMemory.HOLDS_UNWANTED);
        details(DEADLINE, KEY, OTHER);
        tables.rows.put(KEY, stored(KEY, "After"));

        glosses.renew();
        clock.advance(GlossMemory.HOLDS.minusMillis(1));

        assertEquals("After", words(lookup.details(KEY, ANN).join()));
        assertEquals(List.of(List.of(KEY, OTHER), List.of(KEY, OTHER)), tables.reads);
    }

    @Test
    void nothingIsReadAgainWhileTheDatabaseIsAway() {
        details(DEADLINE, KEY);
        clock.advance(GlossMemory.HOLDS_UNWANTED);
        details(DEADLINE, KEY);
        watch.away = true;

        glosses.renew();

        assertEquals(List.of(List.of(KEY)), tables.reads);
    }

    @Test
    void aReadThatFailsDoesNotEndThoseThatFollow() {
        details(DEADLINE, KEY);
        clock.advance(GlossMemory.HOLDS_UNWANTED);
        details(DEADLINE, KEY);
        tables.fault = new IllegalStateException(new SQLException("gone", "08006"));

        glosses.renew();

        assertEquals(2, tables.reads.size());
    }

    @Test
    void whatIsStoredIsServedAtTheNextQuestion() {
        tables.rows.put(KEY, stored(KEY, "Before"));
        assertEquals("Before", words(lookup.details(KEY, ANN).join()));

        tables.rows.put(KEY, stored(KEY, "After"));
        memory.changed(List.of(KEY));

        assertEquals("After", words(lookup.details(KEY, ANN).join()));
    }

    @Test
    void whatIsAskedForIsNotedOnceAfterItWasFetched() {
        StoredDetails fresh = stored(KEY, "Theirs");
        tables.rows.put(KEY, fresh);
        lookup.atOnce(KEY, ANN);
        assertEquals(List.of(), notes.noted);

        clock.advance(settings.keep().dividedBy(4).plusSeconds(2));
        lookup.atOnce(KEY, ANN);
        lookup.details(KEY, ANN).join();
        assertEquals(List.of(KEY, KEY), notes.noted);

        lookup.details(OTHER, ANN).join();
        assertEquals(List.of(KEY, KEY), notes.noted);
    }

    @Test
    void aRefreshGoesPastTheCacheAndCountsForTheLimit() {
        tables.rows.put(KEY, stored(KEY, "Theirs"));

        assertEquals("Fetched", words(lookup.refreshed(KEY, ANN).join()));
        assertEquals(List.of(KEY), source.anew);
        assertEquals(
                new Outcome.OverLimit(1, START.plusSeconds(60)),
                lookup.refreshed(KEY, ANN).join());
        assertEquals(List.of(KEY), source.anew);
    }

    @Test
    void aRefreshThatIsLateOrBreaksShowsWhatIsThere() {
        lookup = lookup(tables, 0);
        source.answers = bug -> new CompletableFuture<>();
        CompletableFuture<Outcome> unknown = lookup.refreshed(KEY, ANN);
        alarms.ring();
        assertEquals(new Outcome.NotYet(START.plusSeconds(1)), unknown.join());

        tables.rows.put(KEY, stored(KEY, "Theirs"));
        CompletableFuture<Outcome> late = lookup.refreshed(KEY, ANN);
        alarms.ring();
        assertEquals("Theirs", words(late.join()));

        source.answers = bug -> CompletableFuture.failedFuture(new IllegalStateException("broken"));
        assertEquals("Theirs", words(lookup.refreshed(KEY, ANN).join()));
    }

    @ParameterizedTest
    @CsvSource({
        "unheard of, true",
        "stale, true",
        "fresh, false",
        "stale and resting, false",
        "failed ever, false",
        "resting and never fetched, true"
    })
    void whatIsWantedIsFetchedBehindWhoeverRecordsIt(String state, boolean fetch) {
        given(state, false);

        lookup.fetchBehind(List.of(KEY), "ann");
        lookup.fetchBehind(List.of(KEY), "ann");

        // The second time there is no lookup left.
        assertEquals(fetch ? List.of(List.of(KEY)) : List.of(), source.fetches);
    }

    @Test
    void whatIsKnownOfManyIsThereWithoutFetching() {
        tables.rows.put(KEY, stored(KEY, "Theirs", START));
        tables.overrides.put(OTHER, override(OTHER, "Ours", null));

        Map<String, ServedDetails> known =
                lookup.known(List.of("HTTP://bugs.example/1", OTHER, "http://bugs.example/3"), ANN);

        assertEquals(List.of("HTTP://bugs.example/1", OTHER), List.copyOf(known.keySet()));
        assertEquals("Theirs", known.get("HTTP://bugs.example/1").shown().title());
        assertTrue(known.get("HTTP://bugs.example/1").stale());
        assertEquals("Ours", known.get(OTHER).shown().title());
        assertEquals(List.of(), source.fetches);
    }

    @Test
    void aUrlThatIsRefusedByNowHidesNoOther() {
        tables.overrides.put(OTHER, override(OTHER, "Ours", null));

        assertEquals(
                List.of(OTHER),
                List.copyOf(lookup.known(List.of("gopher://bugs.example/1", OTHER), ANN)
                        .keySet()));
    }

    @Test
    void inAnOutageMemoryAnswersAndNothingIsReadOrFetched() {
        tables.rows.put(KEY, stored(KEY, "Theirs", START.plusSeconds(1)));
        details(DEADLINE, KEY);
        tables.reads.clear();
        clock.advance(Duration.ofHours(1));
        watch.away = true;

        ReadyDetails ready = lookup.atOnce(KEY, ANN).orElseThrow();
        assertEquals("Theirs", ready.served().shown().title());
        assertTrue(ready.isStale());
        assertEquals("Theirs", words(lookup.details(KEY, ANN).join()));
        Map<String, Outcome> some = details(DEADLINE, KEY, OTHER);
        assertEquals("Theirs", words(some.get(KEY)));
        assertTrue(DatabaseAway.isBehind(((Outcome.Broken) some.get(OTHER)).failure()));
        assertEquals(List.of(), tables.reads);
        assertEquals(List.of(), source.fetches);
    }

    @Test
    void outcomesComeInTheOrderInWhichTheyWereAskedFor() {
        String wrong = "gopher://bugs.example/1";
        details(Duration.ZERO, OTHER);
        tables.rows.put(KEY, stored(KEY, "Theirs", START));

        assertEquals(
                List.of(OTHER, KEY, wrong),
                List.copyOf(details(Duration.ZERO, OTHER, KEY, wrong).keySet()));
        assertEquals(
                List.of(wrong, KEY, OTHER),
                List.copyOf(details(Duration.ZERO, wrong, KEY, OTHER).keySet()));
    }

    @Test
    void inAnOutageWhatIsNotRememberedIsToldToBeTheDatabases() {
        watch.away = true;

        assertEquals(Optional.empty(), lookup.atOnce(KEY, ANN));
        assertTrue(DatabaseAway.isBehind(assertThrows(RuntimeException.class, () -> lookup.details(KEY, ANN))));
        assertTrue(DatabaseAway.isBehind(assertThrows(RuntimeException.class, () -> lookup.refreshed(KEY, ANN))));
    }

    @Test
    void aDatabaseThatGoesInTheMidstIsAnOutageToo() {
        tables.rows.put(KEY, stored(KEY, "Theirs"));
        details(DEADLINE, KEY);
        memory.changed(List.of(KEY));
        tables.fault = new IllegalStateException(new SQLException("gone", "08006"));

        assertEquals("Theirs", words(lookup.details(KEY, ANN).join()));
        assertTrue(lookup.atOnce(KEY, ANN).isPresent());
    }

    @Test
    void whateverElseFailsIsNoOutage() {
        tables.rows.put(KEY, stored(KEY, "Theirs"));
        details(DEADLINE, KEY);
        memory.changed(List.of(KEY));
        tables.fault = new IllegalStateException("nobody foresaw this");

        assertSame(tables.fault, assertThrows(RuntimeException.class, () -> lookup.atOnce(KEY, ANN)));
        assertSame(tables.fault, assertThrows(RuntimeException.class, () -> lookup.details(KEY, ANN)));
    }

    /** What is in the tables costs one statement, and what is remembered none. */
    @Test
    void readsTakeOneStatementAndMemoryNone() {
        Rows rows = new Rows(TestTables.inMemory());
        Instant now = clock.instant();
        List<String> urls = IntStream.range(0, 500)
                .mapToObj(i -> "http://bugs.example/" + i)
                .toList();
        urls.forEach(url -> rows.details(url, "Theirs", now, now.plusSeconds(3600)));
        CountedStatements counted = new CountedStatements(rows.database());
        lookup = lookup(new GlossTable(counted.source(), clock), 0);

        lookup.atOnce(KEY, ANN).orElseThrow();
        assertEquals(1, counted.taken(), "a fresh read");
        lookup.atOnce(KEY, ANN).orElseThrow();
        assertEquals(0, counted.taken(), "from memory");
        assertEquals(500, lookup.details(urls, ANN, DEADLINE).join().size());
        assertEquals(1, counted.taken(), "a query of 500");
        lookup.details(urls, ANN, DEADLINE).join();
        assertEquals(0, counted.taken(), "from memory");

        assertEquals(Optional.empty(), lookup.atOnce("http://bugs.example/new", ANN));
        lookup.details("http://bugs.example/new", ANN).join();
        assertEquals(1, counted.taken(), "a first read, besides what the fetch takes");
        lookup.details(List.of("http://n/1", "http://n/2", "http://n/3", "http://n/4", "http://n/5"), ANN, DEADLINE)
                .join();
        assertEquals(1, counted.taken(), "a query of five new ones, besides what the fetch takes");
    }

    private static final String RESTRICTED = "{\"url\":\"http://bugs.example/1\",\"id\":\"1\",\"tracker\":\"Acme\","
            + "\"system\":\"test\",\"restricted\":true,\"stale\":false,\"title\":null,\"description\":null,"
            + "\"excerpt\":null,\"status\":null,\"resolved\":null,\"from_open_graph\":null,\"image\":null,"
            + "\"site_name\":null,\"moved_to\":null,\"fields\":null,\"source\":null,\"supplied_by\":null,"
            + "\"fetched_at\":null,\"expires_at\":null,\"failure\":null}";

    private void audience(String key, String value) {
        acme.hasSystem = true;
        lookup = lookup(tables, 1, Audience.from(TestKeys.keys("bugloss.system.test." + key, value), List.of("test")));
    }

    private static String json(ReadyDetails details) {
        return new String(details.whole().bytes(), StandardCharsets.UTF_8);
    }

    private String json(Viewer viewer) {
        return lookup.details(KEY, viewer).join() instanceof Outcome.Shown shown ? json(shown.details()) : "no details";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fresh",
                "stale",
                "failing",
                "forbidden address",
                "never fetched",
                "failed ever",
                "failed ever, to be tried again",
                "unheard of"
            })
    void whoIsNoReaderGetsTheSameAtOnceWhateverIsKnownAndNothingIsReadFetchedOrCounted(String state) {
        given(state, state.equals("failing"));
        audience("readers", "token:ann");

        assertEquals(RESTRICTED, json(lookup.atOnce(KEY, BOB).orElseThrow()));
        assertEquals(RESTRICTED, json(BOB));
        assertEquals(
                RESTRICTED,
                json(Objects.requireNonNull(lookup.known(List.of(KEY), BOB).get(KEY))
                        .json(false)));
        assertEquals(List.of(), tables.reads);
        assertEquals(List.of(), source.fetches);
        assertEquals(Map.of(), counted());
        // Nor does it hang on what memory has of it.
        lookup.details(KEY, ANN).join();
        assertEquals(RESTRICTED, json(lookup.atOnce(KEY, BOB).orElseThrow()));
        assertEquals(RESTRICTED, json(BOB));
    }

    private static String json(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void whoIsNoReaderMayRefreshAndDoesNotWaitForWhatCannotBeSeen() {
        audience("readers", "token:ann");
        source.answers = bug -> new CompletableFuture<>();

        assertEquals(
                RESTRICTED, json(((Outcome.Shown) lookup.refreshed(KEY, BOB).join()).details()));
        assertEquals(List.of(KEY), source.anew);
    }

    @Test
    void whatIsConfidentialIsShownToPrivateReadersAloneAndSoIsAnOverrideOfIt() {
        audience("private-readers", "token:ann");
        tables.rows.put(KEY, marked(stored(KEY, "Theirs", START.plusSeconds(60)), "test", true));
        tables.overrides.put(KEY, override(KEY, "Ours", null));

        assertEquals("Ours", words(lookup.details(KEY, ANN).join()));
        assertEquals(RESTRICTED, json(BOB));
        assertEquals(RESTRICTED, json(lookup.atOnce(KEY, BOB).orElseThrow()));
        assertEquals(
                RESTRICTED,
                json(Objects.requireNonNull(lookup.known(List.of(KEY), BOB).get(KEY))
                        .json(false)));
        assertTrue(maySee("test", ANN));
        assertFalse(maySee("test", BOB));
    }

    @Test
    void howeverManyChangesAndListenersThereAreTheirBugsAreReadOnce() {
        audience("private-readers", "token:ann");
        List<Change.Bug> bugs = IntStream.range(0, 100)
                .mapToObj(i -> "http://bugs.example/" + i)
                .peek(key -> tables.rows.put(
                        key, marked(stored(key, "Theirs", START.plusSeconds(60)), "test", key.endsWith("7"))))
                .map(key -> new Change.Bug(key, null, "Test", "test"))
                .toList();

        assertEquals(100, lookup.visible(bugs, ANN).size());
        assertEquals(List.of(), tables.reads);
        for (Viewer listener : List.of(BOB, Viewer.stranger("carl"), Viewer.stranger("dora"))) {
            assertEquals(90, lookup.visible(bugs, listener).size());
        }
        assertEquals(1, tables.reads.size());
    }

    private boolean maySee(String system, Viewer viewer) {
        return !lookup.visible(List.of(new Change.Bug(KEY, null, "Test", system)), viewer)
                .isEmpty();
    }

    @Test
    void anOverrideOfWhatNobodyHasToldYetIsShownToPrivateReadersAlone() {
        audience("private-readers", "token:ann");
        tables.rows.put(KEY, failed(KEY, "dns", START.plusSeconds(1)));
        tables.overrides.put(KEY, override(KEY, "Ours", null));

        assertEquals("Ours", words(lookup.details(KEY, ANN).join()));
        assertEquals(RESTRICTED, json(BOB));
    }

    @Test
    void whatBecomesConfidentialIsSoAtOnce() {
        audience("private-readers", "token:ann");
        tables.rows.put(KEY, marked(stored(KEY, "Theirs", START.plusSeconds(60)), "test", false));
        assertEquals("Theirs", words(lookup.details(KEY, BOB).join()));
        assertTrue(maySee("test", BOB));

        tables.rows.put(KEY, marked(stored(KEY, "Theirs", START.plusSeconds(60)), "test", true));
        memory.changed(List.of(KEY));

        assertEquals(RESTRICTED, json(BOB));
        assertFalse(maySee("test", BOB));
    }

    @Test
    void whatWasWrittenSinceItWasReadMayBeConfidentialForAllThatIsKnownWhileTheDatabaseIsAway() {
        audience("private-readers", "token:ann");
        tables.rows.put(KEY, marked(stored(KEY, "Theirs", START.plusSeconds(60)), "test", false));
        lookup.details(KEY, BOB).join();
        watch.away = true;
        clock.advance(Duration.ofMinutes(1));
        assertEquals("Theirs", words(lookup.details(KEY, BOB).join()));

        memory.changed(List.of(KEY));

        assertEquals("Theirs", words(lookup.details(KEY, ANN).join()));
        assertEquals(RESTRICTED, json(BOB));
    }

    @Test
    void whatAnotherSystemToldHasTheAudienceOfThatTooSinceItsUrlsMayBeOfAnotherSystemByNow() {
        acme.hasSystem = true;
        lookup = lookup(
                tables,
                1,
                Audience.from(TestKeys.keys("bugloss.system.secret.readers", "token:ann"), List.of("test", "secret")));
        tables.rows.put(KEY, marked(stored(KEY, "Theirs", START.plusSeconds(60)), "secret", false));

        assertEquals("Theirs", words(lookup.details(KEY, ANN).join()));
        assertEquals(RESTRICTED, json(BOB));
        assertFalse(maySee("secret", BOB));
        assertTrue(maySee("test", ANN));
    }

    @Test
    void aFetchedBugThatTurnsOutToBeConfidentialIsNotShownToWhoWaitedForIt() {
        audience("private-readers", "token:ann");
        source.answers = bug ->
                CompletableFuture.completedFuture(marked(stored(KEY, "Fetched", START.plusSeconds(60)), "test", true));

        assertEquals(RESTRICTED, json(BOB));
    }
}
