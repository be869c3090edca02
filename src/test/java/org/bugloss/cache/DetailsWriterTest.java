package org.bugloss.cache;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.persistence.PersistenceException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bugloss.Beans;
import org.bugloss.DaemonThreads;
import org.bugloss.Logged;
import org.bugloss.audit.Trail;
import org.bugloss.cache.DetailsWriter.Answered;
import org.bugloss.cache.DetailsWriter.Outcome;
import org.bugloss.cache.DetailsWriter.Stored;
import org.bugloss.configuration.TestKeys;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.bugloss.trackers.Answer;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TestBugUrls;
import org.bugloss.trackers.Trackers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Far less than the writer's own patience, so that a test fails where an answer has not given its room back. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DetailsWriterTest {

    /** As many as may wait at once. */
    private static final int ROOM = 1000;

    /** What these tests expect to go wrong, thousands of times, is seen by their assertions. */
    private static final Logger LOG = Logger.getLogger(DetailsWriter.class.getName());

    private final DetailsSettings settings = DetailsSettings.from(TestKeys.keys());
    private final Schedule schedule = new Schedule(settings, () -> 0);
    private final Cache cache = new Cache();
    private final Due due = new Due();
    private DetailsWriter writer;

    /** Trackers that know no system: all URLs are pages. */
    private static final class NoSystems extends Trackers {

        @Override
        public String trackerOf(BugUrl url) {
            return "Acme";
        }

        @Override
        public Optional<String> changeGroup(BugUrl url) {
            return Optional.empty();
        }
    }

    /** Keeps in memory what is stored. */
    private final class Cache extends DetailsCache {

        private final Map<String, CachedDetails> rows = new ConcurrentHashMap<>();
        private final List<Integer> sizes = Collections.synchronizedList(new ArrayList<>());
        private volatile Function<Collection<Fetched>, Throwable> fault = answers -> null;
        private volatile CountDownLatch open = new CountDownLatch(0);

        @Override
        Map<String, CachedDetails> find(Collection<String> keys) {
            Map<String, CachedDetails> found = new LinkedHashMap<>(rows);
            found.keySet().retainAll(new HashSet<>(keys));
            return found;
        }

        @Override
        Map<String, StoredDetails> store(Collection<Fetched> answers) {
            try {
                open.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            sizes.add(answers.size());
            Throwable thrown = fault.apply(answers);
            if (thrown != null) {
                throw Sneaky.<RuntimeException>thrown(thrown);
            }
            Map<String, StoredDetails> stored = new LinkedHashMap<>();
            answers.forEach(fetched -> {
                String key = fetched.bug().url().key();
                CachedDetails row = new CachedDetails(fetched.bug(), fetched.tracker(), START);
                fetched.into(row, START, schedule);
                rows.put(key, row);
                stored.put(key, row.stored());
            });
            return stored;
        }
    }

    /** Renews whatever it is told to. */
    private static final class Due extends DueDetails {

        private final List<Renewal> renewals = Collections.synchronizedList(new ArrayList<>());
        private volatile RuntimeException fault;

        @Override
        Set<String> renew(Collection<Renewal> asked) {
            if (fault != null) {
                throw fault;
            }
            renewals.addAll(asked);
            Set<String> renewed = new HashSet<>();
            asked.forEach(renewal -> renewed.add(renewal.known().url()));
            return renewed;
        }
    }

    private static final class Threads extends DaemonThreads {

        private volatile boolean stopped;

        Threads() {
            super("details-writer-test");
        }

        @Override
        public Thread newThread(Runnable work) {
            if (stopped) {
                throw new IllegalStateException("the server stops");
            }
            return super.newThread(work);
        }
    }

    private final Threads threads = new Threads();

    @BeforeEach
    void start() {
        LOG.setLevel(Level.OFF);
        writer = Beans.filled(
                new DetailsWriter(), cache, due, new NoSystems(), settings, schedule, new TestClock(), threads);
        writer.start();
    }

    @AfterEach
    void stop() {
        writer.stop();
        LOG.setLevel(null);
    }

    private static BugUrl bug(int number) {
        return TestBugUrls.of(CanonicalUrl.parse("http://bugs.example/" + number));
    }

    private static String url(int number) {
        return bug(number).url().key();
    }

    private static KnownDetails known(int number, String fingerprint) {
        return new KnownDetails(
                url(number),
                "Acme",
                null,
                false,
                false,
                START,
                START,
                START,
                0,
                fingerprint,
                Freshness.UNKNOWN,
                null,
                START,
                false);
    }

    private static Answered found(int number) {
        return found(number, "Bug " + number);
    }

    private static Answered found(int number, String title) {
        return new Answered(bug(number), null, new Answer.Found(BugDetails.of("" + number, title)), true, false);
    }

    /** What no tracker should tell, and nothing foresees. */
    private static Answered notToBeCleaned(int number) {
        return new Answered(bug(number), null, new Answer.Found(null), true, false);
    }

    private static Answered unchanged(int number, KnownDetails known) {
        return new Answered(bug(number), known, new Answer.Unchanged(Freshness.UNKNOWN), true, false);
    }

    private List<Stored> stored(Answered... answers) {
        return writer.write(List.of(answers)).stream()
                .map(DetailsWriterTest::get)
                .toList();
    }

    private static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static Throwable failure(CompletableFuture<?> future) {
        return assertThrows(ExecutionException.class, () -> future.get(10, TimeUnit.SECONDS))
                .getCause();
    }

    private static List<Outcome> outcomes(List<Stored> stored) {
        return stored.stream().map(Stored::outcome).toList();
    }

    private static Function<Collection<Fetched>, Throwable> thatRefuses(String title, Throwable refusal) {
        return answers -> answers.stream()
                        .anyMatch(fetched -> fetched instanceof Fetched.News news
                                && news.details().title().equals(title))
                ? refusal
                : null;
    }

    private static PersistenceException refusedValue() {
        return new PersistenceException("flush failed", new SQLException("invalid byte sequence", "22021"));
    }

    @Test
    void anAnswerIsStoredAndTold() {
        Stored stored = stored(found(1)).get(0);

        assertEquals(Outcome.REFRESHED, stored.outcome());
        assertEquals(cache.rows.get(url(1)).stored(), stored.row());
        assertEquals("Bug 1", stored.row().title());
    }

    @Test
    void aSourceThatFailedIsNoted() {
        Stored stored = stored(new Answered(
                        bug(1),
                        null,
                        new Answer.Failed(new FetchException(FailureReason.DNS, "no such host")),
                        true,
                        false))
                .get(0);

        assertEquals(Outcome.FAILED, stored.outcome());
        assertEquals("dns", stored.row().failureReason());
    }

    @Test
    void whatComesWhileATransactionIsUnderWayGoesIntoTheNextTogether() {
        cache.open = new CountDownLatch(1);
        List<CompletableFuture<Stored>> all = new ArrayList<>();
        // One for each thread that writes, and then those that find all of them busy.
        for (int i = 0; i < 3; i++) {
            all.addAll(writer.write(List.of(found(i))));
        }
        for (int i = 3; i < 203; i++) {
            all.addAll(writer.write(List.of(found(i))));
        }
        cache.open.countDown();

        all.forEach(DetailsWriterTest::get);

        assertEquals(203, cache.rows.size());
        assertTrue(cache.sizes.size() < 10, cache.sizes + " answers in a transaction each");
    }

    @Test
    void severalAnswersForOneBugAreStoredOneAfterTheOther() {
        List<Stored> stored = stored(found(1, "old"), found(2), found(1, "new"));

        assertEquals(List.of(Outcome.REFRESHED, Outcome.REFRESHED, Outcome.REFRESHED), outcomes(stored));
        assertEquals(List.of(2, 1), cache.sizes);
        assertEquals("new", cache.rows.get(url(1)).stored().title());
    }

    @Test
    void whatIsUnchangedIsRenewedAndNotWritten() {
        Stored stored = stored(unchanged(1, known(1, "f"))).get(0);

        assertEquals(Outcome.UNCHANGED, stored.outcome());
        assertNull(stored.row());
        assertEquals(List.of(), cache.sizes);
        assertEquals(1, due.renewals.size());
        assertEquals(START.plusSeconds(3600), due.renewals.get(0).expiresAt());
    }

    @Test
    void anAnswerThatIsTheSameAsBeforeIsRenewedAsReadInFull() {
        BugDetails details = BugDetails.of("1", "Bug 1");
        Answered same = new Answered(
                bug(1), known(1, CleanDetails.fingerprint(details, false)), new Answer.Found(details), true, false);

        assertEquals(Outcome.UNCHANGED, stored(same).get(0).outcome());
        assertEquals(START, due.renewals.get(0).readAt());
    }

    @Test
    void anAnswerThatCannotBeCleanedFailsAlone() {
        List<Stored> stored = stored(found(1), notToBeCleaned(2), found(3));

        assertEquals(List.of(Outcome.REFRESHED, Outcome.FAILED, Outcome.REFRESHED), outcomes(stored));
        assertEquals("unexpected_answer", cache.rows.get(url(2)).stored().failureReason());
        assertEquals(
                "what Acme told could not be made safe to show",
                cache.rows.get(url(2)).stored().failureMessage());
    }

    @Test
    void whatIsWrittenOfAnAnswerHasTheIdOfWhomItIsFor() {
        cache.fault = thatRefuses("refused", refusedValue());
        try (Logged logged = new Logged(DetailsWriter.class, Level.FINE)) {
            Trail.follow("request-1", () -> stored(found(1)));
            Trail.follow("request-2", () -> stored(found(2, "refused"), unchanged(3, known(3, "f"))));

            assertEquals(
                    Set.of(
                            "FINE Stored of http://bugs.example/1: refreshed [request-1]",
                            "FINE Stored of http://bugs.example/2: failed [request-2]",
                            "FINE Stored of http://bugs.example/3: unchanged [request-2]",
                            "WARNING The details of http://bugs.example/2 can't be stored [request-2]"),
                    Set.copyOf(logged.lines()));
        }
    }

    @Test
    void aValueThatTheDatabaseRefusesFailsAlone() {
        cache.fault = thatRefuses("refused", refusedValue());

        List<Stored> stored = stored(found(1), found(2, "refused"), found(3));

        assertEquals(List.of(Outcome.REFRESHED, Outcome.FAILED, Outcome.REFRESHED), outcomes(stored));
        assertEquals(
                "what Acme told could not be stored",
                cache.rows.get(url(2)).stored().failureMessage());
        assertEquals("Bug 3", cache.rows.get(url(3)).stored().title());
    }

    @Test
    void aValueThatIsRefusedAtTheCommitFailsAlone() {
        Exception commit = new Exception("rolled back");
        commit.addSuppressed(refusedValue());
        cache.fault = thatRefuses("refused", commit);

        assertEquals(List.of(Outcome.FAILED, Outcome.REFRESHED), outcomes(stored(found(1, "refused"), found(2))));
    }

    @Test
    void aConflictIsTriedAgain() {
        List<Throwable> conflicts = new ArrayList<>(List.of(new Exception(new SQLException("twice", "23505"))));
        cache.fault = answers -> conflicts.isEmpty() ? null : conflicts.remove(0);

        assertEquals(List.of(Outcome.REFRESHED), outcomes(stored(found(1))));
        assertEquals(2, cache.sizes.size());
    }

    @Test
    void aCheckedExceptionOfTheCacheIsToldAndTheWriterGoesOn() {
        Exception rolledBack = new Exception("the commit failed");
        cache.fault = answers -> rolledBack;
        List<CompletableFuture<Stored>> failing = writer.write(List.of(found(1), found(2)));
        failing.forEach(future -> assertSame(rolledBack, failure(future).getCause()));

        cache.fault = answers -> null;
        assertEquals(List.of(Outcome.REFRESHED), outcomes(stored(found(1))));
    }

    @Test
    void anErrorOfTheCacheIsToldAndTheWriterGoesOn() {
        Error error = new NoClassDefFoundError("Gone");
        cache.fault = answers -> error;
        // More than there are threads that write.
        for (int i = 0; i < 5; i++) {
            assertSame(error, failure(writer.write(List.of(found(i))).get(0)));
        }

        cache.fault = answers -> null;
        assertEquals(List.of(Outcome.REFRESHED), outcomes(stored(found(1))));
    }

    @Test
    void whatIsToldToBeUnchangedThoughNothingIsKnownIsAFailure() {
        List<Stored> stored = stored(unchanged(1, null), unchanged(2, known(2, null)), unchanged(3, known(3, "f")));

        assertEquals(List.of(Outcome.FAILED, Outcome.FAILED, Outcome.UNCHANGED), outcomes(stored));
        assertEquals(
                "what Acme told is told to be unchanged, though nothing is known of it",
                cache.rows.get(url(1)).stored().failureMessage());
        assertEquals(1, due.renewals.size());
    }

    @Test
    void aRenewalThatFailsIsTold() {
        due.fault = new IllegalStateException("the database is away");

        assertSame(
                due.fault,
                failure(writer.write(List.of(unchanged(1, known(1, "f")))).get(0)));
    }

    @Test
    void whatTheTimerRenewsIsWrittenInPartsAndToldByUrl() {
        Map<BugUrl, KnownDetails> many = new LinkedHashMap<>();
        IntStream.range(0, 450).forEach(i -> many.put(bug(i), known(i, "f")));
        Instant at = START.minusSeconds(5);

        assertEquals(450, writer.renew(many, at).size());
        assertTrue(
                due.renewals.stream().allMatch(renewal -> renewal.fetchedAt().equals(at) && renewal.readAt() == null));
    }

    @Test
    void aServerThatStopsLeavesNobodyWaiting() {
        threads.stopped = true;

        assertEquals(
                IllegalStateException.class,
                failure(writer.write(List.of(found(1))).get(0)).getClass());

        threads.stopped = false;
        assertEquals(List.of(Outcome.REFRESHED), outcomes(stored(found(2))));
        assertNull(cache.rows.get(url(1)));
    }

    /** What may become of an answer. */
    enum Fate {
        STORED(DetailsWriterTest::found),
        NOT_TO_BE_CLEANED(DetailsWriterTest::notToBeCleaned),
        REFUSED(number -> found(number, "refused")),
        LOST(number -> found(number, "lost")),
        BROKEN(number -> found(number, "broken")),
        RENEWED(number -> unchanged(number, known(number, "f"))),
        UNKNOWN(number -> unchanged(number, null));

        private final IntFunction<Answered> answer;

        Fate(IntFunction<Answered> answer) {
            this.answer = answer;
        }
    }

    @ParameterizedTest
    @EnumSource
    void whateverBecomesOfAnAnswerItsRoomIsFreeAgain(Fate fate) {
        SQLException refused = new SQLException("no", "22021");
        // Made once: a stack trace for each of thousands is what would take time.
        PersistenceException refusal = new PersistenceException(refused);
        Exception loss = new Exception("the commit failed");
        Error broken = new StackOverflowError();
        cache.fault = answers -> Stream.of(
                        thatRefuses("refused", refusal), thatRefuses("lost", loss), thatRefuses("broken", broken))
                .map(fault -> fault.apply(answers))
                .filter(thrown -> thrown != null)
                .findFirst()
                .orElse(null);
        for (int round = 0; round < 3; round++) {
            writer.write(IntStream.range(0, ROOM / 2).mapToObj(fate.answer).toList())
                    .forEach(future -> get(future.handle((stored, failure) -> null)));
        }

        List<Stored> all = stored(
                IntStream.range(0, ROOM + 1).mapToObj(DetailsWriterTest::found).toArray(Answered[]::new));

        assertEquals(
                ROOM + 1,
                all.stream()
                        .filter(stored -> stored.outcome() == Outcome.REFRESHED)
                        .count());
    }

    @Test
    void whoeverFindsNoRoomWaitsForIt() throws Exception {
        cache.open = new CountDownLatch(1);
        List<CompletableFuture<Stored>> first = writer.write(
                IntStream.range(0, ROOM).mapToObj(DetailsWriterTest::found).toList());
        CompletableFuture<List<CompletableFuture<Stored>>> next = new CompletableFuture<>();
        Thread waiting = new Thread(() -> next.complete(writer.write(List.of(found(ROOM)))));
        waiting.start();
        while (waiting.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        assertTrue(first.stream().noneMatch(CompletableFuture::isDone));

        cache.open.countDown();

        assertEquals(Outcome.REFRESHED, get(get(next).get(0)).outcome());
        waiting.join();
    }

    @Test
    void whoeverIsInterruptedWhileItWaitsForRoomIsTold() throws Exception {
        cache.open = new CountDownLatch(1);
        writer.write(IntStream.range(0, ROOM).mapToObj(DetailsWriterTest::found).toList());
        CompletableFuture<CompletableFuture<Stored>> told = new CompletableFuture<>();
        Thread waiting = new Thread(
                () -> told.complete(writer.write(List.of(found(ROOM))).get(0)));
        waiting.start();
        waiting.interrupt();

        assertEquals(InterruptedException.class, failure(get(told)).getClass());
        cache.open.countDown();
        assertNull(cache.rows.get(url(ROOM)));
    }
}
