package org.bugloss.details;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Has done in one go what several threads want at the same time. Who comes while few are at it goes at once; who comes later waits
 * for the next of them to come back, and then the first of those who wait does it for all of them. So what one waits for always
 * begins after he asked. Safe for use by several threads, who wait only as long as the goes before them take.
 *
 * @param <W> what one thread wants, which takes its own outcome
 */
final class Gathered<W> {

    private final int atOnce;
    private final int most;
    private final Consumer<List<W>> go;

    private final Queue<Waiting<W>> waiting = new ArrayDeque<>();
    private int underWay;

    /** @param turn the group to go for; empty for who is gone for by another */
    private record Waiting<W>(W wanted, CompletableFuture<List<Waiting<W>>> turn) {}

    /**
     * @param atOnce how many goes there are at the same time at most
     * @param most for how many threads one goes at most
     * @param go does what some want. What it throws, who goes gets; the others are only let go, so it is to tell them too
     */
    Gathered(int atOnce, int most, Consumer<List<W>> go) {
        this.atOnce = atOnce;
        this.most = most;
        this.go = go;
    }

    /** Comes back when that is done. */
    void want(W wanted) {
        Waiting<W> own = new Waiting<>(wanted, new CompletableFuture<>());
        List<Waiting<W>> group = enter(own) ? List.of(own) : own.turn().join();
        if (group.isEmpty()) {
            return;
        }
        try {
            go.accept(group.stream().map(Waiting::wanted).toList());
        } finally {
            group.stream().skip(1).forEach(other -> other.turn().complete(List.of()));
            handOver();
        }
    }

    private synchronized boolean enter(Waiting<W> own) {
        if (underWay < atOnce) {
            underWay++;
            return true;
        }
        waiting.add(own);
        return false;
    }

    private void handOver() {
        List<Waiting<W>> next = next();
        if (!next.isEmpty()) {
            next.get(0).turn().complete(next);
        }
    }

    private synchronized List<Waiting<W>> next() {
        List<Waiting<W>> next = new ArrayList<>();
        while (next.size() < most && !waiting.isEmpty()) {
            next.add(waiting.remove());
        }
        if (next.isEmpty()) {
            underWay--;
        }
        return next;
    }
}
