package org.bugloss.cache;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.bugloss.Beans;
import org.bugloss.audit.Trail;
import org.bugloss.cache.DetailsFetcher.Asked;
import org.bugloss.cache.DetailsFetcher.Refreshed;
import org.bugloss.cache.DetailsFetcher.Refreshing;
import org.bugloss.configuration.TestKeys;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.bugloss.outbound.Gate;
import org.bugloss.outbound.Gates;
import org.bugloss.outbound.Lanes;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.trackers.Answer;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TestBugUrls;
import org.bugloss.trackers.TestDetails;
import org.bugloss.trackers.Trackers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DetailsFetcherTest {

    /** What these tests expect to go wrong is seen by their assertions. */
    private static final Logger LOG = Logger.getLogger(DetailsFetcher.class.getName());

    private static final String LANE = "//bugs.example";

    private final TestClock clock = new TestClock();
    private final DetailsSettings settings = DetailsSettings.from(TestKeys.keys());
    private final Schedule schedule = new Schedule(settings, () -> 0);
    private final Gates gates = new Gates(clock, 4, Duration.ofSeconds(10), Duration.ofMinutes(1), source -> false);
    private final Source source = new Source();
    private final Rows rows = new Rows();
    private final Writer writer = new Writer();
    private Lanes lanes = lanes(4, 100);
    private DetailsFetcher fetcher = fetcher();

    private static Lanes lanes(int concurrency, int capacity) {
        return new Lanes(
                work -> {
                    Thread thread = new Thread(work, "lane");
                    thread.setDaemon(true);
                    return thread;
                },
                concurrency,
                concurrency,
                capacity);
    }

    private DetailsFetcher fetcher() {
        return Beans.filled(new DetailsFetcher(), source, rows, writer, settings, new Requests(), lanes, gates, clock);
    }

    /** Each question is one request. */
    private final class Requests extends OutboundClient {

        @Override
        public long sentHere() {
            return source.questions.size();
        }
    }

    /** The trackers, who are asked about all bugs of a host at once. */
    private static final class Source extends Trackers {

        private final List<List<BugUrl>> questions = new CopyOnWriteArrayList<>();
        private volatile Function<BugUrl, Answer> answers = bug -> found(bug, "Crash");
        private volatile CompletableFuture<Void> open = CompletableFuture.completedFuture(null);
        private volatile RuntimeException fault;
        private volatile boolean knowsBugs = true;
        private volatile String id = "";

        @Override
        public List<List<BugUrl>> portions(List<BugUrl> urls) {
            if (fault != null) {
                throw fault;
            }
            Map<String, List<BugUrl>> byHost = new LinkedHashMap<>();
            urls.forEach(bug -> byHost.computeIfAbsent(bug.url().host(), host -> new ArrayList<>())
                    .add(bug));
            return List.copyOf(byHost.values());
        }

        @Override
        public Map<BugUrl, Answer> details(List<BugUrl> portion) {
            CompletableFuture<Void> whenOpen = open;
            questions.add(portion);
            id = Trail.id();
            whenOpen.join();
            Map<BugUrl, Answer> told = new LinkedHashMap<>();
            portion.forEach(bug -> told.put(bug, answers.apply(bug)));
            return told;
        }

        @Override
        public String trackerOf(BugUrl url) {
            return "Acme";
        }

        @Override
        public boolean isBug(BugUrl url) {
            return knowsBugs;
        }

        /** From now on it answers only when it is told to. */
        CompletableFuture<Void> hang() {
            open = new CompletableFuture<>();
            return open;
        }

        List<List<String>> urls() {
            return questions.stream()
                    .map(portion -> portion.stream().map(BugUrl::toString).toList())
                    .toList();
        }
    }

    private final class Rows extends DetailsCache {

        private final Map<String, CachedDetails> byKey = new ConcurrentHashMap<>();
        private volatile RuntimeException fault;

        @Override
        Map<String, CachedDetails> find(Collection<String> keys) {
            if (fault != null) {
                throw fault;
            }
            Map<String, CachedDetails> found = new LinkedHashMap<>(byKey);
            found.keySet().retainAll(new HashSet<>(keys));
            return found;
        }

        /** There is a row that was fetched then. */
        void put(BugUrl bug, String title, Instant fetchedAt) {
            CachedDetails row = new CachedDetails(bug, "Acme", fetchedAt);
            BugDetails details = BugDetails.of("1", title).withFreshness(new Freshness("\"tag\"", null, null));
            row.fetched(bug, "Acme", null, CleanDetails.of(bug, details, false), fetchedAt, schedule);
            byKey.put(bug.url().key(), row);
        }
    }

    private final class Writer extends DetailsWriter {

        private final List<Answered> written = new CopyOnWriteArrayList<>();
        private volatile String id = "";
        private volatile Throwable failure;
        private volatile RuntimeException fault;

        @Override
        List<CompletableFuture<Stored>> write(List<Answered> answers) {
            if (fault != null) {
                throw fault;
            }
            written.addAll(answers);
            id = Trail.id();
            return answers.stream()
                    .map(answered -> failure == null
                            ? CompletableFuture.completedFuture(stored(answered))
                            : CompletableFuture.<Stored>failedFuture(failure))
                    .toList();
        }

        private Stored stored(Answered answered) {
            if (answered.answer() instanceof Answer.Found found) {
                CachedDetails row = new CachedDetails(answered.bug(), "Acme", clock.instant());
                row.fetched(
                        answered.bug(),
                        "Acme",
                        null,
                        CleanDetails.of(answered.bug(), found.details(), false),
                        clock.instant(),
                        schedule);
                return new Stored(Outcome.REFRESHED, row.stored());
            }
            return new Stored(answered.answer() instanceof Answer.Unchanged ? Outcome.UNCHANGED : Outcome.FAILED, null);
        }
    }

    @BeforeEach
    void begin() {
        LOG.setLevel(Level.OFF);
    }

    @AfterEach
    void end() {
        lanes.close();
        LOG.setLevel(null);
    }

    private void onlyOneAtATime() {
        lanes.close();
        lanes = lanes(1, 1);
        fetcher = fetcher();
    }

    private static BugUrl bug(int number) {
        return TestBugUrls.of(CanonicalUrl.parse("http://bugs.example/" + number));
    }

    private static Answer found(BugUrl bug, String title) {
        return new Answer.Found(BugDetails.of(bug.url().path().substring(1), title));
    }

    private static Answer failed(FailureReason reason, Instant retryAt) {
        return new Answer.Failed(new FetchException(reason, "it failed", retryAt, null));
    }

    private static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static Throwable failure(CompletableFuture<?> future) {
        Throwable thrown = assertThrows(ExecutionException.class, () -> future.get(10, TimeUnit.SECONDS))
                .getCause();
        return thrown;
    }

    private String title(CompletableFuture<StoredDetails> fetch) {
        return get(fetch).title();
    }

    /** Whatever went wrong before, the next who asks gets an answer. */
    private void assertNothingIsStuck() {
        assertEquals("Crash", title(fetcher.fetch(bug(1), "ann")));
    }

    private Map<BugUrl, KnownDetails> claimed(int... numbers) {
        Map<BugUrl, KnownDetails> claimed = new LinkedHashMap<>();
        for (int number : numbers) {
            rows.put(bug(number), "Old", START.minusSeconds(7200));
            claimed.put(bug(number), rows.byKey.get(bug(number).url().key()).known());
        }
        return claimed;
    }

    @Test
    void whatIsFetchedIsStoredAndTold() {
        StoredDetails row = get(fetcher.fetch(bug(1), "ann"));

        assertEquals("Crash", row.title());
        assertEquals(List.of(List.of("http://bugs.example/1")), source.urls());
        assertEquals(
                List.of(new DetailsWriter.Answered(
                        bug(1), null, writer.written.get(0).answer(), true, true)),
                writer.written);
    }

    @Test
    void whatIsFetchedForARequestIsAskedForAndStoredUnderItsId() {
        List<CompletableFuture<StoredDetails>> fetch = new ArrayList<>();

        Trail.follow("request-1", () -> fetch.add(fetcher.fetch(bug(1), "ann")));

        get(fetch.get(0));
        assertEquals(List.of("request-1", "request-1"), List.of(source.id, writer.id));
    }

    @Test
    void whatTheTimerFetchesHasAnIdOfItsOwn() {
        get(fetcher.refresh(claimed(1)).stored());
        String first = source.id;
        assertEquals(first, writer.id);

        get(fetcher.refresh(claimed(2)).stored());

        assertNotEquals(first, source.id);
    }

    @Test
    void aRefusalIsSaidOfABugUnlessAllThatWereAskedAboutAreRefused() {
        source.answers = bug -> failed(FailureReason.FORBIDDEN, null);
        fetcher.fetch(List.of(bug(1), bug(2)), "ann").forEach(DetailsFetcherTest::get);
        get(fetcher.fetch(bug(3), "ann"));
        source.answers = bug -> bug.equals(bug(4)) ? failed(FailureReason.FORBIDDEN, null) : found(bug, "Crash");
        fetcher.fetch(List.of(bug(4), bug(5)), "ann").forEach(DetailsFetcherTest::get);
        source.answers = bug -> failed(FailureReason.NOT_FOUND, null);
        fetcher.fetch(List.of(bug(6), bug(7)), "ann").forEach(DetailsFetcherTest::get);

        assertEquals(
                List.of(false, false, true, true, true, true, true),
                writer.written.stream()
                        .sorted(Comparator.comparing(
                                written -> written.bug().url().key()))
                        .map(DetailsWriter.Answered::alone)
                        .toList());
    }

    @Test
    void anyNumberOfQuestionsAtTheSameTimeAreOneFetch() {
        CompletableFuture<Void> answer = source.hang();
        List<CompletableFuture<StoredDetails>> fetches = IntStream.range(0, 50)
                .mapToObj(i -> fetcher.fetch(bug(1), "caller " + i))
                .toList();
        answer.complete(null);

        fetches.forEach(fetch -> assertEquals("Crash", title(fetch)));
        assertEquals(1, source.questions.size());
        assertEquals(1, writer.written.size());
    }

    @Test
    void manyAreFetchedTogetherAndToldInOrder() {
        source.answers = bug -> found(bug, "Title of " + bug);

        List<CompletableFuture<StoredDetails>> fetches = fetcher.fetch(List.of(bug(3), bug(1), bug(3), bug(2)), "ann");

        assertEquals(
                List.of(
                        "Title of http://bugs.example/3",
                        "Title of http://bugs.example/1",
                        "Title of http://bugs.example/3",
                        "Title of http://bugs.example/2"),
                fetches.stream().map(this::title).toList());
        assertEquals(1, source.questions.size());
        assertEquals(3, source.questions.get(0).size());
    }

    @Test
    void whatTheCacheHasByNowIsNotFetchedAgain() {
        rows.put(bug(1), "Stored meanwhile", START);

        List<CompletableFuture<StoredDetails>> fetches = fetcher.fetch(List.of(bug(1), bug(2)), "ann");

        assertEquals("Stored meanwhile", title(fetches.get(0)));
        assertEquals("Crash", title(fetches.get(1)));
        assertEquals(List.of(List.of("http://bugs.example/2")), source.urls());
    }

    @Test
    void whatIsStaleIsAskedForOnlyIfItChanged() {
        rows.put(bug(1), "Old", START.minusSeconds(7200));

        get(fetcher.fetch(bug(1), "ann"));

        BugUrl question = source.questions.get(0).get(0);
        assertEquals(new BugUrl.Cached(new Freshness("\"tag\"", null, null), true, false), question.cached());
    }

    @Test
    void whatIsFetchedAnewIsAskedForInFullThoughItIsFresh() {
        rows.put(bug(1), "Fresh", START);

        assertEquals("Crash", title(fetcher.fetchAnew(bug(1), "ann")));
        assertEquals(BugUrl.Cached.NOTHING, source.questions.get(0).get(0).cached());
    }

    @Test
    void whoeverFetchesAnewDoesNotGetTheResultOfAFetchUnderWay() {
        rows.put(bug(1), "Old", START.minusSeconds(7200));
        CompletableFuture<Void> first = source.hang();
        CompletableFuture<StoredDetails> conditional = fetcher.fetch(bug(1), "ann");
        while (source.questions.isEmpty()) {
            Thread.onSpinWait();
        }
        CompletableFuture<Void> second = source.hang();
        CompletableFuture<StoredDetails> anew = fetcher.fetchAnew(bug(1), "bob");
        CompletableFuture<StoredDetails> joined = fetcher.fetch(bug(1), "eve");

        source.answers = bug -> found(bug, "First");
        first.complete(null);
        assertEquals("First", title(conditional));
        assertFalse(anew.isDone());
        assertFalse(joined.isDone());

        source.answers = bug -> found(bug, "Second");
        second.complete(null);
        assertEquals("Second", title(anew));
        assertEquals("Second", title(joined));
        assertEquals(2, source.questions.size());
    }

    @Test
    void whatNobodyForesawReachesWhoeverWaits() {
        IllegalStateException broken = new IllegalStateException("broken");
        source.answers = bug -> {
            throw broken;
        };
        assertSame(broken, failure(fetcher.fetch(bug(1), "ann")));

        Error gone = new NoClassDefFoundError("Gone");
        source.answers = bug -> {
            throw gone;
        };
        assertSame(gone, failure(fetcher.fetch(bug(1), "ann")));

        source.answers = bug -> found(bug, "Crash");
        assertNothingIsStuck();
    }

    @Test
    void whereTooManyWaitWhoeverComesIsToldAtOnce() {
        onlyOneAtATime();
        CompletableFuture<Void> answer = source.hang();
        CompletableFuture<StoredDetails> running = fetcher.fetch(bug(1), "ann");
        CompletableFuture<StoredDetails> waiting = fetcher.fetch(bug(2), "ann");
        CompletableFuture<StoredDetails> rejected = fetcher.fetch(bug(3), "ann");

        assertTrue(rejected.isCompletedExceptionally());
        assertEquals(RejectedExecutionException.class, failure(rejected).getClass());

        answer.complete(null);
        assertEquals("Crash", title(running));
        assertEquals("Crash", title(waiting));
        assertEquals("Crash", title(fetcher.fetch(bug(3), "ann")));
    }

    @Test
    void aServerThatStopsTellsWhoeverWaits() {
        onlyOneAtATime();
        source.hang();
        fetcher.fetch(bug(1), "ann");
        CompletableFuture<StoredDetails> waiting = fetcher.fetch(bug(2), "ann");

        lanes.close();

        failure(waiting);
        failure(fetcher.fetch(bug(3), "ann"));
    }

    @Test
    void whatCannotBeCutIntoPortionsFailsAndNothingIsStuck() {
        source.fault = new IllegalStateException("broken");
        assertSame(source.fault, failure(fetcher.fetch(bug(1), "ann")));

        source.fault = null;
        assertNothingIsStuck();
    }

    @Test
    void aDatabaseThatCannotBeReadOrWrittenIsToldAndNothingIsStuck() {
        rows.fault = new IllegalStateException("away");
        assertSame(rows.fault, failure(fetcher.fetch(bug(1), "ann")));
        assertEquals(List.of(), source.questions);
        rows.fault = null;

        writer.failure = new IllegalStateException("not stored");
        assertSame(writer.failure, failure(fetcher.fetch(bug(1), "ann")));
        writer.failure = null;

        writer.fault = new IllegalStateException("no room");
        assertSame(writer.fault, failure(fetcher.fetch(bug(1), "ann")));
        writer.fault = null;

        assertNothingIsStuck();
    }

    @Test
    void aSourceThatWantsARestIsLeftAloneByAll() {
        source.answers = bug -> failed(FailureReason.RATE_LIMITED, START.plusSeconds(90));
        assertFalse(fetcher.isResting(bug(1)));

        assertNull(get(fetcher.fetch(bug(1), "ann")));

        assertTrue(fetcher.isResting(bug(2)));
        assertEquals(START.plusSeconds(90), gates.of(LANE).opensAt());
        clock.advance(Duration.ofSeconds(90));
        assertFalse(fetcher.isResting(bug(1)));
    }

    @Test
    void aPageThatWantsARestSaysNothingOfItsHost() {
        source.knowsBugs = false;
        source.answers = bug -> failed(FailureReason.RATE_LIMITED, START.plusSeconds(90));

        get(fetcher.fetch(bug(1), "ann"));

        assertFalse(fetcher.isResting(bug(1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"found", "no such bug", "unchanged"})
    void aSourceThatAnswersACallerAgainIsOpenToAll(String answer) {
        Gate gate = gates.of(LANE);
        while (gate.state() != Gate.State.FAILING) {
            gate.failed(new FetchException(FailureReason.CONNECT, "refused"));
        }
        source.answers = bug -> switch (answer) {
            case "found" -> found(bug, "Crash");
            case "unchanged" -> new Answer.Unchanged(Freshness.UNKNOWN);
            default -> new Answer.NoSuchBug();
        };

        get(fetcher.fetch(bug(1), "ann"));

        assertEquals(Gate.State.WORKING, gate.state());
        assertTrue(gate.enter());
    }

    @Test
    void aSourceThatFailsACallerClosesNoGate() {
        Gate gate = gates.of(LANE);
        source.answers = bug -> failed(FailureReason.CONNECT, null);
        for (int i = 0; i < 20; i++) {
            get(fetcher.fetch(bug(i), "ann"));
        }
        assertEquals(Gate.State.WORKING, gate.state());
    }

    @Test
    void aRefreshTellsWhatItCostAndWhatBecameOfIt() {
        source.answers = bug -> switch (bug.url().path()) {
            case "/1" -> found(bug, "New");
            case "/2" -> new Answer.Unchanged(Freshness.UNKNOWN);
            default -> failed(FailureReason.TIMEOUT, null);
        };

        Refreshing refreshing = fetcher.refresh(claimed(1, 2, 3));

        assertEquals(new Asked(1, null, Duration.ZERO), get(refreshing.asked()));
        assertEquals(new Refreshed(1, 1, 1), get(refreshing.stored()));
        assertEquals(
                List.of(false, false, false),
                writer.written.stream().map(DetailsWriter.Answered::asked).toList());
        BugUrl question = source.questions.get(0).get(0);
        assertEquals(new BugUrl.Cached(new Freshness("\"tag\"", null, null), true, true), question.cached());
    }

    @Test
    void aRefreshLeavesAloneWhatACallerIsFetching() {
        CompletableFuture<Void> answer = source.hang();
        CompletableFuture<StoredDetails> caller = fetcher.fetch(bug(1), "ann");

        Refreshing all = fetcher.refresh(claimed(1));
        assertEquals(new Asked(0, null, Duration.ZERO), get(all.asked()));
        assertEquals(new Refreshed(0, 0, 0), get(all.stored()));

        Refreshing some = fetcher.refresh(claimed(1, 2));
        answer.complete(null);
        assertEquals(new Refreshed(1, 0, 0), get(some.stored()));
        get(caller);
        assertTrue(
                source.urls().contains(List.of("http://bugs.example/2")),
                source.urls().toString());
    }

    @Test
    void aCallerJoinsARefresh() {
        CompletableFuture<Void> answer = source.hang();
        Refreshing refreshing = fetcher.refresh(claimed(1));
        CompletableFuture<StoredDetails> caller = fetcher.fetch(bug(1), "ann");
        answer.complete(null);

        assertEquals("Crash", title(caller));
        assertEquals(new Refreshed(1, 0, 0), get(refreshing.stored()));
        assertEquals(1, source.questions.size());
    }

    @Test
    void aRefreshThatFindsNoRoomSaysSo() {
        onlyOneAtATime();
        CompletableFuture<Void> answer = source.hang();
        fetcher.fetch(bug(1), "ann");
        fetcher.fetch(bug(2), "ann");

        Refreshing refreshing = fetcher.refresh(claimed(3));

        assertEquals(
                RejectedExecutionException.class, failure(refreshing.asked()).getClass());
        assertEquals(new Refreshed(0, 0, 1), get(refreshing.stored()));
        answer.complete(null);
    }

    @Test
    void aRefreshThatBreaksSaysSo() {
        IllegalStateException broken = new IllegalStateException("broken");
        source.answers = bug -> {
            throw broken;
        };
        Refreshing refreshing = fetcher.refresh(claimed(1));

        assertSame(broken, failure(refreshing.asked()));
        assertEquals(new Refreshed(0, 0, 1), get(refreshing.stored()));
    }

    @Test
    void aSourceFailsAsAWholeWhereAllOfABatchDo() {
        FetchException last = new FetchException(FailureReason.FORBIDDEN, "two");
        source.answers = bug -> bug.url().path().equals("/2")
                ? new Answer.Failed(last)
                : new Answer.Failed(new FetchException(FailureReason.FORBIDDEN, "one"));

        assertSame(last, get(fetcher.refresh(claimed(1, 2)).asked()).failure());
        assertNull(get(fetcher.refresh(claimed(1)).asked()).failure());
    }

    @Test
    void oneBugThatTimesOutIsTheSourceAsAWhole() {
        source.answers = bug -> failed(FailureReason.TIMEOUT, null);

        assertEquals(
                FailureReason.TIMEOUT,
                get(fetcher.refresh(claimed(1)).asked()).failure().reason());
    }

    @Test
    void aPageThatServesInPlaceOfTheApiIsAnAnswer() {
        source.answers = bug -> new Answer.Found(
                TestDetails.pageInsteadOf("1", "Page", new FetchException(FailureReason.TIMEOUT, "too slow")));

        assertNull(get(fetcher.refresh(claimed(1)).asked()).failure());
    }

    @Test
    void thatASystemIsPausedIsStoredAsNobodysAnswer() {
        source.answers = bug -> failed(FailureReason.PAUSED, null);

        assertNull(get(fetcher.fetch(bug(1), "ann")));
        DetailsFetcher.Refreshing refreshing = fetcher.refresh(claimed(2));
        assertTrue(failure(refreshing.asked()) instanceof FetchException);
        assertEquals(new DetailsFetcher.Refreshed(0, 1, 0), get(refreshing.stored()));

        assertEquals(List.of(), writer.written);
        source.answers = bug -> found(bug, "Crash");
        assertNothingIsStuck();
    }
}
