package org.bugloss.details;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
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
        List<BugUrl> mine = new ArrayList<>(bugs.size());
        for (BugUrl bug : bugs) {
            CompletableFuture<CachedDetails> future = new CompletableFuture<>();
            CompletableFuture<CachedDetails> earlier =
                    underWay.putIfAbsent(bug.url().key(), future);
            if (earlier == null) {
                mine.add(bug);
            }
            futures.add(earlier == null ? future : earlier);
        }
        for (List<BugUrl> portion : portions(mine)) {
            try {
                lanes.submit(portion.get(0).url().host(), priority, () -> {
                    fetchNow(portion, who, priority == Lanes.Priority.CALLER, anew);
                    return null;
                });
            } catch (RejectedExecutionException e) {
                portion.forEach(bug -> take(bug).completeExceptionally(e));
            }
        }
        return futures;
    }

    private void fetchNow(List<BugUrl> portion, String who, boolean asked, boolean anew) {
        try {
            List<BugUrl> wanting = anew ? portion : wanting(portion);
            if (wanting.isEmpty()) {
                return;
            }
            Map<BugUrl, Answer> answers = answers(wanting);
            answers.forEach((bug, answer) -> audit(who, bug, answer));
            Map<String, CachedDetails> rows = Retried.onConflict(() -> cache.store(answers, asked));
            wanting.forEach(bug -> take(bug).complete(rows.get(bug.url().key())));
        } catch (Throwable e) {
            // Whatever it was, nobody may wait for ever for a fetch that has ended.
            LOG.log(System.Logger.Level.WARNING, "Details could not be fetched or stored: " + portion, e);
            portion.stream()
                    .filter(bug -> underWay.containsKey(bug.url().key()))
                    .forEach(bug -> take(bug).completeExceptionally(e));
        }
    }

    private List<List<BugUrl>> portions(List<BugUrl> mine) {
        try {
            return trackers.portions(mine);
        } catch (RuntimeException e) {
            mine.forEach(bug -> take(bug).completeExceptionally(e));
            return List.of();
        }
    }

    /**
     * Completes what the cache has by now: whoever looked into it before an earlier fetch was stored, and came here after
     * that fetch had ended, would fetch a second time. Returns the others.
     */
    private List<BugUrl> wanting(List<BugUrl> portion) {
        Instant now = clock.instant();
        Map<String, CachedDetails> rows =
                cache.find(portion.stream().map(bug -> bug.url().key()).toList());
        List<BugUrl> wanting = new ArrayList<>(portion.size());
        for (BugUrl bug : portion) {
            CachedDetails row = rows.get(bug.url().key());
            if (row == null || row.isWanting(bug, trackers.trackerOf(bug), now)) {
                wanting.add(bug);
            } else {
                take(bug).complete(row);
            }
        }
        return wanting;
    }

    private Map<BugUrl, Answer> answers(List<BugUrl> portion) {
        try {
            return trackers.details(portion);
        } catch (RuntimeException e) {
            FetchException failure = new FetchException(
                    FailureReason.UNEXPECTED_ANSWER,
                    "the tracker failed (" + e.getClass().getSimpleName() + ")",
                    e);
            return portion.stream().collect(Collectors.toMap(bug -> bug, bug -> new Answer.Failed(failure)));
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

    private CompletableFuture<CachedDetails> take(BugUrl bug) {
        return underWay.remove(bug.url().key());
    }
}
