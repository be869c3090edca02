package org.bugloss.details;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Lanes;
import org.bugloss.trackers.Answer;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.Trackers;
import org.bugloss.web.Audit;

/**
 * Fetches details into the cache, behind whoever asks for it. Any number of questions for one URL at the same time are
 * one fetch. The network is asked outside any transaction. Safe for use by several threads.
 */
@ApplicationScoped
public class DetailsFetcher {

    /** Who asks where no caller does, in the audit log. */
    private static final String REFRESH = "refresh";

    private static final System.Logger LOG = System.getLogger(DetailsFetcher.class.getName());

    private final ConcurrentMap<String, CompletableFuture<CachedDetails>> underWay = new ConcurrentHashMap<>();

    @Inject
    private Trackers trackers;

    @Inject
    private DetailsCache cache;

    @Inject
    private Lanes lanes;

    @Inject
    private Clock clock;

    /**
     * Fetches one bug's details because a caller asked, unless the cache has come to have them since the caller looked.
     *
     * @param caller the caller's name, for the audit log
     * @return the row once it is stored, details or failure; completes exceptionally where it could not be stored, or
     *     at once with {@link RejectedExecutionException} where too many fetches are waiting
     */
    public CompletableFuture<CachedDetails> fetch(BugUrl bug, String caller) {
        return fetch(List.of(bug), caller).get(0);
    }

    /**
     * As {@link #fetch(BugUrl, String)} for many, in as few requests as their trackers allow; a future for each, in
     * order.
     */
    public List<CompletableFuture<CachedDetails>> fetch(List<BugUrl> bugs, String caller) {
        return fetch(bugs, Lanes.Priority.CALLER, caller, false);
    }

    /** As {@link #fetch(BugUrl, String)}, but past the cache. */
    public CompletableFuture<CachedDetails> fetchAnew(BugUrl bug, String caller) {
        return fetch(List.of(bug), Lanes.Priority.CALLER, caller, true).get(0);
    }

    /**
     * Fetches many bugs' details for the timer, in as few requests as their trackers allow.
     *
     * @return a future for each bug, in the order of the bugs, as {@link #fetch(BugUrl, String)} gives it
     */
    public List<CompletableFuture<CachedDetails>> refresh(List<BugUrl> bugs) {
        return fetch(bugs, Lanes.Priority.REFRESH, REFRESH, false);
    }

    private List<CompletableFuture<CachedDetails>> fetch(
            List<BugUrl> bugs, Lanes.Priority priority, String who, boolean anew) {
        List<CompletableFuture<CachedDetails>> futures = new ArrayList<>(bugs.size());
        Map<BugUrl, CompletableFuture<CachedDetails>> mine = new LinkedHashMap<>();
        for (BugUrl bug : bugs) {
            CompletableFuture<CachedDetails> future = new CompletableFuture<>();
            CompletableFuture<CachedDetails> earlier =
                    underWay.putIfAbsent(bug.url().key(), future);
            if (earlier == null) {
                mine.put(bug, future);
            }
            futures.add(earlier == null ? future : earlier);
        }
        try {
            for (List<BugUrl> portion : trackers.portions(List.copyOf(mine.keySet()))) {
                Map<BugUrl, CompletableFuture<CachedDetails>> ofPortion = new LinkedHashMap<>();
                portion.forEach(bug -> ofPortion.put(bug, mine.get(bug)));
                submit(ofPortion, priority, who, anew);
            }
        } catch (RuntimeException e) {
            fail(mine, e);
        }
        return futures;
    }

    /** Whatever becomes of the task, nobody waits for ever for a fetch that has ended, or that never began. */
    private void submit(
            Map<BugUrl, CompletableFuture<CachedDetails>> portion, Lanes.Priority priority, String who, boolean anew) {
        String host = portion.keySet().iterator().next().url().host();
        try {
            lanes.submit(host, priority, () -> {
                        fetchNow(portion, who, priority == Lanes.Priority.CALLER, anew);
                        return null;
                    })
                    .whenComplete((done, failure) -> {
                        if (failure != null) {
                            LOG.log(
                                    System.Logger.Level.WARNING,
                                    "Details could not be fetched or stored: " + portion.keySet(),
                                    failure);
                            fail(portion, failure);
                        }
                    });
        } catch (RejectedExecutionException e) {
            fail(portion, e);
        }
    }

    private void fetchNow(
            Map<BugUrl, CompletableFuture<CachedDetails>> portion, String who, boolean asked, boolean anew) {
        List<BugUrl> wanting = anew ? List.copyOf(portion.keySet()) : wanting(portion);
        if (wanting.isEmpty()) {
            return;
        }
        Map<BugUrl, Answer> answers = trackers.details(wanting);
        answers.forEach((bug, answer) -> audit(who, bug, answer));
        Map<String, CachedDetails> rows = store(answers, asked);
        for (BugUrl bug : wanting) {
            CachedDetails row = rows.get(bug.url().key());
            if (row == null) {
                end(bug, portion).completeExceptionally(new IllegalStateException("the details can't be stored"));
            } else {
                end(bug, portion).complete(row);
            }
        }
    }

    /**
     * Completes what the cache has by now: whoever looked into it before an earlier fetch was stored, and came here after
     * that fetch had ended, would fetch a second time. Returns the others.
     */
    private List<BugUrl> wanting(Map<BugUrl, CompletableFuture<CachedDetails>> portion) {
        Instant now = clock.instant();
        Map<String, CachedDetails> rows =
                cache.find(portion.keySet().stream().map(bug -> bug.url().key()).toList());
        List<BugUrl> wanting = new ArrayList<>(portion.size());
        for (BugUrl bug : portion.keySet()) {
            CachedDetails row = rows.get(bug.url().key());
            if (row == null || row.isWanting(bug, trackers.trackerOf(bug), now)) {
                wanting.add(bug);
            } else {
                end(bug, portion).complete(row);
            }
        }
        return wanting;
    }

    /** Stores a portion at once; where the database refuses a value, one by one, so that it costs its own bug only. */
    private Map<String, CachedDetails> store(Map<BugUrl, Answer> answers, boolean asked) {
        try {
            return Retried.onConflict(() -> cache.store(answers, asked));
        } catch (RuntimeException e) {
            if (answers.size() == 1 || !Retried.isRefusedValue(e)) {
                throw e;
            }
            Map<String, CachedDetails> rows = new LinkedHashMap<>();
            answers.forEach((bug, answer) -> {
                try {
                    rows.putAll(Retried.onConflict(() -> cache.store(Map.of(bug, answer), asked)));
                } catch (RuntimeException refused) {
                    LOG.log(System.Logger.Level.WARNING, "The details of " + bug + " can't be stored", refused);
                }
            });
            return rows;
        }
    }

    /** Whoever meets an address that may not be fetched is noted, be it behind a redirect or an API that sends there. */
    static void audit(String who, BugUrl bug, Answer answer) {
        FetchException failure = null;
        if (answer instanceof Answer.Failed failed) {
            failure = failed.failure();
        } else if (answer instanceof Answer.Found found) {
            failure = found.details().failure();
        }
        if (failure != null && failure.reason().equals(FailureReason.ADDRESS_NOT_ALLOWED)) {
            Audit.refused(who, bug.url().key(), failure.getMessage());
        }
    }

    private void fail(Map<BugUrl, CompletableFuture<CachedDetails>> portion, Throwable failure) {
        portion.keySet().forEach(bug -> end(bug, portion).completeExceptionally(failure));
    }

    private CompletableFuture<CachedDetails> end(BugUrl bug, Map<BugUrl, CompletableFuture<CachedDetails>> portion) {
        CompletableFuture<CachedDetails> future = portion.get(bug);
        underWay.remove(bug.url().key(), future);
        return future;
    }
}
