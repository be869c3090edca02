package org.bugloss.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import jakarta.json.JsonObject;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bugloss.browser.Chromium;
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

    private static final String HOOK_SECRET = "s3cret-of-hooks";

    /** What is sent out: overrides that come and go. */
    private static final int OVERRIDDEN = 20;

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final String BUG_PATH = "/api/v1/repos/o/r/issues/";

    /** What a busy machine may be late by. */
    private static final Duration LATE = Duration.ofSeconds(2);

    private final List<Upstream> trackers = IntStream.rangeClosed(1, 8)
            .mapToObj(number -> Upstream.start("127.0.2." + number))
            .toList();

    /** Where each server sends changes, to a path of its own. */
    private final Upstream room = trackers.get(trackers.size() - 1);

    private final List<Integer> alive = new ArrayList<>();
    private final Map<String, String> database = Suite.current().emptyDatabase();
    private List<ServerProcess> servers;
    private Connection rows;

    @BeforeAll
    void start() throws SQLException {
        servers = ServerProcess.startAll(
                IntStream.range(0, NODES).mapToObj(this::node).toList());
        IntStream.range(0, NODES).forEach(alive::add);
        rows = DriverManager.getConnection(database.get(DatabaseSettings.URL), database.get(DatabaseSettings.USER), "");
        String links = IntStream.range(0, BUGS)
                .mapToObj(bug -> "{\"is_defect\": true, \"url\": \"" + url(bug) + "\"}")
                .collect(Collectors.joining("\n"));
        answerAfter(Duration.ZERO);
        room.on("/room/*", Route.status(204));
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
                                .collect(Collectors.joining(",")))
                .with("bugloss.notify", "room")
                .with("bugloss.notify.room.url", room.uri("/room/" + number).toString())
                .with("bugloss.notify.room.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
                .with("bugloss.system.tracker0.hook-secret", HOOK_SECRET);
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

    /** Promised are 5 seconds; what is printed says how it was. */
    @Test
    @Order(1)
    @EnabledIf(
            value = "org.bugloss.browser.Chromium#isThere",
            disabledReason = "there is no browser: apt-get install chromium")
    void whatAHookTellsOneServerShowsInAnOpenPageOfAnotherWithinSeconds() {
        Http told = servers.get(0).http();
        try (BrowserContext browser = Chromium.start().newContext()) {
            Page list = browser.newPage();
            list.waitForRequest(
                    "**/api/changes?**",
                    () -> list.navigate(servers.get(1).http().base() + "/?q=" + Http.encoded(url(0))));
            Locator status = list.locator(
                            "tr", new Page.LocatorOptions().setHas(list.locator("a[href='" + url(0) + "']")))
                    .locator(".state");
            assertThat(status).hasText("open");
            trackers.get(0).on(BUG_PATH + "1", Route.json("""
                    {"number": 1, "title": "Bug 1", "state": "closed"}
                    """));

            Instant begin = Instant.now();
            Http.Answer answer = told.post(
                    "/api/hooks/tracker0",
                    "{\"issue\": {\"html_url\": \"" + url(0) + "\"}}",
                    "Authorization",
                    "Bearer " + HOOK_SECRET);
            assertEquals(202, answer.status(), answer::toString);
            assertThat(status).hasText("closed");

            System.out.printf(
                    "  from a hook at one server to the new status in a page of another: %.1f s%n",
                    Duration.between(begin, Instant.now()).toMillis() / 1000.0);
        }
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
    @Order(2)
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

    /** One of the servers is gone then. */
    @Test
    @Order(3)
    void whatAKilledServerHadClaimedIsRefreshedByTheOthersWhenTheLeaseHasEnded() throws SQLException {
        answerAfter(Duration.ofSeconds(1));
        Instant due = expire();
        Until.holds(() -> requests(due).size(), number -> number > 20, Duration.ofSeconds(10));
        int victim = IntStream.range(0, NODES)
                .boxed()
                .max(Comparator.comparing(node -> requestsOf(node, due).size()))
                .orElseThrow();
        answerAfter(Duration.ZERO);
        kill(victim);
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

    /** The last: one of the servers is left then. */
    @Test
    @Order(4)
    void whatAKilledServerHadToSendTheNextOneSendsInOrder() throws SQLException {
        room.on("/room/*", (request, connection) -> {
            connection.pause(Duration.ofMillis(50));
            Route.status(204).answer(request, connection);
        });
        Http witness = servers.get(alive.get(0)).http();
        String from = witness.get("/api/changes?after=now").json().getString("next");
        overrideAndEnd();
        assertTrue(
                Until.holds(() -> sent().size(), size -> size > 5, PATIENCE) > 5,
                () -> "sent: " + sent() + ", " + witness.get("/api/notifications")
                        + witness.get("/api/changes?limit=5&after=" + from));
        List<Upstream.Request> sent = sent();
        kill(Integer.parseInt(sent.get(sent.size() - 1).path().replace("/room/", "")));
        // Else the others would wait for a minute, for one that may only be slow.
        try (Statement statement = rows.createStatement()) {
            statement.executeUpdate("UPDATE notify_endpoint SET claimed_until = now()");
        }
        overrideAndEnd();

        List<String> changes = servers
                .get(alive.get(0))
                .http()
                .get("/api/changes?limit=1000&after=" + from)
                .json()
                .getJsonArray("items")
                .getValuesAs(JsonObject.class)
                .stream()
                .map(change -> change.getString("id"))
                .toList();
        assertEquals(4 * OVERRIDDEN, changes.size());
        Until.holds(() -> arrived().containsAll(changes), all -> all, PATIENCE);
        assertEquals(changes, arrived().stream().filter(changes::contains).toList());
        System.out.printf(
                "  of %d changes, %d were sent twice where the sender was killed%n",
                changes.size(), sent().size() - arrived().size());
    }

    /** A bug after the other is resolved by an override, and open again without it. */
    private void overrideAndEnd() {
        for (int bug = 0; bug < OVERRIDDEN; bug++) {
            Http http = servers.get(alive.get(bug % alive.size())).http();
            String path = "/api/details?url=" + Http.encoded(url(bug + 1));
            assertEquals(
                    200,
                    http.put(path, "{\"title\": \"Bug " + (bug + 2) + "\", \"resolved\": true}")
                            .status());
            assertEquals(204, http.delete(path).status());
        }
    }

    private List<Upstream.Request> sent() {
        return IntStream.range(0, NODES)
                .mapToObj(node -> room.requests("/room/" + node))
                .flatMap(List::stream)
                .sorted(Comparator.comparing(Upstream.Request::at))
                .toList();
    }

    /** Each that arrived, where it was first. */
    private List<String> arrived() {
        return sent().stream()
                .map(request -> request.header("webhook-id").orElseThrow())
                .distinct()
                .toList();
    }

    private void kill(int node) {
        servers.get(node).kill();
        alive.remove(Integer.valueOf(node));
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
