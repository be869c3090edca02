package org.bugloss.refresh;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bugloss.details.CachedDetails;
import org.bugloss.details.DetailsCache;
import org.bugloss.details.DetailsFetcher;
import org.bugloss.details.DetailsSettings;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.Trackers;

/**
 * One round of refreshing: takes what is due from the cache, batch by batch, and has it fetched. What fails is put off
 * by the cache, so that a failing page or tracker stops neither the round nor the next one.
 */
@ApplicationScoped
public class RefreshRound {

    private static final System.Logger LOG = System.getLogger(RefreshRound.class.getName());

    /** So many URLs are held in memory at once; enough to fill large batches. */
    private static final int AT_ONCE = 500;

    /** A batch whose slowest fetch takes longer is left to finish by itself. Far above the client's own limits. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @Inject
    private Trackers trackers;

    @Inject
    private DetailsCache cache;

    @Inject
    private DetailsFetcher fetcher;

    @Inject
    private DetailsSettings details;

    @Inject
    private Clock clock;

    /** What a round did; it is one line in the log. */
    record Tally(int due, int refreshed, int failed) {

        Tally plus(Tally other) {
            return new Tally(due + other.due, refreshed + other.refreshed, failed + other.failed);
        }
    }

    /** Refreshes all that is due at its begin. Waits for the network; not to be called in a transaction. */
    public void run() {
        Instant begin = clock.instant();
        Tally tally = new Tally(0, 0, 0);
        List<String> before = List.of();
        List<String> due = cache.due(begin, AT_ONCE);
        // What is due again although it was just refreshed could not be stored: it waits for the next round.
        while (!due.isEmpty() && !due.equals(before)) {
            tally = tally.plus(refresh(due));
            before = due;
            due = cache.due(begin, AT_ONCE);
        }
        int forgotten = cache.forget(begin.minus(details.keep()));
        if (forgotten > 0) {
            LOG.log(System.Logger.Level.INFO, "Forgot {0} details that nobody refers to or asks for", forgotten);
        }
        if (tally.due() > 0) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "Refresh round: {0} due, {1} refreshed, {2} failed, {3} s",
                    tally.due(),
                    tally.refreshed(),
                    tally.failed(),
                    Duration.between(begin, clock.instant()).toMillis() / 1000.0);
        }
    }

    private Tally refresh(List<String> due) {
        List<BugUrl> bugs = due.stream()
                .map(url -> trackers.locate(CanonicalUrl.parse(url)))
                .toList();
        List<CompletableFuture<CachedDetails>> fetches = new ArrayList<>(fetcher.refresh(bugs));
        Instant until = clock.instant().plus(PATIENCE);
        int refreshed = 0;
        for (CompletableFuture<CachedDetails> fetch : fetches) {
            refreshed += succeeded(fetch, until) ? 1 : 0;
        }
        return new Tally(due.size(), refreshed, due.size() - refreshed);
    }

    private boolean succeeded(CompletableFuture<CachedDetails> fetch, Instant until) {
        try {
            long left = Math.max(1, Duration.between(clock.instant(), until).toMillis());
            return !fetch.get(left, TimeUnit.MILLISECONDS).isWaiting(clock.instant());
        } catch (ExecutionException e) {
            LOG.log(System.Logger.Level.WARNING, "Details could not be stored: " + e.getCause());
            return false;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the server stops", e);
        }
    }
}
