package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import jakarta.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.bugloss.database.PostgreSql;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** PostgreSQL is away for a while: longer by {@code -Dbugloss.it.away=20}, which are seconds. */
class DatabaseAwayIT {

    private static final Duration AWAY = Duration.ofSeconds(Integer.getInteger("bugloss.it.away", 8));
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(3);
    private static final Duration RECOVERY = Duration.ofSeconds(5);
    private static final Duration BETWEEN = Duration.ofMillis(200);
    private static final int CALLERS_AT_ONCE = 50;

    private final Upstream upstream = Upstream.shared();
    private final ExecutorService callers = Executors.newCachedThreadPool();
    private final Queue<Asked> answers = new ConcurrentLinkedQueue<>();

    private PostgreSql.Own database;
    private ServerProcess server;

    /** An answer and how long it took. */
    private record Asked(String what, Duration took, Http.Answer answer) {

        boolean isFromMemory() {
            return answer.status() == 200 || answer.status() == 201;
        }

        boolean isPutOff() {
            return answer.status() == 503
                    && answer.header("Retry-After").isPresent()
                    && answer.header("Content-Type").orElse("").startsWith("application/problem+json");
        }
    }

    @BeforeEach
    void start() {
        assumeFalse(
                Suite.current().server() == Suite.Server.WILDFLY
                        && Suite.current().database() == Suite.Database.H2,
                "the other suite of WildFly's has it");
        database = PostgreSql.ownServer(Suite.current().newFolder("postgresql"));
        ServerProcess.Builder builder = ServerProcess.configured();
        database.settings().forEach(builder::with);
        server = builder.start();
        for (String name : List.of("asked", "overridden", "watched", "quick", "never", "later")) {
            upstream.on("/quick/away/" + name, Route.page("Title of " + name, ""));
        }
    }

    @AfterEach
    void end() {
        callers.shutdownNow();
        if (server != null) {
            server.close();
        }
        if (database != null) {
            database.close();
        }
    }

    @Test
    void whileTheDatabaseIsAwayMemoryAnswersAndAfterwardsAllGoesOnByItself() throws Exception {
        String overridden = url("overridden");
        assertEquals(200, ask("asked").status());
        assertEquals(200, ask("overridden").status());
        try (var connection = database.connect();
                var statement = connection.createStatement()) {
            statement.execute("insert into details_override (url, title) values ('" + overridden + "', 'Ours')");
        }
        assertEquals("Ours", ask("overridden").json().getString("title"));
        assertEquals(
                201,
                server.http()
                        .post("/api/link-references", "{\"url\": \"" + url("watched") + "\", \"is_defect\": true}")
                        .status());
        Http.eventually(() -> ask("watched"), answer -> answer.status() == 200);

        outage(database::stop, database::start);

        answers.stream()
                .filter(asked -> asked.what().equals("asked"))
                .forEach(asked -> assertTrue(asked.isFromMemory(), asked::toString));
        upstream.on("/quick/away/watched", Route.page("Changed meanwhile", ""));
        int hits = upstream.hits("/quick/away/watched");
        assertTrue(
                Until.holds(() -> upstream.hits("/quick/away/watched"), now -> now > hits + 1, Duration.ofSeconds(10))
                        > hits + 1);
        assertEquals(
                "Changed meanwhile",
                Http.eventually(
                                () -> ask("watched"),
                                answer -> answer.json().getString("title").equals("Changed meanwhile"))
                        .json()
                        .getString("title"));
        assertEquals("Ours", ask("overridden").json().getString("title"));
        assertEquals(
                201,
                server.http()
                        .post("/api/link-references", "{\"url\": \"" + url("never") + "\", \"is_defect\": true}")
                        .status());
    }

    @Test
    void aDatabaseThatHangsIsAwayTooAndNobodyWaitsForIt() throws Exception {
        assertEquals(200, ask("asked").status());
        server.http()
                .put("/api/details?url=" + Http.encoded(url("overridden")), "{\"title\": \"Ours\", \"ttl\": 3600}");

        outage(database::freeze, database::thaw);

        assertEquals(200, ask("never").status());
    }

    /** Callers read and write all the while; what they were told is in {@link #answers}. */
    private void outage(Runnable begin, Runnable end) throws InterruptedException {
        CountDownLatch back = new CountDownLatch(1);
        List<CountDownLatch> loops = new ArrayList<>();
        loops.add(keepAsking("asked", back, () -> ask("asked")));
        loops.add(keepAsking("overridden", back, () -> ask("overridden")));
        loops.add(keepAsking(
                "write",
                back,
                () -> server.http().post("/api/link-references", "{\"url\": \"" + url("later") + "\"}")));
        TimeUnit.MILLISECONDS.sleep(1000);
        answers.clear();
        begin.run();
        Instant began = Instant.now();
        loops.add(keepAsking("query", back, this::query));
        loops.add(keepAsking("never", back, () -> ask("never")));
        loops.add(keepAsking("list", back, () -> server.http().get("/api/link-references")));
        loops.add(keepAsking(
                "override",
                back,
                () -> server.http().put("/api/details?url=" + Http.encoded(url("never")), "{\"title\": \"t\"}")));
        loops.add(keepAsking("health", back, () -> server.http().get("/api/health")));
        TimeUnit.MILLISECONDS.sleep(AWAY.toMillis() / 2);
        CountDownLatch crowd = new CountDownLatch(CALLERS_AT_ONCE);
        for (int i = 0; i < CALLERS_AT_ONCE; i++) {
            String name = i % 2 == 0 ? "asked" : "never";
            callers.execute(() -> {
                note("crowd " + name, () -> ask(name));
                crowd.countDown();
            });
        }
        assertTrue(crowd.await(20, TimeUnit.SECONDS));
        TimeUnit.MILLISECONDS.sleep(
                Math.max(0, AWAY.minus(Duration.between(began, Instant.now())).toMillis()));
        back.countDown();
        for (CountDownLatch loop : loops) {
            assertTrue(loop.await(70, TimeUnit.SECONDS));
        }
        end.run();
        long isBack = System.nanoTime();
        int health = Until.holds(
                () -> server.http().get("/api/health").status(), status -> status == 200, Duration.ofSeconds(30));
        Duration recovery = Duration.ofNanos(System.nanoTime() - isBack);
        report(recovery);

        assertEquals(200, health);
        assertTrue(recovery.compareTo(RECOVERY) < 0, () -> "back after " + recovery);
        assertFalse(answers.isEmpty());
        for (Asked asked : answers) {
            assertTrue(asked.isFromMemory() || asked.isPutOff(), asked::toString);
            assertTrue(asked.took().compareTo(LONGEST_ANSWER) < 0, asked::toString);
            if (asked.isFromMemory() && asked.what().equals("asked")) {
                JsonObject json = asked.answer().json();
                assertEquals("Title of asked", json.getString("title"));
            }
            if (asked.isFromMemory() && asked.what().equals("overridden")) {
                assertEquals("Ours", asked.answer().json().getString("title"));
            }
        }
    }

    private CountDownLatch keepAsking(String what, CountDownLatch back, Supplier<Http.Answer> ask) {
        CountDownLatch ended = new CountDownLatch(1);
        callers.execute(() -> {
            try {
                do {
                    note(what, ask);
                } while (!back.await(BETWEEN.toMillis(), TimeUnit.MILLISECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                ended.countDown();
            }
        });
        return ended;
    }

    private void note(String what, Supplier<Http.Answer> ask) {
        long begin = System.nanoTime();
        Http.Answer answer = ask.get();
        answers.add(new Asked(what, Duration.ofNanos(System.nanoTime() - begin), answer));
    }

    private void report(Duration recovery) {
        System.out.println("away " + AWAY + ", recovery " + recovery);
        answers.stream().map(Asked::what).distinct().sorted().forEach(what -> {
            List<Asked> of = answers.stream().filter(a -> a.what().equals(what)).toList();
            System.out.println(what + ": "
                    + of.stream()
                            .collect(java.util.stream.Collectors.groupingBy(
                                    a -> a.answer().status() + (a.isPutOff() ? "+" : ""),
                                    java.util.TreeMap::new,
                                    java.util.stream.Collectors.counting()))
                    + " slowest "
                    + of.stream().map(Asked::took).max(Duration::compareTo).orElseThrow());
        });
    }

    private String url(String name) {
        return upstream.uri("/quick/away/" + name).toString();
    }

    private Http.Answer ask(String name) {
        return server.http().get("/api/details?url=" + Http.encoded(url(name)));
    }

    private Http.Answer query() {
        return server.http()
                .post("/api/details/query", "{\"urls\": [\"" + url("asked") + "\", \"" + url("never") + "\"]}");
    }
}
