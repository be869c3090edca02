package org.bugloss.feed;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import org.bugloss.changes.Change;
import org.bugloss.changes.ChangeFeed;
import org.bugloss.changes.ChangeItem;
import org.bugloss.changes.ChangeReader;
import org.bugloss.changes.ChangeSelection;
import org.bugloss.changes.ChangeSight;
import org.bugloss.changes.Cursor;
import org.bugloss.changes.RecentChanges.Remembered;
import org.jspecify.annotations.Nullable;

/**
 * One stream of server-sent events. It writes only what the connection takes without anybody waiting for it, and holds no more than
 * one chunk: what comes meanwhile is behind its place in the feed, where all streams share it. A client that does not read is let
 * go, and one that is gone is found out by the heartbeat. Safe for use by several threads.
 */
final class EventStream implements WriteListener, ChangeFeed.Listener {

    private static final System.Logger LOG = System.getLogger(EventStream.class.getName());

    /** Proxies give up on a connection that is silent, the impatient ones after 30 seconds. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);

    /** How long a client may read nothing of what is there for it. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** As in the outside contract: so that tokens are looked at again. */
    private static final Duration LONGEST = Duration.ofMinutes(15);

    /**
     * What a server may have of one stream in its own memory, for a client that does not read: Payara's Grizzly takes some times the
     * size of the system's buffer, several megabytes, before it says that a connection takes no more. It is a thousand
     * changes, where titles are not long.
     */
    private static final int MOST_BYTES = 512 * 1024;

    private static final int RETRY_MILLIS = 5_000;
    private static final int RETRY_MILLIS_IN_THE_MIDST = 200;
    private static final int CHUNK = 16 * 1024;
    private static final int MOST_AT_ONCE = 50;

    private final AsyncContext context;
    private final ServletOutputStream out;
    private final ChangeFeed feed;
    private final Asked asked;
    private final Executor reading;
    private final Clock clock;
    private final Instant end;

    /** What the client has been sent, or is about to be. Guarded by this, as all that follows. */
    private long place;

    /** The last place that the client was told. */
    private long toldPlace;

    private byte @Nullable [] chunk;
    private boolean toFlush;
    private int sent;

    /** Whether the client has been told, or is about to be, to come again at once. */
    private boolean isLast;

    private boolean opened;
    private boolean ended;
    private boolean pumping;
    private boolean readsTable;
    private Instant written;
    private @Nullable Instant blocked;
    private Runnable atEnd = () -> {};

    /** What the stream is of. */
    record Asked(ChangeSelection selection, ChangeSight sight, ChangeReader reader) {}

    /** @param until when what proved the client ends, and the stream with it */
    EventStream(
            AsyncContext context,
            ChangeFeed feed,
            Asked asked,
            long place,
            Executor reading,
            Clock clock,
            Instant until)
            throws IOException {
        this.context = context;
        this.out = context.getResponse().getOutputStream();
        this.feed = feed;
        this.asked = asked;
        this.place = place;
        this.toldPlace = place;
        this.reading = reading;
        this.clock = clock;
        this.written = clock.instant();
        Instant latest = written.plus(LONGEST);
        this.end = until.isBefore(latest) ? until : latest;
        this.chunk = utf8("retry: " + RETRY_MILLIS + "\nid: " + Cursor.text(place) + "\n\n");
    }

    /** Begins to write. */
    void open(Runnable whatIsDoneAtItsEnd) {
        synchronized (this) {
            atEnd = whatIsDoneAtItsEnd;
        }
        out.setWriteListener(this);
        feed.join(this);
    }

    @Override
    public void onWritePossible() {
        synchronized (this) {
            opened = true;
        }
        pump();
    }

    @Override
    public void onError(Throwable gone) {
        end();
    }

    @Override
    public void news() {
        pump();
    }

    @Override
    public void tick() {
        Instant now = clock.instant();
        boolean isOver;
        synchronized (this) {
            boolean isStuck = blocked != null && blocked.plus(PATIENCE).isBefore(now);
            isOver = isStuck || !now.isBefore(end);
            if (!isOver
                    && chunk == null
                    && blocked == null
                    && !written.plus(HEARTBEAT).isAfter(now)) {
                // The place too: a client that comes again need not go on from where there was last something for it.
                chunk = utf8(place == toldPlace ? ":\n\n" : ":\nid: " + Cursor.text(place) + "\n\n");
                toldPlace = place;
            }
        }
        // Not within: to end it waits for the server, which may just wait to say something of the connection.
        if (isOver) {
            end();
        } else {
            pump();
        }
    }

    /** Ends the stream; its client comes again, and goes on from where it was. */
    void end() {
        Runnable last;
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            last = atEnd;
        }
        feed.leave(this);
        last.run();
        try {
            context.complete();
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.DEBUG, "The server ended a stream of changes before", e);
        }
    }

    /** Writes what there is, as long as the connection takes it. */
    private void pump() {
        boolean isOver;
        try {
            synchronized (this) {
                // Servers may call back from within isReady().
                if (!opened || ended || pumping) {
                    return;
                }
                pumping = true;
                try {
                    write();
                } finally {
                    pumping = false;
                }
                isOver = isLast && chunk == null && !toFlush;
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "A client of the changes is gone", e);
            isOver = true;
        }
        if (isOver) {
            end();
        }
    }

    private void write() throws IOException {
        while (chunk != null || fill() || toFlush) {
            if (!out.isReady()) {
                blocked = blocked == null ? clock.instant() : blocked;
                return;
            }
            blocked = null;
            written = clock.instant();
            if (chunk != null) {
                byte[] next = chunk;
                chunk = null;
                toFlush = true;
                sent += next.length;
                out.write(next);
            } else {
                toFlush = false;
                out.flush();
            }
        }
    }

    /** Takes what is remembered of the feed; what is not is read first. */
    private boolean fill() {
        if (readsTable || isLast) {
            return false;
        }
        if (sent >= MOST_BYTES) {
            isLast = true;
            chunk = utf8("retry: " + RETRY_MILLIS_IN_THE_MIDST + "\n\n");
            return true;
        }
        if (!asked.selection().executions().isEmpty()) {
            // Which executions have a bug is asked of the table.
            if (place < feed.top()) {
                readTable();
            }
            return false;
        }
        while (chunk == null) {
            Optional<List<Remembered>> some = feed.behind(place, MOST_AT_ONCE);
            if (some.isEmpty()) {
                readTable();
                return false;
            }
            if (some.get().isEmpty()) {
                return false;
            }
            take(some.get());
        }
        return true;
    }

    private void take(List<Remembered> some) {
        ByteArrayOutputStream events = new ByteArrayOutputStream(CHUNK);
        List<Change> wanted = some.stream()
                .map(one -> one.item().change())
                .filter(asked.selection()::mayHave)
                .toList();
        Predicate<Change> visible = asked.sight().among(wanted);
        for (Remembered one : some) {
            Change change = one.item().change();
            if (asked.selection().mayHave(change) && visible.test(change)) {
                if (events.size() > 0 && events.size() + one.event().length > CHUNK) {
                    break;
                }
                events.writeBytes(one.event());
                toldPlace = one.item().place();
            }
            place = one.item().place();
        }
        chunk = events.size() == 0 ? null : events.toByteArray();
    }

    private void readTable() {
        readsTable = true;
        long after = place;
        try {
            reading.execute(() -> read(after));
        } catch (RejectedExecutionException e) {
            // The next second may have room.
            readsTable = false;
        }
    }

    private void read(long after) {
        try {
            ChangeReader.Page page = asked.reader().page(asked.selection(), asked.sight(), after, MOST_AT_ONCE);
            ByteArrayOutputStream events = new ByteArrayOutputStream(CHUNK);
            for (ChangeItem item : page.items()) {
                events.writeBytes(Remembered.of(item).event());
            }
            synchronized (this) {
                readsTable = false;
                place = page.next();
                if (events.size() > 0) {
                    chunk = events.toByteArray();
                    toldPlace = page.items().get(page.items().size() - 1).place();
                }
            }
            pump();
        } catch (RuntimeException e) {
            // Too far behind by now, or the database is away: it comes again, and hears why.
            end();
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
