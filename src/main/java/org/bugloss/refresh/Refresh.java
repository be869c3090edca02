package org.bugloss.refresh;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bugloss.details.DetailsCache;
import org.bugloss.details.DetailsFetcher;
import org.bugloss.details.DetailsSettings;
import org.bugloss.details.DetailsWriter;
import org.bugloss.details.DueDetails;
import org.bugloss.details.KnownDetails;
import org.bugloss.details.Schedule;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
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

    /** Rows claimed by this node at once, of all lanes: a few hundred bytes each. */
    private static final int MOST_CLAIMED = 5_000;

    /** Bugs that one question about changes can renew. */
    private static final int MOST_RENEWED = 10_000;

    /** Threads that claim, renew and give back; they wait for the database only. */
    private static final int CLERKS = 3;

    /** A group whose changes can't be told now, or are too many, is asked about them again after this. */
    private static final Duration NO_TELLING = Duration.ofHours(1);

    private static final Duration LONGEST_BETWEEN_CLEANINGS = Duration.ofHours(1);

    @Inject
    private Trackers trackers;

    @Inject
    private SystemStates states;

    @Inject
    private DueDetails due;

    @Inject
    private DetailsCache cache;

    @Inject
    private DetailsFetcher fetcher;

    @Inject
    private DetailsWriter writer;

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

    private final Cache<String, Boolean> tellNothing = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(NO_TELLING)
            .build();

    private Round round;
    private volatile Instant oldestOverdue;
    private Instant cleaned = Instant.EPOCH;
    private ThreadPoolExecutor clerks;
    private ScheduledFuture<?> leases;
    private boolean stopped;

    @PostConstruct
    void start() {
        // Each lane has one claim under way at most, and gives back once: the queue is bounded by the lanes that are
        // active.
        clerks = new ThreadPoolExecutor(
                CLERKS, CLERKS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(2 * MOST_CLAIMED), threads);
        clerks.allowCoreThreadTimeOut(true);
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
            lanes.values().removeIf(lane -> lane.isIdle() && !overdue.containsKey(lane.name));
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
        List<String> left;
        synchronized (this) {
            stopped = true;
            left = lanes.values().stream()
                    .flatMap(lane -> lane.takeAll().stream())
                    .flatMap(question -> question.urls().stream())
                    .toList();
        }
        leases.cancel(false);
        clerks.shutdownNow();
        try {
            due.giveBack(left, clock.instant());
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

    /** Sends what may be sent in a lane, and claims more where that is little. */
    private void pump(RefreshLane lane) {
        List<Question> toAsk = new ArrayList<>();
        List<Question> toGiveBack = List.of();
        int toClaim = 0;
        synchronized (this) {
            if (stopped) {
                return;
            }
            while (!lane.questions.isEmpty() && lane.asking < lane.gate.width() && lane.gate.enter()) {
                lane.asking++;
                toAsk.add(lane.questions.remove());
            }
            Instant opensAt = lane.gate.opensAt();
            Duration closed = Duration.between(clock.instant(), opensAt);
            if (closed.compareTo(settings.lease().dividedBy(2)) > 0) {
                toGiveBack = lane.takeAll();
            } else if (!closed.isNegative() && !lane.alarmed) {
                lane.alarmed = true;
                scheduler.schedule(() -> wake(lane), closed.toMillis() + 1, TimeUnit.MILLISECONDS);
            }
            toClaim = Math.min(lane.wanted(), MOST_CLAIMED - claims.size() - claiming);
            if (toClaim > 0) {
                lane.claiming = true;
                claiming += toClaim;
            }
        }
        toAsk.forEach(question -> ask(lane, question));
        if (!toGiveBack.isEmpty()) {
            List<String> urls = toGiveBack.stream()
                    .flatMap(question -> question.urls().stream())
                    .toList();
            letGo(urls);
            onClerk(() -> due.giveBack(urls, clock.instant()), () -> {});
        }
        if (toClaim > 0) {
            int most = toClaim;
            onClerk(() -> claim(lane, most), () -> claimed(lane, most, 0));
        }
    }

    private void wake(RefreshLane lane) {
        synchronized (this) {
            lane.alarmed = false;
        }
        pump(lane);
    }

    private void claim(RefreshLane lane, int most) {
        Instant now = clock.instant();
        Instant leaseEnd = now.plus(settings.lease());
        Duration soon = part(schedule.ttl(lane.system));
        List<KnownDetails> rows = due.claim(lane.name, most, lane.batch, now, soon, leaseEnd);
        List<Question> questions = questions(rows, lane.batch, now);
        synchronized (this) {
            if (round.isEmpty()) {
                round = new Round(now);
            }
            round.due(rows.size());
            rows.forEach(row -> claims.put(row.url(), leaseEnd));
            lane.questions.addAll(questions);
        }
        claimed(lane, most, rows.size());
    }

    private void claimed(RefreshLane lane, int most, int found) {
        synchronized (this) {
            lane.claiming = false;
            claiming -= most;
            lane.more &= found >= most;
        }
        pump(lane);
    }

    private static Duration part(Duration ttl) {
        return Duration.ofMillis((long) (ttl.toMillis() * (1 - Schedule.EARLIEST)));
    }

    /** What to ask about rows: first what changed, where that can save requests; the details of the others. */
    private List<Question> questions(List<KnownDetails> rows, int batch, Instant now) {
        Map<BugUrl, KnownDetails> known = new LinkedHashMap<>();
        rows.forEach(row -> known.put(trackers.locate(CanonicalUrl.parse(row.url())), row));
        List<Question> questions = new ArrayList<>();
        Map<String, Map<BugUrl, KnownDetails>> groups = new LinkedHashMap<>();
        known.forEach((bug, row) -> {
            if (row.changeGroup() != null
                    && row.canBeRenewed(bug, trackers.trackerOf(bug), now)
                    && !row.fromOpenGraph()
                    && tellNothing.getIfPresent(row.changeGroup()) == null) {
                groups.computeIfAbsent(row.changeGroup(), group -> new LinkedHashMap<>())
                        .put(bug, row);
            }
        });
        groups.forEach((group, bugs) -> {
            // It costs no more than asking for these, and renews those of the group that come due later too.
            if (bugs.size() >= batch) {
                questions.add(new Question(bugs, group));
                known.keySet().removeAll(bugs.keySet());
            }
        });
        questions.addAll(forDetails(known));
        return questions;
    }

    private List<Question> forDetails(Map<BugUrl, KnownDetails> known) {
        return trackers.portions(List.copyOf(known.keySet())).stream()
                .map(portion -> {
                    Map<BugUrl, KnownDetails> bugs = new LinkedHashMap<>();
                    portion.forEach(bug -> bugs.put(bug, known.get(bug)));
                    return new Question(bugs, null);
                })
                .toList();
    }

    private void ask(RefreshLane lane, Question question) {
        if (hasLapsed(question)) {
            // Another node may have these by now.
            letGo(question.urls());
            asked(lane, 0, null);
        } else if (question.isAboutChanges()) {
            askWhatChanged(lane, question);
        } else {
            askForDetails(lane, question);
        }
    }

    private synchronized boolean hasLapsed(Question question) {
        Instant now = clock.instant();
        return question.urls().stream()
                .map(claims::get)
                .anyMatch(leaseEnd -> leaseEnd == null || !leaseEnd.isAfter(now));
    }

    private void askForDetails(RefreshLane lane, Question question) {
        DetailsFetcher.Refreshing refreshing = fetcher.refresh(question.bugs());
        refreshing.asked().whenComplete((asked, thrown) -> {
            if (thrown == null) {
                asked(lane, asked.requests(), asked.failure());
            } else {
                asked(lane, 0, null);
            }
        });
        refreshing.stored().thenAccept(stored -> {
            synchronized (this) {
                round.done(stored.changed(), stored.unchanged(), stored.failed());
            }
            letGo(question.urls());
        });
    }

    /** A request has ended: the lane goes on as its gate allows. */
    private void asked(RefreshLane lane, long requests, FetchException failure) {
        if (requests == 0) {
            lane.gate.leave();
        } else if (failure == null) {
            lane.gate.succeeded();
        } else {
            lane.gate.failed(failure);
        }
        spreadBudget(lane);
        synchronized (this) {
            lane.asking--;
            round.requests(requests);
        }
        pump(lane);
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
        String host = question.bugs().keySet().iterator().next().url().host();
        submit(host, () -> {
                    List<KnownDetails> rows = due.renewable(question.changeGroup(), question.since(), MOST_RENEWED);
                    Map<BugUrl, KnownDetails> renewable = new LinkedHashMap<>();
                    Instant now = clock.instant();
                    rows.forEach(row -> {
                        BugUrl bug = trackers.locate(CanonicalUrl.parse(row.url()));
                        if (row.canBeRenewed(bug, trackers.trackerOf(bug), now)) {
                            renewable.put(bug, row);
                        }
                    });
                    Optional<Set<BugUrl>> changed = trackers.changed(List.copyOf(renewable.keySet()), question.since());
                    return new Changes(now, renewable, changed);
                })
                .whenComplete((changes, thrown) -> {
                    if (thrown == null && changes.changed().isPresent()) {
                        onClerk(
                                () -> renew(
                                        lane,
                                        question,
                                        changes,
                                        changes.changed().get()),
                                () -> tellsNothing(lane, question, null));
                    } else {
                        tellsNothing(lane, question, thrown);
                    }
                });
    }

    private <T> CompletableFuture<T> submit(String host, Callable<T> work) {
        try {
            return outbound.submit(host, Lanes.Priority.REFRESH, work);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** What was answered to a question about changes, and what it can renew. */
    private record Changes(Instant asked, Map<BugUrl, KnownDetails> renewable, Optional<Set<BugUrl>> changed) {}

    private void renew(RefreshLane lane, Question question, Changes changes, Set<BugUrl> changed) {
        Map<BugUrl, KnownDetails> unchanged = new LinkedHashMap<>(changes.renewable());
        unchanged.keySet().removeAll(changed);
        Set<String> renewed = writer.renew(unchanged, changes.asked());
        Map<BugUrl, KnownDetails> left = new LinkedHashMap<>(question.bugs());
        left.keySet().removeIf(bug -> renewed.contains(bug.url().key()));
        due.hasten(
                changed.stream()
                        .filter(bug -> !question.bugs().containsKey(bug))
                        .map(bug -> bug.url().key())
                        .toList(),
                clock.instant());
        List<String> done = question.urls().stream().filter(renewed::contains).toList();
        synchronized (this) {
            round.done(0, done.size(), 0);
            lane.questions.addAll(forDetails(left));
            lane.more = true;
        }
        asked(lane, 1, null);
        letGo(done);
    }

    /** The details are asked for then. Nothing is said of the source yet, unless it wants to be left alone. */
    private void tellsNothing(RefreshLane lane, Question question, Throwable thrown) {
        tellNothing.put(question.changeGroup(), true);
        synchronized (this) {
            lane.questions.addAll(forDetails(question.bugs()));
        }
        Throwable cause = thrown == null ? null : thrown.getCause() == null ? thrown : thrown.getCause();
        boolean limited = cause instanceof FetchException failure
                && (failure.reason().equals(FailureReason.RATE_LIMITED)
                        || failure.retryAt().isPresent());
        if (limited) {
            asked(lane, 1, (FetchException) cause);
        } else {
            lane.gate.leave();
            asked(lane, 0, null);
        }
    }

    private void letGo(Collection<String> urls) {
        synchronized (this) {
            urls.forEach(claims::remove);
            if (isIdle()) {
                tell(clock.instant(), true);
            }
        }
    }

    private boolean isIdle() {
        return claims.isEmpty() && claiming == 0;
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

    /** What takes longer than a third of its lease is claimed for longer. */
    private void extendLeases() {
        Instant now = clock.instant();
        Instant leaseEnd = now.plus(settings.lease());
        List<String> lasting = new ArrayList<>();
        synchronized (this) {
            claims.forEach((url, end) -> {
                if (end.isAfter(now)
                        && end.isBefore(leaseEnd.minus(settings.lease().dividedBy(4)))) {
                    lasting.add(url);
                }
            });
        }
        if (lasting.isEmpty()) {
            return;
        }
        try {
            Set<String> extended = due.extend(lasting, leaseEnd);
            synchronized (this) {
                extended.forEach(url -> claims.computeIfPresent(url, (same, end) -> leaseEnd));
            }
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "Leases could not be extended; what they end for may be taken by others",
                    e);
        }
    }

    private void clean(Instant now) {
        Duration between = details.keep().dividedBy(10);
        Duration pause = between.compareTo(LONGEST_BETWEEN_CLEANINGS) > 0 ? LONGEST_BETWEEN_CLEANINGS : between;
        if (cleaned.plus(pause).isAfter(now)) {
            return;
        }
        cleaned = now;
        int forgotten = cache.forget(now.minus(details.keep()));
        if (forgotten > 0) {
            LOG.log(System.Logger.Level.INFO, "Forgot {0} details that nobody refers to or asks for", forgotten);
        }
    }

    /**
     * Has work done that waits for the database.
     *
     * @param otherwise is done where that fails
     */
    private void onClerk(Runnable work, Runnable otherwise) {
        try {
            clerks.execute(() -> {
                try {
                    work.run();
                } catch (RuntimeException e) {
                    LOG.log(System.Logger.Level.WARNING, "A part of a refresh was broken off: " + e.getMessage());
                    otherwise.run();
                }
            });
        } catch (RejectedExecutionException e) {
            otherwise.run();
        }
    }
}
