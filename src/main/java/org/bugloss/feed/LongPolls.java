package org.bugloss.feed;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.bugloss.changes.Change;
import org.bugloss.changes.ChangeFeed;
import org.bugloss.changes.ChangeReader;
import org.bugloss.changes.ChangeSight;
import org.bugloss.changes.RecentChanges;
import org.bugloss.details.Answering;
import org.bugloss.details.Deadlines;
import org.bugloss.web.Caller;

/** Those who wait for a page that has something. No thread is held while nothing comes. Safe for use by several threads. */
@ApplicationScoped
public class LongPolls {

    @Inject
    private ChangeFeed feed;

    @Inject
    private ChangeReader reader;

    @Inject
    private Listeners listeners;

    @Inject
    private Answering answering;

    @Inject
    private Deadlines deadlines;

    /**
     * The first page behind a place that has something; where none comes in time, an empty one.
     *
     * @throws org.bugloss.web.Problem where too many wait already
     */
    CompletableFuture<ChangeReader.Page> page(ChangesQuery query, ChangeSight sight, long after, Caller caller) {
        Executor executor = answering.of(caller.name());
        Waiting waiting = new Waiting(query, sight, after, executor);
        Listeners.Seat seat = listeners.take(caller, waiting::end);
        feed.join(waiting);
        return deadlines
                .within(query.patience(), waiting.page)
                .handleAsync(
                        (page, failure) -> {
                            feed.leave(waiting);
                            seat.leave();
                            // Also where it was too late: what is there by now, and a cursor behind what is not wanted.
                            return page != null ? page : waiting.read();
                        },
                        executor);
    }

    private final class Waiting implements ChangeFeed.Listener {

        private final ChangesQuery query;
        private final ChangeSight sight;
        private final Executor executor;
        private final CompletableFuture<ChangeReader.Page> page = new CompletableFuture<>();

        /** Guarded by this. */
        private long place;

        /** Whether it is being read. Guarded by this. */
        private boolean reading;

        Waiting(ChangesQuery query, ChangeSight sight, long place, Executor executor) {
            this.query = query;
            this.sight = sight;
            this.place = place;
            this.executor = executor;
        }

        @Override
        public void news() {
            synchronized (this) {
                if (reading || page.isDone() || place >= feed.top() || hasNothingForUs()) {
                    return;
                }
                reading = true;
            }
            try {
                executor.execute(this::look);
            } catch (RejectedExecutionException e) {
                reading(false);
            }
        }

        /** What came while it was read, or could not be read. */
        @Override
        public void tick() {
            news();
        }

        private boolean hasNothingForUs() {
            return feed.behind(place, ChangeReader.MOST)
                    .map(all -> all.size() < ChangeReader.MOST && hasNothingForUs(all))
                    .orElse(false);
        }

        private boolean hasNothingForUs(List<RecentChanges.Remembered> all) {
            List<Change> wanted = all.stream()
                    .map(one -> one.item().change())
                    .filter(query.selection()::mayHave)
                    .toList();
            return wanted.stream().noneMatch(sight.among(wanted));
        }

        private void look() {
            try {
                ChangeReader.Page some = read();
                if (!some.items().isEmpty()) {
                    page.complete(some);
                }
            } catch (RuntimeException e) {
                page.completeExceptionally(e);
            } finally {
                reading(false);
            }
        }

        private ChangeReader.Page read() {
            long after;
            synchronized (this) {
                after = place;
            }
            ChangeReader.Page some = ChangesQuery.page(reader, query.selection(), sight, after, query.limit());
            synchronized (this) {
                place = some.next();
            }
            return some;
        }

        private synchronized void reading(boolean is) {
            reading = is;
        }

        private synchronized void end() {
            page.complete(new ChangeReader.Page(List.of(), place, false));
        }
    }
}
