package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What the timer asks of hosts that are in trouble, and that the others do not suffer from it. All of them are well at
 * first, until the details of all bugs are there.
 */
class MannersIT {

    private static final Duration TTL = Duration.ofSeconds(4);
    private static final Duration FAILURE_TTL = Duration.ofSeconds(1);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration WATCHED = Duration.ofSeconds(14);

    /** What a busy machine may be late by. */
    private static final Duration LATE = Duration.ofSeconds(2);

    private static final int PER_HOST = 4;
    private static final int PAGES = 6;
    private static final int BUGS = 250;
    private static final int BATCHES = 3;

    /** Waits are shortened by so much at most. */
    private static final double JITTER = 0.2;

    private static final Pattern LOGGED = Pattern.compile("Refresh round: .* failed, (\\d+) requests, ");

    private static final Route TOO_MANY = Route.status(429, "Retry-After: 30");

    /** A host: how it is in trouble, and how many requests it may get until it is well. */
    private record Host(String name, Upstream upstream, Route trouble, int allowed) {

        List<Instant> requests(String path, Instant since) {
            return upstream.requests(path).stream()
                    .map(Upstream.Request::at)
                    .filter(since::isBefore)
                    .sorted()
                    .toList();
        }

        int requests(Instant since) {
            return (int) upstream.requests().stream()
                    .filter(request -> request.at().isAfter(since))
                    .count();
        }
    }

    @Test
    void hostsInTroubleAreSparedAndTheOthersStayFresh() {
        Host good = new Host("good", Upstream.start("127.0.3.1"), null, 0);
        // The first try of each page, which may all be due at once, and then one request until the host answers.
        int spared = PAGES + tries() - 1;
        List<Host> pages = List.of(
                new Host("hangs", Upstream.start("127.0.3.2"), Route.hanging(), PER_HOST + 2),
                new Host("resets", Upstream.start("127.0.3.3"), Route.reset(), spared),
                new Host("half an answer", Upstream.start("127.0.3.4"), Route.cutOffAtOnce(), spared),
                new Host("500", Upstream.start("127.0.3.5"), Route.status(500), spared),
                // Those that were under way when the first was refused.
                new Host("429", Upstream.start("127.0.3.6"), TOO_MANY, PER_HOST));
        List<Host> systems = List.of(
                new Host("failing", Upstream.start("127.0.3.7"), Route.status(500), BATCHES + tries() - 1),
                new Host("limited", Upstream.start("127.0.3.8"), TOO_MANY, BATCHES));
        List<Host> troubled = Stream.concat(pages.stream(), systems.stream()).toList();
        Stream.concat(Stream.of(good), pages.stream())
                .forEach(host -> host.upstream().on("/*", Route.page("Bug", "")));
        systems.forEach(host -> host.upstream().on("/*", MannersIT::issues));

        try (ServerProcess server = server(good, pages, systems)) {
            List<String> links = new ArrayList<>();
            Stream.concat(Stream.of(good), pages.stream())
                    .forEach(host -> IntStream.range(0, PAGES).forEach(page -> links.add(link(host, "/bugs/" + page))));
            systems.forEach(host ->
                    IntStream.rangeClosed(1, BUGS).forEach(bug -> links.add(link(host, "/issues/" + bug))));
            server.http()
                    .post("/api/link-references", String.join("\n", links), "Content-Type", "application/x-ndjson");
            assertEquals(
                    0, Until.holds(() -> unknown(server), number -> number == 0, Duration.ofSeconds(30)), server::log);

            troubled.forEach(host -> host.upstream().on("/*", host.trouble()));
            Instant begin = Instant.now();
            List<String> rude = new ArrayList<>();
            Until.holds(Instant::now, begin.plus(WATCHED)::isBefore, WATCHED.multipliedBy(2));
            Instant end = Instant.now();
            for (Host host : troubled) {
                int requests = host.requests(begin);
                System.out.printf(
                        "  %-15s %3d requests in %d s, allowed are %d%n",
                        host.name(), requests, WATCHED.toSeconds(), host.allowed());
                if (requests == 0 || requests > host.allowed()) {
                    rude.add(host.name() + ": " + requests + " requests, allowed are 1 to " + host.allowed());
                }
            }
            for (int page = 0; page < PAGES; page++) {
                Duration gap = longestGap(begin, good.requests("/bugs/" + page, begin), end);
                System.out.printf("  good, page %d: asked for every %.1f s at least%n", page, gap.toMillis() / 1000.0);
                if (gap.compareTo(TTL.plus(INTERVAL).plus(LATE)) > 0) {
                    rude.add("page " + page + " of the good host was not asked for in " + gap);
                }
            }
            assertEquals(List.of(), rude);
            int requests = Stream.concat(Stream.of(good), troubled.stream())
                    .mapToInt(host -> host.requests(Instant.EPOCH))
                    .sum();
            int told = LOGGED.matcher(server.log())
                    .results()
                    .mapToInt(line -> Integer.parseInt(line.group(1)))
                    .sum();
            assertTrue(told > 0 && told <= requests, "the log tells of " + told + " requests, there were " + requests);
        } finally {
            good.upstream().close();
            troubled.forEach(host -> host.upstream().close());
        }
    }

    private static ServerProcess server(Host good, List<Host> pages, List<Host> systems) {
        ServerProcess.Builder server = ServerProcess.configured()
                .with("bugloss.details.ttl", String.valueOf(TTL.toSeconds()))
                .with("bugloss.details.failure-ttl", String.valueOf(FAILURE_TTL.toSeconds()))
                .with("bugloss.refresh.interval", String.valueOf(INTERVAL.toSeconds()))
                .with("bugloss.refresh.concurrency-per-host", String.valueOf(PER_HOST))
                .with(
                        "bugloss.outbound.allow",
                        Stream.concat(Stream.of(good), pages.stream())
                                .map(host -> host.upstream().authority())
                                .collect(Collectors.joining(",")))
                .with("bugloss.systems", systems.stream().map(Host::name).collect(Collectors.joining(",")));
        systems.forEach(host -> server.with("bugloss.system." + host.name() + ".tracker", "Redmine")
                .with(
                        "bugloss.system." + host.name() + ".base-url",
                        host.upstream().uri("").toString()));
        return server.start();
    }

    /** How often something that always fails is tried in the time that is watched, at most. */
    private static int tries() {
        int tries = 1;
        double wait = FAILURE_TTL.toMillis();
        for (double at = 0; (at += wait * (1 - JITTER)) < WATCHED.toMillis(); tries++) {
            wait = Math.min(2 * wait, TTL.toMillis());
        }
        return tries;
    }

    private static String link(Host host, String path) {
        return "{\"is_defect\": true, \"url\": \"" + host.upstream().uri(path) + "\"}";
    }

    /** How many bugs there are no details of. */
    private static int unknown(ServerProcess server) {
        return server.http().get("/api/link-references?limit=1000&embed=details").json().getJsonArray("items").stream()
                .map(item -> item.asJsonObject().get("details"))
                .mapToInt(details -> details.toString().contains("\"Bug") ? 0 : 1)
                .sum();
    }

    /** A Redmine's answer to a list of ids, and to one that is asked for alone. */
    private static void issues(Upstream.Request request, Upstream.Connection connection) throws java.io.IOException {
        if (request.query() == null || request.query().isEmpty()) {
            String id = request.path().replaceAll("\\D", "");
            Route.json("{\"issue\": " + issue(id) + "}").answer(request, connection);
            return;
        }
        List<String> ids = Arrays.stream(request.query().split("&"))
                .filter(parameter -> parameter.startsWith("issue_id="))
                .flatMap(parameter -> Arrays.stream(parameter.substring(9).split(",|%2C")))
                .toList();
        Route.json(ids.stream()
                        .map(MannersIT::issue)
                        .collect(Collectors.joining(",", "{\"issues\": [", "], \"total_count\": " + ids.size() + "}")))
                .answer(request, connection);
    }

    private static String issue(String id) {
        return "{\"id\": " + id + ", \"subject\": \"Bug " + id
                + "\", \"status\": {\"name\": \"New\", \"is_closed\": false}}";
    }

    private static Duration longestGap(Instant begin, List<Instant> times, Instant end) {
        Duration longest = Duration.ZERO;
        Instant last = begin;
        for (Instant time : Stream.concat(times.stream(), Stream.of(end)).toList()) {
            Duration gap = Duration.between(last, time);
            longest = gap.compareTo(longest) > 0 ? gap : longest;
            last = time;
        }
        return longest;
    }
}
