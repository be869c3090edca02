package org.bugloss.notify;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.bugloss.changes.ChangeKind;
import org.bugloss.changes.ChangeSelection;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.database.InTransaction;
import org.bugloss.database.Sql;
import org.jspecify.annotations.Nullable;

/**
 * How far each endpoint has got, how it is, and which node sends to it. Every method is one transaction. Safe for use by several
 * threads and nodes.
 */
@ApplicationScoped
@InTransaction
public class EndpointTable {

    /** What is counted of what waits: nobody needs to know it closer. */
    private static final int MOST_COUNTED = 10_000;

    private static final String UNUSABLE = "the table of endpoints can't be used";

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    private final String node = UUID.randomUUID().toString();

    /**
     * How an endpoint is.
     *
     * @param place of the last change that it has, or need not have
     * @param failures how often in a row what comes next could not be sent
     * @param stoppedAt since when nothing more is tried; {@code null} where it is
     */
    record State(
            long place,
            @Nullable Instant lastSuccess,
            @Nullable Instant lastFailure,
            @Nullable String failure,
            @Nullable Instant failingSince,
            int failures,
            @Nullable Instant retryAt,
            @Nullable Instant stoppedAt) {

        /** Whether there may be something to be sent now. */
        boolean wants(long last, Instant now) {
            return place < last && stoppedAt == null && (retryAt == null || !retryAt.isAfter(now));
        }
    }

    /** Lets an endpoint begin at a place, unless it has begun. */
    int begin(String name, long place) {
        return Sql.on(database, UNUSABLE, connection -> {
            try (PreparedStatement insert = connection.prepareStatement("insert into notify_endpoint (name, place)"
                    + " select ?, ? from change_publisher where not exists"
                    + " (select 1 from notify_endpoint where name = ?)")) {
                insert.setString(1, name);
                insert.setLong(2, place);
                insert.setString(3, name);
                return insert.executeUpdate();
            }
        });
    }

    /** All endpoints that ever were configured, by their names. */
    Map<String, State> all() {
        return Sql.on(database, UNUSABLE, connection -> {
            Map<String, State> all = new LinkedHashMap<>();
            try (PreparedStatement select =
                            connection.prepareStatement("select name, place, last_success, last_failure,"
                                    + " failure, failing_since, failures, retry_at, stopped_at from notify_endpoint");
                    ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    all.put(
                            row.getString(1),
                            new State(
                                    row.getLong(2),
                                    instant(row, 3),
                                    instant(row, 4),
                                    row.getString(5),
                                    instant(row, 6),
                                    row.getInt(7),
                                    instant(row, 8),
                                    instant(row, 9)));
                }
            }
            return all;
        });
    }

    /**
     * Makes this node the one that sends to an endpoint, until the lease ends.
     *
     * @return how the endpoint is then; empty where another node sends to it
     */
    Optional<State> claim(String name, Instant now, Instant leaseEnd) {
        int claimed = update(
                "update notify_endpoint set claimed_by = ?, claimed_until = ? where name = ?"
                        + " and (claimed_by is null or claimed_by = ? or claimed_until < ?)",
                node,
                leaseEnd,
                name,
                node,
                now);
        return claimed == 0 ? Optional.empty() : Optional.ofNullable(all().get(name));
    }

    /** Lets others send to an endpoint. */
    void release(String name) {
        update(
                "update notify_endpoint set claimed_by = null, claimed_until = null where name = ? and claimed_by = ?",
                name,
                node);
    }

    /**
     * An endpoint has got so far.
     *
     * @return whether this node is still the one that sends to it
     */
    boolean sent(String name, long place, Instant now, Instant leaseEnd) {
        return update(
                        "update notify_endpoint set place = ?, last_success = ?, failing_since = null, failures = 0,"
                                + " retry_at = null, claimed_until = ? where name = ? and claimed_by = ?",
                        place,
                        now,
                        leaseEnd,
                        name,
                        node)
                == 1;
    }

    /** There was nothing for an endpoint up to a place. */
    boolean passed(String name, long place, Instant leaseEnd) {
        return update(
                        "update notify_endpoint set place = ?, claimed_until = ? where name = ? and claimed_by = ?",
                        place,
                        leaseEnd,
                        name,
                        node)
                == 1;
    }

    /**
     * What comes next for an endpoint could not be sent.
     *
     * @param retryAt when to try again; {@code null} where nothing more is tried
     */
    void failed(String name, String why, Instant now, @Nullable Instant retryAt) {
        update(
                "update notify_endpoint set last_failure = ?, failure = ?, failing_since = coalesce(failing_since, ?),"
                        + " failures = failures + 1, retry_at = ?, stopped_at = ? where name = ? and claimed_by = ?",
                now,
                why.length() <= 300 ? why : why.substring(0, 300),
                now,
                retryAt,
                retryAt == null ? now : null,
                name,
                node);
    }

    /** A message arrived: an endpoint that waited or was stopped goes on from where it stood. */
    void goOn(String name, Instant now) {
        update(
                "update notify_endpoint set last_success = ?, failing_since = null, failures = 0, retry_at = null,"
                        + " stopped_at = null where name = ?",
                now,
                name);
    }

    /** How many changes wait for an endpoint; at most {@value #MOST_COUNTED} are counted. */
    int pending(ChangeSelection selection, long place) {
        StringBuilder sql = new StringBuilder("select count(*) from (select 1 from bug_change where place > ?");
        sql.append(" and kind in (?")
                .append(", ?".repeat(selection.kinds().size() - 1))
                .append(")");
        if (!selection.systems().isEmpty()) {
            sql.append(" and system_name in (?")
                    .append(", ?".repeat(selection.systems().size() - 1))
                    .append(")");
        }
        sql.append(" limit ").append(MOST_COUNTED).append(") waiting");
        return Sql.on(database, UNUSABLE, connection -> {
            try (PreparedStatement select = connection.prepareStatement(sql.toString())) {
                int parameter = 1;
                select.setLong(parameter++, place);
                for (ChangeKind kind : selection.kinds()) {
                    select.setString(parameter++, kind.word());
                }
                for (String system : selection.systems()) {
                    select.setString(parameter++, system);
                }
                try (ResultSet row = select.executeQuery()) {
                    row.next();
                    return row.getInt(1);
                }
            }
        });
    }

    private int update(String sql, @Nullable Object... values) {
        return Sql.on(database, UNUSABLE, connection -> {
            try (PreparedStatement update = connection.prepareStatement(sql)) {
                for (int i = 0; i < values.length; i++) {
                    if (values[i] == null) {
                        update.setNull(i + 1, Types.TIMESTAMP_WITH_TIMEZONE);
                    } else if (values[i] instanceof Instant time) {
                        update.setObject(i + 1, time.atOffset(ZoneOffset.UTC));
                    } else {
                        update.setObject(i + 1, values[i]);
                    }
                }
                return update.executeUpdate();
            }
        });
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
