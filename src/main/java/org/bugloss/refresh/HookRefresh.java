package org.bugloss.refresh;

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
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.bugloss.cache.DetailsFetcher;
import org.bugloss.cache.DueDetails;
import org.bugloss.cache.HookAccounts;
import org.bugloss.cache.HookedBugs;
import org.bugloss.cache.KnownDetails;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.database.Retried;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Gate;
import org.bugloss.outbound.Gates;
import org.bugloss.trackers.Trackers;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the bugs that hooks named, as soon as they are due, whether or not there is a timer. It wakes itself for as long as
 * any are waiting, so that it also finishes what a node left behind that died. Sources that rest are left alone as ever: it goes
 * by the same {@link Gates} as the {@link Refresh}. Safe for use by several threads.
 */
@ApplicationScoped
public class HookRefresh {

    /** However long a source rests, it may be awake again sooner; and a clock that is set back shall not stop it all. */
    private static final Duration LONGEST_SLEEP = Duration.ofSeconds(60);

    /** Where the database is away, a source is overloaded, or somebody else was asking. */
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);

    private static final Duration SHORTEST_SLEEP = Duration.ofMillis(50);

    /** Of a system of which more was told than is kept: so much at a time. */
    private static final int HASTENED_AT_ONCE = 1_000;

    private static final int THREADS = 2;
    private static final int MOST_TASKS = 10_000;

    @Inject
    private Trackers trackers;

    @Inject
    private DatabaseWatch database;

    @Inject
    private HookedBugs hooked;

    @Inject
    private HookAccounts accounts;

    @Inject
    private DueDetails due;

    @Inject
    private DetailsFetcher fetcher;

    @Inject
    private Refresh refresh;

    @Inject
    private WhatChanged whatChanged;

    @Inject
    private Gates gates;

    @Inject
    private RefreshSettings settings;

    @Inject
    private Clock clock;

    @Resource
    private ManagedThreadFactory threads;

    @Resource
    private ManagedScheduledExecutorService scheduler;

    private final Map<String, Lane> lanes = new HashMap<>();
    private Questions questions;
    private DatabaseTasks tasks;
    private @Nullable Instant wakesAt;
    private @Nullable ScheduledFuture<?> alarm;
    private boolean stopped;

    /** What this node is doing for one system. Guarded by the lock of the whole. */
    private static final class Lane {

        final String name;
        final Gate gate;
        final int batch;
        final Deque<Claimed> claimed = new ArrayDeque<>();
        int asking;
        boolean pumping;
        boolean pumpAgain;

        Lane(String name, Gate gate, int batch) {
            this.name = name;
            this.gate = gate;
            this.batch = batch;
        }
    }

    private record Claimed(Question question, Instant leaseEnd) {}

    @PostConstruct
    void start() {
        questions = new Questions(trackers, whatChanged);
        tasks = new DatabaseTasks(threads, THREADS, MOST_TASKS);
    }

    @PreDestroy
    void stop() {
        synchronized (this) {
            stopped = true;
            if (alarm != null) {
                alarm.cancel(false);
            }
        }
        // What is claimed comes due by itself.
        tasks.stop();
    }

    /** Something is due at a moment, or may be. Returns at once. */
    public synchronized void wake(Instant at) {
        Instant now = clock.instant();
        Instant then = earlier(later(at, now.plus(SHORTEST_SLEEP)), now.plus(LONGEST_SLEEP));
        if (stopped
                || wakesAt != null
                        && !wakesAt.isAfter(then)
                        && wakesAt.plus(LONGEST_SLEEP).isAfter(now)) {
            return;
        }
        if (alarm != null) {
            alarm.cancel(false);
        }
        wakesAt = then;
        alarm = scheduler.schedule(
                Failures.logged(this::look), Duration.between(now, then).toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Looks for what is due, and sees to it that it is asked for. */
    void look() {
        synchronized (this) {
            wakesAt = null;
            if (stopped) {
                return;
            }
        }
        if (database.isAway()) {
            wake(clock.instant().plus(AGAIN_AFTER));
            return;
        }
        tasks.run(
                () -> {
                    makeUpForWhatWasMissed();
                    return hooked.lanes();
                },
                this::found,
                () -> wake(clock.instant().plus(AGAIN_AFTER)));
    }

    private void found(Map<String, Instant> waiting) {
        Instant now = clock.instant();
        List<Lane> toPump = new ArrayList<>();
        synchronized (this) {
            lanes.values().removeIf(lane -> lane.asking == 0 && !lane.pumping && !waiting.containsKey(lane.name));
            waiting.forEach((name, since) -> {
                if (!since.isAfter(now)) {
                    toPump.add(lanes.computeIfAbsent(name, this::lane));
                }
            });
        }
        waiting.values().stream().filter(now::isBefore).min(Instant::compareTo).ifPresent(this::wake);
        toPump.forEach(this::pump);
    }

    private Lane lane(String name) {
        int batch = trackers.system(name).map(trackers::batchSize).orElse(1);
        return new Lane(name, gates.of(name), batch);
    }

    /** More was told of some systems than is kept bug by bug: all of theirs that is watched comes due, bit by bit. */
    private void makeUpForWhatWasMissed() {
        accounts.all().forEach((system, account) -> {
            Instant missedAt = account.missedAt();
            if (missedAt != null) {
                Instant now = clock.instant();
                int hastened = Retried.onConflict(() -> due.hastenLane(system, missedAt, HASTENED_AT_ONCE, now));
                if (hastened == 0) {
                    accounts.madeUpFor(system, missedAt);
                } else {
                    refresh.look(system);
                    wake(now.plus(AGAIN_AFTER));
                }
            }
        });
    }

    private void pump(Lane lane) {
        synchronized (this) {
            lane.pumpAgain = true;
            if (lane.pumping) {
                return;
            }
            lane.pumping = true;
        }
        tasks.run(
                () -> {
                    while (isToPump(lane)) {
                        pumpOnce(lane);
                    }
                    return true;
                },
                done -> {},
                () -> {
                    synchronized (this) {
                        lane.pumping = false;
                    }
                    wake(clock.instant().plus(AGAIN_AFTER));
                });
    }

    private synchronized boolean isToPump(Lane lane) {
        lane.pumping = lane.pumpAgain && !stopped;
        lane.pumpAgain = false;
        return lane.pumping;
    }

    private void pumpOnce(Lane lane) {
        Instant now = clock.instant();
        if (lane.gate.opensAt().isAfter(now)) {
            wake(lane.gate.opensAt());
            return;
        }
        int room;
        synchronized (this) {
            room = lane.claimed.isEmpty() ? lane.gate.width() - lane.asking : 0;
        }
        if (room > 0) {
            claim(lane, room * lane.batch, now);
        }
        for (Claimed next = next(lane); next != null; next = next(lane)) {
            ask(lane, next.question());
        }
        synchronized (this) {
            if (lane.asking == 0 && lane.gate.width() == 0) {
                // Somebody else is trying whether the source answers again: nothing of this lane's would tell how that
                // ended.
                wake(now.plus(AGAIN_AFTER));
            }
        }
    }

    private void claim(Lane lane, int most, Instant now) {
        Instant leaseEnd = now.plus(settings.lease());
        List<KnownDetails> rows = Retried.onConflict(() -> hooked.claim(lane.name, most, now, leaseEnd));
        ReadableRows readable = ReadableRows.of(rows, trackers);
        if (!readable.unreadable().isEmpty()) {
            answered(readable.unreadable().keySet(), now);
        }
        List<Question> toAsk = questions.forDetails(readable.bugs());
        synchronized (this) {
            toAsk.forEach(question -> lane.claimed.add(new Claimed(question, leaseEnd)));
        }
        if (!rows.isEmpty()) {
            // In case this node forgets them.
            wake(leaseEnd);
        }
    }

    /** What may be asked next; what another node may have by now is left to it. */
    private synchronized @Nullable Claimed next(Lane lane) {
        Instant now = clock.instant();
        lane.claimed.removeIf(claimed -> !claimed.leaseEnd().isAfter(now));
        if (lane.claimed.isEmpty() || lane.asking >= lane.gate.width() || !lane.gate.enter()) {
            return null;
        }
        lane.asking++;
        return lane.claimed.remove();
    }

    private void ask(Lane lane, Question question) {
        Instant askedAt = clock.instant();
        DetailsFetcher.Refreshing refreshing;
        try {
            refreshing = fetcher.refresh(question.bugs());
        } catch (RuntimeException | Error e) {
            Failures.log(e);
            giveBack(question.urls());
            ended(lane, null, null);
            return;
        }
        refreshing
                .asked()
                .whenComplete((answer, thrown) ->
                        Failures.logged(() -> ended(lane, answer, thrown)).run());
        refreshing
                .asked()
                .thenCombine(refreshing.stored(), (answer, stored) -> stored)
                .whenComplete((stored, thrown) -> Failures.logged(() -> {
                            List<String> elsewhere = refreshing.elsewhere().stream()
                                    .map(bug -> bug.url().key())
                                    .toList();
                            List<String> asked = new ArrayList<>(question.urls());
                            asked.removeAll(elsewhere);
                            giveBack(thrown == null ? elsewhere : question.urls());
                            if (thrown == null) {
                                answered(asked, askedAt);
                            }
                        })
                        .run());
    }

    private void ended(Lane lane, DetailsFetcher.@Nullable Asked answer, @Nullable Throwable thrown) {
        synchronized (this) {
            lane.asking--;
        }
        FetchException failure = answer == null ? null : answer.failure();
        if (failure != null) {
            lane.gate.failed(failure);
        } else if (answer != null && answer.requests() > 0) {
            lane.gate.succeeded(answer.took());
        } else {
            lane.gate.leave();
        }
        if (thrown == null) {
            pump(lane);
        }
    }

    private void answered(Collection<String> urls, Instant askedAt) {
        inTable(urls, () -> hooked.answered(urls, askedAt));
    }

    private void giveBack(Collection<String> urls) {
        inTable(urls, () -> hooked.giveBack(urls, clock.instant().plus(AGAIN_AFTER)));
    }

    private void inTable(Collection<String> urls, Runnable transaction) {
        if (!urls.isEmpty()) {
            tasks.run(
                    () -> Retried.onConflict(() -> {
                        transaction.run();
                        return true;
                    }),
                    // There may be more due: what was told meanwhile, or is to be tried again.
                    done -> wake(clock.instant().plus(SHORTEST_SLEEP)),
                    () -> {});
        }
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
