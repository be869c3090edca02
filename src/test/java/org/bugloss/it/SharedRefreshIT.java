package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bugloss.database.DatabaseSettings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * Three servers on one database. Each has a token of its own for the trackers, so that these can tell who asks; the bugs
 * become due when the test says so.
 */
@EnabledIf("org.bugloss.it.Suite#serversCanShare")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SharedRefreshIT {

    private static final int NODES = 3;
    private static final int BUGS = 300;
    private static final Duration LEASE = Duration.ofSeconds(4);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private static final String BUG_PATH = "/api/v1/repos/o/r/issues/";

    /** What a busy machine may be late by. */
    private static final Duration LATE = Duration.ofSeconds(2);

    private final List<Upstream> trackers = IntStream.rangeClosed(1, 8)
            .mapToObj(number -> Upstream.start("127.0.2." + number))
            .toList();

    private final Map<String, String> database = Suite.current().emptyDatabase();
    private List<ServerProcess> servers;
    private Connection rows;

    @BeforeAll
    void start() throws SQLException {
        servers = ServerProcess.startAll(
                IntStream.range(0, NODES).mapToObj(this::node).toList());
        rows = DriverManager.getConnection(database.get(DatabaseSettings.URL), database.get(DatabaseSettings.USER), "");
        String links = IntStream.range(0, BUGS)
                .mapToObj(bug -> "{\"is_defect\": true, \"url\": \"" + url(bug) + "\"}")
                .collect(Collectors.joining("\n"));
        answerAfter(Duration.ZERO);
        servers.get(0).http().post("/api/link-references", links, "Content-Type", "application/x-ndjson");
        awaitFresh(Duration.ofSeconds(30));
    }

    @AfterAll
    void stop() throws SQLException {
        rows.close();
        servers.forEach(ServerProcess::close);
        trackers.forEach(Upstream::close);
    }

    private ServerProcess.Builder node(int number) {
        ServerProcess.Builder node = ServerProcess.configured()
                .with(database)
                .with("bugloss.refresh.lease", String.valueOf(LEASE.toSeconds()))
                .with("bugloss.refresh.interval", String.valueOf(INTERVAL.toSeconds()))
                .with(
                        "bugloss.systems",
                        IntStream.range(0, trackers.size())
                                .mapToObj(system -> "tracker" + system)
                                .collect(Collectors.joining(",")));
        for (int system = 0; system < trackers.size(); system++) {
            String key = "bugloss.system.tracker" + system;
            node.with(key + ".tracker", "Gitea")
                    .with(key + ".base-url", trackers.get(system).uri("").toString())
                    .with(key + ".password", "node-" + number);
        }
        return node;
    }

    @Test
    @Order(0)
    void whatOneIsToldToOverrideShowsOnTheOthersWithinTwoSeconds() {
        String path = "/api/details?url=" + Http.encoded("http://10.0.0.3/overridden");
        servers.forEach(server -> assertEquals(422, server.http().get(path).status()));
        Http first = servers.get(0).http();
        first.put(path, "{\"title\": \"Ours\"}");
        showsWithin2Seconds(path, "Ours");
        first.post(
                "/api/details/overrides",
                "{\"url\": \"http://10.0.0.3/overridden\", \"title\": \"Ours in bulk\"}",
                "Content-Type",
                "application/x-ndjson");
        showsWithin2Seconds(path, "Ours in bulk");
        first.delete(path);
        showsWithin2Seconds(path, "none");
    }

    private void showsWithin2Seconds(String path, String title) {
        Instant begin = Instant.now();
        for (ServerProcess server : servers) {
            Duration left = Duration.ofSeconds(2).minus(Duration.between(begin, Instant.now()));
            assertEquals(
                    title,
                    Until.holds(
                            () -> {
                                Http.Answer answer = server.http().get(path);
                                return answer.status() == 200 ? answer.json().getString("title") : "none";
                            },
                            title::equals,
                            left));
        }
    }

    @Test
    @Order(1)
    void eachDueBugIsFetchedOnceByOneOfThem() throws SQLException {
        answerAfter(Duration.ofMillis(50));
        for (int period = 0; period < 2; period++) {
            Instant due = expire();
            awaitFresh(Duration.ofSeconds(20));
            // Whoever comes too late to see that somebody else has been there comes at the next interval.
            assertEquals(
                    Set.of(),
                    Until.holds(
                            () -> askedTwice(due, any -> true), twice -> !twice.isEmpty(), INTERVAL.multipliedBy(2)));
            assertEquals(BUGS, requests(due).size());
            assertTrue(
                    IntStream.range(0, NODES)
                                    .filter(node -> !requestsOf(node, due).isEmpty())
                                    .count()
                            > 1,
                    "one server did it all");
        }
    }

    /** The last, since one of the servers is gone then. */
    @Test
    @Order(2)
    void whatAKilledServerHadClaimedIsRefreshedByTheOthersWhenTheLeaseHasEnded() throws SQLException {
        answerAfter(Duration.ofSeconds(1));
        Instant due = expire();
        Until.holds(() -> requests(due).size(), number -> number > 20, Duration.ofSeconds(10));
        int victim = IntStream.range(0, NODES)
                .boxed()
                .max(Comparator.comparing(node -> requestsOf(node, due).size()))
                .orElseThrow();
        answerAfter(Duration.ZERO);
        servers.get(victim).kill();
        Instant killed = Instant.now();

        Duration took = awaitFresh(LEASE.plus(INTERVAL).plus(LATE));
        assertEquals(0, stale(), "not refreshed " + took + " after the kill");
        assertEquals(
                Set.of(),
                Until.holds(
                        () -> askedTwice(due, request -> !isOf(victim, request)),
                        twice -> !twice.isEmpty(),
                        LEASE.plus(INTERVAL)));
        assertEquals(Set.of(), askedTwice(due, request -> isOf(victim, request)));
        assertTrue(requestsOf(victim, killed).isEmpty());
    }

    private void answerAfter(Duration delay) {
        trackers.forEach(tracker -> tracker.on(BUG_PATH + "*", (request, connection) -> {
            connection.pause(delay);
            String number = request.path().replaceAll(".*/", "");
            Route.json("{\"number\": " + number + ", \"title\": \"Bug " + number + "\", \"state\": \"open\"}")
                    .answer(request, connection);
        }));
    }

    private String url(int bug) {
        return trackers.get(bug % trackers.size())
                .uri("/o/r/issues/" + (bug + 1))
                .toString();
    }

    /** Those for a bug: what a server asks about changes finds nothing here, and has it ask for the bugs. */
    private List<Upstream.Request> requests(Instant since) {
        return trackers.stream()
                .flatMap(tracker -> tracker.requests().stream())
                .filter(request -> request.path().startsWith(BUG_PATH))
                .filter(request -> request.at().isAfter(since))
                .toList();
    }

    private List<Upstream.Request> requestsOf(int node, Instant since) {
        return requests(since).stream().filter(request -> isOf(node, request)).toList();
    }

    private static boolean isOf(int node, Upstream.Request request) {
        return request.header("Authorization").orElse("").endsWith("node-" + node);
    }

    /** The bugs that some of the servers, together, asked for more than once. */
    private Set<String> askedTwice(Instant since, Predicate<Upstream.Request> by) {
        Set<String> once = new HashSet<>();
        return requests(since).stream()
                .filter(by)
                .map(Upstream.Request::path)
                .filter(path -> !once.add(path))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Makes all due. @return a moment before */
    private Instant expire() throws SQLException {
        Instant before = Instant.now();
        try (Statement statement = rows.createStatement()) {
            statement.executeUpdate("UPDATE bug_details SET expires_at = now(), due_at = now()");
        }
        return before;
    }

    /** Waits until all is fresh, or long enough. @return how long */
    private Duration awaitFresh(Duration atMost) {
        Instant begin = Instant.now();
        Until.holds(this::stale, none -> none == 0, atMost);
        return Duration.between(begin, Instant.now());
    }

    private int stale() {
        try (Statement statement = rows.createStatement();
                var count = statement.executeQuery("SELECT " + BUGS
                        + " - count(*)::int FROM bug_details WHERE expires_at > now() AND title LIKE 'Bug %'")) {
            count.next();
            return count.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
