package org.bugloss.details;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.bugloss.Beans;
import org.bugloss.cache.TestClock;
import org.bugloss.changes.TestChanges;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseSettings;
import org.bugloss.database.PostgreSql;
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

        assertEquals(6, counted.taken());
        assertEquals(500, titles(rows).size());
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
