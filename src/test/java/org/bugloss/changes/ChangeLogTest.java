package org.bugloss.changes;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.bugloss.database.DatabaseSettings;
import org.bugloss.database.PostgreSql;
import org.bugloss.database.Retried;
import org.bugloss.database.TestTables;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same SQL on both databases. */
@ExtendWith(PostgreSql.class)
class ChangeLogTest {

    private static final BugState OPEN = new BugState("open", false, "Crash", "ann");
    private static final BugState CLOSED = new BugState("closed", true, "Crash", null);

    private static List<DataSource> databases;

    @BeforeAll
    static void begin(DatabaseSettings postgreSql) {
        databases = List.of(TestTables.inMemory(), TestTables.migrated(postgreSql));
    }

    static Stream<DataSource> databases() {
        return databases.stream();
    }

    @BeforeEach
    void clear() throws SQLException {
        for (DataSource database : databases) {
            execute(database, "delete from bug_change");
            execute(database, "delete from link_reference");
            execute(database, "update change_publisher set last_place = 0, forgotten = 0");
        }
    }

    private static void execute(DataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Change change(String id, ChangeKind kind, Instant at) {
        return new Change(
                at,
                kind,
                new Change.Bug("http://bugs.example/" + id, id, "Acme", "shop"),
                OPEN,
                kind == ChangeKind.GONE ? BugState.NOTHING : CLOSED,
                kind == ChangeKind.MOVED ? "http://new.example/" + id : null);
    }

    private static Change resolved(String id) {
        return change(id, ChangeKind.RESOLVED, START);
    }

    private static List<String> ids(ChangeReader.Page page) {
        return page.items().stream().map(item -> item.change().bug().id()).toList();
    }

    private static ChangeReader.Page page(DataSource database, ChangeSelection selection, long after, int limit) {
        return TestChanges.reader(database).page(selection, ChangeSight.ALL, after, limit);
    }

    private static ChangeReader.Page all(DataSource database, long after) {
        return page(database, ChangeSelection.ALL, after, 100);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void whatIsWrittenIsReadAsItWas(DataSource database) {
        List<Change> changes = Stream.of(ChangeKind.values())
                .map(kind -> change(kind.word(), kind, START))
                .toList();
        TestChanges.log(database).write(changes);

        ChangeReader.Page page = all(database, 0);

        assertEquals(
                new ChangeReader.Page(
                        IntStream.range(0, changes.size())
                                .mapToObj(i -> new ChangeItem(i + 1, changes.get(i), ChangeItem.Executions.NONE))
                                .toList(),
                        changes.size(),
                        false),
                page);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void whatAnEarlierTransactionCommitsLaterIsNotMissed(DataSource database) throws SQLException {
        try (Connection first = database.getConnection();
                Connection second = database.getConnection()) {
            first.setAutoCommit(false);
            second.setAutoCommit(false);
            TestChanges.within(TestTables.always(first)).write(List.of(resolved("begun first")));
            TestChanges.within(TestTables.always(second)).write(List.of(resolved("begun second")));
            second.commit();

            ChangeReader.Page between = all(database, 0);
            first.commit();
            ChangeReader.Page later = all(database, between.next());

            assertEquals(List.of("begun second"), ids(between));
            assertEquals(List.of("begun first"), ids(later));
            assertEquals(List.of(), ids(all(database, later.next())));
            assertEquals(List.of("begun second", "begun first"), ids(all(database, 0)));
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void readersOnSeveralNodesMissNothingThatWritersOnSeveralNodesCommitInAnyOrder(DataSource database)
            throws Exception {
        int writers = 4;
        int each = 25;
        ExecutorService executor = Executors.newFixedThreadPool(writers + 2);
        try {
            CountDownLatch written = new CountDownLatch(writers);
            List<Future<?>> writing = new ArrayList<>();
            for (int writer = 0; writer < writers; writer++) {
                String name = "w" + writer + "-";
                writing.add(executor.submit(() -> {
                    try {
                        for (int i = 0; i < each; i++) {
                            TestChanges.log(database).write(List.of(resolved(name + i), resolved(name + i + "b")));
                        }
                    } finally {
                        written.countDown();
                    }
                }));
            }
            List<Future<List<Long>>> reading = new ArrayList<>();
            for (int reader = 0; reader < 2; reader++) {
                reading.add(executor.submit(() -> {
                    List<Long> places = new ArrayList<>();
                    long after = 0;
                    boolean last;
                    do {
                        last = written.getCount() == 0;
                        ChangeReader.Page page = all(database, after);
                        page.items().forEach(item -> places.add(item.place()));
                        after = page.next();
                        last &= !page.more();
                    } while (!last);
                    return places;
                }));
            }
            for (Future<?> one : writing) {
                one.get(1, TimeUnit.MINUTES);
            }
            List<Long> expected =
                    LongStream.rangeClosed(1, 2L * writers * each).boxed().toList();
            for (Future<List<Long>> one : reading) {
                assertEquals(expected, one.get(1, TimeUnit.MINUTES));
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void aPageHasWhatIsAskedForAndItsNextIsBehindAllThatIsNot(DataSource database) throws SQLException {
        TestChanges.log(database)
                .write(List.of(
                        resolved("1"),
                        change("2", ChangeKind.TITLE, START),
                        change("3", ChangeKind.GONE, START),
                        resolved("4")));
        execute(
                database,
                "insert into link_reference (id, execution_id, url, url_key, natural_key) values"
                        + " (1, 'TE-1', 'HTTP://bugs.example/4', 'http://bugs.example/4', 'a')");
        ChangeSelection titles = new ChangeSelection(
                Set.of(ChangeKind.TITLE, ChangeKind.GONE), Set.of("shop"), Set.of("Acme"), Set.of());

        assertEquals(List.of("2"), ids(page(database, titles, 0, 1)));
        assertEquals(2, page(database, titles, 0, 1).next());
        assertEquals(List.of("3"), ids(page(database, titles, 2, 1)));
        assertEquals(4, page(database, titles, 2, 2).next());
        assertEquals(List.of(), ids(page(database, selection(Set.of("other"), Set.of()), 0, 9)));
        assertEquals(
                4, page(database, selection(Set.of("other"), Set.of()), 0, 9).next());
        assertEquals(List.of("4"), ids(page(database, selection(Set.of(), Set.of("TE-0", "TE-1")), 0, 9)));
    }

    private static ChangeSelection selection(Set<String> systems, Set<String> executions) {
        return new ChangeSelection(Set.of(), systems, Set.of(), executions);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void whatAReaderMayNotSeeIsLeftOutAndThePageIsFilledWithWhatFollows(DataSource database) {
        TestChanges.log(database)
                .write(IntStream.rangeClosed(1, 40)
                        .mapToObj(i -> resolved("" + i))
                        .toList());
        ChangeReader reader = TestChanges.reader(database);

        ChangeReader.Page page = reader.page(
                ChangeSelection.ALL, all -> change -> change.bug().id().endsWith("3"), 0, 3);
        ChangeReader.Page none = reader.page(ChangeSelection.ALL, all -> change -> false, 0, 3);

        assertEquals(List.of("3", "13", "23"), ids(page));
        assertEquals(
                List.of("33"),
                ids(reader.page(
                        ChangeSelection.ALL, all -> change -> change.bug().id().endsWith("3"), page.next(), 3)));
        assertEquals(new ChangeReader.Page(List.of(), 30, true), none);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void anItemTellsOfTwentyExecutionsTheNewestFirstAndHowManyThereAre(DataSource database) throws SQLException {
        TestChanges.log(database).write(List.of(resolved("1"), resolved("2")));
        for (int i = 1; i <= 25; i++) {
            execute(
                    database,
                    "insert into link_reference (id, execution_id, url, url_key, natural_key) values (" + i
                            + ", 'TE-" + (i == 25 ? 3 : i) + "', 'http://bugs.example/1', 'http://bugs.example/1', 'k"
                            + i + "')");
        }
        execute(
                database,
                "insert into link_reference (id, url, url_key, natural_key) values (99, 'http://bugs.example/2',"
                        + " 'http://bugs.example/2', 'k99')");

        List<ChangeItem> items = all(database, 0).items();

        List<String> newest = new ArrayList<>(List.of("TE-3"));
        IntStream.iterate(24, i -> i > 5, i -> i - 1).forEach(i -> newest.add("TE-" + i));
        assertEquals(new ChangeItem.Executions(newest, 24), items.get(0).executions());
        assertEquals(ChangeItem.Executions.NONE, items.get(1).executions());
    }

    @ParameterizedTest
    @MethodSource("databases")
    void whatIsTooOldIsForgottenAndACursorBeforeItSaysSo(DataSource database) {
        ChangeLog log = TestChanges.log(database);
        log.write(List.of(resolved("1"), resolved("2"), change("3", ChangeKind.TITLE, START.plusSeconds(60))));
        ChangeReader.Page first = page(database, ChangeSelection.ALL, 0, 1);
        log.write(List.of(change("late", ChangeKind.TITLE, START.minus(Duration.ofDays(1)))));
        log.publish();
        Instant before = START.plusSeconds(1);

        assertEquals(1, log.forget(before, 1));
        assertEquals(List.of("2", "3", "late"), ids(all(database, first.next())));
        assertThrows(CursorTooOld.class, () -> all(database, 0));
        assertEquals(1, log.forget(before, 10));
        assertEquals(0, log.forget(before, 10));
        assertThrows(CursorTooOld.class, () -> all(database, first.next()));
        assertEquals(new ChangeLog.Extent(4, 2), log.publish());
        assertEquals(List.of("3", "late"), ids(all(database, 2)));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void aCursorOfNoPlaceIsRefused(DataSource database) {
        TestChanges.log(database).write(List.of(resolved("1")));

        assertThrows(IllegalArgumentException.class, () -> all(database, 2));
        assertEquals(List.of(), ids(all(database, 1)));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void textsThatAreTooLongAreCutButNotWithinACharacter(DataSource database) {
        String longest = "x".repeat(1999) + "\uD83D\uDE00";
        TestChanges.log(database)
                .write(List.of(new Change(
                        START,
                        ChangeKind.TITLE,
                        new Change.Bug("http://bugs.example/1", null, "Acme", null),
                        new BugState("s".repeat(400), null, longest, "a".repeat(2000)),
                        new BugState(null, null, "Crash", null),
                        null)));

        assertEquals(
                new BugState("s".repeat(300), null, "x".repeat(1999), "a".repeat(1000)),
                all(database, 0).items().get(0).change().before());
    }

    @ParameterizedTest
    @MethodSource("databases")
    void severalPublishersGiveEachChangeOnePlace(DataSource database) throws Exception {
        TestChanges.log(database)
                .write(IntStream.range(0, 500).mapToObj(i -> resolved("" + i)).toList());
        ExecutorService executor = Executors.newFixedThreadPool(4);
        try {
            List<Future<ChangeLog.Extent>> publishing = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                publishing.add(executor.submit(() -> Retried.onConflict(TestChanges.log(database)::publish)));
            }
            for (Future<ChangeLog.Extent> one : publishing) {
                one.get(1, TimeUnit.MINUTES);
            }
        } finally {
            executor.shutdownNow();
        }

        assertEquals(
                IntStream.range(0, 500).mapToObj(i -> "" + i).toList(),
                ids(page(database, ChangeSelection.ALL, 0, 1000)));
    }
}
