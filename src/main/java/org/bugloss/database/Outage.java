package org.bugloss.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Whether the database is away, told to those who would find out for themselves, each after a wait of its own. Safe for
 * use by several threads.
 */
final class Outage {

    private static final String CONNECTION_DOES_NOT_EXIST = "08003";

    /** Weak, for a pool that lets go of a connection without closing it. */
    private final Set<LastingConnection> open =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    private final Set<CompletableFuture<Connection>> openings = ConcurrentHashMap.newKeySet();

    private volatile @Nullable String reason;

    /** There is none yet. */
    Outage() {}

    /** One that is on already. */
    Outage(String reason) {
        this.reason = reason;
    }

    /**
     * From now on nobody waits for the database: work on its connections fails at once, also what has begun.
     *
     * @return whether this is news
     */
    boolean begin(String why) {
        boolean news = reason == null;
        reason = why;
        List<LastingConnection> waiting;
        synchronized (open) {
            waiting = List.copyOf(open);
        }
        // Every time: one that was being opened when the outage began may have been missed.
        waiting.forEach(LastingConnection::breakOff);
        openings.forEach(opening -> opening.completeExceptionally(refusal(why)));
        return news;
    }

    /**
     * The database is there.
     *
     * @return whether this is news
     */
    boolean end() {
        boolean news = reason != null;
        reason = null;
        return news;
    }

    boolean isOn() {
        return reason != null;
    }

    /** Throws while it is on. */
    void refuse() throws SQLException {
        String why = reason;
        if (why != null) {
            throw refusal(why);
        }
    }

    /**
     * A new connection. Where the outage begins meanwhile nobody waits for it any longer: drivers know timeouts only, and
     * one that suits a busy database is too long for an absent one.
     *
     * <p>The thread that opens it is none of the container's: pools of servers ask for connections at deployment, and on
     * threads of their own, where no {@code ManagedThreadFactory} is to be had. There are never more of them than
     * connections that the pool wants at once, each ends with its driver's connect timeout at the latest, and it needs
     * nothing of the container's context.
     */
    @SuppressWarnings("CollectionUndefinedEquality") // each opening is itself
    Connection open(DataSource source) throws SQLException {
        CompletableFuture<Connection> opening = new CompletableFuture<>();
        openings.add(opening);
        try {
            refuse();
            Thread thread = new Thread(() -> open(source, opening), "bugloss opens a connection");
            thread.setDaemon(true);
            thread.start();
            return opening.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof SQLException sql ? sql : new SQLException(e.getCause());
        } catch (InterruptedException e) {
            opening.cancel(false);
            Thread.currentThread().interrupt();
            throw new SQLTransientConnectionException("interrupted", CONNECTION_DOES_NOT_EXIST, e);
        } finally {
            openings.remove(opening);
        }
    }

    /** Closes what comes when nobody waits for it any more. */
    private static void open(DataSource source, CompletableFuture<Connection> opening) {
        try {
            Connection connection = source.getConnection();
            if (!opening.complete(connection)) {
                connection.close();
            }
        } catch (Throwable e) {
            // An Error too: whoever waits has no other end.
            opening.completeExceptionally(e);
        }
    }

    private static SQLException refusal(String why) {
        return new SQLTransientConnectionException("the database is away: " + why, CONNECTION_DOES_NOT_EXIST);
    }

    int connections() {
        return open.size();
    }

    void opened(LastingConnection connection) {
        open.add(connection);
    }

    void closed(LastingConnection connection) {
        open.remove(connection);
    }
}
