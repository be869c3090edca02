package org.bugloss.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bugloss.it.ServerProcess;
import org.bugloss.it.Suite;
import org.bugloss.it.Until;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * How close a round of refreshing comes to what the upstreams alone would take. Each figure is the median of several
 * rounds, after some that warm the server up. It wants the machine for itself.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class RefreshBenchmark {

    /** Until a server is as fast as it gets: compilers take their time. */
    private static final int ROUNDS_TO_WARM_UP = 4;

    private static final int ROUNDS = 5;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final int BUGS = 10_000;
    private static final int PER_HOST = 4;

    private static final int PAGES = 2_000;
    private static final int CONCURRENCY = 16;
    private static final List<String> HOSTS = List.of("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4");

    private static final int CLAIMS = 31;
    private static final int CLAIMS_TO_WARM_UP = 15;

    private final RedmineBugs bugs = new RedmineBugs(BUGS);
    private final PunctualUpstream redmine = PunctualUpstream.start("127.0.0.1", "application/json", bugs);
    private final List<PunctualUpstream> pages = HOSTS.stream()
            .map(host -> PunctualUpstream.start(host, "text/html; charset=utf-8", RefreshBenchmark::page))
            .toList();

    private final Ratios ratios = new Ratios(
            "One WildFly with -Xmx256m, PostgreSQL, answers after %d ms, %d processors for all of it, load average before %.1f"
                    .formatted(
                            PunctualUpstream.DELAY.toMillis(),
                            Runtime.getRuntime().availableProcessors(),
                            ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));

    private ServerProcess server;
    private Rows rows;

    /** @param requests how many the upstreams got, of which so many were under way at once at most */
    private record Round(int requests, int mostAtOnce, Duration time) {

        double timeIn(Duration unit) {
            return (double) time.toNanos() / unit.toNanos();
        }

        static Round median(List<Round> rounds) {
            return rounds.stream()
                    .skip(ROUNDS_TO_WARM_UP)
                    .sorted(Comparator.comparing(Round::time))
                    .toList()
                    .get(ROUNDS / 2);
        }
    }

    @BeforeAll
    void start() {
        Map<String, String> database = Suite.current().emptyDatabase();
        server = ServerProcess.configured()
                .with(database)
                .with(
                        "bugloss.outbound.allow",
                        pages.stream().map(PunctualUpstream::authority).collect(Collectors.joining(",")))
                .with("bugloss.systems", "redmine")
                .with("bugloss.system.redmine.tracker", "Redmine")
                .with("bugloss.system.redmine.base-url", redmine.url("/redmine"))
                .with("bugloss.refresh.interval", "1")
                .with("bugloss.refresh.concurrency", String.valueOf(CONCURRENCY))
                .with("bugloss.refresh.concurrency-per-host", String.valueOf(PER_HOST))
                .withJavaOptions("-Xmx256m", "-XX:TieredStopAtLevel=4")
                .start();
        server.http();
        rows = new Rows(database);
    }

    @AfterAll
    void stop() {
        System.out.println(ratios);
        boolean outOfMemory = server.log().contains("OutOfMemoryError");
        rows.close();
        server.close();
        redmine.close();
        pages.forEach(PunctualUpstream::close);
        assertFalse(outOfMemory);
    }

    @Test
    void tenThousandBugsOfABatchCapableSystemTakeHardlyLongerThanTheSystemItself() {
        int batches = BUGS / RedmineBugs.BATCH;
        Duration ideal = PunctualUpstream.DELAY.multipliedBy(batches).dividedBy(PER_HOST);
        String what = "%,d %%s bugs, batches of %d, %d at once: ".formatted(BUGS, RedmineBugs.BATCH, PER_HOST);
        List<Round> first = new ArrayList<>();
        List<Round> again = new ArrayList<>();
        for (int i = 0; i < ROUNDS_TO_WARM_UP + ROUNDS; i++) {
            bugs.restore();
            rows.clear();
            first.add(round(
                    List.of(redmine),
                    () -> rows.record(BUGS, "'" + redmine.url("/redmine/issues/") + "' || i", "Redmine", "redmine")));
            assertEquals(BUGS, rows.count("Bug %"));
            bugs.change(10);
            again.add(round(List.of(redmine), rows::expire));
            assertEquals(BUGS / 10, rows.count("Changed %"));
        }
        report(what.formatted("new"), Round.median(first), batches, ideal);
        report(what.formatted("due"), Round.median(again), batches, ideal);
        List<URI> requests = IntStream.range(0, batches)
                .mapToObj(batch -> URI.create(redmine.url("/redmine/issues.json?limit=100&issue_id="
                        + IntStream.rangeClosed(1, RedmineBugs.BATCH)
                                .mapToObj(id -> String.valueOf(batch * RedmineBugs.BATCH + id))
                                .collect(Collectors.joining(",")))))
                .toList();
        ratios.control("  the system alone, asked by a plain client: time / ideal", alone(requests, PER_HOST, ideal));
        assertEquals(List.of(), ratios.broken());
    }

    private void report(String what, Round round, int batches, Duration ideal) {
        ratios.atMost(what + "requests", round.requests(), batches + 1);
        ratios.atMost("  time / ideal (%.2f s)".formatted(ideal.toMillis() / 1000.0), round.timeIn(ideal), 1.3);
        ratios.control("  requests at once", round.mostAtOnce());
    }

    @Test
    void pagesComeAtNearlyTheRateThatTheConcurrencyAllows() {
        Duration ideal = PunctualUpstream.DELAY.multipliedBy(PAGES).dividedBy(CONCURRENCY);
        String url = "(ARRAY["
                + pages.stream().map(page -> "'" + page.url("/bugs/") + "'").collect(Collectors.joining(","))
                + "])[1 + i % " + pages.size() + "] || i";
        List<Round> rounds = new ArrayList<>();
        for (int i = 0; i < ROUNDS_TO_WARM_UP + ROUNDS; i++) {
            rows.clear();
            rounds.add(round(pages, () -> rows.record(PAGES, url, "OpenGraph", null)));
            assertEquals(PAGES, rows.count("Bug %"));
        }
        Round round = Round.median(rounds);
        ratios.atLeast(
                "%,d pages of %d hosts, %d at once: rate / ideal (%d a second)"
                        .formatted(PAGES, pages.size(), CONCURRENCY, PAGES * 1000L / ideal.toMillis()),
                1 / round.timeIn(ideal),
                0.9);
        ratios.control("  requests", round.requests());
        ratios.control("  requests at once, the most of each host added up", round.mostAtOnce());
        List<URI> requests = IntStream.rangeClosed(1, PAGES)
                .mapToObj(i -> URI.create(pages.get(i % pages.size()).url("/bugs/" + i)))
                .toList();
        ratios.control(
                "  the hosts alone, asked by a plain client: rate / ideal", 1 / alone(requests, CONCURRENCY, ideal));
        assertEquals(List.of(), ratios.broken());
    }

    @Test
    void whatIsDueIsFoundAmongAMillionAsFastAsAmongTenThousand() {
        try (Claims few = new Claims(10_000);
                Claims many = new Claims(1_000_000)) {
            List<Duration> ofFew = new ArrayList<>();
            List<Duration> ofMany = new ArrayList<>();
            for (int i = 0; i < CLAIMS_TO_WARM_UP + CLAIMS; i++) {
                ofFew.add(few.claim());
                ofMany.add(many.claim());
            }
            double small = medianMillis(ofFew);
            double large = medianMillis(ofMany);
            ratios.atMost(
                    "%,d due rows claimed among 1,000,000: time / among 10,000".formatted(Claims.DUE),
                    large / small,
                    1.5);
            ratios.control("  ms among 10,000", small);
            ratios.control("  ms among 1,000,000", large);
            assertFalse((few.log() + many.log()).contains("OutOfMemoryError"));
        }
        assertEquals(List.of(), ratios.broken());
    }

    private static double medianMillis(List<Duration> claims) {
        List<Duration> sorted = claims.stream().skip(CLAIMS_TO_WARM_UP).sorted().toList();
        return sorted.get(sorted.size() / 2).toNanos() / 1e6;
    }

    /** From the first request to when the last row was stored. */
    private Round round(List<PunctualUpstream> upstreams, Runnable makeDue) {
        upstreams.forEach(PunctualUpstream::forget);
        makeDue.run();
        assertFalse(Until.holds(rows::hasStale, stale -> !stale, PATIENCE), rows::failures);
        Instant first = upstreams.stream()
                .map(PunctualUpstream::first)
                .filter(Objects::nonNull)
                .min(Comparator.naturalOrder())
                .orElseThrow();
        return new Round(
                upstreams.stream().mapToInt(PunctualUpstream::requests).sum(),
                upstreams.stream().mapToInt(PunctualUpstream::mostAtOnce).sum(),
                Duration.between(first, rows.lastStored()));
    }

    /** What a client that does nothing with the answers takes, in units of the ideal: the upstream is not what is slow. */
    private static double alone(List<URI> requests, int concurrency, Duration ideal) {
        ExecutorService threads = Executors.newFixedThreadPool(concurrency);
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        try {
            double best = Double.MAX_VALUE;
            for (int i = 0; i < ROUNDS; i++) {
                long begin = System.nanoTime();
                CompletableFuture.allOf(requests.stream()
                                .map(uri -> CompletableFuture.runAsync(() -> get(client, uri), threads))
                                .toArray(CompletableFuture[]::new))
                        .join();
                best = Math.min(best, (double) (System.nanoTime() - begin) / ideal.toNanos());
            }
            return best;
        } finally {
            threads.shutdownNow();
        }
    }

    private static void get(HttpClient client, URI uri) {
        try {
            var answer = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding());
            assertEquals(200, answer.statusCode());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** As large as the pages of trackers are where they have been written with some care. */
    private static String page(URI target) {
        String number = target.getPath().replaceAll("\\D", "");
        return """
                <!DOCTYPE html>
                <html lang="en"><head>
                <meta charset="utf-8">
                <title>Bug %1$s - Tracker</title>
                <meta property="og:title" content="Bug %1$s">
                <meta property="og:description" content="When I press Save twice, the second request comes before the first is answered.">
                <meta property="og:site_name" content="Tracker">
                </head><body>
                %2$s
                </body></html>
                """.formatted(number, PARAGRAPHS);
    }

    private static final String PARAGRAPHS = Stream.generate(
                    () -> "<p>A comment on this bug, of which there are many, and each says much the same.</p>\n")
            .limit(100)
            .collect(Collectors.joining());
}
