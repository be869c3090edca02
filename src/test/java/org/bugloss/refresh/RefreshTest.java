package org.bugloss.refresh;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bugloss.Beans;
import org.bugloss.cache.DetailsCache;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.DetailsWriter;
import org.bugloss.cache.KnownDetails;
import org.bugloss.cache.Schedule;
import org.bugloss.cache.TestClock;
import org.bugloss.configuration.TestKeys;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Gate;
import org.bugloss.outbound.Gates;
import org.bugloss.outbound.Lanes;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.SystemStates;
import org.bugloss.trackers.TestTrackers;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RefreshTest {

    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final Duration INTERVAL = Duration.ofSeconds(30);
    private static final int PER_HOST = 4;
    private static final int BATCH = 10;
    private static final int LOOKS = 25;

    /** How many rows a node claims at most. */
    private static final int MOST_CLAIMED = 8_000;

    private static final FetchException TIMEOUT = new FetchException(FailureReason.TIMEOUT, "no answer");

    private static final Logger LOG = Logger.getLogger(Refresh.class.getName());

    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final List<String> warnings = new CopyOnWriteArrayList<>();

    private final TestClock clock = new TestClock();
    private final HandScheduler scheduler = new HandScheduler(clock);
    private final DetailsSettings details = DetailsSettings.from(TestKeys.keys());
    private final Set<String> paused = ConcurrentHashMap.newKeySet();
    private final Gates gates = new Gates(clock, PER_HOST, details.failureTtl(), details.ttl(), paused::contains);
    private final Table table = new Table();
    private final Watch watch = new Watch();
    private final Limits limits = new Limits();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ThreadPoolExecutor network =
            new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), this::thread);
    private final Source source = new Source(table, clock, network);
    private final Lanes lanes = new Lanes(this::thread, 4, PER_HOST, 100);
    private final Handler handler = new Handler() {

        @Override
        public void publish(LogRecord line) {
            (line.getLevel() == Level.INFO ? lines : warnings).add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private Tracked tracker;
    private Refresh refresh;

    private static final class Watch extends DatabaseWatch {

        private volatile boolean away;

        @Override
        public boolean isAway() {
            return away;
        }
    }

    private static final class Limits extends SystemStates {

        private volatile RateLimit limit;
        private volatile RuntimeException fault;

        @Override
        public State of(TrackerSystem system) {
            if (fault != null) {
                throw fault;
            }
            return new State(null, null, null, limit, null);
        }
    }

    private static final class NothingToForget extends DetailsCache {

        @Override
        public int forget(Instant before, int most) {
            return 0;
        }
    }

    private final class Renewals extends DetailsWriter {

        @Override
        public Set<String> renew(Map<BugUrl, KnownDetails> unchanged, Instant at) {
            return table.renew(
                    unchanged.keySet().stream().map(bug -> bug.url().key()).toList(), at);
        }
    }

    private final class Threads implements ManagedThreadFactory {

        @Override
        public Thread newThread(Runnable work) {
            return thread(work);
        }

        @Override
        public ForkJoinWorkerThread newThread(ForkJoinPool pool) {
            throw new UnsupportedOperationException();
        }
    }

    private Thread thread(Runnable work) {
        Thread thread = new Thread(work, "refresh-test-" + threads.size());
        thread.setDaemon(true);
        threads.add(thread);
        return thread;
    }

    /** A refresh of two systems, {@code acme} and {@code beta}, and of pages. */
    private void start(int batch) {
        LOG.setUseParentHandlers(false);
        LOG.setLevel(Level.INFO);
        LOG.addHandler(handler);
        tracker = new Tracked(batch);
        Trackers trackers = TestTrackers.of(tracker, "acme", "beta");
        WhatChanged whatChanged =
                Beans.filled(new WhatChanged(), trackers, table, new Renewals(), tracker.new Client(), clock);
        refresh = Beans.filled(
                new Refresh(),
                trackers,
                limits,
                watch,
                table,
                new NothingToForget(),
                source,
                whatChanged,
                lanes,
                new Schedule(details),
                gates,
                new RefreshSettings(INTERVAL, LEASE, 16, PER_HOST),
                details,
                clock,
                meters,
                new Threads(),
                scheduler.service());
        refresh.start();
    }

    private void start() {
        start(BATCH);
    }

    @AfterEach
    void stop() {
        refresh.stop();
        lanes.close();
        network.shutdownNow();
        LOG.removeHandler(handler);
        LOG.setLevel(null);
        LOG.setUseParentHandlers(true);
    }

    private static String url(String system, int number) {
        return "https://" + system + ".example/" + number;
    }

    /** Bugs of a system that are due, those with the lowest numbers first; their changes are told by nobody. */
    private void due(String system, int count) {
        for (int i = 0; i < count; i++) {
            table.add(url(system, i), system, system, null, START.minusSeconds(count - i));
        }
    }

    private void duePage(String host) {
        table.add("https://" + host + "/1", "//" + host, null, null, START);
    }

    /** Bugs of a group about whose changes one can ask. */
    private void inGroup(int from, int to, Instant dueAt) {
        for (int i = from; i < to; i++) {
            table.add(url("acme", i), "acme", "acme", "acme\n", dueAt);
        }
    }

    private static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "it did not come to that in time");
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(200));
        }
    }

    /** Looks, and waits until nothing goes on any more. */
    private void look() {
        refresh.look();
        settle();
    }

    /** One look at it is not enough: what is handed from one thread to another is with neither for a moment. */
    private void settle() {
        int[] looks = {0};
        until(() -> {
            looks[0] = isStill() ? looks[0] + 1 : 0;
            return looks[0] == LOOKS;
        });
    }

    private boolean isStill() {
        List<ThreadPoolExecutor> pools = List.of(pool("claimTasks"), pool("renewalTasks"), network);
        long before = tasks(pools);
        return lanes.running() + lanes.queued() == 0
                && threads.stream().noneMatch(thread -> thread.getState() == Thread.State.RUNNABLE)
                && pools.stream()
                        .allMatch(pool ->
                                pool.getActiveCount() == 0 && pool.getQueue().isEmpty())
                && tasks(pools) == before;
    }

    private ThreadPoolExecutor pool(String tasks) {
        return Beans.part(Beans.part(refresh, tasks, DatabaseTasks.class), "pool", ThreadPoolExecutor.class);
    }

    private static long tasks(List<ThreadPoolExecutor> pools) {
        return pools.stream().mapToLong(ThreadPoolExecutor::getTaskCount).sum();
    }

    private int claimed() {
        return (int) meters.get("bugloss.refresh.claimed").gauge().value();
    }

    private void assertNothingIsClaimed() {
        assertEquals(0, claimed(), "claimed, as the node has it");
        assertEquals(0, table.claimed(), "claimed, as the table has it");
        assertEquals(
                0,
                Beans.part(Beans.part(refresh, "claims", Claims.class), "reserved", Integer.class),
                "room that is kept for claims");
    }

    private List<String> askedFor() {
        return source.asked().stream().flatMap(List::stream).toList();
    }

    private static Set<String> urls(String system, int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> url(system, i)).collect(Collectors.toSet());
    }

    /** All of these, once each. */
    private void assertAskedOnce(Set<String> urls) {
        assertEquals(urls, new HashSet<>(askedFor()));
        assertEquals(urls.size(), askedFor().size(), "asked for twice");
    }

    @Test
    void whatIsDueIsFetchedOnceAndToldInALine() {
        start();
        due("acme", 25);
        table.add(url("acme", 99), "acme", "acme", null, START.plusSeconds(3000));

        look();

        assertAskedOnce(urls("acme", 0, 25));
        assertEquals(List.of("Refresh round: 25 due, 25 refreshed, 0 unchanged, 0 failed, 3 requests, 0.0 s"), lines);
        assertEquals(25, counted("due"));
        assertEquals(25, counted("refreshed"));
        assertEquals(3, (int) meters.get("bugloss.refresh.requests").counter().count());
        assertNothingIsClaimed();
        look();
        assertEquals(25, askedFor().size());
        assertEquals(1, lines.size());
    }

    private int counted(String outcome) {
        return (int) meters.get("bugloss.refresh.details")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    @Test
    void aPausedSystemIsNotAskedAndNobodyIsToldThatItIsOverdue() {
        start();
        due("acme", 25);
        due("beta", 1);
        paused.add("acme");

        look();

        assertEquals(Set.of(url("beta", 0)), new HashSet<>(askedFor()));
        assertEquals(1, (int)
                meters.get("bugloss.refresh.oldest.overdue.seconds").gauge().value());
        assertNothingIsClaimed();
        paused.clear();
        look();
        assertEquals(26, askedFor().size());
    }

    @Test
    void whatASystemWasToBeAskedForWhenItWasPausedIsGivenBack() {
        start();
        due("acme", 25);
        source.hang("acme"::equals);
        look();
        paused.add("acme");

        source.answerWhatHangs();
        settle();

        assertEquals(BATCH, askedFor().size());
        assertNothingIsClaimed();
    }

    @Test
    void theLongestOverdueComesFirstAndTheGaugeSaysForHowLong() {
        start();
        due("acme", 30);

        look();

        assertEquals(
                IntStream.range(0, BATCH).mapToObj(i -> url("acme", i)).toList(),
                source.asked().get(0));
        assertEquals(
                30.0,
                meters.get("bugloss.refresh.oldest.overdue.seconds").gauge().value());
    }

    @Test
    void batchesAreFullAndOfOneLane() {
        start();
        due("acme", 40);
        due("beta", 40);
        Stream.of("a.example", "b.example", "c.example").forEach(this::duePage);

        look();

        assertEquals(83, askedFor().size());
        assertEquals(
                List.of(1, 1, 1, 10, 10, 10, 10, 10, 10, 10, 10),
                source.asked().stream().map(List::size).sorted().toList());
        source.asked()
                .forEach(batch -> assertEquals(
                        1,
                        batch.stream().map(url -> url.split("/")[2]).distinct().count(),
                        batch.toString()));
    }

    @Test
    void aBatchIsFilledUpWithWhatComesDueSoon() {
        start();
        due("acme", 3);
        for (int i = 3; i < 20; i++) {
            table.add(url("acme", i), "acme", "acme", null, START.plusSeconds(i));
        }

        look();

        assertAskedOnce(urls("acme", 0, BATCH));
        assertEquals(1, source.asked().size());
    }

    @Test
    void aLaneThatHangsKeepsNoOtherFromBeingRefreshed() {
        start();
        due("acme", 500);
        due("beta", 200);
        IntStream.range(0, 50).forEach(i -> duePage("h" + i + ".example"));
        source.hang(lane -> lane.equals("acme"));

        look();
        look();

        assertEquals(1, source.hangs());
        assertEquals(200 + 50 + BATCH, askedFor().size());
        assertEquals(2 * BATCH, table.claimed(), "no more than it is about to ask");
        source.answerWhatHangs();
        settle();
        assertEquals(750, askedFor().size());
        assertNothingIsClaimed();
    }

    @Test
    void noMoreIsUnderWayInALaneThanItsGateLetsThrough() {
        start();
        due("acme", 1000);
        source.hang(lane -> false);
        look();
        source.hang(lane -> true);
        clock.advance(Table.TTL);

        look();

        assertEquals(PER_HOST, source.hangs());
    }

    @Test
    void lanesForWhichThereIsNoRoomAreServedWhenThereIs() {
        start();
        int many = 9_000;
        IntStream.range(0, many).forEach(i -> duePage("h" + i + ".example"));
        source.hang(lane -> true);

        look();

        assertEquals(MOST_CLAIMED, claimed());
        assertEquals(MOST_CLAIMED, source.hangs());
        source.answerWhatHangs();
        settle();
        assertEquals(many, new HashSet<>(askedFor()).size());
        assertEquals(many, source.asked().size());
        assertNothingIsClaimed();
    }

    @Test
    void noLaneTakesMoreThanHalfOfTheRoomThatIsLeft() {
        start(1000);
        IntStream.range(0, MOST_CLAIMED - 1000).forEach(i -> duePage("h" + i + ".example"));
        source.hang(lane -> true);
        look();
        due("acme", 1000);

        look();

        assertEquals(500, source.asked().get(MOST_CLAIMED - 1000).size());
        assertEquals(MOST_CLAIMED - 250, claimed(), "a half, and half of the other half to be at hand");
    }

    @Test
    void aSourceThatCanNotBeReachedIsLeftAloneTooThoughNothingWasSent() {
        start();
        due("acme", 100);
        source.fail(new FetchException(FailureReason.CONNECT, "does not accept connections"));

        look();

        assertEquals(3, source.asked().size());
        assertEquals(Gate.State.FAILING, gates.of("acme").state());
        assertNothingIsClaimed();
    }

    @Test
    void aSourceThatFailsThreeTimesIsLeftAloneUntilItsGateOpensAndRecovers() {
        start();
        due("acme", 100);
        source.fail(TIMEOUT);

        look();

        assertEquals(3, source.asked().size());
        assertNothingIsClaimed();
        assertEquals(START.minusSeconds(1), table.dueAt(url("acme", 99)), "given back as it was");
        assertEquals(30, counted("failed"));
        scheduler.elapse(Duration.ofSeconds(30));
        look();
        assertEquals(3, source.asked().size());

        scheduler.elapse(Duration.ofSeconds(30));
        look();
        assertEquals(4, source.asked().size(), "tried with one request");
        assertTrue(urls("acme", 30, 100).containsAll(source.asked().get(3)), "tried with what it answered before");
        assertNothingIsClaimed();

        source.fail(null);
        scheduler.elapse(Duration.ofSeconds(120));
        look();
        assertEquals(Gate.State.WORKING, gates.of("acme").state());
        assertEquals(
                urls("acme", 0, 100),
                new HashSet<>(askedFor().subList(4 * BATCH, askedFor().size())));
        assertNothingIsClaimed();
    }

    @Test
    void aSourceThatSaysWhenToComeAgainIsNotAskedBefore() {
        start();
        due("acme", 100);
        source.fail(new FetchException(FailureReason.RATE_LIMITED, "enough", START.plusSeconds(300), null));

        look();

        assertEquals(1, source.asked().size());
        assertNothingIsClaimed();
        source.fail(null);
        scheduler.elapse(Duration.ofSeconds(299));
        look();
        assertEquals(1, source.asked().size());
        scheduler.elapse(Duration.ofSeconds(1));
        look();
        assertEquals(110, askedFor().size());
    }

    @Test
    void aLaneThatRestsForAShortWhileKeepsItsClaimsAndGoesOnByItself() {
        start();
        due("acme", 100);
        source.fail(new FetchException(FailureReason.RATE_LIMITED, "enough", START.plusSeconds(15), null));

        look();

        assertEquals(1, source.asked().size());
        assertEquals(BATCH, claimed());
        source.fail(null);
        scheduler.elapse(Duration.ofSeconds(16));
        settle();
        assertEquals(100, askedFor().size());
        assertNothingIsClaimed();
    }

    @Test
    void aBudgetThatIsUsedUpClosesTheLaneUntilThereIsANewOne() {
        start();
        due("acme", 100);
        limits.limit = new SystemStates.RateLimit(60L, 0, START.plusSeconds(600));

        look();

        assertEquals(1, source.asked().size());
        assertNothingIsClaimed();
        limits.limit = null;
        scheduler.elapse(Duration.ofSeconds(600));
        look();
        assertEquals(100, askedFor().size());
    }

    @Test
    void overloadGivesBackWhatWasClaimedAndDoesNotBurnThroughTheBacklog() {
        start();
        due("acme", 500);
        source.overload(true);

        look();

        assertEquals(2, source.asked().size(), "no more than was claimed");
        assertNothingIsClaimed();
        assertEquals(START.minusSeconds(500), table.dueAt(url("acme", 0)), "given back as it was");
        assertEquals(Gate.State.WORKING, gates.of("acme").state());
        source.overload(false);
        look();
        assertEquals(520, askedFor().size());
        assertNothingIsClaimed();
    }

    @Test
    void aThousandQuestionsThatAreRefusedDoNoHarm() {
        start(1000);
        tracker.keepBugsApart();
        due("acme", 1000);
        source.overload(true);

        look();

        assertEquals(1000, source.asked().size());
        assertNothingIsClaimed();
        source.overload(false);
        look();
        assertEquals(2000, source.asked().size());
        assertEquals(List.of(), warnings);
    }

    @Test
    void whatOverloadGivesBackIsToldInOneLine() {
        start();
        due("acme", 5);
        source.overload(true);

        look();

        assertEquals(List.of("Refresh round: 5 due, 0 refreshed, 0 unchanged, 5 failed, 0 requests, 0.0 s"), lines);
    }

    @Test
    void aFetcherThatThrowsLeavesNoClaimBehind() {
        start();
        due("acme", 100);
        source.breakDown(new IllegalStateException("nobody foresaw it"));

        look();
        look();

        assertNothingIsClaimed();
        assertFalse(warnings.isEmpty());
        source.breakDown(null);
        int before = askedFor().size();
        look();
        assertEquals(before + 100, askedFor().size());
        assertNothingIsClaimed();
    }

    @Test
    void whatFailsBehindAnAnswerIsLoggedAndTheNextLookGoesOn() {
        start();
        due("acme", 25);
        limits.fault = new IllegalStateException("nobody foresaw it");

        look();

        assertFalse(warnings.isEmpty());
        limits.fault = null;
        look();
        assertAskedOnce(urls("acme", 0, 25));
        assertNothingIsClaimed();
    }

    @Test
    void whatFailsBehindAQuestionThatCouldNotBeAskedIsLogged() {
        start();
        due("acme", 5);
        source.overload(true);
        limits.fault = new IllegalStateException("nobody foresaw it");

        look();

        assertEquals(List.of("A part of a refresh was broken off"), warnings);
        assertNothingIsClaimed();
    }

    @Test
    void whatIsNoLongerThisNodesIsNotAskedForAndTheRestOfTheQuestionIs() {
        start(3);
        due("acme", 6);
        source.hang(lane -> true);
        look();
        assertEquals(1, source.hangs());
        String lost = url("acme", 4);
        table.taken(lost, START.plus(LEASE).plusSeconds(300));

        scheduler.elapse(Duration.ofSeconds(50));
        scheduler.elapse(Duration.ofSeconds(20));
        source.answerWhatHangs();
        settle();

        assertEquals(
                List.of(
                        List.of(url("acme", 0), url("acme", 1), url("acme", 2)),
                        List.of(url("acme", 3), url("acme", 5))),
                source.asked());
        assertNothingIsClaimed();
        assertEquals(START.plus(LEASE).plusSeconds(300), table.dueAt(lost), "the other node's");
    }

    @Test
    void leasesOfWhatTakesLongAreExtended() {
        start();
        due("acme", 20);
        source.hang(lane -> true);
        look();
        assertEquals(START.plus(LEASE), table.dueAt(url("acme", 0)));

        for (int i = 0; i < 10; i++) {
            scheduler.elapse(LEASE.dividedBy(3));
        }

        assertEquals(clock.instant().plus(LEASE), table.dueAt(url("acme", 0)), "what hangs");
        assertEquals(clock.instant().plus(LEASE), table.dueAt(url("acme", 19)), "what waits");
        source.answerWhatHangs();
        settle();
        assertAskedOnce(urls("acme", 0, 20));
    }

    @Test
    void leasesAreNotExtendedBeforeThereIsNeed() {
        start();
        due("acme", 20);
        clock.advance(Duration.ofSeconds(10));
        source.hang(lane -> true);
        look();
        Instant leaseEnd = clock.instant().plus(LEASE);

        scheduler.elapse(Duration.ofSeconds(10));

        assertEquals(leaseEnd, table.dueAt(url("acme", 0)));
    }

    @Test
    void aNodeThatStopsGivesBackWhatItHasNotAskedFor() {
        start();
        due("acme", 100);
        source.hang(lane -> true);
        look();
        assertEquals(2 * BATCH, table.claimed());

        refresh.stop();

        assertEquals(BATCH, table.claimed(), "what is under way");
        assertEquals(START.minusSeconds(90), table.dueAt(url("acme", BATCH)), "given back as it was");
        source.answerWhatHangs();
        settle();
        refresh.look();
        settle();
        assertEquals(BATCH, askedFor().size(), "asked for after the stop");
        assertEquals(0, table.claimed());
    }

    @Test
    void aClaimThatFailsTakesNoRoomAndIsTriedAtTheNextLook() {
        start(1000);
        due("acme", 1000);
        table.onClaim(() -> {
            throw new IllegalStateException("the table can't be used");
        });

        for (int i = 0; i < 10; i++) {
            look();
            assertNothingIsClaimed();
        }

        assertEquals(10, warnings.size());
        table.onClaim(() -> {});
        look();
        assertAskedOnce(urls("acme", 0, 1000));
        assertNothingIsClaimed();
    }

    @Test
    void aRowWhoseUrlIsNoneAnyMoreIsPutOffForADayAndTheOthersGoOn() {
        start();
        String unreadable = "https://acme.example/50%";
        table.add(unreadable, "acme", "acme", null, START.minusSeconds(1000));
        due("acme", 25);

        look();

        assertAskedOnce(urls("acme", 0, 25));
        assertEquals(List.of("Refresh round: 26 due, 25 refreshed, 0 unchanged, 1 failed, 3 requests, 0.0 s"), lines);
        assertEquals(1, warnings.size());
        assertNothingIsClaimed();
        assertEquals(START.plus(Duration.ofDays(1)), table.dueAt(unreadable));
        assertEquals(1, table.failures(unreadable));
        look();
        assertEquals(1, warnings.size());
    }

    @Test
    void aLaneOfWhichNoUrlCanBeReadAnyMoreComesToAnEnd() {
        start();
        for (int i = 0; i < 55; i++) {
            table.add("https://ACME.example/" + i, "acme", "acme", null, START);
        }

        look();

        assertEquals(List.of(), source.asked());
        assertEquals(55, counted("due"));
        assertEquals(55, counted("failed"));
        assertNothingIsClaimed();
    }

    @Test
    void aClaimWhoseUnreadableRowsCanNotBePutOffIsWorthTheOthersAllTheSame() {
        start();
        table.add("https://acme.example/50%", "acme", "acme", null, START.minusSeconds(1000));
        due("acme", 5);
        table.onPutOff(() -> {
            throw new IllegalStateException("the table can't be used");
        });

        look();

        assertAskedOnce(urls("acme", 0, 5));
        assertEquals(0, claimed());
        assertEquals(1, table.claimed(), "its lease ends by itself");
    }

    @Test
    void aRowOfAGroupWhoseUrlIsNoneAnyMoreIsNoPartOfAQuestionWhatChanged() {
        start();
        inGroup(0, 19, START);
        table.add("https://acme.example/50%", "acme", "acme", "acme\n", START.plusSeconds(1000));
        tracker.tell(() -> Optional.of(Set.of()));

        look();

        assertEquals(1, tracker.questions().size());
        assertEquals(19, tracker.questions().get(0).size());
        assertEquals(19, counted("unchanged"));
    }

    @Test
    void whileTheDatabaseIsAwayNothingIsAsked() {
        start();
        due("acme", 100);
        source.hang(lane -> true);
        look();

        watch.away = true;
        source.answerWhatHangs();
        settle();

        assertEquals(1, source.asked().size());
        assertEquals(0, claimed(), "its leases end by themselves");
        watch.away = false;
        scheduler.elapse(LEASE);
        look();
        assertAskedOnce(urls("acme", 0, 100));
    }

    @Test
    void aThousandQuestionsThatAreNotAskedDoNoHarm() {
        start(1000);
        tracker.keepBugsApart();
        due("acme", 1000);
        source.hang(lane -> true);
        look();
        assertEquals(1000, claimed());
        assertEquals(1, source.hangs());

        watch.away = true;
        source.answerWhatHangs();
        settle();

        assertEquals(0, claimed());
        watch.away = false;
        scheduler.elapse(LEASE);
        look();
        assertAskedOnce(urls("acme", 0, 1000));
        assertEquals(List.of(), warnings);
    }

    @Test
    void aRoundIsToldWhenItsLastClaimFoundNothingAfterItsLastAnswer() {
        start();
        table.add("https://h.example/1", "//h.example", null, null, START);
        table.add("https://h.example/2", "//h.example", null, null, START);
        CountDownLatch slow = new CountDownLatch(1);
        table.onClaim(() -> {
            if (!table.claims().isEmpty()) {
                awaitQuietly(slow);
            }
        });
        refresh.look();
        until(() -> askedFor().size() == 2 && claimed() == 0);

        slow.countDown();
        settle();

        assertEquals(List.of("Refresh round: 2 due, 2 refreshed, 0 unchanged, 0 failed, 2 requests, 0.0 s"), lines);
        assertEquals(List.of(2, 0), table.claims());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whatDidNotChangeIsRenewedAndOnlyWhatDidIsAskedFor() {
        start();
        inGroup(0, 19, START);
        inGroup(19, 30, START.plusSeconds(1000));
        tracker.tell(() -> Optional.of(Set.of("3", "25")));

        look();

        assertEquals(1, tracker.questions().size());
        assertEquals(30, tracker.questions().get(0).size(), "also about what is not due yet");
        assertEquals(List.of(List.of(url("acme", 3))), source.asked());
        assertEquals(List.of("Refresh round: 19 due, 1 refreshed, 18 unchanged, 0 failed, 2 requests, 0.0 s"), lines);
        assertEquals(START.plus(Table.TTL), table.dueAt(url("acme", 0)));
        assertEquals(START.plus(Table.TTL), table.dueAt(url("acme", 29)));
        assertEquals(START, table.dueAt(url("acme", 25)), "refreshed soon");
        assertNothingIsClaimed();
    }

    @Test
    void whatIsLessThanABatchIsAskedForAtOnce() {
        start();
        inGroup(0, BATCH - 1, START);

        look();

        assertEquals(List.of(), tracker.questions());
        assertAskedOnce(urls("acme", 0, BATCH - 1));
    }

    @Test
    void whatIsReplacedWhileItIsAskedWhetherItChangedIsAskedFor() {
        start();
        inGroup(0, 19, START);
        tracker.tell(() -> {
            table.taken(url("acme", 7), START.plusSeconds(300));
            return Optional.of(Set.of());
        });

        look();

        assertEquals(List.of(List.of(url("acme", 7))), source.asked());
    }

    @Test
    void aQuestionThatIsRefusedFallsBackToDetailsAndIsNotAskedAgain() {
        start();
        inGroup(0, 19, START);
        tracker.tell(() -> {
            throw new FetchException(FailureReason.NOT_FOUND, "no such path");
        });

        look();

        assertEquals(1, tracker.questions().size());
        assertAskedOnce(urls("acme", 0, 19));
        assertEquals(List.of("Refresh round: 19 due, 19 refreshed, 0 unchanged, 0 failed, 3 requests, 0.0 s"), lines);
        scheduler.elapse(Table.TTL);
        look();
        assertEquals(1, tracker.questions().size());
        assertEquals(38, askedFor().size());
        assertNothingIsClaimed();
    }

    @Test
    void aTrackerThatCantTellThisTimeFallsBackToDetails() {
        start();
        inGroup(0, 19, START);

        look();

        assertEquals(1, tracker.questions().size());
        assertAskedOnce(urls("acme", 0, 19));
    }

    @Test
    void aQuestionThatFailsCountsAsAFailureOfItsSource() {
        start();
        inGroup(0, 19, START);
        tracker.tell(() -> {
            throw TIMEOUT;
        });
        source.fail(TIMEOUT);

        look();

        assertEquals(1, tracker.questions().size());
        assertEquals(2, source.asked().size());
        assertEquals(Gate.State.FAILING, gates.of("acme").state());
        assertNothingIsClaimed();
    }

    @Test
    void aQuestionThatIsToBeAskedLaterClosesTheLane() {
        start();
        inGroup(0, 19, START);
        tracker.tell(() -> {
            throw new FetchException(FailureReason.RATE_LIMITED, "enough", START.plusSeconds(300), null);
        });

        look();

        assertEquals(List.of(), source.asked());
        assertTrue(gates.of("acme").isResting());
        assertNothingIsClaimed();
        assertEquals(START, table.dueAt(url("acme", 0)), "given back as it was");
    }

    @Test
    void aQuestionForWhichThereIsNoRoomGivesBackWhatWasClaimed() {
        start();
        inGroup(0, 19, START);
        lanes.close();

        look();

        assertEquals(List.of(), source.asked());
        assertNothingIsClaimed();
        assertEquals(START, table.dueAt(url("acme", 0)), "given back as it was");
    }
}
