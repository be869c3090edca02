package org.bugloss.cache;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.database.InTransaction;
import org.bugloss.database.Sql;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.jspecify.annotations.Nullable;

/**
 * What the timer shall refresh, which node is at it, and the renewal of what has not changed. Every method is one
 * transaction of its own. Safe for use by several threads and nodes: the database decides who gets what.
 *
 * <p>A claim moves {@code due_at} to the end of its lease. So a claimed row is not due, one index finds what is, and what a
 * node leaves behind when it dies comes due by itself.
 *
 * <p>Plain JDBC, since a round writes thousands of rows, a few columns of each, and Jakarta Persistence would read and write
 * them whole. All SQL here means the same to H2 and PostgreSQL.
 */
@ApplicationScoped
@InTransaction
public class DueDetails {

    private static final String KNOWN = "url, tracker, system_name, resolved, from_open_graph, fetched_at, read_at,"
            + " asked_at, failures, fingerprint, etag, last_modified, change_group, due_at, expires_at,"
            + " confidential";

    /** At one look; the others are longer overdue at the next. */
    private static final int MOST_LANES = 5_000;

    /** Jumps from lane to lane in the index, whatever the number of rows in each. */
    private static final String LANES = "with recursive lanes(lane) as ( select min(lane) from bug_details union all"
            + " select (select d.lane from bug_details d where d.lane > l.lane order by d.lane limit 1) from lanes l where"
            + " l.lane is not null) select lane, due_at from ( select l.lane, (select d.due_at from bug_details d where"
            + " d.lane = l.lane order by d.due_at limit 1) due_at from lanes l where l.lane is not null) oldest where"
            + " due_at <= ? order by due_at limit " + MOST_LANES;

    private static final String RENEW = "update bug_details set fetched_at = ?, expires_at = ?,"
            + " due_at = case when due_at is null then due_at else ? end,"
            + " read_at = coalesce(?, read_at), etag = ?, last_modified = ?, claimed_by = null, failures = 0,"
            + " failure_reason = null, failure_message = null, failure_since = null, retry_at = null"
            + " where url = ? and fingerprint = ? and failures = ? and fetched_at <= ?";

    /** Who this node is, to itself: no configuration need name it. */
    private final String node = UUID.randomUUID().toString();

    private static final String UNUSABLE = "the table of details can't be used";

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    /** For the container, which gives it its database. */
    public DueDetails() {}

    DueDetails(DataSource database) {
        this.database = database;
    }

    /**
     * The lanes that have something due, and since when, the longest overdue first, at most {@value #MOST_LANES}. What it costs grows with the number of
     * lanes, not with that of rows.
     */
    public Map<String, Instant> lanes(Instant now) {
        return Sql.on(database, UNUSABLE, connection -> {
            Map<String, Instant> lanes = new LinkedHashMap<>();
            try (PreparedStatement select = connection.prepareStatement(LANES)) {
                select.setObject(1, utc(now));
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        lanes.put(rows.getString(1), instant(rows, 2));
                    }
                }
            }
            return lanes;
        });
    }

    /**
     * Claims what is due in a lane, the longest overdue first. Nobody else gets these until the lease ends.
     *
     * <p>Where that is no full batch, it is filled up with what comes due soon: it costs no further request.
     *
     * @param most how many rows at most
     * @param batch how many bugs one request may ask for
     * @param proven whether to take what did not fail the last time, where there is such: whether a source answers again is
     *     best tried with what it answered before
     * @param soon how far to look ahead; only what is in the last fifth of its ttl is taken before it is due
     * @return empty where nothing is due
     */
    public List<KnownDetails> claim(
            String lane, int most, int batch, boolean proven, Instant now, Duration soon, Instant leaseEnd) {
        return Sql.on(database, UNUSABLE, connection -> {
            List<KnownDetails> claimed = new ArrayList<>();
            if (proven) {
                claimed.addAll(due(connection, lane, " and failures = 0", most, now));
            }
            if (claimed.isEmpty()) {
                claimed.addAll(due(connection, lane, "", most, now));
            }
            int more = Math.min(batch, most) - claimed.size();
            if (!claimed.isEmpty() && more > 0) {
                claimed.addAll(soonDue(connection, lane, more, now, now.plus(soon)));
            }
            try (PreparedStatement claim =
                    connection.prepareStatement("update bug_details set due_at = ?, claimed_by = ? where url = ?")) {
                for (KnownDetails row : claimed) {
                    claim.setObject(1, utc(leaseEnd));
                    claim.setString(2, node);
                    claim.setString(3, row.url());
                    claim.addBatch();
                }
                claim.executeBatch();
            }
            return claimed;
        });
    }

    private static List<KnownDetails> due(Connection connection, String lane, String which, int most, Instant now)
            throws SQLException {
        List<KnownDetails> due = new ArrayList<>();
        String sql = "select " + KNOWN + " from bug_details where lane = ? and due_at <= ?" + which
                + " order by due_at limit " + most + " for update skip locked";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, lane);
            select.setObject(2, utc(now));
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    due.add(known(rows));
                }
            }
        }
        return due;
    }

    private static List<KnownDetails> soonDue(Connection connection, String lane, int most, Instant now, Instant soon)
            throws SQLException {
        List<KnownDetails> rowsThen = new ArrayList<>();
        String soonDue = "select " + KNOWN + " from bug_details where lane = ? and due_at > ? and due_at <= ?"
                + " and claimed_by is null and failures = 0 and fetched_at is not null order by due_at limit " + most
                + " for update skip locked";
        try (PreparedStatement select = connection.prepareStatement(soonDue)) {
            select.setString(1, lane);
            select.setObject(2, utc(now));
            select.setObject(3, utc(soon));
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    KnownDetails row = known(rows);
                    Instant fetchedAt = Objects.requireNonNull(row.fetchedAt());
                    Duration ttl = Duration.between(fetchedAt, instant(rows, 15));
                    if (!fetchedAt
                            .plusMillis((long) (ttl.toMillis() * Schedule.EARLIEST))
                            .isAfter(now)) {
                        rowsThen.add(row);
                    }
                }
            }
        }
        return rowsThen;
    }

    /**
     * Makes the lease of claims end later.
     *
     * @return the URLs of those that are still this node's
     */
    public Set<String> extend(Collection<String> urls, Instant leaseEnd) {
        Map<String, Instant> ends = new LinkedHashMap<>();
        urls.forEach(url -> ends.put(url, leaseEnd));
        return change("update bug_details set due_at = ? where url = ? and claimed_by = ?", node, ends);
    }

    /** Gives claims back: they are due for any node, since when they were. */
    public void giveBack(Collection<KnownDetails> claims) {
        Map<String, Instant> due = new LinkedHashMap<>();
        claims.forEach(claim -> due.put(claim.url(), claim.dueAt()));
        change("update bug_details set due_at = ?, claimed_by = null where url = ? and claimed_by = ?", node, due);
    }

    /**
     * Ends claims of what can't even be asked about, and has the timer leave it alone for a while. That is noted as any
     * failure is: the last good details stay.
     *
     * @param failures why, by URL
     */
    public void putOff(Map<String, FetchException> failures, Instant now, Instant until) {
        List<String> inOrder = inOrder(failures.keySet());
        Sql.on(database, UNUSABLE, connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "update bug_details set due_at = ?, retry_at = ?, claimed_by = null, failures = failures + 1,"
                            + " failure_reason = ?, failure_message = ?, failure_since = coalesce(failure_since, ?)"
                            + " where url = ? and claimed_by = ?")) {
                for (String url : inOrder) {
                    update.setObject(1, utc(until));
                    update.setObject(2, utc(until));
                    FetchException failure = Objects.requireNonNull(failures.get(url));
                    update.setString(3, failure.reason().word());
                    update.setString(4, CachedDetails.message(failure));
                    update.setObject(5, utc(now));
                    update.setString(6, url);
                    update.setString(7, node);
                    update.addBatch();
                }
                return update.executeBatch();
            }
        });
    }

    /** Has details refreshed sooner than they are due, where the timer refreshes them and no node is at it. */
    public void hasten(Collection<String> urls, Instant now) {
        Map<String, Instant> due = new LinkedHashMap<>();
        urls.forEach(url -> due.put(url, now));
        change(
                "update bug_details set due_at = ? where url = ? and due_at is not null and claimed_by is null",
                null,
                due);
    }

    /**
     * Has those details of a lane refreshed sooner that were fetched before a moment, some at a time.
     *
     * @return how many; none once there are no more
     */
    public int hastenLane(String lane, Instant fetchedBefore, int most, Instant now) {
        return Sql.on(database, UNUSABLE, connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "update bug_details set due_at = ? where url in (select d.url from bug_details d where d.lane = ?"
                            + " and d.due_at > ? and d.claimed_by is null and d.fetched_at < ?"
                            + " order by d.due_at limit " + most + ")")) {
                update.setObject(1, utc(now));
                update.setString(2, lane);
                update.setObject(3, utc(now));
                update.setObject(4, utc(fetchedBefore));
                return update.executeUpdate();
            }
        });
    }

    private Set<String> change(String update, @Nullable String by, Map<String, Instant> dueAt) {
        List<String> inOrder = inOrder(dueAt.keySet());
        return Sql.on(database, UNUSABLE, connection -> {
            try (PreparedStatement statement = connection.prepareStatement(update)) {
                for (String url : inOrder) {
                    statement.setObject(1, utc(Objects.requireNonNull(dueAt.get(url))));
                    statement.setString(2, url);
                    if (by != null) {
                        statement.setString(3, by);
                    }
                    statement.addBatch();
                }
                return changed(inOrder, statement.executeBatch());
            }
        });
    }

    /** In one order on all nodes, so that none locks the other out. */
    private static List<String> inOrder(Collection<String> urls) {
        return urls.stream().sorted().toList();
    }

    /** Those of the URLs whose statement in the batch changed a row. */
    static Set<String> changed(List<String> urls, int[] counts) {
        Set<String> changed = new HashSet<>();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] != 0) {
                changed.add(urls.get(i));
            }
        }
        return changed;
    }

    /**
     * What a question about changes can renew: the details of a group's bugs that the tracker's API told since a moment, and
     * that no other node is at. Those first that come due first.
     */
    public List<KnownDetails> renewable(String group, Instant since, int most) {
        return Sql.on(database, UNUSABLE, connection -> {
            List<KnownDetails> renewable = new ArrayList<>();
            String sql = "select " + KNOWN + " from bug_details where change_group = ? and due_at is not null"
                    + " and fetched_at >= ? and failures = 0 and from_open_graph = false"
                    + " and (claimed_by is null or claimed_by = ?) order by due_at limit " + most;
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                select.setString(1, group);
                select.setObject(2, utc(since));
                select.setString(3, node);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        renewable.add(known(rows));
                    }
                }
            }
            return renewable;
        });
    }

    /**
     * What still holds.
     *
     * @param known what was cached when the source was asked
     * @param fetchedAt the moment at which it was so
     * @param expiresAt until when it counts as fresh
     * @param dueAt when the timer shall ask again, where it does
     * @param readAt when the source told it in full; {@code null} where it only said that nothing changed
     * @param freshness what the source says of it now; {@code null} where that has not changed either
     */
    record Renewal(
            KnownDetails known,
            Instant fetchedAt,
            Instant expiresAt,
            Instant dueAt,
            @Nullable Instant readAt,
            @Nullable Freshness freshness) {}

    /**
     * Renews what has not changed, without writing any of it anew. Claims of it end.
     *
     * @return the URLs of what was renewed; the others' details, or what is known of their failing, changed meanwhile
     */
    Set<String> renew(Collection<Renewal> renewals) {
        List<Renewal> inOrder = renewals.stream()
                .sorted(Comparator.comparing(renewal -> renewal.known().url()))
                .toList();
        return Sql.on(database, UNUSABLE, connection -> {
            try (PreparedStatement update = connection.prepareStatement(RENEW)) {
                for (Renewal renewal : inOrder) {
                    set(update, renewal);
                    update.addBatch();
                }
                return changed(
                        inOrder.stream().map(renewal -> renewal.known().url()).toList(), update.executeBatch());
            }
        });
    }

    private static void set(PreparedStatement update, Renewal renewal) throws SQLException {
        KnownDetails known = renewal.known();
        Freshness freshness = renewal.freshness() == null ? known.freshness() : renewal.freshness();
        update.setObject(1, utc(renewal.fetchedAt()));
        update.setObject(2, utc(renewal.expiresAt()));
        update.setObject(3, utc(renewal.dueAt()));
        if (renewal.readAt() == null) {
            update.setNull(4, Types.TIMESTAMP_WITH_TIMEZONE);
        } else {
            update.setObject(4, utc(renewal.readAt()));
        }
        update.setString(5, CleanDetails.cutOrNull(freshness.etag(), 300));
        update.setString(6, CleanDetails.cutOrNull(freshness.lastModified(), 100));
        update.setString(7, known.url());
        update.setString(8, known.fingerprint());
        update.setInt(9, known.failures());
        update.setObject(10, utc(renewal.fetchedAt()));
    }

    /** What is cached of bugs, in no particular order; without those that are not cached. */
    static List<KnownDetails> known(Connection connection, List<String> urls) throws SQLException {
        List<KnownDetails> known = new ArrayList<>();
        if (urls.isEmpty()) {
            return known;
        }
        String sql = "select " + KNOWN + " from bug_details where url in (?" + ", ?".repeat(urls.size() - 1) + ")";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 0; i < urls.size(); i++) {
                select.setString(i + 1, urls.get(i));
            }
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    known.add(known(rows));
                }
            }
        }
        return known;
    }

    private static KnownDetails known(ResultSet row) throws SQLException {
        boolean isResolved = row.getBoolean(4);
        Boolean resolved = row.wasNull() ? null : (Boolean) isResolved;
        boolean isConfidential = row.getBoolean(16);
        Boolean confidential = row.wasNull() ? null : (Boolean) isConfidential;
        return new KnownDetails(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                resolved,
                row.getBoolean(5),
                instant(row, 6),
                instant(row, 7),
                row.getObject(8, OffsetDateTime.class).toInstant(),
                row.getInt(9),
                row.getString(10),
                new Freshness(row.getString(11), row.getString(12), null),
                row.getString(13),
                instant(row, 14),
                confidential);
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
