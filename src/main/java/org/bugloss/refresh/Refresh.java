package org.bugloss.refresh;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.bugloss.cache.DetailsCache;
import org.bugloss.cache.DetailsFetcher;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.DueDetails;
import org.bugloss.cache.KnownDetails;
import org.bugloss.cache.Schedule;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.database.Retried;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Gate;
import org.bugloss.outbound.Gates;
import org.bugloss.outbound.Lanes;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.SystemStates;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what is due moving: claims it lane by lane, asks as much as each lane's gate lets through, and claims more when that
 * is at an end. Lanes know nothing of each other, so that a slow one holds up none, and a lane claims no more than it is
 * about to ask, so that memory does not grow with what is due and other nodes get their share.
 *
 * <p>Nothing here waits for the network or blocks the timer. Safe for use by several threads.
 */
@ApplicationScoped
public class Refresh {

    private static final System.Logger LOG = System.getLogger(Refresh.class.getName());

    /** Rows claimed by this node at once, of all lanes: less than a kilobyte each. */
    private static final int MOST_CLAIMED = 8_000;

    private static final int THREADS_THAT_CLAIM = 3;

    /** Only an upgrade, or somebody's hand in the table, makes such a row readable again. */
    private static final Duration UNREADABLE_AGAIN_AFTER = Duration.ofDays(1);

    @Inject
    private Trackers trackers;

    @Inject
    private SystemStates states;

    @Inject
    private DatabaseWatch database;

    @Inject
    private DueDetails due;

    @Inject
    private DetailsCache cache;

    @Inject
    private DetailsFetcher fetcher;

    @Inject
    private WhatChanged whatChanged;

    @Inject
    private Lanes outbound;

    @Inject
    private Schedule schedule;

    @Inject
    private Gates gates;

    @Inject
    private RefreshSettings settings;

    @Inject
    private DetailsSettings details;

    @Inject
    private Clock clock;

    @Inject
    private MeterRegistry meters;

    @Resource
    private ManagedThreadFactory threads;

    @Resource
    private ManagedScheduledExecutorService scheduler;

    private final Map<String, RefreshLane> lanes = new HashMap<>();

    private final Claims claims = new Claims(MOST_CLAIMED);

    private volatile @Nullable Instant oldestOverdue;
    private Rounds rounds;
    private Questions questions;
    private Cleaning cleaning;

    /** Claims, and gives back. */
    private DatabaseTasks claimTasks;

    /** Renews: that can be thousands of rows, and no claim shall wait for it. */
    private DatabaseTasks renewalTasks;

    private ScheduledFuture<?> leases;
    private boolean stopped;

    @PostConstruct
    void start() {
        rounds = new Rounds(meters, settings.interval(), clock.instant());
        questions = new Questions(trackers, whatChanged);
        cleaning = new Cleaning(cache, details.keep());
        // Each lane has one claim and one renewal under way at most, and every claim is given back once: that bounds
        // it.
        claimTasks = new DatabaseTasks(threads, THREADS_THAT_CLAIM, 2 * MOST_CLAIMED);
        renewalTasks = new DatabaseTasks(threads, 1, 2 * MOST_CLAIMED);
        long third = Math.max(1, settings.lease().toMillis() / 3);
        leases = scheduler.scheduleWithFixedDelay(
                // Else the scheduler would never come back; others may take what was not extended.
                Failures.logged(this::extendLeases), third, third, TimeUnit.MILLISECONDS);
        Gauge.builder("bugloss.refresh.oldest.overdue.seconds", this, Refresh::secondsOverdue)
                .description("For how long the details that wait longest for their refresh have been due")
                .register(meters);
        Gauge.builder("bugloss.refresh.claimed", this, Refresh::claimed)
                .description("Details that this node is refreshing")
                .register(meters);
    }

    private double secondsOverdue() {
        Instant since = oldestOverdue;
        return since == null ? 0 : Duration.between(since, clock.instant()).toMillis() / 1000.0;
    }

    private synchronized int claimed() {
        return claims.size();
    }

    /** Looks for what is due, and sees to it that it is refreshed. Returns when it has seen to it, not when that is done. */
    public void look() {
        Instant now = clock.instant();
        Map<String, Instant> overdue = due.lanes(now);
        // Of what is paused, nobody wants to know that it is overdue.
        overdue.keySet().removeIf(gates::isPaused);
        oldestOverdue = overdue.values().stream().findFirst().orElse(null);
        List<RefreshLane> toWake = new ArrayList<>();
        synchronized (this) {
            rounds.endIfLong(now);
            lanes.values()
                    .removeIf(lane -> lane.isIdle() && !claims.isWaiting(lane) && !overdue.containsKey(lane.name));
            // So that they give back what they have claimed.
            lanes.values().stream().filter(lane -> lane.gate.isPaused()).forEach(toWake::add);
            for (String name : overdue.keySet()) {
                RefreshLane lane = lanes.computeIfAbsent(name, this::lane);
                lane.more = true;
                toWake.add(lane);
            }
        }
        toWake.forEach(this::pump);
        cleaning.clean(now);
    }

    /** As {@link #look()}, in one lane, in which something has just come due. */
    void look(String name) {
        RefreshLane lane;
        synchronized (this) {
            lane = lanes.computeIfAbsent(name, this::lane);
            lane.more = true;
        }
        pump(lane);
    }

    /** Gives back what is claimed and not yet asked for: this node stops. */
    void stop() {
        List<KnownDetails> left;
        synchronized (this) {
            stopped = true;
            left = lanes.values().stream()
                    .flatMap(lane -> lane.takeAll().stream())
                    .flatMap(question -> question.bugs().values().stream())
                    .toList();
        }
        leases.cancel(false);
        claimTasks.stop();
        renewalTasks.stop();
        try {
            due.giveBack(left);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "Claims could not be given back; their leases end by themselves", e);
        }
    }

    private RefreshLane lane(String name) {
        Optional<TrackerSystem> system = trackers.systems().stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst();
        return new RefreshLane(
                name, gates.of(name), system, system.map(trackers::batchSize).orElse(1));
    }

    /**
     * Sends what may be sent in a lane, and claims more where that is little. Where a question ends at once, as in an
     * overload, this comes here again from within: it goes round then rather than deeper, however many questions there are.
     */
    private void pump(RefreshLane lane) {
        synchronized (this) {
            lane.pumpAgain = true;
            if (lane.pumping) {
                return;
            }
            lane.pumping = true;
        }
        try {
            while (isToPump(lane)) {
                pumpOnce(lane);
            }
        } catch (Throwable e) {
            synchronized (this) {
                lane.pumping = false;
            }
            throw e;
        }
    }

    private synchronized boolean isToPump(RefreshLane lane) {
        lane.pumping = lane.pumpAgain;
        lane.pumpAgain = false;
        return lane.pumping;
    }

    private void pumpOnce(RefreshLane lane) {
        List<Question> toAsk;
        List<Question> toGiveBack = List.of();
        int toClaim;
        synchronized (this) {
            if (stopped) {
                return;
            }
            toAsk = lane.takeWhatMayBeAsked();
            Duration closed = Duration.between(clock.instant(), lane.gate.opensAt());
            if (closed.compareTo(settings.lease().dividedBy(2)) > 0) {
                toGiveBack = lane.takeAll();
            } else if (!closed.isNegative() && !lane.alarmed) {
                scheduler.schedule(Failures.logged(() -> wake(lane)), closed.toMillis() + 1, TimeUnit.MILLISECONDS);
                lane.alarmed = true;
            }
            toClaim = reserve(lane);
        }
        toAsk.forEach(question -> ask(lane, question));
        toGiveBack.forEach(this::giveBack);
        if (toClaim > 0) {
            claimTasks.run(
                    () -> claim(lane, toClaim),
                    found -> claimEnded(lane, toClaim, found),
                    () -> claimEnded(lane, toClaim, 0));
        }
    }

    /** Keeps room for what a lane may claim now, and says how much. */
    private int reserve(RefreshLane lane) {
        int wanted = database.isAway() ? 0 : lane.wanted();
        int reserved = wanted == 0 ? 0 : claims.reserve(lane, wanted);
        lane.claiming |= reserved > 0;
        return reserved;
    }

    private void wake(RefreshLane lane) {
        synchronized (this) {
            lane.alarmed = false;
        }
        pump(lane);
    }

    private int claim(RefreshLane lane, int most) {
        Instant now = clock.instant();
        Instant leaseEnd = now.plus(settings.lease());
        boolean failing = lane.gate.state() == Gate.State.FAILING;
        Duration soon = Duration.ofMillis((long) (schedule.ttl(lane.system).toMillis() * (1 - Schedule.EARLIEST)));
        List<KnownDetails> rows = due.claim(lane.name, most, lane.batch, failing, now, soon, leaseEnd);
        ReadableRows readable = ReadableRows.of(rows, trackers);
        // A source in trouble is asked one thing only.
        List<Question> toAsk =
                failing ? questions.forDetails(readable.bugs()) : questions.about(readable.bugs(), lane.batch, now);
        synchronized (this) {
            rounds.due(rows.size(), now);
            rounds.done(0, 0, readable.unreadable().size());
            claims.add(readable.bugs().values().stream().map(KnownDetails::url).toList(), leaseEnd);
            lane.questions.addAll(toAsk);
        }
        if (!readable.unreadable().isEmpty()) {
            putOff(lane, readable.unreadable(), now);
        }
        return rows.size();
    }

    /** What can't be asked about would else be claimed again and again. What is known of it stays. */
    private void putOff(RefreshLane lane, Map<String, FetchException> unreadable, Instant now) {
        Map.Entry<String, FetchException> first =
                unreadable.entrySet().iterator().next();
        // Of its key, nothing is known to be fit for a log.
        LOG.log(
                System.Logger.Level.WARNING,
                "{0} due in the lane {1} can''t be refreshed, and will be tried again in a day: {2} first: {3}",
                unreadable.size(),
                lane.name,
                first.getKey().replaceAll("[^!-~]", "?"),
                first.getValue().getMessage());
        Retried.onConflict(() -> {
            due.putOff(unreadable, now, now.plus(UNREADABLE_AGAIN_AFTER));
            return true;
        });
    }

    private void claimEnded(RefreshLane lane, int most, int found) {
        synchronized (this) {
            lane.claiming = false;
            claims.release(most);
            lane.more &= found >= most;
            endRoundIfDone();
        }
        pump(lane);
        pumpWaiting();
    }

    /** There may be room again: the lanes that waited for it go on. */
    private void pumpWaiting() {
        List<RefreshLane> waiting;
        synchronized (this) {
            waiting = claims.takeWaiting();
        }
        waiting.forEach(this::pump);
    }

    private void ask(RefreshLane lane, Question question) {
        // The answers could not be kept, or another node may be asking by now.
        Question claimed = database.isAway() ? question.about(bug -> false) : question.about(this::isClaimed);
        endClaims(question.without(claimed).urls());
        String changeGroup = claimed.changeGroup();
        if (lane.gate.isPaused()) {
            // It was let through just before.
            abandon(lane, claimed);
        } else if (claimed.bugs().isEmpty()) {
            requestEnded(lane, 0, null, Duration.ZERO);
        } else if (changeGroup != null) {
            askWhatChanged(lane, claimed, changeGroup);
        } else {
            askForDetails(lane, claimed);
        }
    }

    private synchronized boolean isClaimed(BugUrl bug) {
        return claims.has(bug.url().key(), clock.instant());
    }

    private void askForDetails(RefreshLane lane, Question question) {
        DetailsFetcher.Refreshing refreshing;
        try {
            refreshing = fetcher.refresh(question.bugs());
        } catch (RuntimeException | Error e) {
            Failures.log(e);
            abandon(lane, question);
            return;
        }
        // In this order, in case all has ended already: the tally belongs to the round that the end of the last claim
        // ends.
        refreshing
                .asked()
                .thenAccept(Failures.logged(
                        answer -> requestEnded(lane, answer.requests(), answer.failure(), answer.took())));
        refreshing.stored().thenAccept(Failures.logged(stored -> {
            synchronized (this) {
                rounds.done(stored.changed(), stored.unchanged(), stored.failed());
            }
            endClaims(question.urls());
        }));
        refreshing.asked().exceptionally(thrown -> {
            Failures.logged(() -> abandon(lane, question)).run();
            return null;
        });
    }

    /** A request has ended: the lane goes on as its gate allows. */
    private void requestEnded(RefreshLane lane, long requests, @Nullable FetchException failure, Duration took) {
        synchronized (this) {
            lane.asking--;
            rounds.requests(requests);
        }
        if (failure != null) {
            // Also where nothing was sent: there was no getting at the source.
            lane.gate.failed(failure);
        } else if (requests > 0) {
            lane.gate.succeeded(took);
        } else {
            lane.gate.leave();
        }
        spreadBudget(lane);
        pump(lane);
    }

    /** There are too many requests of callers, or it failed in a way that nobody foresaw: the next look tries again. */
    private void abandon(RefreshLane lane, Question question) {
        synchronized (this) {
            lane.more = false;
        }
        giveBack(question);
        requestEnded(lane, 0, null, Duration.ZERO);
    }

    /** Half of a budget may be used at once; what is left is spread over the time until there is a new one. */
    private void spreadBudget(RefreshLane lane) {
        SystemStates.RateLimit limit =
                lane.system.map(system -> states.of(system).rateLimit()).orElse(null);
        Instant now = clock.instant();
        if (limit == null || limit.resetAt() == null || !limit.resetAt().isAfter(now)) {
            return;
        }
        if (limit.remaining() == 0) {
            lane.gate.restUntil(limit.resetAt());
        } else if (limit.limit() != null && limit.remaining() * 2 < limit.limit()) {
            lane.gate.restUntil(now.plus(Duration.between(now, limit.resetAt()).dividedBy(limit.remaining() + 1)));
        }
    }

    private void askWhatChanged(RefreshLane lane, Question question, String changeGroup) {
        CompletableFuture<WhatChanged.Changes> answer;
        try {
            String host = question.bugs().keySet().iterator().next().url().host();
            answer = outbound.submit(
                    host, Lanes.Priority.REFRESH, "refresh", () -> whatChanged.ask(changeGroup, question.bugs()));
        } catch (RejectedExecutionException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        answer.thenAccept(Failures.logged(changes -> renewalTasks.run(
                () -> whatChanged.renew(changes),
                renewed -> renewed(lane, question, changes, renewed),
                () -> abandon(lane, question))));
        answer.exceptionally(thrown -> {
            Failures.logged(() -> abandon(lane, question)).run();
            return null;
        });
    }

    /** What did not change is renewed: the details of the others are asked for. */
    private void renewed(RefreshLane lane, Question question, WhatChanged.Changes changes, Set<String> renewed) {
        Question left = question.about(bug -> !renewed.contains(bug.url().key()));
        Question done = question.without(left);
        synchronized (this) {
            rounds.done(0, done.bugs().size(), 0);
            lane.questions.addAll(questions.forDetails(left.bugs()));
        }
        requestEnded(lane, changes.requests(), changes.failureOfSource(), changes.took());
        endClaims(done.urls());
    }

    private void giveBack(Question question) {
        endClaims(question.urls());
        claimTasks.run(
                () -> Retried.onConflict(() -> {
                    due.giveBack(question.bugs().values());
                    return true;
                }),
                done -> {},
                () -> {});
    }

    private void endClaims(Collection<String> urls) {
        if (urls.isEmpty()) {
            return;
        }
        synchronized (this) {
            claims.remove(urls);
            endRoundIfDone();
        }
        pumpWaiting();
    }

    private void endRoundIfDone() {
        if (claims.isEmpty()) {
            rounds.end(clock.instant());
        }
    }

    /** What takes longer than a quarter of its lease is claimed for longer. */
    private void extendLeases() {
        Instant now = clock.instant();
        Instant leaseEnd = now.plus(settings.lease());
        List<String> lasting;
        synchronized (this) {
            lasting = claims.endingBefore(leaseEnd.minus(settings.lease().dividedBy(4)), now);
        }
        if (!lasting.isEmpty() && !database.isAway()) {
            Set<String> extended = Retried.onConflict(() -> due.extend(lasting, leaseEnd));
            synchronized (this) {
                claims.extend(extended, leaseEnd);
            }
        }
    }
}
