package org.bugloss.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bugloss.it.Http;
import org.bugloss.it.ServerProcess;
import org.bugloss.it.Suite;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * A tracker that tells of a thousand changes a second, and callers who look up meanwhile. Both come by the clock, and how long
 * each took counts from when it should have been sent, so that nobody waits with asking while the server is slow. Half of what
 * it is compared with is measured before, half behind it. Requests are made beforehand and sent on plain sockets: whoever asks
 * shares the processors with whoever answers, and what that took is printed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class HookBenchmark {

    private static final String SECRET = "benchmark";
    private static final int BUGS = 1_000;
    private static final int LOOKUPS = 200;
    private static final int HOOKS = 1_000;
    private static final int CONNECTIONS = 10;

    /** As trackers send: each message by itself, and not one behind the other. */
    private static final int SENDERS = 100;

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HALF_A_MINUTE = Duration.ofSeconds(30);
    /** The compiler is busy for that long, and would be measured with the rest. */
    private static final Duration WARM_UP = Duration.ofSeconds(45);

    /** So long after the last hook what they named has been asked for, which is no part of what it is compared with. */
    private static final Duration REST = Duration.ofSeconds(10);

    private final RedmineBugs bugs = new RedmineBugs(BUGS);
    private final PunctualUpstream redmine = PunctualUpstream.start("127.0.5.1", "application/json", bugs);
    private ServerProcess server;
    private List<byte[]> lookups = List.of();
    private List<byte[]> hooks = List.of();

    @BeforeAll
    void start() {
        server = ServerProcess.configured()
                .with(Suite.current().emptyDatabase())
                .with("bugloss.systems", "redmine")
                .with("bugloss.system.redmine.tracker", "Redmine")
                .with("bugloss.system.redmine.base-url", redmine.url("/redmine"))
                .with("bugloss.system.redmine.hook-secret", SECRET)
                .with("bugloss.details.ttl", "86400")
                .with("bugloss.refresh.interval", "0")
                .withJavaOptions("-Xmx256m", "-XX:TieredStopAtLevel=4", "-XX:-UseSerialGC", "-XX:+UseG1GC")
                .start();
        String links = IntStream.rangeClosed(1, BUGS)
                .mapToObj(bug -> "{\"is_defect\": true, \"url\": \"" + url(bug) + "\"}")
                .collect(Collectors.joining("\n"));
        server.http().post("/api/link-references", links, "Content-Type", "application/x-ndjson");
        String first = IntStream.rangeClosed(1, 500)
                .mapToObj(bug -> "\"" + url(bug) + "\"")
                .collect(Collectors.joining(",", "{\"urls\": [", "], \"wait\": 5}"));
        server.http().post("/api/details/query", first);
        server.http().post("/api/details/query", first.replace("/issues/", "/issues/50"));
        lookups = IntStream.range(0, 500).mapToObj(this::lookup).toList();
        hooks = IntStream.range(0, BUGS).mapToObj(this::hook).toList();
    }

    @AfterAll
    void stop() {
        boolean outOfMemory = server.log().contains("OutOfMemoryError");
        server.close();
        redmine.close();
        assertTrue(!outOfMemory, "out of memory");
    }

    private String url(int bug) {
        return redmine.url("/redmine/issues/" + bug);
    }

    private byte[] lookup(int number) {
        String target = server.http().base().getPath() + "/api/details?url=" + Http.encoded(url(1 + number));
        return ("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private byte[] hook(int number) {
        byte[] body = ("{\"type\":\"issue.updated\",\"timestamp\":\"2026-11-28T10:00:00Z\",\"data\":{\"issue\":{\"id\":"
                        + (1 + number * 7919 % BUGS) + ",\"subject\":\"" + "x".repeat(2_000) + "\"}}}")
                .getBytes(StandardCharsets.UTF_8);
        byte[] head = ("POST " + server.http().base().getPath() + "/api/hooks/redmine HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                        + "Content-Type: application/json\r\nX-Redmine-Signature-256: sha256=" + signature(body)
                        + "\r\nContent-Length: " + body.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, all, head.length, body.length);
        return all;
    }

    private static String signature(byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How long each request took, from when it should have been sent. */
    private List<Future<long[]>> paced(
            ExecutorService threads, Duration time, int perSecond, int connections, int status, List<byte[]> requests) {
        long begin = System.nanoTime();
        return IntStream.range(0, connections)
                .mapToObj(first -> threads.submit(() -> {
                    long between = 1_000_000_000L * connections / perSecond;
                    int number = (int) (time.toNanos() / between);
                    long[] took = new long[number];
                    try (Socket socket = new Socket(
                            InetAddress.getLoopbackAddress(),
                            server.http().base().getPort())) {
                        socket.setTcpNoDelay(true);
                        InputStream answers = new BufferedInputStream(socket.getInputStream());
                        for (int i = 0; i < number; i++) {
                            long at = begin + i * between + first * between / connections;
                            while (System.nanoTime() < at) {
                                LockSupport.parkNanos(at - System.nanoTime());
                            }
                            socket.getOutputStream().write(requests.get((i * connections + first) % requests.size()));
                            assertEquals(status, answer(answers));
                            took[i] = System.nanoTime() - at;
                        }
                    }
                    return took;
                }))
                .toList();
    }

    /** Reads an answer to its end, and says its status. */
    private static int answer(InputStream in) throws IOException {
        String first = line(in);
        int length = -1;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            if (header.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                length = Integer.parseInt(header.substring(15).strip());
            }
        }
        if (length >= 0) {
            in.skipNBytes(length);
        } else {
            for (int chunk = Integer.parseInt(line(in), 16); chunk > 0; chunk = Integer.parseInt(line(in), 16)) {
                in.skipNBytes(chunk + 2);
            }
            line(in);
        }
        return Integer.parseInt(first.substring(9, 12));
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the server closed the connection");
            }
            line.append((char) c);
        }
        return line.toString().strip();
    }

    private static long[] all(List<Future<long[]>> parts) {
        return parts.stream()
                .flatMapToLong(part -> {
                    try {
                        return LongStream.of(part.get());
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                })
                .sorted()
                .toArray();
    }

    private static double millis(long[] sorted, int percent) {
        return sorted[sorted.length * percent / 100] / 1e6;
    }

    private static Duration cpu(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElse(Duration.ZERO);
    }

    @Test
    void aThousandHooksASecondHardlySlowLookupsDown() {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            all(paced(threads, WARM_UP, LOOKUPS, CONNECTIONS, 200, lookups));
            all(paced(threads, WARM_UP, HOOKS, SENDERS, 202, hooks));
            all(paced(threads, REST, LOOKUPS, CONNECTIONS, 200, lookups));
            List<Future<long[]>> without =
                    new ArrayList<>(paced(threads, HALF_A_MINUTE, LOOKUPS, CONNECTIONS, 200, lookups));
            all(without);
            int asked = redmine.requests();
            Duration served = cpu(server.pid());
            Duration sent = cpu(ProcessHandle.current().pid());
            List<Future<long[]>> with = paced(threads, MINUTE, LOOKUPS, CONNECTIONS, 200, lookups);
            long[] told = all(paced(threads, MINUTE, HOOKS, SENDERS, 202, hooks));
            long[] slowed = all(with);
            served = cpu(server.pid()).minus(served);
            sent = cpu(ProcessHandle.current().pid()).minus(sent);
            asked = redmine.requests() - asked;
            all(paced(threads, REST, LOOKUPS, CONNECTIONS, 200, lookups));
            without.addAll(paced(threads, HALF_A_MINUTE, LOOKUPS, CONNECTIONS, 200, lookups));
            long[] free = all(without);
            double ratio = millis(slowed, 99) / millis(free, 99);
            System.out.printf(
                    "%,d hooks a second for a minute, %,d of them answered, median %.1f ms, 99th percentile %.1f ms; %,d requests to"
                            + " the tracker%n%d lookups a second: median %.1f ms, 99th percentile %.1f ms; without hooks %.1f ms, %.1f"
                            + " ms: %.2f times, at most 2%nOn %d processors the server took %d s, whoever asks %d s%n",
                    HOOKS,
                    told.length,
                    millis(told, 50),
                    millis(told, 99),
                    asked,
                    LOOKUPS,
                    millis(slowed, 50),
                    millis(slowed, 99),
                    millis(free, 50),
                    millis(free, 99),
                    ratio,
                    Runtime.getRuntime().availableProcessors(),
                    served.toSeconds(),
                    sent.toSeconds());
            assertTrue(millis(told, 50) < 1_000, "it does not keep up with the hooks");
            assertTrue(ratio <= 2, () -> "the 99th percentile of lookups is " + ratio + " times that without hooks");
        } finally {
            threads.shutdownNow();
        }
    }
}
