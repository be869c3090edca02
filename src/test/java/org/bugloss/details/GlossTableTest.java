package org.bugloss.details;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.bugloss.cache.StoredDetails;
import org.bugloss.cache.TestClock;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseSettings;
import org.bugloss.database.PostgreSql;
import org.bugloss.database.TestTables;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TestBugUrls;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same SQL on both databases. */
@ExtendWith(PostgreSql.class)
class GlossTableTest {

    private static final String KEY = "http://bugs.example/1";
    private static final String TYPED = "HTTP://Bugs.example:80/1";

    /** What H2 says of a table that it looks into by an index. */
    private static final Pattern INDEX_OF_H2 =
            Pattern.compile("/\\* PUBLIC\\.(PRIMARY_KEY_\\w+|LINK_REFERENCE_BY_URL): URL");

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

    private Map<String, Gloss> read(DataSource database, Collection<String> urls) {
        Map<String, BugUrl> bugs = new LinkedHashMap<>();
        urls.forEach(typed -> bugs.put(typed, TestBugUrls.of(CanonicalUrl.parse(typed))));
        return new GlossTable(database, clock).read(bugs, bug -> "Acme");
    }

    private Gloss read(Rows rows, String typed) {
        return read(rows.database(), List.of(typed)).get(typed);
    }

    /** The title of the override that is in force for a URL as it was typed. */
    private String ours(Rows rows, String typed) {
        DetailsOverride override = read(rows, typed).override();
        return override == null ? null : override.title();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void whatWasNeverHeardOfIsAGlossWithoutSides(Rows rows) {
        rows.details("http://bugs.example/2", "Another", START, START);
        rows.override("http://bugs.example/2", "Another", START, null);

        assertEquals(new Gloss(TestBugUrls.of(CanonicalUrl.parse(KEY)), "Acme", null, null), read(rows, TYPED));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void everyColumnOfTheDetailsIsRead(Rows rows) {
        rows.change(
                "insert into bug_details (url, tracker, system_name, bug_id, title, description, excerpt, status, resolved,"
                        + " image, site_name, fields, moved_to, from_open_graph, fetched_at, expires_at, failure_reason,"
                        + " failure_message, failure_since, retry_at, asked_at, confidential)"
                        + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                KEY,
                "Acme",
                "corp",
                "1",
                "Crash",
                "<p>It crashes</p>",
                "It crashes",
                "open",
                true,
                "http://i/",
                "Site",
                "{}",
                "http://bugs.example/9",
                true,
                START,
                START.plusSeconds(1),
                "dns",
                "no such host",
                START.plusSeconds(2),
                START.plusSeconds(3),
                START.plusSeconds(4),
                true);

        assertEquals(
                new StoredDetails(
                        KEY,
                        "Acme",
                        "corp",
                        "1",
                        "Crash",
                        "<p>It crashes</p>",
                        "It crashes",
                        "open",
                        true,
                        "http://i/",
                        "Site",
                        "{}",
                        "http://bugs.example/9",
                        true,
                        START,
                        START.plusSeconds(1),
                        "dns",
                        "no such host",
                        START.plusSeconds(2),
                        START.plusSeconds(3),
                        START.plusSeconds(4),
                        true),
                read(rows, TYPED).stored());
    }

    @ParameterizedTest
    @MethodSource("databases")
    void whatIsAbsentInARowIsAbsentInTheDetails(Rows rows) {
        rows.change("insert into bug_details (url, tracker, asked_at) values (?, 'Acme', ?)", KEY, START);

        assertEquals(
                new StoredDetails(
                        KEY, "Acme", null, null, null, null, null, null, null, null, null, null, null, false, null,
                        null, null, null, null, null, START, null),
                read(rows, KEY).stored());
    }

    @ParameterizedTest
    @MethodSource("databases")
    void everyColumnOfAnOverrideIsRead(Rows rows) {
        rows.change(
                "insert into details_override (url, title, description, status, resolved, image, fields, created_at,"
                        + " expires_at, blanks, supplied_by) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                KEY,
                "Ours",
                "<p>d</p>",
                "known",
                false,
                "http://i/",
                "{}",
                START,
                START.plusSeconds(1),
                "status,image",
                "release-notes");

        assertEquals(
                new DetailsOverride(
                        KEY,
                        "Ours",
                        "<p>d</p>",
                        "known",
                        false,
                        "http://i/",
                        "{}",
                        START,
                        START.plusSeconds(1),
                        Set.of("status", "image"),
                        "release-notes"),
                read(rows, KEY).override());
    }

    @ParameterizedTest
    @MethodSource("databases")
    void aScriptNeedWriteUrlAndTitleOnly(Rows rows) {
        rows.change("insert into details_override (url, title) values (?, 'Ours')", KEY);

        DetailsOverride override = read(rows, KEY).override();
        assertNotNull(override.createdAt());
        assertEquals(
                new DetailsOverride(
                        KEY, "Ours", null, null, null, null, null, override.createdAt(), null, Set.of(), null),
                override);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void anOverrideUnderTheCanonicalKeyHoldsForEverySpelling(Rows rows) {
        rows.override(KEY, "Ours", START, null);

        assertEquals("Ours", ours(rows, KEY));
        assertEquals("Ours", ours(rows, TYPED));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void anOverrideUnderTheUrlAsItIsAskedForHolds(Rows rows) {
        rows.override(TYPED, "Ours", START, null);

        assertEquals("Ours", ours(rows, TYPED));
        assertNull(ours(rows, KEY));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void anOverrideUnderTheUrlOfALinkReferenceHoldsForEverySpelling(Rows rows) {
        rows.override(TYPED, "Ours", START, null);
        rows.link(1, TYPED, KEY);
        rows.link(2, "HTTP://bugs.example/1#c2", KEY);

        assertEquals("Ours", ours(rows, KEY));
        assertEquals("Ours", ours(rows, TYPED));
        assertEquals("Ours", ours(rows, "http://BUGS.example/1"));
        assertNull(ours(rows, "http://bugs.example/2"));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void ofSeveralOverridesOfOneBugTheNewestWinsWhateverItsSpelling(Rows rows) {
        rows.override(KEY, "Newest", START.plusSeconds(2), null);
        rows.override(TYPED, "Newer", START.plusSeconds(1), null);
        rows.override("HTTP://bugs.example/1#c2", "New", START, null);
        rows.link(1, "HTTP://bugs.example/1#c2", KEY);
        assertEquals("Newest", ours(rows, TYPED));

        rows.change("update details_override set created_at = ? where title = 'Newer'", START.plusSeconds(3));
        assertEquals("Newer", ours(rows, TYPED));

        rows.change("update details_override set created_at = ? where title = 'New'", START.plusSeconds(4));
        assertEquals("New", ours(rows, TYPED));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void anOverrideThatHasExpiredIsIgnoredAndAnOlderOneIsInForce(Rows rows) {
        rows.override(KEY, "Older", START.minusSeconds(60), START.plusSeconds(1));
        rows.override(TYPED, "Expired", START.minusSeconds(30), START);

        assertEquals("Older", ours(rows, TYPED));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void anOverrideWhoseUrlIsNonsenseIsIgnored(Rows rows) {
        rows.override("no URL at all", "Nonsense", START, null);
        rows.link(1, "no URL at all", KEY);
        // Of another bug than the link reference that has its URL says.
        rows.override("http://bugs.example/2", "Another", START, null);
        rows.link(2, "http://bugs.example/2", KEY);

        assertNull(ours(rows, KEY));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void manyAreReadByAStatementForEveryFiveHundred(Rows rows) {
        List<String> urls = IntStream.rangeClosed(1, 1_100)
                .mapToObj(i -> "HTTP://bugs.example/" + i)
                .toList();
        for (int i : List.of(1, 500, 501, 1_000, 1_100)) {
            rows.details("http://bugs.example/" + i, "Theirs " + i, START, START);
            rows.override("HTTP://bugs.example/" + i, "Ours " + i, START, null);
        }
        CountedStatements counted = new CountedStatements(rows.database());

        Map<String, Gloss> glosses = read(counted.source(), urls);

        assertEquals(3, counted.taken());
        assertEquals(urls, List.copyOf(glosses.keySet()));
        assertEquals(
                List.of(1, 500, 501, 1_000, 1_100),
                IntStream.rangeClosed(1, 1_100)
                        .filter(i -> {
                            Gloss gloss = glosses.get("HTTP://bugs.example/" + i);
                            return gloss.hasDetails()
                                    && gloss.stored().title().equals("Theirs " + i)
                                    && gloss.override().title().equals("Ours " + i);
                        })
                        .boxed()
                        .toList());
        assertEquals(5, glosses.values().stream().filter(Gloss::canBeShown).count());
    }

    @ParameterizedTest
    @MethodSource("databases")
    void oneStatementReadsDetailsAndOverridesOfOneBugAndOfFiveHundred(Rows rows) {
        CountedStatements counted = new CountedStatements(rows.database());
        for (int count : List.of(1, 2, 3, 17, 500)) {
            read(
                    counted.source(),
                    IntStream.range(0, count)
                            .mapToObj(i -> "HTTP://bugs.example/" + i)
                            .toList());
            assertEquals(1, counted.taken(), count + " URLs");
        }
    }

    @Test
    void aDatabaseThatIsAwayIsToldAsSuch() {
        CountedStatements counted = new CountedStatements(TestTables.inMemory());
        counted.fail(new SQLException("connection refused", "08001"));

        RuntimeException thrown = assertThrows(IllegalStateException.class, () -> read(counted.source(), List.of(KEY)));
        assertEquals("the details can't be read: connection refused", thrown.getMessage());
        assertTrue(DatabaseAway.isBehind(thrown));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void eachArmOfTheStatementFindsItsRowsByAnIndexHoweverManyThereAre(Rows rows) {
        rows.fill(100_000);
        // For 500 of only 100,000 rows PostgreSQL may rightly find it cheaper to read all of a table.
        for (int keys : List.of(1, 16, 64)) {
            int forms = keys == 1 ? 2 : GlossTable.padded(2 * keys);
            Object[] values = IntStream.range(0, 2 * keys + forms)
                    .mapToObj(i -> "http://bugs.example/" + 7 * i)
                    .toArray();
            String plan = String.join("\n", rows.select("explain " + GlossTable.sql(keys, forms), values));
            if (rows.isPostgreSql()) {
                assertFalse(plan.contains("Seq Scan"), plan);
                assertTrue(plan.contains("bug_details_pkey"), plan);
                assertTrue(plan.contains("details_override_pkey"), plan);
                assertTrue(plan.contains("link_reference_by_url"), plan);
            } else {
                assertFalse(plan.contains("tableScan"), plan);
                assertEquals(4, INDEX_OF_H2.matcher(plan).results().count(), plan);
            }
        }
    }
}
