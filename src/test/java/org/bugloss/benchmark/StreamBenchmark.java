package org.bugloss.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bugloss.it.Http;
import org.bugloss.it.ServerProcess;
import org.bugloss.it.Suite;
import org.bugloss.it.Until;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Three hundred streams of changes for one token, some of which nobody reads, and a thousand changes at once. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class StreamBenchmark {

    private static final int STREAMS = 300;
    private static final int SILENT = 30;
    private static final int CHANGES = 1_000;
    private static final Duration EACH = Duration.ofSeconds(2);

    /** A server lets one go that takes nothing for half a minute. */
    private static final Duration LET_GO = Duration.ofMinutes(2);

    private static final Duration BETWEEN = Duration.ofMillis(500);

    private static final String[] AUTHORIZED = {"Authorization", "Bearer " + Reads.TOKEN};

    private ServerProcess server;
    private int told;

    @BeforeAll
    void start() {
        server = ServerProcess.configured()
                .with(Suite.current().emptyDatabase())
                .with("bugloss.tokens", "benchmark:editor:" + Reads.sha256(Reads.TOKEN))
                .with("bugloss.refresh.interval", "0")
                .withJavaOptions("-Xmx256m", "-XX:TieredStopAtLevel=4")
                .start();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private static String url(int bug) {
        return "http://10.0.0.3/quick/" + bug;
    }

    private static String override(int bug, boolean isResolved) {
        return "{\"url\": \"" + url(bug) + "\", \"title\": \"Bug " + bug + "\", \"resolved\": " + isResolved + "}";
    }

    /** Changes bugs with one request. */
    private void change(List<Integer> bugs, boolean isResolved) {
        String lines = bugs.stream().map(bug -> override(bug, isResolved)).collect(Collectors.joining("\n"));
        Http.Answer answer = server.http()
                .post(
                        "/api/details/overrides",
                        lines,
                        AUTHORIZED[0],
                        AUTHORIZED[1],
                        "Content-Type",
                        "application/x-ndjson");
        assertEquals(200, answer.status(), answer::toString);
    }

    private String threads() {
        try {
            Process jcmd = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            String.valueOf(server.pid()),
                            "Thread.print")
                    .redirectErrorStream(true)
                    .start();
            return new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long count(String threads) {
        return threads.lines().filter(line -> line.startsWith("\"")).count();
    }

    private static long inStreams(String threads) {
        return Arrays.stream(threads.split("\n\n"))
                .filter(thread -> thread.contains("org.bugloss.feed."))
                .count();
    }

    private int open() {
        return server.http()
                .get("/api/metrics", AUTHORIZED)
                .body()
                .lines()
                .filter(line -> line.startsWith("bugloss_changes_listeners"))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .mapToInt(number -> (int) Double.parseDouble(number))
                .findFirst()
                .orElseThrow();
    }

    /** How many are open, once those that ended are open again. */
    private int openAfter(Streams streams) {
        streams.goOn(BETWEEN);
        return open();
    }

    /** @return how long after its answer the last stream had the change */
    private Duration everywhere(Streams streams, List<Integer> bugs, boolean isResolved, Duration atMost) {
        told += bugs.size();
        CompletableFuture<Long> answered = CompletableFuture.supplyAsync(() -> {
            change(bugs, isResolved);
            return System.nanoTime();
        });
        return streams.awaitAll(told, answered, atMost);
    }

    @Test
    void whoDoesNotReadHoldsNoThreadAndHoldsNobodyUp() throws IOException {
        List<Integer> one = List.of(CHANGES);
        List<Integer> thousand = IntStream.range(0, CHANGES).boxed().toList();
        // The first of each is no change.
        change(one, false);
        change(thousand, false);
        String before = threads();
        long empty = Heap.alive(server.pid());
        try (Streams streams = Streams.open(server.http().base(), AUTHORIZED[1], STREAMS, SILENT)) {
            String idle = threads();
            assertEquals(STREAMS, open());
            assertEquals(0, inStreams(idle), idle);
            everywhere(streams, thousand, true, LET_GO);

            Duration single = everywhere(streams, one, true, EACH);
            Duration burst = everywhere(streams, thousand, false, EACH);

            int bursts = 2;
            Duration slowest = burst;
            // The system's own buffers take some megabytes before anybody notices that nobody reads.
            for (long begin = System.nanoTime();
                    openAfter(streams) > STREAMS - SILENT && System.nanoTime() - begin < LET_GO.toNanos();
                    bursts++) {
                Duration more = everywhere(streams, thousand, bursts % 2 == 0, LET_GO);
                slowest = more.compareTo(slowest) > 0 ? more : slowest;
            }
            int left = openAfter(streams);
            String busy = threads();
            long full = Heap.alive(server.pid());
            System.out.printf(
                    "%s: %d streams of one token, %d of which nobody reads: %d threads, %d before, %d behind %d times %,d changes,"
                            + " none of them in a stream; live heap %d MB, %d before%nThe last of the others had one change %d ms"
                            + " after it was answered, and %,d changes %d ms, at most %d (the slowest of all %d ms); %d are open"
                            + " then, and %d were opened again%n",
                    Suite.current().server(),
                    STREAMS,
                    SILENT,
                    count(idle),
                    count(before),
                    count(busy),
                    bursts,
                    CHANGES,
                    full >> 20,
                    empty >> 20,
                    single.toMillis(),
                    CHANGES,
                    burst.toMillis(),
                    EACH.toMillis(),
                    slowest.toMillis(),
                    left,
                    streams.openedAgain());
            assertEquals(0, inStreams(busy), busy);
            assertEquals(STREAMS - SILENT, left);
        }
        assertFalse(server.log().contains("OutOfMemoryError"), "out of memory");
        assertEquals(0, Until.holds(this::open, number -> number == 0, LET_GO), "those who left are found out");
    }
}
