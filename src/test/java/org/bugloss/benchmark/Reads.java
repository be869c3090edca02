package org.bugloss.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bugloss.it.Http;
import org.bugloss.it.ServerProcess;
import org.bugloss.it.Suite;
import org.bugloss.it.Wars;

/**
 * A server with so many references and details, all fresh, and with the {@link ConstantResource} beside it, which is told to
 * answer with as many bytes. Close it.
 */
final class Reads implements AutoCloseable {

    /** How many URLs a query has, and how many are asked for by turns where all are to be in memory. */
    static final int QUERIED = 200;

    /** Does not count: while others had their turn, memory has grown too old, and the first to ask read the tables. */
    private static final Duration LEAD_IN = Duration.ofMillis(500);

    static final String TOKEN = "benchmark";
    private static final String SYSTEM = "shop";
    private static final String TRACKER = "Redmine";
    private static final String AUTHORIZATION = "Bearer " + TOKEN;

    /** Shares no divisor with the numbers of details, so that adding it comes by all of them. */
    private static final int STEP = 7_919;

    private final ServerProcess server;
    private final Rows rows;
    private final Load load;
    private final String bugs;
    private final int details;
    private final AtomicInteger number = new AtomicInteger();
    private final String query;
    private final byte[][] gets = new byte[QUERIED][];
    private final byte[][] conditional = new byte[QUERIED][];

    /** One whose timer is off, and which fetches nothing. */
    static Reads undisturbed(int references, int details) {
        return new Reads("https://bugs.example/issues/", references, details, Map.of("bugloss.refresh.interval", "0"));
    }

    /**
     * The same, of a system, and with one more setting.
     *
     * @param key behind {@code bugloss.system.NAME.}
     */
    static Reads ofSystem(int references, int details, String key, String value) {
        return new Reads(
                "https://bugs.example/issues/",
                references,
                details,
                Map.of(
                        "bugloss.refresh.interval",
                        "0",
                        "bugloss.systems",
                        SYSTEM,
                        "bugloss.system." + SYSTEM + ".tracker",
                        TRACKER,
                        "bugloss.system." + SYSTEM + ".base-url",
                        "https://bugs.example",
                        "bugloss.system." + SYSTEM + "." + key,
                        value));
    }

    /** One whose timer is on, with bugs of a server that there is. */
    static Reads refreshed(PunctualUpstream upstream, int references, int details) {
        return new Reads(
                upstream.url("/bugs/"),
                references,
                details,
                Map.of("bugloss.refresh.interval", "1", "bugloss.outbound.allow", upstream.authority()));
    }

    private Reads(String bugs, int references, int details, Map<String, String> settings) {
        this.bugs = bugs;
        this.details = details;
        Map<String, String> database = Suite.current().emptyDatabase();
        ServerProcess.Builder configured = ServerProcess.configured().with(database);
        settings.forEach(configured::with);
        server = configured
                .with("bugloss.tokens", "benchmark:editor:" + sha256(TOKEN))
                .withJavaOptions("-Xmx256m", "-XX:TieredStopAtLevel=4")
                .withWar(Wars.withJarOf(PrimaryKeyExtension.class))
                .withOneMoreWar(Wars.of(
                        "constant.war",
                        ConstantResource.class,
                        ConstantResource.Everything.class,
                        ConstantServlet.class))
                .start();
        server.http();
        rows = new Rows(database);
        rows.fillReads(bugs, references, details);
        if (settings.containsKey("bugloss.systems")) {
            rows.giveTo(SYSTEM, TRACKER);
        }
        load = new Load(server.http().base().getPort());
        query = IntStream.range(0, QUERIED)
                .mapToObj(i -> "\"" + url(i) + "\"")
                .collect(Collectors.joining(",", "{\"urls\":[", "]}"));
        for (int i = 0; i < QUERIED; i++) {
            String target = "/bugloss/api/details?url=" + Http.encoded(url(i));
            gets[i] = Load.get(target, TOKEN);
            String etag =
                    ok(target.substring("/bugloss".length())).header("ETag").orElseThrow();
            conditional[i] = Load.get(target, TOKEN, "If-None-Match: " + etag);
        }
        String one = ok("/api/details?url=" + Http.encoded(url(0))).body();
        Http.Answer many = server.http().post("/api/details/query", query, "Authorization", AUTHORIZATION);
        assertEquals(QUERIED, many.body().split("\"title\":\"Crash").length - 1, many::toString);
        Http constant =
                new Http(URI.create("http://127.0.0.1:" + server.http().base().getPort() + "/constant"));
        constant.put("/brief", one);
        constant.put("/lengthy", many.body());
        assertEquals(one, constant.get("/brief").body());
    }

    /** The same from memory, again and again. */
    Load.Result gets(Duration time) {
        return run(time, this::get);
    }

    /** The same where the client has the answer already. */
    Load.Result notModified(Duration time) {
        return run(time, () -> conditional[number.getAndIncrement() % QUERIED]);
    }

    /** All details, one after the other: more than memory can hold. */
    Load.Result spread(Duration time) {
        return run(time, this::oneOfAll);
    }

    Load.Result primaryKey(Duration time) {
        return run(time, () -> Load.get("/bugloss/api/primary-key?url=" + url(next()), TOKEN));
    }

    Load.Result queries(Duration time) {
        byte[] request = query();
        return run(time, () -> request);
    }

    /** @param which {@code brief} for as many bytes as one answer has, {@code lengthy} for those of a query, {@code bare} for {@link ConstantServlet} */
    Load.Result constant(Duration time, String which) {
        byte[] request = Load.get("/constant/" + which, TOKEN);
        return run(time, () -> request);
    }

    /** Some page of the API, with the query. */
    Load.Result page(Duration time, String target) {
        byte[] request = Load.get("/bugloss" + target, TOKEN);
        return run(time, () -> request);
    }

    /** A mixture of requests, which may fail. */
    Load.Result mixture(Duration time, Supplier<byte[]> requests) {
        return load.run(time, requests);
    }

    /** One of {@link #gets}. */
    byte[] get() {
        return gets[number.getAndIncrement() % QUERIED];
    }

    /** One of {@link #spread}. */
    byte[] oneOfAll() {
        return Load.get("/bugloss/api/details?url=" + url(next()), TOKEN);
    }

    byte[] query() {
        return Load.request("POST", "/bugloss/api/details/query", TOKEN, query);
    }

    /** The URL of a bug, by its number from 0 up. */
    String url(int bug) {
        return bugs + bug;
    }

    /** An answer with status 200. */
    Http.Answer ok(String target) {
        Http.Answer answer = server.http().get(target, "Authorization", AUTHORIZATION);
        assertEquals(200, answer.status(), answer::toString);
        return answer;
    }

    ServerProcess server() {
        return server;
    }

    Rows rows() {
        return rows;
    }

    /** What a token is known by in the configuration. */
    static String sha256(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private int next() {
        return (int) ((long) number.getAndIncrement() * STEP % details);
    }

    private Load.Result run(Duration time, Supplier<byte[]> requests) {
        load.run(LEAD_IN, requests);
        Load.Result result = load.run(time, requests);
        assertNull(result.firstRefused());
        return result;
    }

    @Override
    public void close() {
        rows.close();
        server.close();
    }
}
