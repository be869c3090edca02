package org.bugloss.refresh;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import org.bugloss.cache.DetailsFetcher;
import org.bugloss.cache.KnownDetails;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.trackers.BugUrl;

/** The sources of details, and what a test makes of them. It answers on a thread of its own. */
final class Source extends DetailsFetcher {

    private final Table table;
    private final Clock clock;
    private final Executor network;
    private final List<List<String>> asked = new ArrayList<>();
    private final Queue<Runnable> held = new ArrayDeque<>();
    private Predicate<String> hanging = lane -> false;
    private FetchException failure;
    private RuntimeException fault;
    private boolean overloaded;

    Source(Table table, Clock clock, Executor network) {
        this.table = table;
        this.clock = clock;
        this.network = network;
    }

    @Override
    public synchronized Refreshing refresh(Map<BugUrl, KnownDetails> portion) {
        List<String> urls =
                portion.keySet().stream().map(bug -> bug.url().key()).toList();
        asked.add(urls);
        if (fault != null) {
            throw fault;
        }
        Refreshing refreshing = new Refreshing(new CompletableFuture<>(), new CompletableFuture<>(), Set.of());
        if (overloaded) {
            refreshing.stored().complete(new Refreshed(0, 0, urls.size()));
            refreshing.asked().completeExceptionally(new RejectedExecutionException("10000 tasks are waiting already"));
            return refreshing;
        }
        Runnable answer = () -> answer(urls, refreshing);
        if (hanging.test(portion.keySet().iterator().next().lane())) {
            held.add(answer);
        } else {
            network.execute(answer);
        }
        return refreshing;
    }

    private void answer(List<String> urls, Refreshing refreshing) {
        FetchException failed;
        synchronized (this) {
            failed = failure;
        }
        refreshing
                .asked()
                .complete(new Asked(
                        failed == null || failed.reason() != FailureReason.CONNECT ? 1 : 0, failed, Duration.ZERO));
        table.stored(urls, clock.instant(), failed != null);
        refreshing
                .stored()
                .complete(failed == null ? new Refreshed(urls.size(), 0, 0) : new Refreshed(0, 0, urls.size()));
    }

    /** From now on these lanes do not answer. */
    synchronized void hang(Predicate<String> lanes) {
        hanging = lanes;
    }

    /** What hangs is answered after all. */
    void answerWhatHangs() {
        List<Runnable> answers;
        synchronized (this) {
            hanging = lane -> false;
            answers = List.copyOf(held);
            held.clear();
        }
        answers.forEach(network::execute);
    }

    /** From now on all fails so; with {@code null} nothing does. */
    synchronized void fail(FetchException why) {
        failure = why;
    }

    /** From now on asking throws; with {@code null} it does not. */
    synchronized void breakDown(RuntimeException why) {
        fault = why;
    }

    synchronized void overload(boolean isSo) {
        overloaded = isSo;
    }

    /** What was asked for, request by request. */
    synchronized List<List<String>> asked() {
        return List.copyOf(asked);
    }

    synchronized int hangs() {
        return held.size();
    }
}
