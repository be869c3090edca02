package org.bugloss.cache;

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
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.bugloss.audit.Trail;
import org.bugloss.database.Retried;
import org.bugloss.outbound.Freshness;
import org.bugloss.trackers.Answer;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.Trackers;
import org.jspecify.annotations.Nullable;

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

    private final List<Consumer<Collection<String>>> listeners = new CopyOnWriteArrayList<>();
    private final Semaphore room = new Semaphore(MOST_WAITING);
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private ThreadPoolExecutor writers;
    private int writing;

    /** An answer, who waits for its being stored, and the id that the log follows it by. */
    private record Waiting(Answered answered, CompletableFuture<Stored> stored, String id) {}

    private record Entry(Fetched fetched, Waiting waiting) {

        void complete(Outcome outcome, @Nullable StoredDetails row) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    () -> "Stored of " + fetched.bug() + ": " + outcome.name().toLowerCase(Locale.ROOT)
                            + Trail.mark(waiting.id()));
            waiting.stored().complete(new Stored(outcome, row));
        }
    }

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
    record Stored(Outcome outcome, @Nullable StoredDetails row) {}

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
     * Has whoever remembers rows told which of them changed, by their URLs: as soon as that is committed, and before anybody who
     * waits for it hears of it. Called on the threads that write, so it must not wait.
     */
    public void whenStored(Consumer<Collection<String>> listener) {
        listeners.add(listener);
    }

    /**
     * An answer to be stored.
     *
     * @param known what was cached when the source was asked; {@code null} where nothing was
     * @param alone whether a failure is said of this bug, rather than of all that was asked about
     * @param asked whether somebody asked, rather than the timer
     */
    record Answered(BugUrl bug, @Nullable KnownDetails known, Answer answer, boolean alone, boolean asked) {}

    /**
     * Has answers stored. Waits where too many are waiting already.
     *
     * @return a future for each answer, in order; it completes exceptionally where the answer can't be stored
     */
    List<CompletableFuture<Stored>> write(List<Answered> answers) {
        String id = Trail.id();
        List<Waiting> written = answers.stream()
                .map(answer -> new Waiting(answer, new CompletableFuture<>(), id))
                .toList();
        List<CompletableFuture<Stored>> stored =
                written.stream().map(Waiting::stored).toList();
        int some = Math.min(answers.size(), MOST_WAITING);
        try {
            if (!room.tryAcquire(some, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                fail(stored, new RejectedExecutionException("the database is too slow"));
                return stored;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(stored, e);
            return stored;
        }
        CompletableFuture.allOf(stored.toArray(CompletableFuture[]::new))
                .whenComplete((all, failure) -> room.release(some));
        synchronized (this) {
            waiting.addAll(written);
            try {
                if (writing < WRITERS) {
                    writers.execute(this::writeWhatWaits);
                    writing++;
                }
            } catch (RuntimeException | Error e) {
                // A server that stops makes no more threads.
                waiting.removeAll(written);
                fail(stored, e);
            }
        }
        return stored;
    }

    private static void fail(List<CompletableFuture<Stored>> stored, Throwable failure) {
        stored.forEach(one -> one.completeExceptionally(failure));
    }

    private void writeWhatWaits() {
        for (List<Waiting> next = next(); !next.isEmpty(); next = next()) {
            try {
                writeAll(next);
            } catch (Throwable e) {
                // Whatever it is, those who wait must hear of it, and this thread must go on.
                LOG.log(
                        System.Logger.Level.WARNING,
                        "The details of {0} bugs could not be stored, and will be fetched again: {1}",
                        next.size(),
                        e.getMessage());
                fail(next.stream().map(Waiting::stored).toList(), e);
            }
        }
    }

    private void writeAll(List<Waiting> answers) {
        List<Entry> entries = answers.stream()
                .map(waiting -> new Entry(cleaned(waiting), waiting))
                .toList();
        List<Entry> unchanged = entries.stream()
                .filter(entry -> entry.fetched() instanceof Fetched.Unchanged)
                .toList();
        if (!unchanged.isEmpty()) {
            renew(unchanged);
        }
        // One by one where there are several answers for one row.
        Map<String, Entry> changed = new LinkedHashMap<>();
        List<Entry> again = new ArrayList<>();
        for (Entry entry : entries) {
            if (!(entry.fetched() instanceof Fetched.Unchanged)
                    && changed.putIfAbsent(entry.fetched().bug().url().key(), entry) != null) {
                again.add(entry);
            }
        }
        if (!changed.isEmpty()) {
            store(List.copyOf(changed.values()));
        }
        again.forEach(entry -> store(List.of(entry)));
    }

    /** One that nobody could foresee fails for itself alone, and is put off like any other failure. */
    private Fetched cleaned(Waiting waiting) {
        Answered answered = waiting.answered();
        BugUrl bug = answered.bug();
        String tracker = trackers.trackerOf(bug);
        try {
            return Fetched.of(
                    bug,
                    tracker,
                    trackers.changeGroup(bug),
                    answered.known(),
                    answered.answer(),
                    settings.images(),
                    answered.alone(),
                    answered.asked());
        } catch (RuntimeException | StackOverflowError | LinkageError e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "What was told of " + bug + " can't be made safe" + Trail.mark(waiting.id()),
                    e);
            return Fetched.unusable(bug, tracker, "could not be made safe to show", answered.asked());
        }
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

    private void renew(List<Entry> unchanged) {
        Instant now = clock.instant();
        List<DueDetails.Renewal> renewals = unchanged.stream()
                .map(entry -> renewal((Fetched.Unchanged) entry.fetched(), now))
                .toList();
        told(Retried.onConflict(() -> due.renew(renewals)));
        Set<String> asked = unchanged.stream()
                .filter(entry -> entry.fetched().asked())
                .map(entry -> entry.fetched().bug().url().key())
                .collect(Collectors.toSet());
        Map<String, CachedDetails> rows = cache.find(asked);
        unchanged.forEach(entry -> {
            CachedDetails row = rows.get(entry.fetched().bug().url().key());
            entry.complete(Outcome.UNCHANGED, row == null ? null : row.stored());
        });
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
            told(renewed);
        }
        return renewed;
    }

    private DueDetails.Renewal renewal(Fetched.Unchanged fetched, Instant now) {
        return renewal(fetched.bug(), fetched.known(), now, fetched.readInFull() ? now : null, fetched.freshness());
    }

    private DueDetails.Renewal renewal(
            BugUrl bug, KnownDetails known, Instant at, @Nullable Instant readAt, @Nullable Freshness freshness) {
        Duration ttl = schedule.ttl(
                bug, known.resolved(), known.fromOpenGraph(), freshness == null ? Freshness.UNKNOWN : freshness);
        return new DueDetails.Renewal(
                known, at, at.plus(ttl), schedule.due(at, ttl, known.isLookedAt()), readAt, freshness);
    }

    /** Stores many at once; where the database refuses a value, one by one, so that it costs its own bug only. */
    private void store(List<Entry> changed) {
        Map<String, StoredDetails> rows;
        try {
            rows = stored(changed.stream().map(Entry::fetched).toList());
        } catch (RuntimeException e) {
            if (!Retried.isRefusedValue(e)) {
                throw e;
            }
            changed.forEach(this::storeAlone);
            return;
        }
        changed.forEach(entry -> complete(entry, rows));
    }

    /** A value that the database refuses is a failure that is put off, else its source would be asked for ever. */
    private void storeAlone(Entry entry) {
        Fetched fetched = entry.fetched();
        try {
            complete(entry, stored(List.of(fetched)));
        } catch (RuntimeException e) {
            if (!Retried.isRefusedValue(e)) {
                throw e;
            }
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The details of " + fetched.bug() + " can't be stored"
                            + Trail.mark(entry.waiting().id()),
                    e);
            Fetched failed = Fetched.unusable(fetched.bug(), fetched.tracker(), "could not be stored", fetched.asked());
            complete(new Entry(failed, entry.waiting()), stored(List.of(failed)));
        }
    }

    private Map<String, StoredDetails> stored(List<Fetched> answers) {
        Map<String, StoredDetails> rows = Retried.onConflict(() -> cache.store(answers));
        told(rows.keySet());
        return rows;
    }

    /** Of these rows something was written, which is committed. */
    void told(Collection<String> urls) {
        listeners.forEach(listener -> listener.accept(urls));
    }

    private static void complete(Entry entry, Map<String, StoredDetails> rows) {
        Fetched fetched = entry.fetched();
        StoredDetails row = rows.get(fetched.bug().url().key());
        boolean failed = fetched instanceof Fetched.Failed
                || fetched instanceof Fetched.News news && news.details().failure() != null;
        entry.complete(failed ? Outcome.FAILED : Outcome.REFRESHED, row);
    }
}
