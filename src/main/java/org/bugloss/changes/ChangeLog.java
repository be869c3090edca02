package org.bugloss.changes;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.database.InTransaction;
import org.bugloss.database.Sql;

/**
 * The log of changes, as it is written. Safe for use by several threads and nodes.
 *
 * <p>Changes of one bug must be written by transactions that lock the bug first, so that they get their numbers in the order in
 * which they commit.
 */
@ApplicationScoped
public class ChangeLog {

    /** A publisher that holds its lock for longer lets others wait. */
    private static final int PUBLISHED_AT_ONCE = 2_000;

    private static final String INSERT = "insert into bug_change (changed_at, kind, url, bug_id, tracker, system_name,"
            + " title, moved_to, before_status, before_resolved, before_title, before_assignee, after_status,"
            + " after_resolved, after_title, after_assignee) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private static final String UNUSABLE = "the log of changes can't be used";

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    @Inject
    private Event<ChangesWritten> written;

    @Inject
    private MeterRegistry meters;

    /**
     * How far the feed goes.
     *
     * @param last the place of its last change
     * @param forgotten the place of the last change that was deleted; whoever has not got so far has missed some
     */
    public record Extent(long last, long forgotten) {}

    /** Writes changes, in the caller's transaction and in their order. Nobody reads them before {@link #publish}. */
    @InTransaction
    public void write(Collection<Change> changes) {
        if (changes.isEmpty()) {
            return;
        }
        Sql.on(database, UNUSABLE, connection -> {
            try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
                for (Change change : changes) {
                    set(insert, change.cut());
                    insert.addBatch();
                }
                return insert.executeBatch();
            }
        });
        changes.forEach(change -> counter(change.kind()).increment());
        written.fire(new ChangesWritten());
    }

    /** Has all counters there before the first change. */
    public void countFromZero() {
        Stream.of(ChangeKind.values()).forEach(this::counter);
    }

    private Counter counter(ChangeKind kind) {
        return Counter.builder("bugloss.changes")
                .description("Changes of bugs that were written")
                .tag("kind", kind.word())
                .register(meters);
    }

    private static void set(PreparedStatement insert, Change change) throws SQLException {
        insert.setObject(1, change.at().atOffset(ZoneOffset.UTC));
        insert.setString(2, change.kind().word());
        insert.setString(3, change.bug().url());
        insert.setString(4, change.bug().id());
        insert.setString(5, change.bug().tracker());
        insert.setString(6, change.bug().system());
        insert.setString(7, change.title());
        insert.setString(8, change.movedTo());
        set(insert, 9, change.before());
        set(insert, 13, change.after());
    }

    private static void set(PreparedStatement insert, int first, BugState state) throws SQLException {
        insert.setString(first, state.status());
        insert.setObject(first + 1, state.resolved(), Types.BOOLEAN);
        insert.setString(first + 2, state.title());
        insert.setString(first + 3, state.assignee());
    }

    /**
     * Gives the changes that are committed by now their places in the feed. Run it through
     * {@link org.bugloss.database.Retried}.
     *
     * @return how far the feed goes then
     */
    @InTransaction
    public Extent publish() {
        return Sql.on(database, UNUSABLE, connection -> {
            if (waiting(connection, 1).isEmpty()) {
                return extent(connection, "");
            }
            // Whoever comes next waits here, and what it reads then is what this one has left.
            Extent extent = extent(connection, " for update");
            List<Long> waiting = waiting(connection, PUBLISHED_AT_ONCE);
            long last = extent.last();
            try (PreparedStatement update =
                    connection.prepareStatement("update bug_change set place = ? where id = ?")) {
                for (long id : waiting) {
                    update.setLong(1, ++last);
                    update.setLong(2, id);
                    update.addBatch();
                }
                if (!waiting.isEmpty()) {
                    update.executeBatch();
                }
            }
            update(connection, "update change_publisher set last_place = ?", last);
            return new Extent(last, extent.forgotten());
        });
    }

    private static List<Long> waiting(Connection connection, int most) throws SQLException {
        List<Long> waiting = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                        "select id from bug_change where place is null order by id limit " + most);
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                waiting.add(rows.getLong(1));
            }
        }
        return waiting;
    }

    private static Extent extent(Connection connection, String locking) throws SQLException {
        try (PreparedStatement select =
                        connection.prepareStatement("select last_place, forgotten from change_publisher" + locking);
                ResultSet row = select.executeQuery()) {
            if (!row.next()) {
                throw new SQLException("the one row of change_publisher is not there");
            }
            return new Extent(row.getLong(1), row.getLong(2));
        }
    }

    /**
     * Deletes changes that are too old, those first that were first in the feed.
     *
     * @param most how many at once
     * @return how many there were
     */
    @InTransaction
    public int forget(Instant before, int most) {
        return Sql.on(database, UNUSABLE, connection -> {
            Extent extent = extent(connection, " for update");
            long until = lastToForget(connection, extent, before, most);
            if (until == extent.forgotten()) {
                return 0;
            }
            update(connection, "update change_publisher set forgotten = ?", until);
            return update(connection, "delete from bug_change where place <= ?", until);
        });
    }

    private static long lastToForget(Connection connection, Extent extent, Instant before, int most)
            throws SQLException {
        // By their places, so that the index finds them, and only as far as all are too old.
        try (PreparedStatement select = connection.prepareStatement(
                "select place, changed_at from bug_change" + " where place > ? order by place limit " + most)) {
            select.setLong(1, extent.forgotten());
            long until = extent.forgotten();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()
                        && rows.getObject(2, OffsetDateTime.class).toInstant().isBefore(before)) {
                    until = rows.getLong(1);
                }
            }
            return until;
        }
    }

    private static int update(Connection connection, String sql, long value) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            update.setLong(1, value);
            return update.executeUpdate();
        }
    }
}
