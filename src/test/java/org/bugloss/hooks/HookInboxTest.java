package org.bugloss.hooks;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.bugloss.Beans;
import org.bugloss.DaemonThreads;
import org.bugloss.cache.HookAccounts;
import org.bugloss.cache.HookedBugs;
import org.bugloss.cache.TestClock;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.refresh.HookRefresh;
import org.bugloss.trackers.HookRequest;
import org.bugloss.trackers.NamedBugs;
import org.bugloss.trackers.Redmine;
import org.bugloss.trackers.TestTrackers;
import org.bugloss.trackers.Trackers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HookInboxTest {

    private final TestClock clock = new TestClock();
    private final Hooked hooked = new Hooked();
    private final Accounts accounts = new Accounts();
    private final Woken woken = new Woken();
    private final List<Runnable> alarms = new ArrayList<>();
    private final Trackers trackers = TestTrackers.of(new Redmine(), "acme");
    private final HookInbox inbox = started();

    private HookInbox started() {
        HookInbox bean = Beans.filled(
                new HookInbox(),
                hooked,
                accounts,
                woken,
                new Here(),
                new SimpleMeterRegistry(),
                clock,
                new DaemonThreads("hook-inbox-test"),
                Proxy.newProxyInstance(
                        HookInboxTest.class.getClassLoader(),
                        new Class<?>[] {ManagedScheduledExecutorService.class},
                        (self, method, arguments) -> {
                            synchronized (alarms) {
                                alarms.add((Runnable) arguments[0]);
                            }
                            return null;
                        }));
        bean.start();
        return bean;
    }

    private static final class Here extends DatabaseWatch {

        @Override
        public boolean isAway() {
            return false;
        }
    }

    private static final class Hooked extends HookedBugs {

        private final List<Integer> transactions = new ArrayList<>();
        private final CountDownLatch begun = new CountDownLatch(1);
        private volatile CountDownLatch open = new CountDownLatch(0);
        private volatile RuntimeException failure;
        private volatile Set<String> missed = Set.of();

        @Override
        public Told tell(List<NamedBugs> messages, Instant now) {
            begun.countDown();
            try {
                open.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (failure != null) {
                throw failure;
            }
            synchronized (transactions) {
                transactions.add(messages.size());
            }
            return new Told(
                    messages.stream().map(message -> message.ids().size()).toList(), missed);
        }
    }

    private static final class Accounts extends HookAccounts {

        private final Map<String, Account> all = new HashMap<>();
        private RuntimeException failure;

        @Override
        public synchronized Map<String, Account> all() {
            return Map.copyOf(all);
        }

        @Override
        public synchronized void add(Map<String, Account> more) {
            if (failure != null) {
                throw failure;
            }
            more.forEach((system, account) -> all.merge(system, account, Account::plus));
        }
    }

    private static final class Woken extends HookRefresh {

        private final List<Instant> at = new ArrayList<>();

        @Override
        public synchronized void wake(Instant moment) {
            at.add(moment);
        }
    }

    @AfterEach
    void stop() {
        inbox.stop();
    }

    private NamedBugs named(String body) {
        return trackers.named(new HookRequest(
                trackers.system("acme").orElseThrow(), Map.of(), null, body.getBytes(StandardCharsets.UTF_8), START));
    }

    private void alarm() {
        List<Runnable> now;
        synchronized (alarms) {
            now = List.copyOf(alarms);
            alarms.clear();
        }
        now.forEach(Runnable::run);
    }

    @Test
    void whatComesWhileATransactionIsUnderWayGoesIntoTheNext() throws InterruptedException {
        hooked.open = new CountDownLatch(1);
        List<CompletableFuture<Integer>> due = new ArrayList<>();
        due.add(inbox.take(named("{\"ids\": [1, 2]}")));
        hooked.begun.await();
        for (int i = 0; i < 600; i++) {
            due.add(inbox.take(named("{\"ids\": [3]}")));
        }
        hooked.open.countDown();
        assertEquals(602, due.stream().mapToInt(CompletableFuture::join).sum());
        assertEquals(List.of(1, 500, 100), hooked.transactions);
        assertEquals(START.plusSeconds(1), woken.at.get(0));
    }

    @Test
    void whatSaysNothingOfABugTakesNoTransaction() {
        assertEquals(0, inbox.take(named("{}")).join());
        assertEquals(List.of(), hooked.transactions);
        assertEquals(Map.of("acme", new HookAccounts.Account(START, 0, null)), inbox.accounts());
    }

    @Test
    void theSenderHearsOfATransactionThatFailsAndTheNextIsTaken() {
        hooked.failure = new RejectedExecutionException("away");
        CompletableFuture<Integer> due = inbox.take(named("{\"ids\": [1]}"));
        assertTrue(assertThrows(CompletionException.class, due::join).getCause() instanceof RejectedExecutionException);
        hooked.failure = null;
        assertEquals(1, inbox.take(named("{\"ids\": [1]}")).join());
    }

    @Test
    void noMessageIsRefusedForBeingOneOfManyButItsSystemIsLookedAfter() throws InterruptedException {
        hooked.open = new CountDownLatch(1);
        inbox.take(named("{\"ids\": [1]}"));
        hooked.begun.await();
        NamedBugs one = named("{\"ids\": [1]}");
        for (int i = 0; i < 5_000; i++) {
            inbox.take(one);
        }
        assertEquals(0, inbox.take(one).join());
        alarm();
        assertEquals(START, accounts.all().get("acme").missedAt());
        assertEquals(List.of(START), woken.at, "at once, for what was missed");
        hooked.open.countDown();
    }

    @Test
    void whatTheTableHasNoRoomForIsMissedToo() {
        hooked.missed = Set.of("acme");
        inbox.take(named("{\"ids\": [1]}")).join();
        alarm();
        assertEquals(new HookAccounts.Account(START, 0, START), accounts.all().get("acme"));
    }

    @Test
    void accountsAreToldAtOnceWrittenSeldomAndNotLostWhereTheyCannotBe() {
        inbox.refused("acme");
        inbox.refused("acme");
        assertEquals(Map.of(), accounts.all());
        assertEquals(2, inbox.accounts().get("acme").refused());
        accounts.failure = new RejectedExecutionException("away");
        alarm();
        assertEquals(2, inbox.accounts().get("acme").refused());
        accounts.failure = null;
        alarm();
        inbox.refused("acme");
        assertEquals(2, accounts.all().get("acme").refused());
        assertEquals(3, inbox.accounts().get("acme").refused());
    }
}
