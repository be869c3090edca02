package org.bugloss.refresh;

import io.micrometer.core.instrument.Counter;
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
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bugloss.cache.DetailsCache;
import org.bugloss.cache.DetailsFetcher;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.DueDetails;
import org.bugloss.cache.KnownDetails;
import org.bugloss.cache.Schedule;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.database.Retried;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Gate;
import org.bugloss.outbound.Gates;
import org.bugloss.outbound.Lanes;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.SystemStates;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;

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

    /** Threads that claim, extend and give back; they wait for the database only. */
    private static final int CLERKS = 3;

    /** Only an upgrade, or somebody's hand in the table, makes such a row readable again. */
    private static final Duration UNREADABLE_AGAIN_AFTER = Duration.ofDays(1);

    private static final Duration LONGEST_BETWEEN_CLEANINGS = Duration.ofHours(1);
    private static final int FORGOTTEN_AT_ONCE = 10_000;

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

    /** The URLs that this node has claimed, and when its lease of each ends. */
    private final Map<String, Instant> claims = new HashMap<>();

    /** Claims that are being made. */
    private int claiming;

    /** Lanes that would claim more, were there room for it. */
    private final Set<RefreshLane> hungry = new LinkedHashSet<>();

    private Round round;
    private volatile Instant oldestOverdue;
    private Instant cleaned = Instant.EPOCH;
    private ThreadPoolExecutor clerks;
    private ThreadPoolExecutor renewer;
    private ScheduledFuture<?> leases;
    private boolean stopped;

    @PostConstruct
    void start() {
        clerks = pool(CLERKS);
        renewer = pool(1);
        long third = Math.max(1, settings.lease().toMillis() / 3);
        leases = scheduler.scheduleWithFixedDelay(this::extendLeases, third, third, TimeUnit.MILLISECONDS);
        round = new Round(clock.instant());
        Gauge.builder("bugloss.refresh.oldest.overdue.seconds", this, Refresh::secondsOverdue)
                .description("For how long the details that wait longest for their refresh have been due")
                .register(meters);
        Gauge.builder("bugloss.refresh.claimed", this, Refresh::claimed)
                .description("Details that this node is refreshing")
                .register(meters);
        Stream.of("due", "refreshed", "unchanged", "failed", "requests").forEach(this::counter);
    }

    /** Each lane has one claim and one renewal under way at most, and every claim is given back once: that bounds it. */
    private ThreadPoolExecutor pool(int size) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                size, size, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(2 * MOST_CLAIMED), threads);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private Counter counter(String what) {
        return what.equals("requests")
                ? Counter.builder("bugloss.refresh.requests")
                        .description("Requests sent to refresh details")
                        .register(meters)
                : Counter.builder("bugloss.refresh.details")
                        .description("Details that were due, and what became of them")
                        .tag("outcome", what)
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
        oldestOverdue = overdue.values().stream().findFirst().orElse(null);
        List<RefreshLane> toWake = new ArrayList<>();
        synchronized (this) {
            tell(now, false);
            lanes.values().removeIf(lane -> lane.isIdle() && !hungry.contains(lane) && !overdue.containsKey(lane.name));
            for (String name : overdue.keySet()) {
                RefreshLane lane = lanes.computeIfAbsent(name, this::lane);
                lane.more = true;
                toWake.add(lane);
            }
        }
        toWake.forEach(this::pump);
        clean(now);
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
        clerks.shutdownNow();
        renewer.shutdownNow();
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
        List<Question> toAsk = new ArrayList<>();
        List<Question> toGiveBack = List.of();
        int toClaim;
        synchronized (this) {
            if (stopped) {
                return;
            }
            while (!lane.questions.isEmpty() && lane.asking < lane.gate.width() && lane.gate.enter()) {
                lane.asking++;
                toAsk.add(lane.questions.remove());
            }
            Duration closed = Duration.between(clock.instant(), lane.gate.opensAt());
            if (closed.compareTo(settings.lease().dividedBy(2)) > 0) {
                toGiveBack = lane.takeAll();
            } else if (!closed.isNegative() && !lane.alarmed) {
                scheduler.schedule(() -> wake(lane), closed.toMillis() + 1, TimeUnit.MILLISECONDS);
                lane.alarmed = true;
            }
            toClaim = reserve(lane);
        }
        toAsk.forEach(question -> ask(lane, question));
        toGiveBack.forEach(this::giveBack);
        if (toClaim > 0) {
            on(clerks, () -> claimed(lane, toClaim, claim(lane, toClaim)), failure -> claimed(lane, toClaim, 0));
        }
    }

    /**
     * How many rows a lane may claim now. No lane gets more than half of the room that is left, so that there is some for the
     * others; those for which there is none get it when there is.
     */
    private int reserve(RefreshLane lane) {
        int wanted = database.isAway() ? 0 : lane.wanted();
        if (wanted == 0) {
            return 0;
        }
        int room = MOST_CLAIMED - claims.size() - claiming;
        if (room <= 0) {
            hungry.add(lane);
            return 0;
        }
        int most = Math.min(wanted, Math.max(1, room / 2));
        lane.claiming = true;
        claiming += most;
        return most;
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
        List<Question> questions = failing ? forDetails(readable.bugs()) : questions(readable.bugs(), lane.batch, now);
        synchronized (this) {
            if (round.isEmpty()) {
                round = new Round(now);
            }
            round.due(rows.size());
            round.done(0, 0, readable.unreadable().size());
            readable.bugs().values().forEach(row -> claims.put(row.url(), leaseEnd));
            lane.questions.addAll(questions);
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
        LOG.log(
                System.Logger.Level.WARNING,
                "{0} due in the lane {1} can''t be refreshed, and will be tried again in a day: {2} first: {3}",
                unreadable.size(),
                lane.name,
                SafeHtml.plainText(first.getKey()),
                first.getValue().getMessage());
        Retried.onConflict(() -> {
            due.putOff(unreadable, now, now.plus(UNREADABLE_AGAIN_AFTER));
            return null;
        });
    }

    private void claimed(RefreshLane lane, int most, int found) {
        synchronized (this) {
            lane.claiming = false;
            claiming -= most;
            lane.more &= found >= most;
            tellIfDone();
        }
        pump(lane);
        feed();
    }

    /** There is room again: the lanes that waited for it go on. */
    private void feed() {
        List<RefreshLane> fed = new ArrayList<>();
        synchronized (this) {
            int room = MOST_CLAIMED - claims.size() - claiming;
            for (Iterator<RefreshLane> waiting = hungry.iterator(); room > 0 && waiting.hasNext(); room--) {
                fed.add(waiting.next());
                waiting.remove();
            }
        }
        fed.forEach(this::pump);
    }

    /** What to ask about bugs: first what changed, where that can save requests; the details of the others. */
    private List<Question> questions(Map<BugUrl, KnownDetails> bugs, int batch, Instant now) {
        Map<BugUrl, KnownDetails> left = new LinkedHashMap<>(bugs);
        List<Question> questions = new ArrayList<>();
        whatChanged.groups(bugs, now).forEach((group, ofGroup) -> {
            // It costs no more than asking for these, and renews those of the group that come due later too.
            if (ofGroup.size() >= batch) {
                questions.add(new Question(ofGroup, group));
                left.keySet().removeAll(ofGroup.keySet());
            }
        });
        questions.addAll(forDetails(left));
        return questions;
    }

    private List<Question> forDetails(Map<BugUrl, KnownDetails> bugs) {
        return trackers.portions(List.copyOf(bugs.keySet())).stream()
                .map(portion -> {
                    Map<BugUrl, KnownDetails> ofPortion = new LinkedHashMap<>();
                    portion.forEach(bug -> ofPortion.put(bug, bugs.get(bug)));
                    return new Question(ofPortion, null);
                })
                .toList();
    }

    private void ask(RefreshLane lane, Question question) {
        // The answers could not be kept, or another node may be asking by now.
        Question ours = database.isAway() ? question.about(bug -> false) : question.about(this::isClaimed);
        letGo(question.without(ours).urls());
        if (ours.bugs().isEmpty()) {
            asked(lane, 0, null, Duration.ZERO);
        } else if (ours.isAboutChanges()) {
            askWhatChanged(lane, ours);
        } else {
            askForDetails(lane, ours);
        }
    }

    private synchronized boolean isClaimed(BugUrl bug) {
        Instant leaseEnd = claims.get(bug.url().key());
        return leaseEnd != null && leaseEnd.isAfter(clock.instant());
    }

    private void askForDetails(RefreshLane lane, Question question) {
        DetailsFetcher.Refreshing refreshing;
        try {
            refreshing = fetcher.refresh(question.bugs());
        } catch (RuntimeException | Error e) {
            brokenOff(e);
            notAsked(lane, question);
            return;
        }
        // In this order, in case all has ended already: the tally belongs to the round that the end of the last claim
        // ends.
        refreshing.asked().thenAccept(asked -> asked(lane, asked.requests(), asked.failure(), asked.took()));
        refreshing.stored().thenAccept(stored -> {
            synchronized (this) {
                round.done(stored.changed(), stored.unchanged(), stored.failed());
            }
            letGo(question.urls());
        });
        refreshing.asked().exceptionally(thrown -> {
            notAsked(lane, question);
            return null;
        });
    }

    /** A request has ended: the lane goes on as its gate allows. */
    private void asked(RefreshLane lane, long requests, FetchException failure, Duration took) {
        synchronized (this) {
            lane.asking--;
            round.requests(requests);
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
    private void notAsked(RefreshLane lane, Question question) {
        synchronized (this) {
            lane.more = false;
        }
        giveBack(question);
        asked(lane, 0, null, Duration.ZERO);
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

    private void askWhatChanged(RefreshLane lane, Question question) {
        CompletableFuture<WhatChanged.Told> asked;
        try {
            String host = question.bugs().keySet().iterator().next().url().host();
            asked = outbound.submit(
                    host,
                    Lanes.Priority.REFRESH,
                    "refresh",
                    () -> whatChanged.ask(question.changeGroup(), question.bugs()));
        } catch (RejectedExecutionException e) {
            asked = CompletableFuture.failedFuture(e);
        }
        asked.whenComplete((told, thrown) -> {
            if (thrown != null) {
                notAsked(lane, question);
            } else {
                on(renewer, () -> told(lane, question, told), failure -> notAsked(lane, question));
            }
        });
    }

    /** Renews what did not change, and asks for the details of the others. */
    private void told(RefreshLane lane, Question question, WhatChanged.Told told) {
        Set<String> renewed = whatChanged.renew(told);
        Question left = question.about(bug -> !renewed.contains(bug.url().key()));
        Question done = question.without(left);
        synchronized (this) {
            round.done(0, done.bugs().size(), 0);
            lane.questions.addAll(forDetails(left.bugs()));
        }
        asked(lane, told.requests(), told.failureOfSource(), told.took());
        letGo(done.urls());
    }

    private void giveBack(Question question) {
        letGo(question.urls());
        on(
                clerks,
                () -> Retried.onConflict(() -> {
                    due.giveBack(question.bugs().values());
                    return null;
                }),
                failure -> {});
    }

    private void letGo(Collection<String> urls) {
        if (urls.isEmpty()) {
            return;
        }
        synchronized (this) {
            urls.forEach(claims::remove);
            tellIfDone();
        }
        feed();
    }

    private void tellIfDone() {
        if (claims.isEmpty() && claiming == 0) {
            tell(clock.instant(), true);
        }
    }

    /** A line for what was done since the last: when it is done, and every time that it is looked for what is due. */
    private void tell(Instant now, boolean done) {
        if (!round.isEmpty() && (done || round.lasted(now).compareTo(settings.interval()) >= 0)) {
            LOG.log(System.Logger.Level.INFO, round.told(now));
            round.count(this::counter);
            meters.timer("bugloss.refresh.round").record(round.lasted(now));
            round = new Round(now);
        }
    }

    /** What takes longer than a quarter of its lease is claimed for longer. */
    private void extendLeases() {
        try {
            Instant now = clock.instant();
            Instant leaseEnd = now.plus(settings.lease());
            Instant soon = leaseEnd.minus(settings.lease().dividedBy(4));
            List<String> lasting;
            synchronized (this) {
                lasting = claims.entrySet().stream()
                        .filter(claim -> claim.getValue().isAfter(now)
                                && claim.getValue().isBefore(soon))
                        .map(Map.Entry::getKey)
                        .toList();
            }
            if (!lasting.isEmpty() && !database.isAway()) {
                Set<String> extended = Retried.onConflict(() -> due.extend(lasting, leaseEnd));
                synchronized (this) {
                    extended.forEach(url -> claims.computeIfPresent(url, (same, end) -> leaseEnd));
                }
            }
        } catch (Throwable e) {
            // Else the scheduler would never come back; others may take what was not extended.
            brokenOff(e);
        }
    }

    private void clean(Instant now) {
        Duration between = details.keep().dividedBy(10);
        Duration pause = between.compareTo(LONGEST_BETWEEN_CLEANINGS) > 0 ? LONGEST_BETWEEN_CLEANINGS : between;
        if (cleaned.plus(pause).isAfter(now)) {
            return;
        }
        int forgotten = cache.forget(now.minus(details.keep()), FORGOTTEN_AT_ONCE);
        if (forgotten < FORGOTTEN_AT_ONCE) {
            cleaned = now;
        }
        if (forgotten > 0) {
            LOG.log(System.Logger.Level.INFO, "Forgot {0} details that nobody refers to or asks for", forgotten);
        }
    }

    /**
     * Has work done that waits for the database.
     *
     * @param failed is done where that fails, whatever the reason: else what waits for it would wait for ever
     */
    private void on(ThreadPoolExecutor pool, Runnable work, Consumer<Throwable> failed) {
        try {
            pool.execute(() -> {
                try {
                    work.run();
                } catch (Throwable e) {
                    brokenOff(e);
                    failed.accept(e);
                }
            });
        } catch (RejectedExecutionException e) {
            failed.accept(e);
        }
    }

    private static void brokenOff(Throwable failure) {
        if (!DatabaseAway.isBehind(failure)) {
            LOG.log(System.Logger.Level.WARNING, "A part of a refresh was broken off", failure);
        }
    }
}
