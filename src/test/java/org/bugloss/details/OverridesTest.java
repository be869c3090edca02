package org.bugloss.details;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.bugloss.Beans;
import org.bugloss.cache.TestClock;
import org.bugloss.changes.TestChanges;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseSettings;
import org.bugloss.database.PostgreSql;
import org.bugloss.database.Retried;
import org.bugloss.database.TestTables;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TestBugUrls;
import org.bugloss.trackers.Trackers;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same SQL on both databases. */
@ExtendWith(PostgreSql.class)
class OverridesTest {

    private static final String KEY = "http://bugs.example/1";
    private static final String TYPED = "HTTP://Bugs.example:80/1";
    private static final Duration TTL = Duration.ofMinutes(1);

    private static List<Rows> databases;

    private final TestClock clock = new TestClock();

    @BeforeAll
    static void begin(DatabaseSettings postgreSql) {
        databases = List.of(new Rows(TestTables.inMemory()), new Rows(TestTables.migrated(postgreSql)));
    }

    static Stream<Rows> databases() {
        return databases.stream();
    }

    @BeforeEach
    void clear() {
        databases.forEach(Rows::clear);
    }

    private Overrides overrides(DataSource database) {
        OverrideChanges changes = Beans.filled(
                new OverrideChanges(),
                database,
                new GlossTable(database, clock),
                new NoSystems(),
                TestChanges.log(database),
                clock);
        return Beans.filled(new Overrides(), database, changes, clock);
    }

    /** Trackers that know no system: all URLs are pages. */
    private static final class NoSystems extends Trackers {

        @Override
        public BugUrl locate(CanonicalUrl url) {
            return TestBugUrls.of(url);
        }

        @Override
        public String trackerOf(BugUrl url) {
            return "Acme";
        }
    }

    private static DetailsOverride.Supplied titled(String title) {
        return new DetailsOverride.Supplied(title, null, null, null, null, null, Set.of(), null, TTL);
    }

    private static Overrides.Put put(String typed, String title) {
        return put(typed, titled(title));
    }

    private static Overrides.Put put(String typed, DetailsOverride.Supplied supplied) {
        return new Overrides.Put(typed, CanonicalUrl.parse(typed), supplied);
    }

    private static List<String> titles(Rows rows) {
        return rows.select("select url, title from details_override order by url");
    }

    private DetailsOverride inForce(Rows rows, String url) {
        return new GlossTable(rows.database(), clock)
                .read(Map.of(url, TestGlosses.bug(url)), bug -> "Acme")
                .get(url)
                .override();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void allThatWasSuppliedIsStoredUnderTheCanonicalKey(Rows rows) {
        overrides(rows.database())
                .put(List.of(put(
                        TYPED,
                        new DetailsOverride.Supplied(
                                "Ours",
                                "<p>d</p>",
                                "known",
                                true,
                                "http://i/",
                                "{}",
                                new TreeSet<>(Set.of("fields", "status")),
                                "release-notes",
                                TTL))));

        assertEquals(
                new DetailsOverride(
                        KEY,
                        "Ours",
                        "<p>d</p>",
                        "known",
                        true,
                        "http://i/",
                        "{}",
                        START,
                        START.plus(TTL),
                        Set.of("status", "fields"),
                        "release-notes"),
                inForce(rows, KEY));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void whatIsReplacedIsReplacedAsAWhole(Rows rows) {
        overrides(rows.database())
                .put(List.of(put(
                        KEY,
                        new DetailsOverride.Supplied(
                                "Old",
                                "<p>d</p>",
                                "known",
                                false,
                                "http://i/",
                                "{}",
                                Set.of("status"),
                                "notes",
                                TTL))));
        clock.advance(Duration.ofSeconds(1));
        overrides(rows.database()).put(List.of(put(KEY, "New")));

        assertEquals(
                new DetailsOverride(
                        KEY,
                        "New",
                        null,
                        null,
                        null,
                        null,
                        null,
                        START.plusSeconds(1),
                        START.plusSeconds(1).plus(TTL),
                        Set.of(),
                        null),
                inForce(rows, KEY));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void ofManyAtOnceSomeAreNewAndSomeReplaced(Rows rows) {
        rows.override("http://bugs.example/2", "Old", START, null);
        rows.override("http://bugs.example/9", "Another", START, null);

        overrides(rows.database())
                .put(List.of(
                        put("http://bugs.example/3", "Three"),
                        put("http://bugs.example/2", "Two"),
                        put("http://bugs.example/1", "One")));

        assertEquals(
                List.of(
                        "http://bugs.example/1|One",
                        "http://bugs.example/2|Two",
                        "http://bugs.example/3|Three",
                        "http://bugs.example/9|Another"),
                titles(rows));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void ofSeveralForOneBugTheLastOneHolds(Rows rows) {
        overrides(rows.database()).put(List.of(put(KEY, "First"), put(TYPED, "Second"), put(KEY, "Third")));

        assertEquals(List.of(KEY + "|Third"), titles(rows));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void anOverrideUnderTheUrlAsItIsTypedIsReplacedToo(Rows rows) {
        rows.override(TYPED, "By a script", START.plusSeconds(60), null);

        overrides(rows.database()).put(List.of(put(TYPED, "Ours")));

        assertEquals(List.of(KEY + "|Ours"), titles(rows));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void anOverrideEndsUnderBothOfItsForms(Rows rows) {
        rows.override(KEY, "Ours", START, null);
        rows.override(TYPED, "By a script", START, null);
        rows.override("http://bugs.example/2", "Another", START, null);

        overrides(rows.database()).end(TYPED, CanonicalUrl.parse(TYPED));
        overrides(rows.database()).end(TYPED, CanonicalUrl.parse(TYPED));

        assertEquals(List.of("http://bugs.example/2|Another"), titles(rows));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void anOverrideEndsUnderTheUrlOfALinkReferenceToo(Rows rows) {
        rows.link(1, TYPED, KEY);
        rows.override(TYPED, "By a script", START, null);
        rows.link(2, "HTTP://bugs.example/2", "http://bugs.example/2");
        rows.override("HTTP://bugs.example/2", "Another", START, null);

        overrides(rows.database()).end(KEY, CanonicalUrl.parse(KEY));

        assertEquals(List.of("HTTP://bugs.example/2|Another"), titles(rows));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void manyTakeAsManyStatementsAsOne(Rows rows) {
        CountedStatements counted = new CountedStatements(rows.database());

        overrides(counted.source())
                .put(IntStream.range(0, 500)
                        .mapToObj(i -> put("HTTP://bugs.example/" + i, "Ours"))
                        .toList());

        assertEquals(5, counted.taken());
        assertEquals(500, titles(rows).size());
    }

    /** As the container runs a method: all is committed, or nothing. */
    private void inTransaction(DataSource database, Consumer<Overrides> work) {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                work.accept(overrides(ofOne(connection)));
                connection.commit();
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whoever closes the connection only gives it back. */
    private static DataSource ofOne(Connection connection) {
        Connection kept = proxy(
                Connection.class,
                (method, arguments) -> method.getName().equals("close") ? null : method.invoke(connection, arguments));
        return proxy(DataSource.class, (method, arguments) -> kept);
    }

    private interface Call {
        Object of(Method method, Object[] arguments) throws ReflectiveOperationException;
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    try {
                        return call.of(method, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    /** Twelve threads, so that some meet each other. */
    private static void atOnce(IntFunction<Runnable> task) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(12);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                all.add(threads.submit(task.apply(i)));
            }
            for (Future<?> one : all) {
                one.get(1, TimeUnit.MINUTES);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static DetailsOverride.Supplied allOf(String word) {
        return new DetailsOverride.Supplied(word, word, word, null, null, word, Set.of(word), word, TTL);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void ofManyAtOnceForOneBugOneWinsAsAWhole(Rows rows) throws Exception {
        for (int round = 0; round < 5; round++) {
            rows.clear();
            atOnce(i -> () -> Retried.onConflict(() -> {
                inTransaction(rows.database(), overrides -> overrides.put(List.of(put(KEY, allOf("caller " + i)))));
                return null;
            }));

            DetailsOverride inForce = inForce(rows, KEY);
            String winner = inForce.title();
            assertEquals(
                    new DetailsOverride(
                            KEY,
                            winner,
                            winner,
                            winner,
                            null,
                            null,
                            winner,
                            START,
                            START.plus(TTL),
                            Set.of(winner),
                            winner),
                    inForce);
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void manyAtOnceForTheSameBugsInAnyOrderAllSucceed(Rows rows) throws Exception {
        List<Overrides.Put> puts = new ArrayList<>();
        IntStream.range(0, 50).forEach(i -> puts.add(put("HTTP://bugs.example/" + i, "Ours")));
        atOnce(i -> () -> {
            List<Overrides.Put> mine = new ArrayList<>(puts);
            Collections.shuffle(mine, new Random(i));
            for (int round = 0; round < 3; round++) {
                Retried.onConflict(() -> {
                    inTransaction(rows.database(), overrides -> overrides.put(mine));
                    return null;
                });
                Retried.onConflict(() -> {
                    inTransaction(
                            rows.database(),
                            overrides -> overrides.end(KEY, CanonicalUrl.parse("http://bugs.example/" + i)));
                    return null;
                });
            }
        });
        assertTrue(titles(rows).size() >= 50 - 12, () -> titles(rows).toString());
    }

    @Test
    void aDatabaseThatIsAwayIsToldAsSuch() {
        CountedStatements counted = new CountedStatements(TestTables.inMemory());
        counted.fail(new SQLException("connection refused", "08001"));

        RuntimeException thrown = assertThrows(
                IllegalStateException.class, () -> overrides(counted.source()).put(List.of(put(KEY, "Ours"))));
        assertEquals("the table of overrides can't be used: connection refused", thrown.getMessage());
        assertTrue(DatabaseAway.isBehind(thrown));
    }

    private static DetailsOverride.Supplied resolved(boolean resolved) {
        return new DetailsOverride.Supplied("Crash", null, null, resolved, null, null, Set.of(), null, TTL);
    }

    private static List<String> changes(Rows rows) {
        return rows.select("select kind, url, before_title, before_resolved, after_title, after_resolved"
                + " from bug_change order by id");
    }

    private static String yes(Rows rows) {
        return rows.isPostgreSql() ? "t" : "TRUE";
    }

    private static String no(Rows rows) {
        return rows.isPostgreSql() ? "f" : "FALSE";
    }

    @ParameterizedTest
    @MethodSource("databases")
    void anOverrideThatComesAndGoesIsAChangeOfWhatIsServed(Rows rows) {
        rows.details(KEY, "Crash", START, START.plus(TTL));
        rows.change("update bug_details set resolved = false");

        overrides(rows.database()).put(List.of(put(TYPED, resolved(true))));
        overrides(rows.database()).put(List.of(put(KEY, resolved(true))));
        overrides(rows.database()).end(KEY, CanonicalUrl.parse(KEY));
        overrides(rows.database()).end(KEY, CanonicalUrl.parse(KEY));

        assertEquals(
                List.of(
                        "resolved|" + KEY + "|Crash|" + no(rows) + "|Crash|" + yes(rows),
                        "reopened|" + KEY + "|Crash|" + yes(rows) + "|Crash|" + no(rows)),
                changes(rows));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void whatIsFirstSeenByAnOverrideIsNoChangeAndNeitherIsItsEndWhereNothingElseIsKnown(Rows rows) {
        overrides(rows.database()).put(List.of(put(KEY, resolved(false))));
        overrides(rows.database()).put(List.of(put(KEY, resolved(true))));
        overrides(rows.database()).end(KEY, CanonicalUrl.parse(KEY));

        assertEquals(List.of("resolved|" + KEY + "|Crash|" + no(rows) + "|Crash|" + yes(rows)), changes(rows));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void anOverrideThatExpiredIsNotComparedWith(Rows rows) {
        rows.details(KEY, "Crash", START, START.plus(TTL));
        rows.change("update bug_details set resolved = true");
        overrides(rows.database()).put(List.of(put(KEY, resolved(false))));
        clock.advance(TTL.plusSeconds(1));

        overrides(rows.database()).put(List.of(put(KEY, resolved(true))));

        assertEquals(List.of("reopened|" + KEY + "|Crash|" + yes(rows) + "|Crash|" + no(rows)), changes(rows));
    }
}
