package org.bugloss.refresh;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.bugloss.Beans;
import org.bugloss.DaemonThreads;
import org.bugloss.cache.DetailsFetcher;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.HookAccounts;
import org.bugloss.cache.HookedBugs;
import org.bugloss.cache.KnownDetails;
import org.bugloss.cache.TestClock;
import org.bugloss.configuration.TestKeys;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.it.Until;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.bugloss.outbound.Gates;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TestTrackers;
import org.bugloss.trackers.Trackers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Time goes by when a test says so. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HookRefreshTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    /** What a second takes at least, where something is waited for. */
    private static final Duration STEP = Duration.ofMillis(20);

    private final TestClock clock = new TestClock();
    private final HandScheduler scheduler = new HandScheduler(clock);
    private final Hooked hooked = new Hooked();
    private final Accounts accounts = new Accounts();
    private final Sources sources = new Sources();
    private final Hastened due = new Hastened();
    private final Others others = new Others();
    private final Watch watch = new Watch();
    private final DetailsSettings details = DetailsSettings.from(TestKeys.keys());
    private final Set<String> paused = ConcurrentHashMap.newKeySet();
    private final Gates gates = new Gates(clock, 4, details.failureTtl(), details.ttl(), paused::contains);
    private final Trackers trackers = TestTrackers.of(new Tracked(10), "acme", "beta");
    private final HookRefresh refresh = started();

    private HookRefresh started() {
        HookRefresh bean = Beans.filled(
                new HookRefresh(),
                trackers,
                watch,
                hooked,
                accounts,
                due,
                sources,
                others,
                new WhatChanged(),
                gates,
                RefreshSettings.from(TestKeys.keys("bugloss.refresh.interval", "0")),
                clock,
                new DaemonThreads("hook-refresh-test"),
                scheduler.service());
        bean.start();
        return bean;
    }

    private static final class Watch extends DatabaseWatch {

        private volatile boolean away;

        @Override
        public boolean isAway() {
            return away;
        }
    }

    /** What waits, in memory. */
    private static final class Hooked extends HookedBugs {

        private final Map<String, Instant> due = new TreeMap<>();
        private final List<String> log = new ArrayList<>();

        synchronized void put(String url, Instant at) {
            due.put(url, at);
        }

        synchronized List<String> log() {
            return List.copyOf(log);
        }

        @Override
        public synchronized Map<String, Instant> lanes() {
            Map<String, Instant> lanes = new HashMap<>();
            due.forEach((url, at) -> lanes.merge(
                    url.contains("acme") ? "acme" : "beta", at, (one, other) -> one.isBefore(other) ? one : other));
            return lanes;
        }

        @Override
        public synchronized List<KnownDetails> claim(String lane, int most, Instant now, Instant leaseEnd) {
            List<String> urls = due.entrySet().stream()
                    .filter(row ->
                            row.getKey().contains(lane) && !row.getValue().isAfter(now))
                    .map(Map.Entry::getKey)
                    .limit(most)
                    .toList();
            urls.forEach(url -> due.put(url, leaseEnd));
            return urls.stream().map(Hooked::known).toList();
        }

        private static KnownDetails known(String url) {
            return new KnownDetails(
                    url,
                    "Tracked",
                    "acme",
                    false,
                    false,
                    START,
                    START,
                    START,
                    0,
                    "f",
                    Freshness.UNKNOWN,
                    null,
                    null,
                    false);
        }

        @Override
        public synchronized void giveBack(Collection<String> urls, Instant dueAt) {
            log.add("back " + urls);
            urls.forEach(url -> due.put(url, dueAt));
        }

        @Override
        public synchronized void answered(Collection<String> urls, Instant askedAt) {
            log.add("answered " + urls);
            due.keySet().removeAll(urls);
        }
    }

    private static final class Accounts extends HookAccounts {

        private final Map<String, Account> all = new HashMap<>();

        @Override
        public synchronized Map<String, Account> all() {
            return Map.copyOf(all);
        }

        @Override
        public synchronized void madeUpFor(String system, Instant missedAt) {
            all.remove(system);
        }
    }

    private static final class Hastened extends org.bugloss.cache.DueDetails {

        private int portions = 2;

        @Override
        public synchronized int hastenLane(String lane, Instant fetchedBefore, int most, Instant now) {
            return portions-- > 0 ? most : 0;
        }
    }

    /** The other refresh. */
    private static final class Others extends Refresh {

        private final List<String> looked = new ArrayList<>();

        @Override
        synchronized void look(String name) {
            looked.add(name);
        }

        synchronized List<String> looked() {
            return List.copyOf(looked);
        }
    }

    /** Answers at once. */
    private static final class Sources extends DetailsFetcher {

        private final List<String> asked = new ArrayList<>();
        private FetchException failure;
        private boolean overloaded;
        private boolean elsewhere;

        @Override
        public synchronized Refreshing refresh(Map<BugUrl, KnownDetails> portion) {
            asked.add(portion.keySet().stream()
                    .map(bug -> bug.url().key())
                    .sorted()
                    .toList()
                    .toString());
            if (overloaded) {
                overloaded = false;
                return new Refreshing(
                        CompletableFuture.failedFuture(new RejectedExecutionException()),
                        CompletableFuture.completedFuture(new Refreshed(0, 0, 1)),
                        Set.of());
            }
            if (elsewhere) {
                elsewhere = false;
                return new Refreshing(
                        CompletableFuture.completedFuture(new Asked(0, null, Duration.ZERO)),
                        CompletableFuture.completedFuture(new Refreshed(0, 0, 0)),
                        portion.keySet());
            }
            return new Refreshing(
                    CompletableFuture.completedFuture(new Asked(1, failure, Duration.ZERO)),
                    CompletableFuture.completedFuture(new Refreshed(1, 0, 0)),
                    Set.of());
        }

        synchronized List<String> asked() {
            return List.copyOf(asked);
        }
    }

    @AfterEach
    void stop() {
        refresh.stop();
    }

    private static void until(BooleanSupplier holds) throws InterruptedException {
        // Threads of its own do it; the time-out of the class ends a wait for what never comes.
        while (!holds.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }

    /**
     * Time goes by until this holds, no faster than the threads that ask: else leases end, and gates open again, before they have
     * done anything.
     */
    private void elapseUntil(BooleanSupplier holds) {
        do {
            scheduler.elapse(SECOND);
        } while (!Until.holds(holds::getAsBoolean, held -> held, STEP));
    }

    private void waits(String url) {
        hooked.put(url, clock.instant().plus(SECOND));
        refresh.wake(clock.instant().plus(SECOND));
    }

    @Test
    void asksForWhatIsDueOnceItIsThoughThereIsNoTimer() throws InterruptedException {
        waits("https://acme.example/1");
        waits("https://acme.example/2");
        scheduler.elapse(Duration.ofMillis(900));
        assertEquals(List.of(), sources.asked());
        scheduler.elapse(Duration.ofMillis(100));
        until(() -> hooked.log().size() == 1);
        assertEquals(List.of("[https://acme.example/1, https://acme.example/2]"), sources.asked());
        assertEquals(Map.of(), hooked.lanes());
    }

    @Test
    void aSourceThatRestsIsLeftAloneUntilThen() throws InterruptedException {
        gates.of("acme").restUntil(START.plusSeconds(30));
        waits("https://acme.example/1");
        waits("https://beta.example/1");
        scheduler.elapse(SECOND);
        until(() -> hooked.log().size() == 1);
        assertEquals(List.of("[https://beta.example/1]"), sources.asked());
        scheduler.elapse(Duration.ofSeconds(28));
        assertEquals(1, sources.asked().size());
        elapseUntil(() -> hooked.log().size() == 2);
        assertTrue(clock.instant().isAfter(START.plusSeconds(29)));
    }

    @Test
    void aPausedSystemIsLeftAloneUntilThatIsEnded() throws InterruptedException {
        paused.add("acme");
        waits("https://acme.example/1");
        waits("https://beta.example/1");
        scheduler.elapse(SECOND);
        until(() -> hooked.log().size() == 1);
        assertEquals(List.of("[https://beta.example/1]"), sources.asked());
        scheduler.elapse(Duration.ofSeconds(50));
        assertEquals(1, sources.asked().size());
        paused.clear();
        refresh.wake(clock.instant());
        elapseUntil(() -> hooked.log().size() == 2);
        assertEquals("answered [https://acme.example/1]", hooked.log().get(1));
    }

    @Test
    void whatSomebodyElseIsAskingForIsAskedForAfterThat() throws InterruptedException {
        sources.elsewhere = true;
        waits("https://acme.example/1");
        scheduler.elapse(SECOND);
        until(() -> hooked.log().equals(List.of("back [https://acme.example/1]")));
        elapseUntil(() -> hooked.log().size() == 2);
        assertEquals("answered [https://acme.example/1]", hooked.log().get(1));
    }

    @Test
    void whatCouldNotBeAskedForIsDueAgain() throws InterruptedException {
        sources.overloaded = true;
        waits("https://acme.example/1");
        scheduler.elapse(SECOND);
        until(() -> hooked.log().equals(List.of("back [https://acme.example/1]")));
        elapseUntil(() -> hooked.log().size() == 2);
        assertEquals("answered [https://acme.example/1]", hooked.log().get(1));
    }

    @Test
    void aSourceThatDoesNotAnswerClosesItsGate() throws InterruptedException {
        sources.failure = new FetchException(FailureReason.TIMEOUT, "no answer");
        for (int i = 0; i < 3; i++) {
            int before = i;
            waits("https://acme.example/" + i);
            elapseUntil(() -> hooked.log().size() > before);
        }
        assertTrue(gates.of("acme").opensAt().isAfter(clock.instant()));
    }

    @Test
    void whatWaitsBehindSomebodyElsesTryIsAskedForAfterThat() throws InterruptedException {
        FetchException timeout = new FetchException(FailureReason.TIMEOUT, "no answer");
        for (int i = 0; i < 3; i++) {
            gates.of("acme").failed(timeout);
        }
        scheduler.elapse(Duration.between(clock.instant(), gates.of("acme").opensAt()));
        assertTrue(gates.of("acme").enter(), "the other refresh tries");
        waits("https://acme.example/1");
        for (int i = 0; i < 5; i++) {
            scheduler.elapse(SECOND);
        }
        assertEquals(List.of(), sources.asked());
        gates.of("acme").succeeded();
        elapseUntil(() -> hooked.log().size() == 1);
    }

    @Test
    void whileTheDatabaseIsAwayItIsLeftAloneAndThenItGoesOn() throws InterruptedException {
        watch.away = true;
        waits("https://acme.example/1");
        scheduler.elapse(SECOND);
        scheduler.elapse(SECOND);
        assertEquals(List.of(), sources.asked());
        watch.away = false;
        scheduler.elapse(SECOND);
        until(() -> hooked.log().size() == 1);
    }

    @Test
    void aSystemOfWhichMoreWasToldThanIsKeptIsLookedAfterBitByBit() throws InterruptedException {
        synchronized (accounts) {
            accounts.all.put("acme", HookAccounts.Account.NOTHING.withMissed(START));
        }
        refresh.wake(START);
        elapseUntil(() -> accounts.all().isEmpty());
        assertEquals(List.of("acme", "acme"), others.looked());
    }
}
