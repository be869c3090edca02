package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import jakarta.json.JsonObject;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bugloss.database.PostgreSql;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * PostgreSQL is not there yet at a deployment, or is away for a while, and comes. {@code -Dbugloss.it.away=20} makes it that many seconds; how the callers
 * fared is printed.
 */
class DatabaseAwayIT {

    private static final Duration AWAY = Duration.ofSeconds(Integer.getInteger("bugloss.it.away", 6));
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);
    private static final Duration LONGEST_RECOVERY = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long BETWEEN_MILLIS = 200;
    private static final int CALLERS_AT_ONCE = 50;
    private static final int WRITERS = 10;

    /** While changes are on their way. */
    private static final Duration AWAY_FROM_CHANGES = Duration.ofSeconds(10);

    private static final int CHANGED = 20;

    /** Where changes are sent to. */
    private static final String ROOM = "/away/room";

    private final Upstream upstream = Upstream.shared();
    private final ExecutorService callers = Executors.newCachedThreadPool();
    private final Queue<Told> told = new ConcurrentLinkedQueue<>();

    private PostgreSql.Own database;
    private ServerProcess server;

    /** What a caller was told, and how long it took. */
    private record Told(String what, Http.Answer answer, Instant asked, Duration took) {

        boolean isAnswered() {
            return answer.status() == 200 || answer.status() == 201;
        }

        /** Whether the details in it expire later than they were asked for, or are marked as stale. */
        boolean isHonest() {
            JsonObject json = answer.json();
            return json.getBoolean("stale")
                    || !json.isNull("expires_at")
                            && Instant.parse(json.getString("expires_at")).isAfter(asked);
        }

        boolean isPutOff() {
            return answer.status() == 503
                    && answer.header("Retry-After").isPresent()
                    && answer.header("Content-Type").orElse("").startsWith("application/problem+json");
        }
    }

    @BeforeEach
    void startDatabase() {
        assumeFalse(
                Suite.current().server() == Suite.Server.WILDFLY
                        && Suite.current().database() == Suite.Database.H2,
                "WildFly's other suite has it");
        for (String name : List.of("known", "overridden", "watched", "unknown")) {
            upstream.on("/quick/away/" + name, Route.page("The " + name + " one", ""));
        }
        database = PostgreSql.ownServer(Suite.current().newFolder("postgresql"));
    }

    private void deploy() {
        server = ServerProcess.configured()
                .with(database.settings())
                .with("bugloss.notify.chat.url", upstream.uri(ROOM).toString())
                // What was claimed when the database went is refreshed when the lease ends.
                .with("bugloss.refresh.lease", "10")
                .start();
    }

    @AfterEach
    void end() {
        callers.shutdown();
        if (server != null) {
            server.close();
        }
        if (database != null) {
            database.close();
        }
    }

    @Test
    void whileTheDatabaseIsAwayMemoryAnswersAndAfterwardsAllGoesOnByItself() throws Exception {
        deployWithoutDatabase();
        remember("known");
        remember("overridden");
        overrideBySql("overridden", "Ours");
        assertShows("overridden", "Ours");
        assertEquals(201, record("watched", true).status());

        outage(database::stop, database::start);

        upstream.on("/quick/away/watched", Route.page("Changed meanwhile", ""));
        JsonObject watched = Until.holds(
                () -> details("watched").json(), json -> json.getString("title").equals("Changed meanwhile"), PATIENCE);
        assertEquals("Changed meanwhile", watched.getString("title"));
        int hits = upstream.hits("/quick/away/watched");
        assertTrue(
                Until.holds(() -> upstream.hits("/quick/away/watched"), now -> now > hits + 1, PATIENCE) > hits + 1,
                "the timer goes on");
        assertEquals("Ours", details("overridden").json().getString("title"));
        overrideBySql("known", "Theirs");
        // Memory answers no longer.
        assertShows("known", "Theirs");
        assertEquals(201, record("unknown", true).status());
    }

    /** The application is up, says that it can answer nothing yet, and answers as soon as the database is there. */
    private void deployWithoutDatabase() {
        database.stop();
        deploy();
        List<Http.Answer> early = List.of(
                server.http().get("/api/health"),
                details("known"),
                query(),
                server.http().get("/api/trackers"),
                server.http().get("/api/link-references?embed=details"),
                record("early", true),
                server.http().put(path("early"), "{\"title\": \"No\"}"));
        early.forEach(answer ->
                assertTrue(new Told("early", answer, Instant.now(), Duration.ZERO).isPutOff(), answer::toString));
        String url = database.settings().get("bugloss.db.url");
        assertEquals(
                1,
                server.log()
                        .lines()
                        .filter(line -> line.contains("The database is away: " + url + " as postgres: "))
                        .count(),
                server::log);
        assertFalse(server.log().contains("Bugloss is ready"), server::log);

        database.start();
        assertEquals(
                200, Until.holds(() -> server.http().get("/api/health").status(), status -> status == 200, PATIENCE));
        assertTrue(
                Until.holds(server::log, log -> log.contains("Bugloss is ready"), PATIENCE)
                        .contains("Bugloss is ready"),
                server::log);
    }

    private void remember(String name) {
        assertEquals(200, Until.holds(() -> details(name).status(), status -> status == 200, PATIENCE));
    }

    /** What a script wrote is served within two seconds. */
    private void assertShows(String name, String title) {
        assertEquals(
                title,
                Until.holds(() -> details(name).json().getString("title"), title::equals, Duration.ofSeconds(2)));
    }

    @Test
    void aDatabaseThatHangsIsAwayTooAndNobodyWaitsForIt() throws Exception {
        deploy();
        remember("known");
        server.http().put(path("overridden"), "{\"title\": \"Ours\", \"ttl\": 3600}");

        outage(database::freeze, database::thaw);

        assertEquals("Ours", details("overridden").json().getString("title"));
        assertEquals(200, details("unknown").status());
    }

    /** They are sent, followed by long polls and in a stream, and go on being made, when it goes. */
    @Test
    void changesThatAreOnTheirWayArriveInOrderWhenItIsBackAndNoneIsLost() throws Exception {
        deploy();
        upstream.on(ROOM, (request, connection) -> {
            connection.pause(Duration.ofMillis(50));
            Route.status(204).answer(request, connection);
        });
        String from = server.http().get("/api/changes?after=now").json().getString("next");
        CountDownLatch over = new CountDownLatch(1);
        List<String> polled = new CopyOnWriteArrayList<>();
        List<String> streamed = new CopyOnWriteArrayList<>();
        List<Future<?>> readers = List.of(
                callers.submit(() -> poll(from, polled, over)), callers.submit(() -> stream(from, streamed, over)));
        CountDownLatch back = new CountDownLatch(1);
        Future<?> writer = callers.submit(() -> changeUntil(back));
        Until.holds(() -> sent().size(), size -> size > CHANGED, PATIENCE);

        int before = sent().size();
        database.stop();
        TimeUnit.MILLISECONDS.sleep(AWAY_FROM_CHANGES.toMillis());
        database.start();
        assertEquals(
                200, Until.holds(() -> server.http().get("/api/health").status(), status -> status == 200, PATIENCE));
        long isBack = System.nanoTime();
        int acknowledged = acknowledgedChanges();
        Until.holds(this::acknowledgedChanges, now -> now >= acknowledged + CHANGED, PATIENCE);
        back.countDown();
        writer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

        List<String> changes = ids(server.http().get("/api/changes?limit=1000&after=" + from));
        Until.holds(
                () -> sent().containsAll(changes) && polled.containsAll(changes) && streamed.containsAll(changes),
                all -> all,
                PATIENCE);
        Duration took = Duration.ofNanos(System.nanoTime() - isBack);
        over.countDown();
        List<String> sent = sent();
        System.out.printf(
                "%s: of %d changes, %d were sent before %s without a database, the last %s behind it; twice came %d of what was sent, %d in long polls, %d in"
                        + " the stream%n",
                Suite.current().server(),
                changes.size(),
                before,
                AWAY_FROM_CHANGES,
                took,
                sent.size() - Set.copyOf(sent).size(),
                polled.size() - Set.copyOf(polled).size(),
                streamed.size() - Set.copyOf(streamed).size());
        assertEquals(acknowledgedChanges(), changes.size(), "what was acknowledged is there, and once");
        assertEquals(changes, sent.stream().distinct().toList());
        assertEquals(changes, polled.stream().distinct().toList());
        assertEquals(changes, streamed.stream().distinct().toList());
        for (Future<?> reader : readers) {
            reader.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** One bug after the other is resolved by an override, and open again: each is tried until it is acknowledged. */
    private Void changeUntil(CountDownLatch end) throws InterruptedException {
        int acknowledged = 0;
        while (end.getCount() > 0) {
            String path = path("changed-" + acknowledged % CHANGED);
            boolean isResolved = acknowledged / CHANGED % 2 == 1;
            Http.Answer answer = ask(
                    acknowledged < CHANGED ? "first" : "change",
                    () -> server.http().put(path, "{\"title\": \"Ours\", \"resolved\": " + isResolved + "}"));
            if (answer.status() == 200) {
                acknowledged++;
            }
            end.await(20, TimeUnit.MILLISECONDS);
        }
        return null;
    }

    private int acknowledgedChanges() {
        return (int) told.stream()
                .filter(one -> one.what().equals("change") && one.isAnswered())
                .count();
    }

    private List<String> sent() {
        return upstream.requests(ROOM).stream()
                .sorted(Comparator.comparing(Upstream.Request::at))
                .map(request -> request.header("webhook-id").orElseThrow())
                .toList();
    }

    private static List<String> ids(Http.Answer page) {
        return page.json().getJsonArray("items").getValuesAs(JsonObject.class).stream()
                .map(change -> change.getString("id"))
                .toList();
    }

    private Void poll(String from, List<String> read, CountDownLatch over) throws InterruptedException {
        String cursor = from;
        while (over.getCount() > 0) {
            Http.Answer page = server.http().get("/api/changes?wait=2&after=" + cursor);
            if (page.status() == 200) {
                read.addAll(ids(page));
                cursor = page.json().getString("next");
            } else {
                over.await(BETWEEN_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
        return null;
    }

    /** As a browser does: whenever it ends, it goes on from the last event. */
    private Void stream(String from, List<String> read, CountDownLatch over) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        AtomicReference<String> last = new AtomicReference<>(from);
        while (over.getCount() > 0) {
            HttpRequest request = server.http()
                    .request("/api/changes?after=now", "Last-Event-ID", last.get())
                    .header("Accept", "text/event-stream")
                    .build();
            try (Stream<String> lines =
                    client.send(request, HttpResponse.BodyHandlers.ofLines()).body()) {
                lines.takeWhile(line -> over.getCount() > 0).forEach(line -> {
                    if (line.startsWith("id: ")) {
                        last.set(line.substring(4));
                    } else if (line.startsWith("data: ")) {
                        read.add(last.get());
                    }
                });
            } catch (UncheckedIOException e) {
                // It was cut off.
            }
            over.await(BETWEEN_MILLIS, TimeUnit.MILLISECONDS);
        }
        return null;
    }

    /** Callers ask and write all the while. Nobody gets a wrong answer or waits for long, and then it is over by itself. */
    private void outage(Runnable begin, Runnable end) throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        List<Future<?>> asking = new ArrayList<>();
        asking.add(keepAsking("known", over, () -> details("known")));
        asking.add(keepAsking("overridden", over, () -> details("overridden")));
        asking.add(keepAsking("list", over, () -> server.http().get("/api/link-references?embed=details")));
        asking.add(keepAsking("record", over, () -> record("recorded", false)));
        for (int i = 0; i < WRITERS; i++) {
            String writer = "written-" + i + "-";
            AtomicInteger written = new AtomicInteger();
            asking.add(keepAsking("write", over, () -> record(writer + written.incrementAndGet(), false)));
        }
        Until.holds(this::answeredByNow, Set.of("known", "overridden", "list", "record", "write")::equals, PATIENCE);

        begin.run();
        for (int i = 0; i < CALLERS_AT_ONCE; i++) {
            String name = i % 2 == 0 ? "known" : "unknown";
            asking.add(callers.submit(() -> ask("crowd " + name, () -> details(name))));
        }
        asking.add(keepAsking("unknown", over, () -> details("unknown")));
        asking.add(keepAsking("query", over, this::query));
        asking.add(keepAsking("override", over, () -> server.http().put(path("unknown"), "{\"title\": \"No\"}")));
        asking.add(keepAsking("health", over, () -> server.http().get("/api/health")));
        TimeUnit.MILLISECONDS.sleep(AWAY.toMillis());
        over.countDown();
        for (Future<?> one : asking) {
            one.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        assertEquals(503, server.http().get("/api/health").status());
        assertEquals(503, server.http().get("/api/health/ready").status());
        assertEquals(200, server.http().get("/api/health/live").status());
        end.run();
        long isBack = System.nanoTime();
        int health = Until.holds(() -> server.http().get("/api/health").status(), status -> status == 200, PATIENCE);
        Duration recovery = Duration.ofNanos(System.nanoTime() - isBack);
        print(recovery);

        assertEquals(200, health);
        assertTrue(recovery.compareTo(LONGEST_RECOVERY) < 0, recovery::toString);
        told.forEach(DatabaseAwayIT::assertThatItIsRight);
        assertThatWhatWasWrittenIsWhole();
    }

    private Set<String> answeredByNow() {
        return told.stream().filter(Told::isAnswered).map(Told::what).collect(Collectors.toSet());
    }

    /** All that was acknowledged is there, and every link has the row of details that is made with it. */
    private void assertThatWhatWasWrittenIsWhole() throws SQLException {
        long acknowledged = told.stream()
                .filter(one -> one.what().equals("write") && one.isAnswered())
                .count();
        try (var connection = database.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select count(*), count(d.url) from link_reference l"
                        + " left join bug_details d on d.url = l.url_key where l.url like '%/written-%'")) {
            rows.next();
            assertTrue(acknowledged > 0 && rows.getLong(1) >= acknowledged, () -> "of " + acknowledged);
            assertEquals(rows.getLong(1), rows.getLong(2));
        }
    }

    private static void assertThatItIsRight(Told one) {
        assertTrue(one.isAnswered() || one.isPutOff(), one::toString);
        assertTrue(one.took().compareTo(LONGEST_ANSWER) < 0, one::toString);
        switch (one.what()) {
            case "known", "crowd known" -> {
                assertEquals("The known one", one.answer().json().getString("title"));
                assertTrue(one.isHonest(), one::toString);
            }
            case "overridden" -> assertEquals("Ours", one.answer().json().getString("title"));
            case "query" -> {
                JsonObject known = one.answer()
                        .json()
                        .getJsonObject("details")
                        .values()
                        .iterator()
                        .next()
                        .asJsonObject();
                assertEquals("The known one", known.getString("title"));
                assertTrue(one.answer().body().contains("\"problem\""), one::toString);
            }
            case "unknown", "crowd unknown", "override", "health" -> assertTrue(one.isPutOff(), one::toString);
            default -> {
                // Before the outage these were answered.
            }
        }
    }

    private Future<?> keepAsking(String what, CountDownLatch over, Supplier<Http.Answer> question) {
        return callers.submit(() -> {
            do {
                ask(what, question);
            } while (!over.await(BETWEEN_MILLIS, TimeUnit.MILLISECONDS));
            return null;
        });
    }

    private Http.Answer ask(String what, Supplier<Http.Answer> question) {
        Instant asked = Instant.now();
        long begin = System.nanoTime();
        Http.Answer answer = question.get();
        told.add(new Told(what, answer, asked, Duration.ofNanos(System.nanoTime() - begin)));
        return answer;
    }

    private void print(Duration recovery) {
        System.out.printf("%s: away for %s, back after %s%n", Suite.current().server(), AWAY, recovery);
        told.stream()
                .collect(Collectors.groupingBy(Told::what, TreeMap::new, Collectors.toList()))
                .forEach((what, all) -> System.out.printf(
                        "  %-14s %d answered, %d put off, slowest %d ms%n",
                        what,
                        all.stream().filter(Told::isAnswered).count(),
                        all.stream().filter(Told::isPutOff).count(),
                        all.stream()
                                .mapToLong(one -> one.took().toMillis())
                                .max()
                                .orElse(0)));
    }

    private void overrideBySql(String name, String title) throws SQLException {
        try (var connection = database.connect();
                var statement =
                        connection.prepareStatement("insert into details_override (url, title) values (?, ?)")) {
            statement.setString(1, url(name));
            statement.setString(2, title);
            statement.executeUpdate();
        }
    }

    private String url(String name) {
        return upstream.uri("/quick/away/" + name).toString();
    }

    private String path(String name) {
        return "/api/details?url=" + Http.encoded(url(name));
    }

    private Http.Answer details(String name) {
        return server.http().get(path(name));
    }

    private Http.Answer query() {
        return server.http()
                .post("/api/details/query", "{\"urls\": [\"" + url("known") + "\", \"" + url("unknown") + "\"]}");
    }

    private Http.Answer record(String name, boolean defect) {
        return server.http()
                .post("/api/link-references", "{\"url\": \"" + url(name) + "\", \"is_defect\": " + defect + "}");
    }
}
