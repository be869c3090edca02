package org.bugloss.cache;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.enterprise.event.Event;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.bugloss.Beans;
import org.bugloss.database.DatabaseSettings;
import org.bugloss.database.PostgreSql;
import org.bugloss.database.TestTables;
import org.bugloss.trackers.GitHub;
import org.bugloss.trackers.HookRequest;
import org.bugloss.trackers.IssueTracker;
import org.bugloss.trackers.Jira;
import org.bugloss.trackers.Launchpad;
import org.bugloss.trackers.NamedBugs;
import org.bugloss.trackers.Redmine;
import org.bugloss.trackers.TestTrackers;
import org.bugloss.trackers.Trackers;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What hooks make due, on both databases. The systems are {@code https://acme.example} and {@code https://beta.example}. */
class HookedBugsTest {

    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final Instant DUE = START.plus(HookedBugs.FIRST_WAIT);

    /** What holds of each database. */
    abstract static class Contract {

        private final DataSource database;
        private final List<String> madePrivate = new ArrayList<>();

        Contract(DataSource database) {
            this.database = database;
        }

        private HookedBugs node(Trackers trackers) {
            Object event = Proxy.newProxyInstance(
                    HookedBugsTest.class.getClassLoader(), new Class<?>[] {Event.class}, (self, method, arguments) -> {
                        madePrivate.addAll(((MadePrivate) arguments[0]).urls());
                        return null;
                    });
            return Beans.filled(new HookedBugs(), TestTables.transactional(database), trackers, event);
        }

        private static NamedBugs named(Trackers trackers, String body, String... headers) {
            return trackers.named(new HookRequest(
                    trackers.system("acme").orElseThrow(),
                    headers.length == 0 ? Map.of() : Map.of(headers[0], headers[1]),
                    null,
                    body.getBytes(StandardCharsets.UTF_8),
                    START));
        }

        /** A row: its URL, system, id and where it moved to; the id is {@code null} where nothing was ever fetched. */
        private void row(String url, String system, String id, String movedTo) throws SQLException {
            row(url, system, id, movedTo, null);
        }

        private void row(String url, String system, String id, String movedTo, String group) throws SQLException {
            sql("insert into bug_details (url, tracker, system_name, bug_id, moved_to, change_group, asked_at)"
                    + " values ('" + url + "', 'T', " + quoted(system, id, movedTo, group)
                    + ", timestamp with time zone '2026-11-22 08:00:00+00')");
            sql("insert into bug_search (url, bug_id) values (" + quoted(url, id) + ")");
        }

        private static String quoted(String... values) {
            List<String> quoted = new ArrayList<>();
            for (String value : values) {
                quoted.add(value == null ? "null" : "'" + value + "'");
            }
            return String.join(", ", quoted);
        }

        private void sql(String sql) throws SQLException {
            try (Connection connection = database.getConnection();
                    PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.executeUpdate();
            }
        }

        private List<String> waiting() throws SQLException {
            List<String> urls = new ArrayList<>();
            try (Connection connection = database.getConnection();
                    PreparedStatement select = connection.prepareStatement("select url from hook_due order by url");
                    ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    urls.add(rows.getString(1));
                }
            }
            return urls;
        }

        private static List<String> claim(HookedBugs node, Instant now) {
            return node.claim("acme", 100, now, now.plus(LEASE)).stream()
                    .map(KnownDetails::url)
                    .sorted()
                    .toList();
        }

        private static Trackers with(IssueTracker tracker) {
            return TestTrackers.of(tracker, "acme", "beta");
        }

        @Test
        void whatIsKnownIsDueInASecondInWhateverSpellingAndNothingElse() throws SQLException {
            Trackers trackers = with(new Redmine());
            HookedBugs node = node(trackers);
            row("https://acme.example/issues/5", "acme", "5", null);
            row("https://acme.example/issues/show/5", "acme", "5", null);
            row("https://acme.example/issues/6", "acme", null, null);
            row("https://acme.example/issues/7", "acme", "7", null);
            row("https://beta.example/issues/5", "beta", "5", null);

            HookedBugs.Told told = node.tell(
                    List.of(
                            named(trackers, "{\"data\": {\"issue\": {\"id\": 5}}}"),
                            named(trackers, "{\"data\": {\"issue\": {\"id\": 6}}}"),
                            named(trackers, "{\"data\": {\"issue\": {\"id\": 999}}}"),
                            named(trackers, "{}"),
                            named(trackers, "{\"data\": {\"issue\": {\"id\": 5}}}")),
                    START);

            assertEquals(new HookedBugs.Told(List.of(2, 1, 0, 0, 2), Set.of()), told);
            assertEquals(Map.of("acme", DUE), node.lanes());
            assertEquals(List.of(), claim(node, START));
            assertEquals(
                    List.of(
                            "https://acme.example/issues/5",
                            "https://acme.example/issues/6",
                            "https://acme.example/issues/show/5"),
                    claim(node, DUE));
            assertEquals(List.of(), claim(node(trackers), DUE), "another node");
        }

        @Test
        void aNumberIsOnlyThatOfItsRepositoryWhateverItsCase() throws SQLException {
            Trackers trackers = with(new GitHub());
            HookedBugs node = node(trackers);
            row("https://acme.example/kiwi/TCMS/pull/12/files", "acme", "12", null);
            row("https://acme.example/other/tcms/issues/12", "acme", "12", null);
            row("https://acme.example/old/place/issues/3", "acme", "12", "https://acme.example/Kiwi/tcms/issues/12");

            node.tell(
                    List.of(named(
                            trackers, "{\"issue\": {\"html_url\": \"https://acme.example/Kiwi/tcms/issues/12\"}}")),
                    START);

            assertEquals(
                    List.of("https://acme.example/kiwi/TCMS/pull/12/files", "https://acme.example/old/place/issues/3"),
                    waiting());
        }

        @Test
        void allKnownBugsOfARepositoryAreDueAndSaidToBePrivate() throws SQLException {
            Trackers trackers = with(new GitHub());
            HookedBugs node = node(trackers);
            row("https://acme.example/Kiwi/tcms/issues/1", "acme", "1", null, "acme\nkiwi/tcms");
            row("https://acme.example/kiwi/tcms/pull/2", "acme", "2", null, "acme\nkiwi/tcms");
            row("https://acme.example/kiwi/other/issues/1", "acme", "1", null, "acme\nkiwi/other");

            HookedBugs.Told told = node.tell(
                    List.of(named(
                            trackers,
                            "{\"action\": \"privatized\", \"repository\": {\"name\": \"tcms\", \"owner\": {\"login\": \"Kiwi\"}}}",
                            "x-github-event",
                            "repository")),
                    START);

            assertEquals(new HookedBugs.Told(List.of(2), Set.of()), told);
            assertEquals(
                    List.of("https://acme.example/Kiwi/tcms/issues/1", "https://acme.example/kiwi/tcms/pull/2"),
                    waiting());
            assertEquals(waiting(), madePrivate.stream().sorted().toList());
        }

        @Test
        void aBugThatWasMovedIsDueUnderBothKeysAndOneOfLaunchpadWithEachTarget() throws SQLException {
            Trackers jira = with(new Jira());
            row("https://acme.example/browse/ABC-1", "acme", "XYZ-9", "https://acme.example/browse/XYZ-9");
            row("https://acme.example/rest/api/2/issue/10001", "acme", "XYZ-9", null);
            row("https://acme.example/browse/XYZ-9", "acme", "XYZ-9", null);
            node(jira).tell(List.of(named(jira, "{\"issue\": {\"key\": \"XYZ-9\"}}")), START);
            assertEquals(3, waiting().size());

            Trackers launchpad = with(new Launchpad());
            row("https://acme.example/ubuntu/+source/x/+bug/123", "acme", "123", null);
            row("https://acme.example/bugs/123", "acme", "123", null);
            node(launchpad).tell(List.of(named(launchpad, "{\"bug\": \"/bugs/123\"}")), START);
            assertEquals(5, waiting().size());
        }

        private HookedBugs one(Trackers trackers) throws SQLException {
            row("https://acme.example/issues/5", "acme", "5", null);
            HookedBugs node = node(trackers);
            tell(node, trackers, START);
            return node;
        }

        private static void tell(HookedBugs node, Trackers trackers, Instant at) {
            node.tell(List.of(named(trackers, "{\"ids\": [5]}")), at);
        }

        private static final List<String> ONE = List.of("https://acme.example/issues/5");

        @Test
        void whatWasAskedForIsNoLongerWaiting() throws SQLException {
            HookedBugs node = one(with(new Redmine()));
            assertEquals(ONE, claim(node, DUE));
            node.answered(ONE, DUE);
            assertEquals(List.of(), waiting());
        }

        @Test
        void whatIsToldAgainIsDueNoLaterAndOnce() throws SQLException {
            Trackers trackers = with(new Redmine());
            HookedBugs node = one(trackers);
            tell(node, trackers, START.plusMillis(900));
            assertEquals(Map.of("acme", DUE), node.lanes());
            assertEquals(ONE, claim(node, DUE));
            // Its source may not have had the later news yet.
            node.answered(ONE, DUE);
            assertEquals(Map.of("acme", DUE.plusSeconds(2)), node.lanes());
        }

        @Test
        void howeverOftenABugIsToldOfItIsAskedForEveryTwoSeconds() throws SQLException {
            Trackers trackers = with(new Redmine());
            HookedBugs node = one(trackers);
            List<Integer> seconds = new ArrayList<>();
            for (int tenth = 0; tenth < 100; tenth++) {
                Instant now = START.plusMillis(100L * tenth);
                if (!claim(node, now).isEmpty()) {
                    seconds.add(tenth / 10);
                    node.answered(ONE, now);
                }
                tell(node, trackers, now);
            }
            assertEquals(List.of(1, 3, 5, 7, 9), seconds);
        }

        @Test
        void whatIsToldWhileItIsAskedForIsAskedForAgain() throws SQLException {
            Trackers trackers = with(new Redmine());
            HookedBugs node = one(trackers);
            claim(node, DUE);
            tell(node(trackers), trackers, DUE.plusSeconds(2));
            assertEquals(Map.of("acme", DUE.plus(LEASE)), node.lanes());
            node.answered(ONE, DUE);
            assertEquals(Map.of("acme", DUE.plusSeconds(3)), node.lanes());
            assertEquals(ONE, claim(node, DUE.plusSeconds(3)));
        }

        @Test
        void anotherNodeTakesOverWhenALeaseEnds() throws SQLException {
            Trackers trackers = with(new Redmine());
            HookedBugs dead = one(trackers);
            claim(dead, DUE);
            HookedBugs other = node(trackers);
            assertEquals(List.of(), claim(other, DUE.plusSeconds(59)));
            assertEquals(ONE, claim(other, DUE.plusSeconds(60)));
            dead.answered(ONE, DUE);
            dead.giveBack(ONE, DUE);
            assertEquals(Map.of("acme", DUE.plusSeconds(120)), other.lanes());
        }

        @Test
        void whatIsGivenBackIsDueForAnyNode() throws SQLException {
            Trackers trackers = with(new Redmine());
            HookedBugs node = one(trackers);
            claim(node, DUE);
            node.giveBack(ONE, DUE.plusSeconds(1));
            assertEquals(ONE, claim(node(trackers), DUE.plusSeconds(1)));
        }

        @Test
        void whatDidNotAnswerIsTriedAgainSomeTimes() throws SQLException {
            HookedBugs node = one(with(new Redmine()));
            Instant now = DUE;
            for (int tries = 0; tries < 5; tries++) {
                assertEquals(ONE, claim(node, now));
                Instant retry = now.plusSeconds(30);
                sql(
                        "update bug_details set failures = 1, failure_reason = 'timeout', retry_at = timestamp with time zone '"
                                + retry.atOffset(ZoneOffset.UTC)
                                        .toString()
                                        .replace('T', ' ')
                                        .replace("Z", "+00") + "'");
                node.answered(ONE, now);
                assertEquals(Map.of("acme", retry), node.lanes());
                now = retry;
            }
            claim(node, now);
            node.answered(ONE, now);
            assertEquals(List.of(), waiting());
        }

        @Test
        void whatIsGoneOrForbiddenIsNotTriedAgain() throws SQLException {
            HookedBugs node = one(with(new Redmine()));
            claim(node, DUE);
            sql("update bug_details set failures = 1, failure_reason = 'not_found', retry_at = current_timestamp");
            node.answered(ONE, DUE);
            assertEquals(List.of(), waiting());
        }

        @Test
        void whatIsForgottenIsNotWaitedFor() throws SQLException {
            one(with(new Redmine()));
            sql("delete from bug_details");
            assertEquals(List.of(), waiting());
        }

        @Test
        void ofASystemOfWhichTooMuchIsWaitingNothingMoreIsKeptBugByBug() throws SQLException {
            Trackers trackers = with(new Redmine());
            HookedBugs node = one(trackers);
            sql(
                    "insert into bug_details (url, tracker, asked_at) select 'https://acme.example/' || n.x, 'T', current_timestamp"
                            + " from (" + numbers() + ") n");
            sql(
                    "insert into hook_due (url, lane, told_at, due_at) select url, 'acme', current_timestamp, current_timestamp"
                            + " from bug_details where tracker = 'T' and url <> '" + ONE.get(0) + "'");
            row("https://acme.example/issues/6", "acme", "6", null);

            HookedBugs.Told told = node.tell(List.of(named(trackers, "{\"ids\": [6]}")), START);

            assertEquals(new HookedBugs.Told(List.of(1), Set.of("acme")), told);
            assertEquals(HookedBugs.MOST_WAITING + 1, waiting().size());
        }

        private static String numbers() {
            String digits = "(select 0 d"
                    + IntStream.range(1, 10)
                            .mapToObj(d -> " union all select " + d)
                            .reduce("", String::concat) + ")";
            return "select a.d + 10 * b.d + 100 * c.d + 1000 * e.d x from " + digits + " a, " + digits + " b, " + digits
                    + " c, " + digits + " e";
        }

        @Test
        void accountsAddUpOverAllNodes() {
            HookAccounts accounts = Beans.filled(new HookAccounts(), TestTables.transactional(database));
            HookAccounts other = Beans.filled(new HookAccounts(), TestTables.transactional(database));
            HookAccounts.Account nothing = HookAccounts.Account.NOTHING;
            accounts.add(Map.of("acme", nothing.withHook(START.plusSeconds(9)).withRefused()));
            other.add(Map.of(
                    "acme", nothing.withHook(START).withRefused().withRefused(), "beta", nothing.withMissed(START)));
            assertEquals(
                    Map.of(
                            "acme",
                            new HookAccounts.Account(START.plusSeconds(9), 3, null),
                            "beta",
                            new HookAccounts.Account(null, 0, START)),
                    accounts.all());
            accounts.madeUpFor("beta", START.minusSeconds(1));
            assertEquals(START, accounts.all().get("beta").missedAt(), "more was missed meanwhile");
            accounts.madeUpFor("beta", START);
            assertEquals(nothing, accounts.all().get("beta"));
        }
    }

    @Nested
    class OnH2 extends Contract {

        OnH2() {
            super(TestTables.inMemory());
        }
    }

    @Nested
    @ExtendWith(PostgreSql.class)
    class OnPostgreSql extends Contract {

        OnPostgreSql(DatabaseSettings empty) {
            super(TestTables.migrated(empty));
        }
    }
}
