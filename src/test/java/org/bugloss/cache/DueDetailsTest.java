package org.bugloss.cache;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.bugloss.database.DatabaseSettings;
import org.bugloss.database.PostgreSql;
import org.bugloss.database.TestTables;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The same SQL on both databases. */
@ExtendWith(PostgreSql.class)
class DueDetailsTest {

    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final Duration SOON = Duration.ofSeconds(720);

    private abstract static class InSql extends DueDetailsContract {

        private final DataSource database;

        InSql(DataSource database) {
            this.database = database;
        }

        @Override
        protected void add(Row row) throws SQLException {
            insert(database, row);
        }

        @Override
        protected DueDetails node() {
            return new DueDetails(TestTables.transactional(database));
        }
    }

    @Nested
    class OnH2 extends InSql {

        OnH2() {
            super(TestTables.inMemory());
        }
    }

    @Nested
    class OnPostgreSql extends InSql {

        OnPostgreSql(DatabaseSettings empty) {
            super(TestTables.migrated(empty));
        }
    }

    /** A check of one database. */
    private interface Check {
        void on(DataSource database, DueDetails due) throws Exception;
    }

    private static void onBoth(DatabaseSettings postgreSql, Check check) throws Exception {
        for (DataSource database : List.of(TestTables.inMemory(), TestTables.migrated(postgreSql))) {
            check.on(database, new DueDetails(TestTables.transactional(database)));
        }
    }

    @Test
    void renewsTheTimesAndLeavesTheRest(DatabaseSettings postgreSql) throws Exception {
        onBoth(postgreSql, (database, due) -> {
            fetched(database, "http://a/1", "acme", START.minusSeconds(3600), START);
            KnownDetails known = due.claim("acme", 1, 1, false, START, SOON, START.plus(LEASE))
                    .get(0);
            assertEquals("print of http://a/1", known.fingerprint().strip());
            assertEquals(START.minusSeconds(3600), known.fetchedAt());
            assertNull(known.resolved());

            Instant next = START.plusSeconds(3600);
            assertEquals(
                    Set.of("http://a/1"),
                    due.renew(List.of(new DueDetails.Renewal(
                            known, START, next, next, null, new Freshness("\"new\"", null, null)))));

            KnownDetails renewed =
                    due.claim("acme", 1, 1, false, next, SOON, next.plus(LEASE)).get(0);
            assertEquals(START, renewed.fetchedAt());
            assertEquals("\"new\"", renewed.freshness().etag());
            assertEquals(known.readAt(), renewed.readAt());
            assertEquals("A title", value(database, "title", "http://a/1"));
        });
    }

    @Test
    void whatIsPutOffKeepsItsDetailsAndSaysWhySinceWhenAndUntilWhen(DatabaseSettings postgreSql) throws Exception {
        onBoth(postgreSql, (database, due) -> {
            fetched(database, "http://a/1", "acme", START.minusSeconds(3600), START);
            FetchException refused = new FetchException(FailureReason.ADDRESS_NOT_ALLOWED, "no\u0007 URL any more");
            Instant now = START;
            for (int times = 1; times <= 2; times++) {
                Instant until = now.plusSeconds(86_400);
                due.claim("acme", 1, 1, false, now, SOON, now.plus(LEASE));
                due.putOff(Map.of("http://a/1", refused), now, until);
                assertEquals(
                        List.of("A title", "address_not_allowed", "no URL any more", String.valueOf(times)),
                        Stream.of("title", "failure_reason", "failure_message", "failures")
                                .map(column -> value(database, column, "http://a/1"))
                                .toList());
                assertEquals(START, time(database, "failure_since", "http://a/1"));
                assertEquals(until, time(database, "retry_at", "http://a/1"));
                assertEquals(until, time(database, "due_at", "http://a/1"));
                now = until;
            }
        });
    }

    @Test
    void doesNotRenewWhatWasReplacedMeanwhile(DatabaseSettings postgreSql) throws Exception {
        onBoth(postgreSql, (database, due) -> {
            fetched(database, "http://a/1", "acme", START.minusSeconds(3600), START);
            KnownDetails known = due.claim("acme", 1, 1, false, START, SOON, START.plus(LEASE))
                    .get(0);
            sql(database, "update bug_details set fingerprint = 'another'");
            assertEquals(
                    Set.of(),
                    due.renew(List.of(new DueDetails.Renewal(known, START, START, START, START, known.freshness()))));
        });
    }

    @Test
    void doesNotRenewWhatIsKnownToFailByNowNorWhatWasFetchedLater(DatabaseSettings postgreSql) throws Exception {
        onBoth(postgreSql, (database, due) -> {
            fetched(database, "http://a/failed", "acme", START.minusSeconds(3600), START);
            fetched(database, "http://a/later", "acme", START.minusSeconds(3600), START);
            List<DueDetails.Renewal> renewals = due.claim("acme", 2, 1, false, START, SOON, START.plus(LEASE)).stream()
                    .map(known -> new DueDetails.Renewal(known, START, START, START, START, known.freshness()))
                    .toList();
            assertEquals(2, renewals.size());
            sql(database, "update bug_details set failures = 1 where url = 'http://a/failed'");
            sql(
                    database,
                    "update bug_details set fetched_at = fetched_at + interval '2' hour where url = 'http://a/later'");
            assertEquals(Set.of(), due.renew(renewals));
        });
    }

    private static void fetched(DataSource database, String url, String lane, Instant fetchedAt, Instant dueAt)
            throws SQLException {
        insert(database, new DueDetailsContract.Row(url, lane, null, false, fetchedAt, dueAt, 0));
    }

    private static void insert(DataSource database, DueDetailsContract.Row row) throws SQLException {
        Instant fetchedAt = row.fetchedAt();
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "insert into bug_details (url, tracker, title, lane, due_at, asked_at, fetched_at, read_at,"
                                + " expires_at, fingerprint, change_group, from_open_graph, failures)"
                                + " values (?, 'Acme', 'A title', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            insert.setString(1, row.url());
            insert.setString(2, row.lane());
            insert.setObject(3, utc(row.dueAt()));
            insert.setObject(4, utc(START));
            insert.setObject(5, utc(fetchedAt));
            insert.setObject(6, utc(fetchedAt));
            insert.setObject(7, utc(fetchedAt == null ? null : fetchedAt.plus(DueDetailsContract.TTL)));
            insert.setString(8, fetchedAt == null ? null : "print of " + row.url());
            insert.setString(9, row.group());
            insert.setBoolean(10, row.fromOpenGraph());
            insert.setInt(11, row.failures());
            assertEquals(1, insert.executeUpdate());
        }
    }

    private static void sql(DataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            assertTrue(statement.executeUpdate() > 0);
        }
    }

    private static String value(DataSource database, String column, String url) {
        return read(database, column, url, String.class);
    }

    private static Instant time(DataSource database, String column, String url) {
        return read(database, column, url, OffsetDateTime.class).toInstant();
    }

    private static <T> T read(DataSource database, String column, String url, Class<T> type) {
        try (Connection connection = database.getConnection();
                PreparedStatement select =
                        connection.prepareStatement("select " + column + " from bug_details where url = ?")) {
            select.setString(1, url);
            try (ResultSet rows = select.executeQuery()) {
                assertTrue(rows.next());
                return type == String.class ? type.cast(rows.getString(1)) : rows.getObject(1, type);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }
}
