package org.bugloss.database;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.bugloss.configuration.TestKeys;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.scripts.Markdown;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgreSql.class)
class MigrationTest {

    private static final String INSERT = "insert into link_reference (id, url, url_key, natural_key)"
            + " values (1, 'http://bugs.example/1', 'http://bugs.example/1', 'a hash')";

    /** A new one in memory. */
    private static DatabaseSettings h2(String name) {
        return DatabaseSettings.from(TestKeys.keys("bugloss.db.url", "jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1"));
    }

    @Test
    void makesTheTablesInH2() throws SQLException {
        DatabaseSettings settings = h2("migration");

        Migration.run(settings);

        assertEquals(1, update(settings, INSERT));
    }

    @Test
    void makesTheTablesInPostgreSql(DatabaseSettings settings) throws SQLException {
        Migration.run(settings);

        assertEquals(1, update(settings, INSERT));
    }

    @Test
    void leavesTheRowsWhenItRunsAgain(DatabaseSettings settings) throws SQLException {
        Migration.run(settings);
        update(settings, INSERT);

        Migration.run(settings);

        assertEquals(1, update(settings, "delete from link_reference"));
    }

    @Test
    void movesInBesideTheTablesOfOthers(DatabaseSettings settings) throws SQLException {
        update(settings, "create table flyway_schema_history (of_others int)");

        Migration.run(settings);

        assertEquals(1, update(settings, INSERT));
    }

    @Test
    void referencesWhoseFragmentRoutesGetTheirKeyInH2() throws SQLException {
        fragmentsThatRoute(h2("fragments"));
    }

    @Test
    void referencesWhoseFragmentRoutesGetTheirKeyInPostgreSql(DatabaseSettings settings) throws SQLException {
        fragmentsThatRoute(settings);
    }

    private static void fragmentsThatRoute(DatabaseSettings settings) throws SQLException {
        String polarion = "http://polarion.example/p/";
        String rally = "http://rally.example/";
        String plain = "http://bugs.example/1";
        Migration.run(settings, "3?");
        link(settings, 1, "HTTP://polarion.example/p/#/workitem?id=AB-1", polarion, true);
        link(settings, 2, "http://polarion.example/p/#/workitem?id=ÄB-2", polarion, true);
        link(settings, 3, "http://rally.example#/7", rally, false);
        link(settings, 4, "http://rally.example/", rally, true);
        link(settings, 5, "http://bugs.example/1#comment-7", plain, true);
        link(settings, 6, "http://polarion.example/p/#/workitem?id=AB-1", polarion, true);
        link(settings, 7, "http://never.example/#!7", "http://never.example/", true);
        details(settings, polarion, "'polarion'");
        details(settings, rally, "null");
        details(settings, plain, "null");
        update(settings, "insert into details_override (url, title) values ('" + polarion + "', 'Of all')");

        Migration.run(settings);

        assertEquals(
                List.of(
                        polarion + "#/workitem?id=AB-1",
                        polarion + "#/workitem?id=%C3%84B-2",
                        rally + "#/7",
                        rally,
                        plain,
                        polarion + "#/workitem?id=AB-1",
                        "http://never.example/#!7"),
                texts(settings, "select url_key from link_reference order by id"));
        assertEquals(
                List.of(
                        plain + " //bugs.example a title",
                        "http://never.example/#!7 //never.example due",
                        polarion + " left alone, a title",
                        polarion + "#/workitem?id=%C3%84B-2 polarion due",
                        polarion + "#/workitem?id=AB-1 polarion due",
                        rally + " //rally.example a title"),
                texts(
                                settings,
                                "select url || ' ' || coalesce(lane, 'left alone,') || ' ' || coalesce(title,"
                                        + " case when due_at <= current_timestamp then 'due' end) from bug_details")
                        .stream()
                        .sorted()
                        .toList());
        assertEquals(List.of(polarion), texts(settings, "select url from details_override"));
        // As the version before goes on writing.
        link(settings, 8, "http://polarion.example/p/#/workitem?id=AB-3", polarion, true);
    }

    @Test
    void ofWhatWasFetchedBeforeItIsNotKnownWhetherItIsConfidentialInH2() throws SQLException {
        whetherBugsAreConfidential(h2("confidential"));
    }

    @Test
    void ofWhatWasFetchedBeforeItIsNotKnownWhetherItIsConfidentialInPostgreSql(DatabaseSettings settings)
            throws SQLException {
        whetherBugsAreConfidential(settings);
    }

    private static void whetherBugsAreConfidential(DatabaseSettings settings) throws SQLException {
        Migration.run(settings, "7");
        details(settings, "http://bugs.example/1", "null");

        Migration.run(settings);

        // As the version before goes on writing.
        details(settings, "http://bugs.example/2", "null");
        update(settings, "update bug_details set confidential = true where url = 'http://bugs.example/2'");
        update(settings, "update bug_details set title = 'another' where url = 'http://bugs.example/2'");
        assertEquals(
                List.of("not known", "true"),
                texts(
                        settings,
                        "select case when confidential then 'true' when confidential is null then 'not known' end"
                                + " from bug_details order by url"));
    }

    private static void link(DatabaseSettings settings, int id, String url, String key, boolean defect)
            throws SQLException {
        update(
                settings,
                "insert into link_reference (id, url, url_key, natural_key, is_defect) values (" + id + ", '" + url
                        + "', '" + key + "', 'hash " + id + "', " + defect + ")");
    }

    private static void details(DatabaseSettings settings, String url, String system) throws SQLException {
        update(
                settings,
                "insert into bug_details (url, tracker, system_name, title, asked_at, due_at, lane) values ('" + url
                        + "', 'OpenGraph', " + system + ", 'a title', current_timestamp, current_timestamp, coalesce("
                        + system + ", '//" + CanonicalUrl.parse(url).host() + "'))");
    }

    @Test
    void changesAreLoggedBesideAVersionThatKnowsNoneInH2() throws SQLException {
        changes(h2("changes"));
    }

    @Test
    void changesAreLoggedBesideAVersionThatKnowsNoneInPostgreSql(DatabaseSettings settings) throws SQLException {
        changes(settings);
    }

    private static void changes(DatabaseSettings settings) throws SQLException {
        String url = "http://bugs.example/1";
        Migration.run(settings, "7");
        link(settings, 1, url, url, true);
        details(settings, url, "null");

        Migration.run(settings);
        // As the version before goes on writing.
        details(settings, "http://bugs.example/2", "null");
        update(settings, "update bug_details set title = 'another' where url = '" + url + "'");

        assertEquals(
                List.of("another, not gone", "a title, not gone"),
                texts(
                        settings,
                        "select title || case when gone then ', gone' else ', not gone' end from bug_details"
                                + " where last_status is null and last_resolved is null order by url"));
        assertEquals(List.of("0, 0"), texts(settings, "select last_place || ', ' || forgotten from change_publisher"));
        assertEquals(List.of("0"), texts(settings, "select count(*) from bug_change"));
    }

    @Test
    void hooksAreKeptBesideAVersionThatKnowsNoneInH2() throws SQLException {
        hooks(h2("hooks"));
    }

    @Test
    void hooksAreKeptBesideAVersionThatKnowsNoneInPostgreSql(DatabaseSettings settings) throws SQLException {
        hooks(settings);
    }

    private static void hooks(DatabaseSettings settings) throws SQLException {
        String url = "http://bugs.example/1";
        Migration.run(settings, "8");
        details(settings, url, "'bugs'");
        update(settings, "insert into bug_search (url, bug_id) values ('" + url + "', '1')");

        Migration.run(settings);
        update(
                settings,
                "insert into hook_due (url, lane, told_at, due_at) select url, lane, due_at, due_at from bug_details");

        assertEquals(
                List.of(url + " bugs 0"),
                texts(
                        settings,
                        "select h.url || ' ' || h.lane || ' ' || h.tries from hook_due h"
                                + " join bug_search s on s.url = h.url where s.bug_id = '1'"));
        // As the version before goes on forgetting.
        update(settings, "delete from bug_details");
        assertEquals(List.of(), texts(settings, "select url from hook_due"));
    }

    @Test
    void systemsArePausedBesideAVersionThatPausesNoneInH2() throws SQLException {
        pauses(h2("pauses"));
    }

    @Test
    void systemsArePausedBesideAVersionThatPausesNoneInPostgreSql(DatabaseSettings settings) throws SQLException {
        pauses(settings);
    }

    private static void pauses(DatabaseSettings settings) throws SQLException {
        Migration.run(settings, "10");
        details(settings, "http://bugs.example/1", "'bugs'");

        Migration.run(settings);

        assertEquals(List.of("0"), texts(settings, "select count(*) from system_pause"));
        update(
                settings,
                "insert into system_pause (system_name, paused_at) select system_name, asked_at from bug_details");
        // As the version before goes on writing.
        details(settings, "http://bugs.example/2", "'bugs'");
        assertEquals(List.of("bugs"), texts(settings, "select system_name from system_pause"));
    }

    @Test
    void whatWasTypedInAnyWayIsThereBehindTheIndexesOfBeginnings(DatabaseSettings settings) throws Exception {
        String key = "http://bugs.example/1";
        Migration.run(settings, "11");
        details(settings, key, "'bugs'");
        update(settings, "insert into bug_search (url, bug_id) values ('" + key + "', '1')");
        String link =
                "insert into link_reference (id, url, url_key, natural_key) values (%d, '%s', '" + key + "', '%d')";
        update(settings, link.formatted(1, "HTTP://bugs.example/1#" + "\u6587".repeat(1_900), 1));

        Migration.run(settings);

        // As the version before goes on writing.
        update(settings, link.formatted(2, "http://BUGS.example/1#" + "\u6587".repeat(1_900), 2));
        update(settings, link.formatted(3, key, 3));
        assertEquals(
                List.of("1", "2"), texts(settings, "select id from link_reference where url <> url_key order by id"));
        assertEquals(List.of(key), texts(settings, "select url from bug_search where url like 'http://bugs.%'"));
    }

    @Test
    void whatTheFirstVersionLeftBehindIsThereInH2() throws Exception {
        filledByTheFirst(h2("filled"));
    }

    @Test
    void whatTheFirstVersionLeftBehindIsThereInPostgreSql(DatabaseSettings settings) throws Exception {
        filledByTheFirst(settings);
    }

    private static void filledByTheFirst(DatabaseSettings settings) throws Exception {
        String references =
                "select id || ' ' || coalesce(execution_id, '-') || ' ' || coalesce(name, '-') || ' ' || url || ' '"
                        + " || case when is_defect then 'defect' else '-' end || ' ' || url_key from link_reference order by id";
        String details =
                "select url || ' ' || tracker || ' ' || coalesce(bug_id, '-') || ' ' || coalesce(title, '-') || ' '"
                        + " || coalesce(status, '-') || ' ' || coalesce(fields, '-') || ' ' || coalesce(failure_reason, '-')"
                        + " from bug_details order by url";
        String overrides = "select url || ' ' || title || ' ' || coalesce(status, '-') || ' ' || coalesce(blanks, '-')"
                + " from details_override order by url";
        Migration.run(settings, "1");
        for (String statement : filling().split(";\n")) {
            update(settings, statement);
        }
        List<List<String>> before =
                List.of(texts(settings, references), texts(settings, details), texts(settings, overrides));
        assertEquals(List.of(4, 3, 2), before.stream().map(List::size).toList());

        Migration.run(settings);

        assertEquals(
                before, List.of(texts(settings, references), texts(settings, details), texts(settings, overrides)));
        // The timer finds what was due, and nothing else.
        assertEquals(
                List.of("//bugs.example", "github"),
                texts(settings, "select lane from bug_details where due_at is not null order by lane"));
    }

    @Test
    void theRemovalInTheDocumentationLeavesNothing(DatabaseSettings settings) throws Exception {
        Migration.run(settings);

        for (String statement :
                Markdown.of("src/site/markdown/deploy.md").block("sql tables").split(";\n")) {
            update(settings, statement);
        }

        assertEquals(
                List.of(),
                texts(
                        settings,
                        "select relname from pg_class where relnamespace = current_schema()::regnamespace"
                                + " union select proname from pg_proc where pronamespace = current_schema()::regnamespace"));
    }

    private static String filling() throws IOException {
        try (InputStream filling = MigrationTest.class.getResourceAsStream("filled-by-v1.sql")) {
            return new String(Objects.requireNonNull(filling).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @RepeatedTest(5)
    void severalNodesMayStartAtOnce(DatabaseSettings settings) throws Exception {
        int nodes = 6;
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService executor = Executors.newFixedThreadPool(nodes);
        try {
            List<Future<?>> runs = new ArrayList<>();
            for (int node = 0; node < nodes; node++) {
                runs.add(executor.submit(() -> {
                    start.await();
                    Migration.run(settings);
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> run : runs) {
                run.get(1, TimeUnit.MINUTES);
            }
        } finally {
            executor.shutdownNow();
        }

        assertEquals(1, update(settings, INSERT));
    }

    private static List<String> texts(DatabaseSettings settings, String sql) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (var connection = settings.dataSource().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }

    private static int update(DatabaseSettings settings, String sql) throws SQLException {
        try (var connection = settings.dataSource().getConnection();
                var statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        }
    }
}
