package org.bugloss.hooks;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.bugloss.cache.HookAccounts;
import org.bugloss.cache.HookAccounts.Account;
import org.bugloss.cache.HookedBugs;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.database.Retried;
import org.bugloss.refresh.HookRefresh;
import org.bugloss.trackers.NamedBugs;

/**
 * Takes messages that are proved, and makes due what they name: whatever has come while the last transaction was under way goes
 * into the next, so that a thousand messages a second are some transactions. It also keeps the accounts. Safe for use by several
 * threads.
 */
@ApplicationScoped
public class HookInbox {

    private static final System.Logger LOG = System.getLogger(HookInbox.class.getName());

    private static final int MOST_AT_ONCE = 500;

    /** More than the database takes in some seconds. Beyond, no message waits, and all of its system is looked after. */
    private static final int MOST_WAITING = 5_000;

    /** Accounts are written no more often, but for what was missed. */
    private static final Duration WRITTEN_AFTER = Duration.ofSeconds(2);

    @Inject
    private HookedBugs hooked;

    @Inject
    private HookAccounts accounts;

    @Inject
    private HookRefresh refresh;

    @Inject
    private DatabaseWatch database;

    @Inject
    private Clock clock;

    @Inject
    private MeterRegistry meters;

    @Resource
    private ManagedThreadFactory threads;

    @Resource
    private ManagedScheduledExecutorService scheduler;

    private static final String ACCEPTED = "accepted";
    private static final String REFUSED = "refused";

    private final Queue<Waiting> waiting = new ArrayDeque<>();

    /** By system and result: the registry takes longer to find one than to count. */
    private final ConcurrentMap<List<String>, Counter> counters = new ConcurrentHashMap<>();

    /** What is to be added to the accounts. */
    private final Map<String, Account> unwritten = new HashMap<>();

    private ThreadPoolExecutor writer;
    private boolean writing;
    private boolean alarmed;

    private record Waiting(NamedBugs named, CompletableFuture<Integer> due) {}

    @PostConstruct
    void start() {
        writer = new ThreadPoolExecutor(1, 1, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(10), threads);
        writer.allowCoreThreadTimeOut(true);
    }

    @PreDestroy
    void stop() {
        writer.shutdownNow();
    }

    /**
     * Makes due what a message names and Bugloss knows.
     *
     * @return how many bugs that are, once that is committed; completes exceptionally where it can't be, and the sender is to try
     *     again
     */
    public CompletableFuture<Integer> take(NamedBugs named) {
        String system = named.system().name();
        count(system, ACCEPTED).increment();
        account(system, account -> account.withHook(clock.instant()));
        CompletableFuture<Integer> due = new CompletableFuture<>();
        synchronized (this) {
            if (named.isEmpty()) {
                due.complete(0);
            } else if (waiting.size() >= MOST_WAITING) {
                unwritten.merge(system, Account.NOTHING.withMissed(clock.instant()), Account::plus);
                due.complete(0);
            } else {
                waiting.add(new Waiting(named, due));
                if (!writing) {
                    writing = begin();
                }
            }
        }
        return due;
    }

    private boolean begin() {
        try {
            writer.execute(this::writeWhatWaits);
            return true;
        } catch (RejectedExecutionException e) {
            // A server that stops makes no more threads.
            waiting.forEach(one -> one.due().completeExceptionally(e));
            waiting.clear();
            return false;
        }
    }

    /** A message was refused. */
    public void refused(String system) {
        count(system, REFUSED).increment();
        account(system, Account::withRefused);
    }

    /** Has the counters of a system there before the first message. */
    public void countFromZero(String system) {
        count(system, ACCEPTED);
        count(system, REFUSED);
    }

    private Counter count(String system, String result) {
        return counters.computeIfAbsent(
                List.of(system, result),
                first -> Counter.builder("bugloss.hooks")
                        .description("Messages of trackers, by whether they were proved")
                        .tag("system", system)
                        .tag("result", result)
                        .register(meters));
    }

    /** The accounts of the systems that anything came to, by their names: what came to this node is in them at once. */
    public Map<String, Account> accounts() {
        Map<String, Account> all = new HashMap<>(accounts.all());
        synchronized (this) {
            unwritten.forEach((system, more) -> all.merge(system, more, Account::plus));
        }
        return all;
    }

    private synchronized void account(String system, UnaryOperator<Account> change) {
        unwritten.put(system, change.apply(unwritten.getOrDefault(system, Account.NOTHING)));
        if (!alarmed) {
            alarmed = true;
            scheduler.schedule(this::writeAccounts, WRITTEN_AFTER.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void writeAccounts() {
        Map<String, Account> more;
        synchronized (this) {
            alarmed = false;
            more = Map.copyOf(unwritten);
            unwritten.clear();
        }
        try {
            database.refuseWhileAway();
            Retried.onConflict(() -> {
                accounts.add(more);
                return true;
            });
            if (more.values().stream().anyMatch(account -> account.missedAt() != null)) {
                refresh.wake(clock.instant());
            }
        } catch (RuntimeException e) {
            // Not lost: they go with the next.
            synchronized (this) {
                more.forEach((system, account) -> unwritten.merge(system, account, Account::plus));
            }
            account(more.keySet().iterator().next(), account -> account);
            if (!DatabaseAway.isBehind(e)) {
                LOG.log(System.Logger.Level.WARNING, "The accounts of hooks could not be written", e);
            }
        }
    }

    private void writeWhatWaits() {
        for (List<Waiting> next = next(); !next.isEmpty(); next = next()) {
            try {
                tell(next);
            } catch (Throwable e) {
                // Whatever it is, those who wait must hear of it, and this thread must go on.
                next.forEach(one -> one.due().completeExceptionally(e));
            }
        }
    }

    private synchronized List<Waiting> next() {
        List<Waiting> next = new ArrayList<>();
        while (next.size() < MOST_AT_ONCE && !waiting.isEmpty()) {
            next.add(waiting.remove());
        }
        writing = !next.isEmpty();
        return next;
    }

    private void tell(List<Waiting> messages) {
        Instant now = clock.instant();
        HookedBugs.Told told = Retried.onConflict(
                () -> hooked.tell(messages.stream().map(Waiting::named).toList(), now));
        told.missed().forEach(system -> account(system, account -> account.withMissed(now)));
        refresh.wake(now.plus(HookedBugs.FIRST_WAIT));
        for (int i = 0; i < messages.size(); i++) {
            messages.get(i).due().complete(told.due().get(i));
        }
    }
}
