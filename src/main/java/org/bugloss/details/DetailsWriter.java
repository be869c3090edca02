package org.bugloss.details;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.bugloss.trackers.Answer;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.Freshness;
import org.bugloss.trackers.Trackers;

/**
 * Writes what was fetched into the cache, beside the threads that fetch: whatever has come while the last transaction was
 * under way goes into the next, so that a busy refresh writes many rows at once and a single answer does not wait. Safe for
 * use by several threads.
 */
@ApplicationScoped
public class DetailsWriter {

    private static final System.Logger LOG = System.getLogger(DetailsWriter.class.getName());

    private static final int WRITERS = 3;
    private static final int MOST_AT_ONCE = 200;

    /** Texts can be long, so only so many answers wait; then those who fetch wait. */
    private static final int MOST_WAITING = 1000;

    /** Far longer than a database that answers takes for a thousand rows. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    private DetailsCache cache;

    @Inject
    private DueDetails due;

    @Inject
    private Trackers trackers;

    @Inject
    private DetailsSettings settings;

    @Inject
    private Schedule schedule;

    @Inject
    private Clock clock;

    @Resource
    private ManagedThreadFactory threads;

    private final Semaphore room = new Semaphore(MOST_WAITING);
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private ThreadPoolExecutor writers;
    private int writing;

    /** An answer, and who waits for its being stored. */
    private record Waiting(
            BugUrl bug, KnownDetails known, Answer answer, boolean asked, CompletableFuture<Stored> stored) {}

    private record Entry(Fetched fetched, CompletableFuture<Stored> stored) {}

    /** What became of an answer. */
    enum Outcome {
        /** There is something new in the cache. */
        REFRESHED,
        /** What is cached still holds. */
        UNCHANGED,
        /** The source failed; that is noted. */
        FAILED
    }

    /**
     * An answer that is stored.
     *
     * @param row as it is now; {@code null} where nothing but its times changed, and nobody asked
     */
    record Stored(Outcome outcome, CachedDetails row) {}

    @PostConstruct
    void start() {
        writers = new ThreadPoolExecutor(
                WRITERS, WRITERS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(WRITERS), threads);
        writers.allowCoreThreadTimeOut(true);
    }

    @PreDestroy
    void stop() {
        writers.shutdownNow();
    }

    /**
     * Has an answer stored. Waits where too many are waiting already.
     *
     * @param known what was cached when the source was asked; {@code null} where nothing was
     * @param asked whether somebody asked, rather than the timer
     * @return completes exceptionally where it can't be stored
     */
    CompletableFuture<Stored> write(BugUrl bug, KnownDetails known, Answer answer, boolean asked) {
        CompletableFuture<Stored> stored = new CompletableFuture<>();
        try {
            if (!room.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                stored.completeExceptionally(new RejectedExecutionException("the database is too slow"));
                return stored;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stored.completeExceptionally(e);
            return stored;
        }
        synchronized (this) {
            waiting.add(new Waiting(bug, known, answer, asked, stored));
            if (writing < WRITERS) {
                writing++;
                writers.execute(this::writeWhatWaits);
            }
        }
        return stored;
    }

    private void writeWhatWaits() {
        for (List<Waiting> next = next(); !next.isEmpty(); next = next()) {
            List<Waiting> answers = next;
            try {
                write(answers.stream().map(this::cleaned).toList());
            } catch (RuntimeException | Error e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "The details of {0} bugs could not be stored, and will be fetched again: {1}",
                        answers.size(),
                        Retried.sqlProblem(e).orElse(e.toString()));
                answers.forEach(answer -> answer.stored().completeExceptionally(e));
            } finally {
                room.release(answers.size());
            }
        }
    }

    private Entry cleaned(Waiting answer) {
        return new Entry(
                Fetched.of(
                        answer.bug(),
                        trackers.trackerOf(answer.bug()),
                        trackers.changeGroup(answer.bug()),
                        answer.known(),
                        answer.answer(),
                        settings.images(),
                        answer.asked()),
                answer.stored());
    }

    private synchronized List<Waiting> next() {
        List<Waiting> next = new ArrayList<>();
        while (next.size() < MOST_AT_ONCE && !waiting.isEmpty()) {
            next.add(waiting.remove());
        }
        if (next.isEmpty()) {
            writing--;
        }
        return next;
    }

    private void write(List<Entry> entries) {
        List<Entry> unchanged =
                entries.stream().filter(entry -> entry.fetched().isUnchanged()).toList();
        if (!unchanged.isEmpty()) {
            renew(unchanged);
        }
        Map<String, Entry> changed = new LinkedHashMap<>();
        List<Entry> again = new ArrayList<>();
        for (Entry entry : entries) {
            if (!entry.fetched().isUnchanged()
                    && changed.putIfAbsent(entry.fetched().bug().url().key(), entry) != null) {
                again.add(entry);
            }
        }
        if (!changed.isEmpty()) {
            store(List.copyOf(changed.values()));
        }
        again.forEach(entry -> store(List.of(entry)));
    }

    private void renew(List<Entry> unchanged) {
        Instant now = clock.instant();
        Retried.onConflict(() -> due.renew(
                unchanged.stream().map(entry -> renewal(entry.fetched(), now)).toList()));
        Set<String> asked = unchanged.stream()
                .filter(entry -> entry.fetched().asked())
                .map(entry -> entry.fetched().bug().url().key())
                .collect(Collectors.toSet());
        Map<String, CachedDetails> rows = cache.find(asked);
        unchanged.forEach(entry -> entry.stored()
                .complete(new Stored(
                        Outcome.UNCHANGED, rows.get(entry.fetched().bug().url().key()))));
    }

    /**
     * Renews what a tracker says has not changed since it was fetched.
     *
     * @param at the moment at which it was so
     * @return the URLs of what was renewed; the others' details were replaced meanwhile
     */
    public Set<String> renew(Map<BugUrl, KnownDetails> unchanged, Instant at) {
        List<DueDetails.Renewal> renewals = unchanged.entrySet().stream()
                .map(bug -> renewal(bug.getKey(), bug.getValue(), at, null, null))
                .toList();
        Set<String> renewed = new HashSet<>();
        for (int from = 0; from < renewals.size(); from += MOST_AT_ONCE) {
            List<DueDetails.Renewal> some = renewals.subList(from, Math.min(from + MOST_AT_ONCE, renewals.size()));
            renewed.addAll(Retried.onConflict(() -> due.renew(some)));
        }
        return renewed;
    }

    private DueDetails.Renewal renewal(Fetched fetched, Instant now) {
        return renewal(fetched.bug(), fetched.known(), now, fetched.readInFull() ? now : null, fetched.freshness());
    }

    private DueDetails.Renewal renewal(
            BugUrl bug, KnownDetails known, Instant at, Instant readAt, Freshness freshness) {
        Duration ttl = schedule.ttl(
                bug, known.resolved(), known.fromOpenGraph(), freshness == null ? Freshness.UNKNOWN : freshness);
        return new DueDetails.Renewal(
                known, at, at.plus(ttl), schedule.due(at, ttl, known.isLookedAt()), readAt, freshness);
    }

    /** Stores many at once; where the database refuses a value, one by one, so that it costs its own bug only. */
    private void store(List<Entry> changed) {
        Map<String, CachedDetails> rows;
        try {
            rows = Retried.onConflict(
                    () -> cache.store(changed.stream().map(Entry::fetched).toList()));
        } catch (RuntimeException e) {
            if (changed.size() == 1 || !Retried.isRefusedValue(e)) {
                throw e;
            }
            for (Entry entry : changed) {
                try {
                    store(List.of(entry));
                } catch (RuntimeException refused) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "The details of " + entry.fetched().bug() + " can't be stored",
                            refused);
                    entry.stored().completeExceptionally(refused);
                }
            }
            return;
        }
        changed.forEach(entry -> {
            boolean failed = entry.fetched().failure() != null
                    || entry.fetched().details().failure() != null;
            entry.stored()
                    .complete(new Stored(
                            failed ? Outcome.FAILED : Outcome.REFRESHED,
                            rows.get(entry.fetched().bug().url().key())));
        });
    }
}
