package org.bugloss.cache;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.bugloss.trackers.BugUrl;
import org.jspecify.annotations.Nullable;

/**
 * Which bugs are being fetched, so that any number of questions for one at the same time are one fetch. A fetch is under way
 * from {@link #begin} to {@link #end}. Safe for use by several threads.
 */
final class SingleFlight {

    private final ConcurrentMap<String, Fetch> underWay = new ConcurrentHashMap<>();

    /** One bug's fetch. */
    static final class Fetch {

        /** Completes when the answer is stored. */
        final CompletableFuture<DetailsWriter.Stored> stored = new CompletableFuture<>();

        /** What of the lanes it is part of, once there is such. */
        volatile @Nullable CompletableFuture<?> task;

        private final boolean anew;

        private Fetch(boolean anew) {
            this.anew = anew;
        }
    }

    /** A fetch that somebody asked for, and whether it is theirs to carry out. */
    record Begun(Fetch fetch, boolean isNew) {}

    /**
     * Joins the fetch of a bug that is under way, or begins one, which whoever began it must {@link #end}.
     *
     * @param anew whether the source is to tell all of it now: a fetch that began for less, and may be answered by a word that
     *     nothing changed, does not serve
     */
    Begun begin(BugUrl bug, boolean anew) {
        Fetch mine = new Fetch(anew);
        Fetch flying = underWay.compute(
                bug.url().key(), (key, earlier) -> earlier == null || anew && !earlier.anew ? mine : earlier);
        return new Begun(flying, flying == mine);
    }

    /** Begins the fetches of those bugs that nobody is fetching. */
    Map<BugUrl, Fetch> beginWhereNobodyDoes(Iterable<BugUrl> bugs) {
        Map<BugUrl, Fetch> mine = new LinkedHashMap<>();
        for (BugUrl bug : bugs) {
            Begun begun = begin(bug, false);
            if (begun.isNew()) {
                mine.put(bug, begun.fetch());
            }
        }
        return mine;
    }

    /** The fetch is no longer under way; the future that those who wait for it have is the caller's to complete. */
    CompletableFuture<DetailsWriter.Stored> end(BugUrl bug, Fetch fetch) {
        underWay.remove(bug.url().key(), fetch);
        return fetch.stored;
    }
}
