package org.bugloss.cache;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.bugloss.database.DatabaseSettings;
import org.bugloss.database.PostgreSql;
import org.bugloss.database.TestTables;
import org.bugloss.outbound.Freshness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The same SQL on both databases. */
@ExtendWith(PostgreSql.class)
class DueDetailsTest {

    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final Duration SOON = Duration.ofSeconds(720);

    /** A check of one database. */
    private interface Check {
        void on(DataSource database, DueDetails due) throws Exception;
    }

    private static void onBoth(DatabaseSettings postgreSql, Check check) throws Exception {
        for (DataSource database : List.of(TestTables.inMemory(), TestTables.migrated(postgreSql))) {
            check.on(database, new DueDetails(transactional(database)));
        }
    }

    @Test
    void tellsOfEachLaneSinceWhenItIsOverdue(DatabaseSettings postgreSql) throws Exception {
        onBoth(postgreSql, (database, due) -> {
            row(database, "http://a/1", "acme", START.minusSeconds(10));
            row(database, "http://a/2", "acme", START.minusSeconds(20));
            row(database, "http://b/1", "//b", START.minusSeconds(30));
            row(database, "http://c/1", "//c", START.plusSeconds(1));
            row(database, "http://d/1", null, null);

            Map<String, Instant> expected = new LinkedHashMap<>();
            expected.put("//b", START.minusSeconds(30));
            expected.put("acme", START.minusSeconds(20));
            assertEquals(
                    List.copyOf(expected.entrySet()),
                    List.copyOf(due.lanes(START).entrySet()));
        });
    }

    @Test
    void tellsOfNoLaneWhereThereIsNothing(DatabaseSettings postgreSql) throws Exception {
        onBoth(postgreSql, (database, due) -> assertEquals(Map.of(), due.lanes(START)));
    }

    @Test
    void claimsTheLongestOverdueFirstAndNobodyGetsThemBeforeTheLeaseEnds(DatabaseSettings postgreSql) throws Exception {
        onBoth(postgreSql, (database, due) -> {
            for (int i = 1; i <= 5; i++) {
                row(database, "http://a/" + i, "acme", START.minusSeconds(i));
            }
            DueDetails other = new DueDetails(transactional(database));

            assertEquals(List.of("http://a/5", "http://a/4"), claim(due, 2, START));
            assertEquals(List.of("http://a/3", "http://a/2", "http://a/1"), claim(other, 10, START));
            assertEquals(List.of(), claim(due, 10, START.plus(LEASE).minusMillis(1)));
            assertEquals(5, claim(due, 10, START.plus(LEASE)).size());
        });
    }

    @Test
    void manyNodesAtOnceGetEveryRowOnce(DatabaseSettings postgreSql) throws Exception {
        onBoth(postgreSql, (database, due) -> {
            for (int i = 0; i < 400; i++) {
                row(database, "http://a/" + i, "acme", START.minusSeconds(i));
            }
            ExecutorService nodes = Executors.newFixedThreadPool(4);
            try {
                List<Future<List<String>>> claims = new ArrayList<>();
                for (int node = 0; node < 4; node++) {
                    DueDetails its = new DueDetails(transactional(database));
                    claims.add(nodes.submit(() -> {
                        List<String> got = new ArrayList<>();
                        for (int i = 0; i < 40; i++) {
                            got.addAll(claim(its, 20, START));
                        }
                        return got;
                    }));
                }
                List<String> all = new ArrayList<>();
                for (Future<List<String>> claim : claims) {
                    all.addAll(claim.get(60, TimeUnit.SECONDS));
                }
                assertEquals(400, all.size());
                assertEquals(400, new HashSet<>(all).size());
            } finally {
                nodes.shutdownNow();
            }
        });
    }

    @Test
    void fillsABatchUpWithWhatIsInTheLastFifthOfItsTtl(DatabaseSettings postgreSql) throws Exception {
        onBoth(postgreSql, (database, due) -> {
            row(database, "http://a/due", "acme", START.minusSeconds(1));
            fetched(database, "http://a/late", "acme", START.minusSeconds(3000), START.plusSeconds(300));
            fetched(database, "http://a/early", "acme", START.minusSeconds(2000), START.plusSeconds(200));
            fetched(database, "http://b/late", "other", START.minusSeconds(3000), START.plusSeconds(300));

            assertEquals(List.of("http://a/due"), claim(due, 10, 1, START));
            giveBack(due, "http://a/due");
            assertEquals(List.of("http://a/due", "http://a/late"), claim(due, 10, 10, START));
            assertEquals(List.of(), claim(due, 10, 10, START.plusSeconds(1)));
        });
    }

    @Test
    void whatIsClaimedFillsNobodysBatch(DatabaseSettings postgreSql) throws Exception {
        onBoth(postgreSql, (database, due) -> {
            fetched(database, "http://a/1", "acme", START.minusSeconds(3600), START.minusSeconds(2));
            claim(due, 10, START);
            row(database, "http://a/2", "acme", START.minusSeconds(1));
            assertEquals(List.of("http://a/2"), claim(new DueDetails(transactional(database)), 10, 10, START));
        });
    }

    @Test
    void onlyWhoClaimedExtendsALeaseOrGivesBack(DatabaseSettings postgreSql) throws Exception {
        onBoth(postgreSql, (database, due) -> {
            row(database, "http://a/1", "acme", START);
            DueDetails other = new DueDetails(transactional(database));
            claim(due, 1, START);

            assertEquals(Set.of(), other.extend(List.of("http://a/1"), START.plusSeconds(500)));
            giveBack(other, "http://a/1");
            assertEquals(List.of(), claim(other, 1, START));
            assertEquals(Set.of("http://a/1"), due.extend(List.of("http://a/1"), START.plusSeconds(500)));
            assertEquals(List.of(), claim(other, 1, START.plusSeconds(499)));
            giveBack(due, "http://a/1");
            assertEquals(Map.of("acme", START), due.lanes(START));
            assertEquals(List.of("http://a/1"), claim(other, 1, START));
        });
    }

    @Test
    void hastensWhatNoNodeIsAt(DatabaseSettings postgreSql) throws Exception {
        onBoth(postgreSql, (database, due) -> {
            row(database, "http://a/1", "acme", START.plusSeconds(1000));
            row(database, "http://a/2", null, null);
            due.hasten(List.of("http://a/1", "http://a/2"), START);
            assertEquals(List.of("http://a/1"), claim(due, 10, START));
            // Claimed by now, by whomever.
            due.hasten(List.of("http://a/1"), START);
            new DueDetails(transactional(database)).hasten(List.of("http://a/1"), START);
            assertEquals(List.of(), claim(due, 10, START));
        });
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

    @Test
    void aSourceInTroubleIsTriedWithWhatItAnsweredBefore(DatabaseSettings postgreSql) throws Exception {
        onBoth(postgreSql, (database, due) -> {
            row(database, "http://a/1", "acme", START.minusSeconds(9));
            row(database, "http://a/2", "acme", START.minusSeconds(8));
            sql(database, "update bug_details set failures = 3 where url = 'http://a/1'");
            for (String url : List.of("http://a/2", "http://a/1")) {
                assertEquals(
                        url,
                        due.claim("acme", 1, 1, true, START, SOON, START.plus(LEASE))
                                .get(0)
                                .url());
            }
        });
    }

    @Test
    void aQuestionAboutChangesRenewsAllOfItsGroupThatNoOtherNodeIsAt(DatabaseSettings postgreSql) throws Exception {
        onBoth(postgreSql, (database, due) -> {
            for (String name : List.of("mine", "free", "theirs", "older", "unwatched")) {
                fetched(database, "http://a/" + name, "acme", START.minusSeconds(100), START.plusSeconds(100));
            }
            fetched(database, "http://b/1", "acme", START.minusSeconds(100), START.plusSeconds(100));
            sql(database, "update bug_details set change_group = 'acme' where url like 'http://a/%'");
            sql(database, "update bug_details set claimed_by = 'another' where url = 'http://a/theirs'");
            sql(database, "update bug_details set due_at = null, lane = null where url = 'http://a/unwatched'");
            sql(
                    database,
                    "update bug_details set fetched_at = fetched_at - interval '1' second"
                            + " where url = 'http://a/older'");
            assertEquals(
                    Set.of("http://a/mine", "http://a/free"),
                    due.renewable("acme", START.minusSeconds(100), 100).stream()
                            .map(KnownDetails::url)
                            .collect(Collectors.toSet()));
            assertEquals(1, due.renewable("acme", START.minusSeconds(100), 1).size());
        });
    }

    private static List<String> claim(DueDetails due, int most, Instant now) {
        return claim(due, most, 1, now);
    }

    private static List<String> claim(DueDetails due, int most, int batch, Instant now) {
        return due.claim("acme", most, batch, false, now, SOON, now.plus(LEASE)).stream()
                .map(KnownDetails::url)
                .toList();
    }

    private static void giveBack(DueDetails due, String url) {
        due.giveBack(List.of(new KnownDetails(
                url, "Acme", null, null, false, null, null, START, 0, null, Freshness.UNKNOWN, null, START)));
    }

    private static void row(DataSource database, String url, String lane, Instant dueAt) throws SQLException {
        insert(database, url, lane, dueAt, null);
    }

    private static void fetched(DataSource database, String url, String lane, Instant fetchedAt, Instant dueAt)
            throws SQLException {
        insert(database, url, lane, dueAt, fetchedAt);
    }

    private static void insert(DataSource database, String url, String lane, Instant dueAt, Instant fetchedAt)
            throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "insert into bug_details (url, tracker, title, lane, due_at, asked_at, fetched_at, read_at,"
                                + " expires_at, fingerprint) values (?, 'Acme', 'A title', ?, ?, ?, ?, ?, ?, ?)")) {
            insert.setString(1, url);
            insert.setString(2, lane);
            insert.setObject(3, utc(dueAt));
            insert.setObject(4, utc(START));
            insert.setObject(5, utc(fetchedAt));
            insert.setObject(6, utc(fetchedAt));
            insert.setObject(7, utc(fetchedAt == null ? null : fetchedAt.plusSeconds(3600)));
            insert.setString(8, fetchedAt == null ? null : "print of " + url);
            assertEquals(1, insert.executeUpdate());
        }
    }

    private static void sql(DataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            assertTrue(statement.executeUpdate() > 0);
        }
    }

    private static String value(DataSource database, String column, String url) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement select =
                        connection.prepareStatement("select " + column + " from bug_details where url = ?")) {
            select.setString(1, url);
            try (ResultSet rows = select.executeQuery()) {
                assertTrue(rows.next());
                return rows.getString(1);
            }
        }
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }

    /** Connections as a container's transactions have them: what was done on one is committed when it is closed. */
    private static DataSource transactional(DataSource database) {
        return (DataSource) Proxy.newProxyInstance(
                DueDetailsTest.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                    Connection connection = database.getConnection();
                    connection.setAutoCommit(false);
                    return Proxy.newProxyInstance(
                            DueDetailsTest.class.getClassLoader(),
                            new Class<?>[] {Connection.class},
                            (same, called, with) -> {
                                if (called.getName().equals("close")) {
                                    connection.commit();
                                }
                                try {
                                    return called.invoke(connection, with);
                                } catch (InvocationTargetException e) {
                                    throw e.getCause();
                                }
                            });
                });
    }
}
