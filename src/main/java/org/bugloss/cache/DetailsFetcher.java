package org.bugloss.cache;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.bugloss.audit.Audit;
import org.bugloss.audit.Trail;
import org.bugloss.cache.SingleFlight.Fetch;
import org.bugloss.database.DatabaseAway;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Gate;
import org.bugloss.outbound.Gates;
import org.bugloss.outbound.Lanes;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.trackers.Answer;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.Trackers;
import org.jspecify.annotations.Nullable;

/**
 * Fetches details into the cache, behind whoever asks for it. Any number of questions for one URL at the same time are
 * one fetch. The network is asked outside any transaction. Safe for use by several threads.
 */
@ApplicationScoped
public class DetailsFetcher {

    /** Who asks where no caller does, in the audit log. */
    private static final String REFRESH = "refresh";

    private static final System.Logger LOG = System.getLogger(DetailsFetcher.class.getName());

    private final SingleFlight flights = new SingleFlight();

    @Inject
    private Trackers trackers;

    @Inject
    private DetailsCache cache;

    @Inject
    private DetailsWriter writer;

    @Inject
    private OutboundClient client;

    @Inject
    private Lanes lanes;

    @Inject
    private Gates gates;

    @Inject
    private Clock clock;

    /**
     * Fetches one bug's details because a caller asked, unless the cache has come to have them since the caller looked.
     *
     * @param caller the caller's name, for the audit log
     * @return the row once it is stored, details or failure, or {@code null} where what was cached still holds; completes
     *     exceptionally where it could not be stored, or at once with {@link RejectedExecutionException} where too many
     *     fetches are waiting
     */
    public CompletableFuture<StoredDetails> fetch(BugUrl bug, String caller) {
        return fetch(List.of(bug), caller).get(0);
    }

    /**
     * As {@link #fetch(BugUrl, String)} for many, in as few requests as their trackers allow; a future for each, in
     * order.
     */
    public List<CompletableFuture<StoredDetails>> fetch(List<BugUrl> bugs, String caller) {
        return fetch(bugs, caller, false);
    }

    /** As {@link #fetch(BugUrl, String)}, but past the cache, and the source is to tell all of it. */
    public CompletableFuture<StoredDetails> fetchAnew(BugUrl bug, String caller) {
        return fetch(List.of(bug), caller, true).get(0);
    }

    /** Whether a bug's source wants to be left alone for a while: by all but those who have nothing yet and wait. */
    public boolean isResting(BugUrl bug) {
        return gates.known(bug.lane()).filter(Gate::isResting).isPresent();
    }

    private List<CompletableFuture<StoredDetails>> fetch(List<BugUrl> bugs, String caller, boolean anew) {
        List<CompletableFuture<StoredDetails>> futures = new ArrayList<>(bugs.size());
        Map<BugUrl, Fetch> mine = new LinkedHashMap<>();
        for (BugUrl bug : bugs) {
            SingleFlight.Begun begun = flights.begin(bug, anew);
            if (begun.isNew()) {
                mine.put(bug, begun.fetch());
            } else if (begun.fetch().task != null) {
                // Somebody waits now for what a refresh began.
                lanes.hasten(begun.fetch().task, caller);
            }
            futures.add(begun.fetch().stored.thenApply(DetailsWriter.Stored::row));
        }
        try {
            for (List<BugUrl> portion : trackers.portions(List.copyOf(mine.keySet()))) {
                Map<BugUrl, Fetch> ofPortion = new LinkedHashMap<>();
                portion.forEach(bug -> ofPortion.put(bug, mine.get(bug)));
                submit(ofPortion, Lanes.Priority.CALLER, caller, () -> {
                    Map<BugUrl, KnownDetails> wanting = wanting(ofPortion, anew);
                    Map<BugUrl, Answer> answers = ask(wanting, caller, anew, false);
                    tell(answers);
                    if (arePaused(answers)) {
                        endUnasked(ofPortion, answers.keySet());
                    } else {
                        store(answers, wanting, ofPortion, true);
                    }
                });
            }
        } catch (RuntimeException e) {
            fail(mine, e);
        }
        return futures;
    }

    /**
     * A refresh of one portion.
     *
     * @param asked completes once the sources have answered, with what that cost
     * @param stored completes once all is stored, with what became of how many; never exceptionally
     * @param elsewhere bugs that somebody was asking for already, and that this does not ask for
     */
    public record Refreshing(
            CompletableFuture<Asked> asked, CompletableFuture<Refreshed> stored, Set<BugUrl> elsewhere) {}

    /**
     * What it took to ask.
     *
     * @param requests that were sent
     * @param failure why the source as a whole did not answer; {@code null} where it did
     * @param took how long it took
     */
    public record Asked(long requests, @Nullable FetchException failure, Duration took) {}

    /** How many details of a portion are new, still hold, and could not be fetched or stored. */
    public record Refreshed(int changed, int unchanged, int failed) {}

    /**
     * Fetches details for the timer, which has claimed them.
     *
     * @param portion bugs that can be asked about together, see {@link Trackers#portions}, with what is cached of them
     */
    public Refreshing refresh(Map<BugUrl, KnownDetails> portion) {
        CompletableFuture<Asked> asked = new CompletableFuture<>();
        Map<BugUrl, Fetch> mine = flights.beginWhereNobodyDoes(portion.keySet());
        if (mine.isEmpty()) {
            // Callers are fetching all of it: when that is stored, the claims end.
            asked.complete(new Asked(0, null, Duration.ZERO));
            return new Refreshing(
                    asked, CompletableFuture.completedFuture(new Refreshed(0, 0, 0)), Set.copyOf(portion.keySet()));
        }
        submit(mine, Lanes.Priority.REFRESH, REFRESH, () -> {
                    Map<BugUrl, KnownDetails> wanting = new LinkedHashMap<>(portion);
                    wanting.keySet().retainAll(mine.keySet());
                    long before = client.sentHere();
                    Instant begin = clock.instant();
                    Map<BugUrl, Answer> answers = ask(wanting, REFRESH, false, true);
                    if (arePaused(answers)) {
                        asked.completeExceptionally(new FetchException(FailureReason.PAUSED, "the system is paused"));
                        endUnasked(mine, answers.keySet());
                        return;
                    }
                    asked.complete(new Asked(
                            client.sentHere() - before,
                            failureOfAll(answers),
                            Duration.between(begin, clock.instant())));
                    store(answers, wanting, mine, false);
                })
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        asked.completeExceptionally(failure);
                    }
                });
        Set<BugUrl> elsewhere = new HashSet<>(portion.keySet());
        elsewhere.removeAll(mine.keySet());
        return new Refreshing(asked, tally(mine.values()), elsewhere);
    }

    private static CompletableFuture<Refreshed> tally(Collection<Fetch> fetches) {
        return CompletableFuture.allOf(
                        fetches.stream().map(fetch -> fetch.stored).toArray(CompletableFuture[]::new))
                .handle((all, failure) -> {
                    int changed = 0;
                    int unchanged = 0;
                    for (Fetch fetch : fetches) {
                        if (!fetch.stored.isCompletedExceptionally()) {
                            DetailsWriter.Outcome outcome = fetch.stored.join().outcome();
                            changed += outcome == DetailsWriter.Outcome.REFRESHED ? 1 : 0;
                            unchanged += outcome == DetailsWriter.Outcome.UNCHANGED ? 1 : 0;
                        }
                    }
                    return new Refreshed(changed, unchanged, fetches.size() - changed - unchanged);
                });
    }

    /** All of a portion is of one system. That it is paused is no answer of its tracker's, and is not stored as one. */
    private static boolean arePaused(Map<BugUrl, Answer> answers) {
        return answers.values().stream().anyMatch(answer -> {
            FetchException failure = failureOf(answer);
            return failure != null && failure.reason().equals(FailureReason.PAUSED);
        });
    }

    private void endUnasked(Map<BugUrl, Fetch> portion, Collection<BugUrl> bugs) {
        bugs.forEach(
                bug -> end(bug, portion).complete(new DetailsWriter.Stored(DetailsWriter.Outcome.UNCHANGED, null)));
    }

    /** Whatever becomes of the task, nobody waits for ever for a fetch that has ended, or that never began. */
    private CompletableFuture<?> submit(
            Map<BugUrl, Fetch> portion, Lanes.Priority priority, String caller, Runnable work) {
        BugUrl first = portion.keySet().iterator().next();
        String id = Trail.id();
        try {
            CompletableFuture<?> task = lanes.submit(first.url().host(), priority, caller, () -> {
                Trail.follow(id, () -> {
                    LOG.log(
                            System.Logger.Level.DEBUG,
                            () -> caller + " has " + portion.size() + " bugs fetched, " + first + " first"
                                    + Trail.mark(id));
                    work.run();
                });
                return null;
            });
            portion.values().forEach(fetch -> fetch.task = task);
            return task.whenComplete((done, failure) -> {
                if (failure != null) {
                    log(portion.keySet(), failure, id);
                    fail(portion, failure);
                }
            });
        } catch (RejectedExecutionException e) {
            fail(portion, e);
            return CompletableFuture.failedFuture(e);
        }
    }

    private Map<BugUrl, Answer> ask(Map<BugUrl, KnownDetails> wanting, String who, boolean anew, boolean canWait) {
        if (wanting.isEmpty()) {
            return Map.of();
        }
        Instant now = clock.instant();
        List<BugUrl> questions = wanting.entrySet().stream()
                .map(bug -> bug.getValue() == null || anew
                        ? bug.getKey()
                        : bug.getValue().asked(bug.getKey(), trackers.trackerOf(bug.getKey()), now, canWait))
                .toList();
        Map<BugUrl, Answer> answers = trackers.details(questions);
        answers.forEach((bug, answer) -> audit(who, bug, answer));
        return answers;
    }

    /** What a source says to a caller about being left alone is said to the refresh too; and that it answers again. */
    private void tell(Map<BugUrl, Answer> answers) {
        answers.forEach((bug, answer) -> {
            Optional<Gate> gate = gates.known(bug.lane());
            FetchException failure = failureOf(answer);
            if (failure == null) {
                gate.filter(closed -> closed.state() == Gate.State.FAILING).ifPresent(Gate::succeeded);
            } else if (failure.reason().equals(FailureReason.RATE_LIMITED) && trackers.isBug(bug)) {
                // Of pages, one that somebody looks at now and then says little of its whole host.
                failure.retryAt().ifPresent(until -> gates.of(bug.lane()).restUntil(until));
            }
        });
    }

    private void store(
            Map<BugUrl, Answer> answers, Map<BugUrl, KnownDetails> known, Map<BugUrl, Fetch> portion, boolean asked) {
        List<BugUrl> bugs = List.copyOf(answers.keySet());
        boolean alone = answers.size() == 1 || !answers.values().stream().allMatch(DetailsFetcher::isForbidden);
        List<CompletableFuture<DetailsWriter.Stored>> written = writer.write(bugs.stream()
                .map(bug -> new DetailsWriter.Answered(
                        bug, known.get(bug), Objects.requireNonNull(answers.get(bug)), alone, asked))
                .toList());
        for (int i = 0; i < bugs.size(); i++) {
            BugUrl bug = bugs.get(i);
            written.get(i).whenComplete((stored, failure) -> {
                CompletableFuture<DetailsWriter.Stored> future = end(bug, portion);
                if (failure == null) {
                    future.complete(stored);
                } else {
                    future.completeExceptionally(failure);
                }
            });
        }
    }

    /**
     * Why a source as a whole does not answer: a bug that is not there or may not be seen says nothing of the others, but
     * one that times out does, and so does what all bugs of a batch have in common. Where the pages serve in place of the
     * API, the source answers, unless it was sent credentials that it does not take: it might lock them out.
     */
    private static @Nullable FetchException failureOfAll(Map<BugUrl, Answer> answers) {
        @Nullable FetchException last = null;
        for (Map.Entry<BugUrl, Answer> answer : answers.entrySet()) {
            FetchException failure = failureOf(answer.getValue());
            boolean pageServes = answer.getValue() instanceof Answer.Found && !isLockOut(answer.getKey(), failure);
            if (failure == null
                    || pageServes
                    || answers.size() == 1 && !failure.reason().isOfTheWholeSource()) {
                return null;
            }
            last = failure;
        }
        return last;
    }

    private static boolean isLockOut(BugUrl bug, @Nullable FetchException failure) {
        return failure != null
                && failure.reason().equals(FailureReason.UNAUTHORIZED)
                && bug.system().filter(system -> system.credentials().given()).isPresent();
    }

    private static boolean isForbidden(Answer answer) {
        FetchException failure = failureOf(answer);
        return failure != null && failure.reason().equals(FailureReason.FORBIDDEN);
    }

    private static @Nullable FetchException failureOf(Answer answer) {
        if (answer instanceof Answer.Failed failed) {
            return failed.failure();
        }
        return answer instanceof Answer.Found found ? found.details().failure() : null;
    }

    /**
     * Completes what the cache has by now: whoever looked into it before an earlier fetch was stored, and came here after
     * that fetch had ended, would fetch a second time. Returns the others, with what is cached of them.
     */
    private Map<BugUrl, KnownDetails> wanting(Map<BugUrl, Fetch> portion, boolean anew) {
        Instant now = clock.instant();
        Map<String, CachedDetails> rows =
                cache.find(portion.keySet().stream().map(bug -> bug.url().key()).toList());
        Map<BugUrl, KnownDetails> wanting = new LinkedHashMap<>();
        for (BugUrl bug : portion.keySet()) {
            CachedDetails row = rows.get(bug.url().key());
            if (row == null) {
                wanting.put(bug, null);
            } else if (anew || row.stored().isWanting(bug, trackers.trackerOf(bug), now)) {
                wanting.put(bug, row.known());
            } else {
                end(bug, portion).complete(new DetailsWriter.Stored(DetailsWriter.Outcome.UNCHANGED, row.stored()));
            }
        }
        return wanting;
    }

    /** Whoever meets an address that may not be fetched is noted, be it behind a redirect or an API that sends there. */
    public static void audit(String who, BugUrl bug, Answer answer) {
        FetchException failure = failureOf(answer);
        if (failure != null && failure.reason().equals(FailureReason.ADDRESS_NOT_ALLOWED)) {
            Audit.refused(who, bug.url().key(), String.valueOf(failure.getMessage()));
        }
    }

    private static void log(Collection<BugUrl> bugs, Throwable failure, String id) {
        String problem = "The details of " + bugs.size() + " bugs could not be fetched, of "
                + bugs.iterator().next() + " first";
        if (DatabaseAway.isBehind(failure)) {
            LOG.log(System.Logger.Level.WARNING, problem + ": the database is away" + Trail.mark(id));
        } else {
            LOG.log(System.Logger.Level.WARNING, problem + Trail.mark(id), failure);
        }
    }

    private void fail(Map<BugUrl, Fetch> portion, Throwable failure) {
        portion.keySet().forEach(bug -> end(bug, portion).completeExceptionally(failure));
    }

    private CompletableFuture<DetailsWriter.Stored> end(BugUrl bug, Map<BugUrl, Fetch> portion) {
        return flights.end(bug, Objects.requireNonNull(portion.get(bug)));
    }
}
