package org.bugloss.links;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.bugloss.audience.Sight;
import org.bugloss.cache.SearchWords;
import org.bugloss.configuration.TestKeys;
import org.bugloss.database.DatabaseSettings;
import org.bugloss.database.DatabaseVendor;
import org.bugloss.database.PostgreSql;
import org.bugloss.database.TestTables;
import org.bugloss.trackers.PausedSystems;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Lists of link references, on both databases. */
@ExtendWith(PostgreSql.class)
class LinkReferencesTest {

    private static final LinkSelection ALL =
            new LinkSelection(null, null, null, null, null, null, null, null, List.of());
    private static final OffsetDateTime NOW = START.atOffset(ZoneOffset.UTC);

    /** A check of one database. */
    private interface Check {
        void on(Rows rows, LinkReferences links) throws Exception;
    }

    private static void eachDatabase(DatabaseSettings postgreSql, Check check) throws Exception {
        Clock clock = Clock.fixed(START, ZoneOffset.UTC);
        PausedSystems paused = new PausedSystems(TestKeys.keys(), clock);
        DataSource h2 = TestTables.inMemory();
        check.on(new Rows(h2), new LinkReferences(h2, DatabaseVendor.H2, paused, clock));
        DataSource other = TestTables.migrated(postgreSql);
        check.on(new Rows(other), new LinkReferences(other, DatabaseVendor.POSTGRESQL, paused, clock));
    }

    /** Fills the tables. */
    private record Rows(DataSource database) {

        void link(long id, String execution, String url, String key, boolean defect) throws SQLException {
            run(
                    "insert into link_reference (id, execution_id, url, url_key, is_defect, created_on, natural_key)"
                            + " values (?, ?, ?, ?, ?, ?, ?)",
                    id,
                    execution,
                    url,
                    key,
                    defect,
                    NOW,
                    "key of " + id);
        }

        void bug(String url, String title, Boolean resolved, Instant updated, Instant fetched) throws SQLException {
            run(
                    "insert into bug_details (url, tracker, system_name, title, fetched_at, expires_at, asked_at)"
                            + " values (?, 'GitHub', 'github', ?, ?, ?, ?)",
                    url,
                    title,
                    utc(fetched),
                    utc(fetched == null ? null : fetched.plusSeconds(3600)),
                    NOW);
            run(
                    "insert into bug_search (url, bug_id, search_title, updated_at, resolved) values (?, ?, ?, ?, ?)",
                    url,
                    url.replaceAll(".*/", ""),
                    title == null ? null : SearchWords.column(title),
                    utc(updated),
                    resolved);
        }

        void override(String url, String title, Boolean resolved, Instant updated, Instant expires)
                throws SQLException {
            run(
                    "insert into details_override (url, title, resolved, fields, created_at, expires_at, url_key,"
                            + " search_title, updated_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    url,
                    title,
                    resolved,
                    updated == null ? null : "{}",
                    NOW,
                    utc(expires),
                    url,
                    SearchWords.column(title),
                    utc(updated));
        }

        void run(String sql, Object... values) throws SQLException {
            try (Connection connection = database.getConnection();
                    PreparedStatement statement = connection.prepareStatement(sql)) {
                for (int i = 0; i < values.length; i++) {
                    statement.setObject(i + 1, values[i]);
                }
                statement.executeUpdate();
            }
        }

        /** Bugs with one link reference each, of which every fifth has another title. */
        void many(int count) throws SQLException {
            String numbers = "with recursive n(i) as (select 1 union all select i + 1 from n where i < " + count + ") ";
            run("insert into bug_details (url, tracker, title, asked_at) " + numbers
                    + "select 'http://m/' || i, 'GitHub', 'x', current_timestamp from n");
            run("insert into bug_search (url, search_title) " + numbers
                    + "select 'http://m/' || i, case when mod(i, 5) = 0 then 'rare' else 'common word' end from n");
            run("insert into link_reference (id, url, url_key, is_defect, natural_key) " + numbers
                    + "select i, 'http://m/' || i, 'http://m/' || i, true, 'key of ' || i from n");
        }

        /** How the database goes about it, in lower case. */
        String plan(LinkSql.Statement asked) throws SQLException {
            StringBuilder plan = new StringBuilder();
            try (Connection connection = database.getConnection();
                    PreparedStatement statement = connection.prepareStatement("explain " + asked.sql())) {
                for (int i = 0; i < asked.values().size(); i++) {
                    statement.setObject(i + 1, asked.values().get(i));
                }
                try (ResultSet lines = statement.executeQuery()) {
                    while (lines.next()) {
                        plan.append(lines.getString(1)).append('\n');
                    }
                }
            }
            return plan.toString().toLowerCase(Locale.ROOT);
        }

        private static OffsetDateTime utc(Instant moment) {
            return moment == null ? null : moment.atOffset(ZoneOffset.UTC);
        }

        /** Four bugs and five link references, of which the last two are of one bug. */
        void some() throws SQLException {
            bug("http://b/1", "Crash at start", false, START.minusSeconds(10), START.minusSeconds(100));
            bug("http://b/2", "Slow crash", true, START.minusSeconds(30), START.minusSeconds(5000));
            bug("http://b/3", null, null, null, null);
            bug("http://b/44", "Typo", false, START.minusSeconds(20), START.minusSeconds(50));
            link(1, "TE-1", "http://b/1", "http://b/1", true);
            link(2, "TE-1", "http://b/2", "http://b/2", true);
            link(3, "TE-2", "http://b/3", "http://b/3", true);
            link(4, null, "HTTP://b/44", "http://b/44", true);
            link(5, "TE-12", "http://b/44", "http://b/44", false);
        }
    }

    private static List<Long> ids(LinkReferences links, LinkSelection filter, String sort) {
        return ids(links, filter, Sight.ALL, sort);
    }

    private static List<Long> ids(LinkReferences links, LinkSelection filter, Sight sight, String sort) {
        return links.page(filter, sight, LinkSort.parse(sort), null, 100).stream()
                .map(Listed::id)
                .toList();
    }

    private static List<Long> found(LinkReferences links, String... terms) {
        return ids(links, new LinkSelection(null, null, null, null, null, null, null, null, List.of(terms)), "id");
    }

    @Test
    void sortsByIdByWhatTheTrackerSaysAndByWhenItWasFetchedAndThoseWithoutComeLast(DatabaseSettings postgreSql)
            throws Exception {
        eachDatabase(postgreSql, (rows, links) -> {
            rows.some();
            assertEquals(List.of(1L, 2L, 3L, 4L, 5L), ids(links, ALL, "id"));
            assertEquals(List.of(5L, 4L, 3L, 2L, 1L), ids(links, ALL, "-id"));
            assertEquals(List.of(2L, 4L, 5L, 1L, 3L), ids(links, ALL, "updated"));
            assertEquals(List.of(1L, 5L, 4L, 2L, 3L), ids(links, ALL, "-updated"));
            assertEquals(List.of(2L, 1L, 4L, 5L, 3L), ids(links, ALL, "fetched"));
            assertEquals(List.of(5L, 4L, 1L, 2L, 3L), ids(links, ALL, "-fetched"));
        });
    }

    /** A million were read to find none: the last page took a thousand times as long as the first. */
    @Test
    void whoHaveNothingToBeSortedByAreFoundByAnIndexWhereTheyAreFew(DatabaseSettings postgreSql) throws Exception {
        eachDatabase(postgreSql, (rows, links) -> {
            rows.many(5000);
            rows.run("update bug_search set updated_at = ? where url <> 'http://m/77'", NOW);
            rows.run("update bug_details set fetched_at = ? where url <> 'http://m/78'", NOW);
            rows.run("analyze");

            LinkSql sql = new LinkSql(ALL, Sight.ALL, false, List.of(), NOW, null);
            String byUpdated = rows.plan(sql.page(LinkSort.parse("updated"), null, true, 10));
            assertTrue(byUpdated.contains("bug_search_updated"), byUpdated);
            String byFetched = rows.plan(sql.page(LinkSort.parse("-fetched"), null, true, 10));
            assertTrue(byFetched.contains("bug_details_fetched"), byFetched);
            assertEquals(
                    List.of(5000L, 77L),
                    links.page(ALL, Sight.ALL, LinkSort.parse("updated"), new LinkSort.Cursor(NOW, 4999), 10).stream()
                            .map(Listed::id)
                            .toList());
        });
    }

    @Test
    void whatIsOfAPausedSystemIsStaleAndFails(DatabaseSettings postgreSql) throws Exception {
        Clock clock = Clock.fixed(START, ZoneOffset.UTC);
        eachDatabase(postgreSql, (rows, links) -> {
            rows.some();
            LinkSelection stale = new LinkSelection(null, null, null, null, null, null, true, null, List.of());
            LinkSelection failing = new LinkSelection(null, null, null, null, null, null, null, true, List.of());
            LinkSelection fine = new LinkSelection(null, null, null, null, null, null, false, false, List.of());
            assertEquals(List.of(2L), ids(links, stale, "id"));
            assertEquals(List.of(), ids(links, failing, "id"));
            assertEquals(List.of(1L, 3L, 4L, 5L), ids(links, fine, "id"));
            assertEquals(new LinkReferences.Summary(2, 1, 1, 1, 0), links.summary(ALL, Sight.ALL));

            PausedSystems paused = new PausedSystems(TestKeys.keys(), clock);
            paused.byEditors(Map.of("github", START));
            LinkReferences beside = new LinkReferences(rows.database(), vendorOf(rows), paused, clock);

            assertEquals(List.of(1L, 2L, 4L, 5L), ids(beside, stale, "id"));
            assertEquals(List.of(1L, 2L, 3L, 4L, 5L), ids(beside, failing, "id"));
            assertEquals(List.of(), ids(beside, fine, "id"));
            assertEquals(new LinkReferences.Summary(2, 1, 1, 3, 4), beside.summary(ALL, Sight.ALL));
        });
    }

    private static DatabaseVendor vendorOf(Rows rows) throws SQLException {
        try (Connection connection = rows.database().getConnection()) {
            return connection.getMetaData().getURL().startsWith("jdbc:h2")
                    ? DatabaseVendor.H2
                    : DatabaseVendor.POSTGRESQL;
        }
    }

    @Test
    void pagesOfAnySizeGiveTheSameList(DatabaseSettings postgreSql) throws Exception {
        eachDatabase(postgreSql, (rows, links) -> {
            rows.some();
            rows.override("http://b/1", "Ours", null, START.minusSeconds(25), null);
            for (String sort : List.of("id", "-id", "updated", "-updated", "fetched", "-fetched")) {
                List<Long> whole = ids(links, ALL, sort);
                for (int size = 1; size <= 6; size++) {
                    assertEquals(whole, paged(links, LinkSort.parse(sort), size), sort + " by " + size);
                }
            }
        });
    }

    private static List<Long> paged(LinkReferences links, LinkSort sort, int size) {
        return paged(links, ALL, sort, size, 100);
    }

    private static List<Long> paged(LinkReferences links, LinkSelection filter, LinkSort sort, int size, int most) {
        List<Long> all = new ArrayList<>();
        LinkSort.Cursor after = null;
        List<Listed> page = links.page(filter, Sight.ALL, sort, after, size);
        while (!page.isEmpty() && all.size() < most) {
            page.forEach(link -> all.add(link.id()));
            Listed last = page.get(page.size() - 1);
            // As a caller sends it.
            after = LinkSort.cursor(LinkSort.text(new LinkSort.Cursor(last.sortedBy(), last.id())));
            page = links.page(filter, Sight.ALL, sort, after, size);
        }
        return all;
    }

    @Test
    void anOverrideInForceIsWhatIsFilteredAndSorted(DatabaseSettings postgreSql) throws Exception {
        eachDatabase(postgreSql, (rows, links) -> {
            rows.some();
            rows.override("http://b/1", "Known", true, START.minusSeconds(40), START.plusSeconds(1));
            rows.override("http://b/2", "Over", false, START.minusSeconds(1), START.minusSeconds(1));
            assertEquals(List.of(1L, 2L), ids(links, resolved(true), "id"));
            assertEquals(List.of(4L, 5L), ids(links, resolved(false), "id"));
            assertEquals(List.of(1L, 2L, 4L, 5L, 3L), ids(links, ALL, "updated"));
            assertEquals(List.of(1L), found(links, "known"));
            assertEquals(List.of(), found(links, "over"));
            assertEquals(List.of(2L), found(links, "crash"));
        });
    }

    @Test
    void theNewestOfTwoOverridesOfOneBugHolds(DatabaseSettings postgreSql) throws Exception {
        eachDatabase(postgreSql, (rows, links) -> {
            rows.some();
            rows.override("http://b/1", "Older", true, null, null);
            rows.run("update details_override set created_at = ?", NOW.minusSeconds(1));
            rows.run(
                    "insert into details_override (url, title, resolved, created_at, url_key, search_title)"
                            + " values ('HTTP://b/1', 'Newer', false, ?, 'http://b/1', 'newer')",
                    NOW);
            assertEquals(List.of(1L), found(links, "newer"));
            assertEquals(List.of(), found(links, "older"));
            assertEquals(List.of(1L, 4L, 5L), ids(links, resolved(false), "id"));
        });
    }

    private static LinkSelection resolved(boolean resolved) {
        return new LinkSelection(null, null, null, null, null, resolved, null, null, List.of());
    }

    @Test
    void everyFilterLetsThroughWhatItSays(DatabaseSettings postgreSql) throws Exception {
        eachDatabase(postgreSql, (rows, links) -> {
            rows.some();
            rows.run("update bug_details set failure_reason = 'dns' where url = 'http://b/3'");
            rows.run("update bug_details set tracker = 'JIRA', system_name = 'ours' where url = 'http://b/44'");
            assertEquals(
                    List.of(5L),
                    ids(links, new LinkSelection(false, null, null, null, null, null, null, null, List.of()), "id"));
            assertEquals(
                    List.of(1L, 2L),
                    ids(links, new LinkSelection(null, "TE-1", null, null, null, null, null, null, List.of()), "id"));
            assertEquals(
                    List.of(4L, 5L),
                    ids(
                            links,
                            new LinkSelection(null, null, "http://b/44", null, null, null, null, null, List.of()),
                            "id"));
            assertEquals(
                    List.of(4L, 5L),
                    ids(links, new LinkSelection(null, null, null, "jira", null, null, null, null, List.of()), "id"));
            assertEquals(
                    List.of(1L, 2L, 3L),
                    ids(links, new LinkSelection(null, null, null, null, "github", null, null, null, List.of()), "id"));
            assertEquals(
                    List.of(2L),
                    ids(links, new LinkSelection(null, null, null, null, null, null, true, null, List.of()), "id"));
            assertEquals(
                    List.of(1L, 3L, 4L, 5L),
                    ids(links, new LinkSelection(null, null, null, null, null, null, false, null, List.of()), "id"));
            assertEquals(
                    List.of(3L),
                    ids(links, new LinkSelection(null, null, null, null, null, null, null, true, List.of()), "id"));
            assertEquals(
                    List.of(1L, 2L, 4L, 5L),
                    ids(links, new LinkSelection(null, null, null, null, null, null, null, false, List.of()), "id"));
        });
    }

    @Test
    void aTermBeginsAWordOfTheTitleOrAUrlAnIdOrAnExecution(DatabaseSettings postgreSql) throws Exception {
        eachDatabase(postgreSql, (rows, links) -> {
            rows.some();
            assertEquals(List.of(1L, 2L), found(links, "CRA"));
            assertEquals(List.of(), found(links, "rash"));
            assertEquals(List.of(1L), found(links, "crash", "sta"));
            assertEquals(List.of(1L), found(links, "crash-at"));
            assertEquals(List.of(4L, 5L), found(links, "4"));
            assertEquals(List.of(4L, 5L), found(links, "http://b/4"));
            assertEquals(List.of(4L), found(links, "HTTP://b/4"));
            assertEquals(List.of(1L, 2L, 5L), found(links, "te-1"));
            assertEquals(List.of(5L), found(links, "te-1", "typo"));
            for (String odd : List.of("%", "_", "\\", "'", "!", "(", "':*", "a & b", "|", "\u00df")) {
                assertEquals(List.of(), found(links, odd), odd);
            }
        });
    }

    @Test
    void manyWhoseTitleHasAWordAreFoundToo(DatabaseSettings postgreSql) throws Exception {
        eachDatabase(postgreSql, (rows, links) -> {
            rows.many(2_500);
            LinkSelection common = new LinkSelection(null, null, null, null, null, null, null, null, List.of("comm"));
            assertEquals(
                    Stream.of(1L, 2L, 3L, 4L, 6L).toList(),
                    links.page(common, Sight.ALL, LinkSort.BY_ID, null, 5).stream()
                            .map(Listed::id)
                            .toList());
            assertEquals(100, found(links, "rare").size());
        });
    }

    @Test
    void pagesOfWhatManyHaveLeaveNothingOutThoughSomeAreOverridden(DatabaseSettings postgreSql) throws Exception {
        eachDatabase(postgreSql, (rows, links) -> {
            rows.many(1_100);
            for (int bug : List.of(3, 249, 252, 700, 1_000)) {
                rows.override("http://m/" + bug, "Common too", null, null, null);
            }
            rows.override("http://m/4", "Another", null, null, null);
            LinkSelection common = new LinkSelection(null, null, null, null, null, null, null, null, List.of("comm"));
            List<Long> all = LongStream.rangeClosed(1, 1_100)
                    .filter(id -> (id % 5 != 0 || id == 700 || id == 1_000) && id != 4)
                    .boxed()
                    .toList();
            assertEquals(all, paged(links, common, LinkSort.BY_ID, 150, 3_000));
            List<Long> descending = new ArrayList<>(all);
            Collections.reverse(descending);
            assertEquals(descending, paged(links, common, LinkSort.parse("-id"), 300, 3_000));
        });
    }

    @Test
    void aSummaryCountsTheDefectsByWhatIsServed(DatabaseSettings postgreSql) throws Exception {
        eachDatabase(postgreSql, (rows, links) -> {
            rows.some();
            rows.run("update bug_details set failure_reason = 'dns' where url = 'http://b/3'");
            assertEquals(new LinkReferences.Summary(2, 1, 1, 1, 1), links.summary(ALL, Sight.ALL));
            rows.override("http://b/44", "Done", true, null, null);
            assertEquals(new LinkReferences.Summary(1, 2, 1, 1, 1), links.summary(ALL, Sight.ALL));
            assertEquals(
                    new LinkReferences.Summary(1, 1, 0, 1, 0),
                    links.summary(
                            new LinkSelection(null, "TE-1", null, null, null, null, null, null, List.of()), Sight.ALL));
        });
    }

    /** Bugs of a system that is hidden, of one whose confidential bugs are, and a page; some of them overridden. */
    private static void forSome(Rows rows) throws SQLException {
        rows.some();
        rows.bug("http://b/5", "Page of a crash", null, null, START.minusSeconds(5000));
        rows.link(6, null, "http://b/5", "http://b/5", true);
        rows.bug("http://b/6", "Secret crash", true, START.minusSeconds(15), START.minusSeconds(60));
        rows.link(7, "TE-2", "http://b/6", "http://b/6", true);
        rows.bug("http://b/7", "Told before", false, START.minusSeconds(25), START.minusSeconds(70));
        rows.link(8, "TE-2", "http://b/7", "http://b/7", true);
        rows.run("update bug_details set system_name = 'secret', failure_reason = 'dns' where url = 'http://b/1'");
        rows.run("update bug_details set system_name = 'bz', confidential = false where url <> 'http://b/1'");
        rows.run("update bug_details set confidential = true where url in ('http://b/2', 'http://b/6')");
        rows.run("update bug_details set confidential = null where url = 'http://b/7'");
        rows.run("update bug_details set system_name = null where url = 'http://b/5'");
        rows.override("http://b/1", "Ours of a secret", true, START.minusSeconds(1), null);
        rows.override("http://b/44", "Ours, crash", true, START.minusSeconds(2), null);
        rows.override("http://b/6", "Ours, confidential crash", false, START.minusSeconds(3), null);
        rows.override("http://b/5", "Over", true, null, START.minusSeconds(1));
    }

    private static List<LinkSelection> selections() {
        List<LinkSelection> selections = new ArrayList<>(List.of(
                ALL,
                new LinkSelection(true, "TE-2", null, null, null, null, null, null, List.of()),
                new LinkSelection(null, null, null, "github", null, null, null, null, List.of()),
                new LinkSelection(null, null, null, null, "secret", null, null, null, List.of()),
                new LinkSelection(null, null, null, null, "bz", null, false, null, List.of("crash"))));
        for (boolean flag : new boolean[] {true, false}) {
            selections.add(new LinkSelection(null, null, null, null, null, flag, null, null, List.of()));
            selections.add(new LinkSelection(null, null, null, null, null, null, flag, null, List.of()));
            selections.add(new LinkSelection(null, null, null, null, null, null, null, flag, List.of()));
        }
        for (String term :
                List.of("crash", "ours", "secret", "confidential", "told", "te-", "http://b/", "6", "page")) {
            selections.add(new LinkSelection(null, null, null, null, null, null, null, null, List.of(term)));
        }
        return selections;
    }

    private static List<Object> answers(LinkReferences links, Sight sight) {
        List<Object> answers = new ArrayList<>();
        for (LinkSelection selection : selections()) {
            for (String sort : List.of("id", "-updated", "updated", "fetched", "-fetched")) {
                answers.add(selection + " by " + sort + ": " + ids(links, selection, sight, sort));
            }
            answers.add(selection + ": " + links.summary(selection, sight));
        }
        return answers;
    }

    @Test
    void whatIsHiddenIsFoundSortedAndCountedAsIfNothingWereKnownOfIt(DatabaseSettings postgreSql) throws Exception {
        eachDatabase(postgreSql, (rows, links) -> {
            forSome(rows);
            List<Object> withPages = answers(links, new Sight(List.of("bz"), List.of("secret"), List.of("bz"), true));
            List<Object> withoutPages =
                    answers(links, new Sight(List.of("bz"), List.of("secret"), List.of("bz"), false));
            List<Object> nothing = answers(links, new Sight(List.of(), List.of("bz", "secret"), List.of(), false));

            forget(rows, "'http://b/1', 'http://b/2', 'http://b/6', 'http://b/7'");
            assertEquals(answers(links, Sight.ALL), withPages);
            forget(rows, "'http://b/5'");
            assertEquals(answers(links, Sight.ALL), withoutPages);
            forget(rows, "'http://b/44'");
            assertEquals(answers(links, Sight.ALL), nothing);
        });
    }

    /** As if nothing had ever been told of these. */
    private static void forget(Rows rows, String urls) throws SQLException {
        rows.run("delete from details_override where url in (" + urls + ")");
        rows.run("update bug_details set title = null, fetched_at = null, expires_at = null, failure_reason = null"
                + " where url in (" + urls + ")");
        rows.run("update bug_search set bug_id = null, search_title = null, updated_at = null, resolved = null"
                + " where url in (" + urls + ")");
    }
}
