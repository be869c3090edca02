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
 * answer with as many bytes. Its timer is off. Close it.
 */
final class Reads implements AutoCloseable {

    /** How many URLs a query has, and how many are asked for by turns where all are to be in memory. */
    static final int QUERIED = 200;

    static final String TOKEN = "benchmark";
    private static final String AUTHORIZATION = "Bearer " + TOKEN;

    /** Shares no divisor with the numbers of details, so that adding it comes by all of them. */
    private static final int STEP = 7_919;

    private final ServerProcess server;
    private final Rows rows;
    private final Load load;
    private final int details;
    private final AtomicInteger number = new AtomicInteger();
    private final String query;
    private final byte[][] gets = new byte[QUERIED][];
    private final byte[][] conditional = new byte[QUERIED][];

    Reads(int references, int details) {
        this.details = details;
        Map<String, String> database = Suite.current().emptyDatabase();
        server = ServerProcess.configured()
                .with(database)
                .with("bugloss.refresh.interval", "0")
                .with("bugloss.tokens", "benchmark:editor:" + sha256(TOKEN))
                .withJavaOptions("-Xmx256m", "-XX:TieredStopAtLevel=4")
                .withWar(Wars.withJarOf(PrimaryKeyExtension.class))
                .withOneMoreWar(Wars.of("constant.war", ConstantResource.class, ConstantResource.Everything.class))
                .start();
        server.http();
        rows = new Rows(database);
        rows.fillReads(references, details);
        load = new Load(server.http().base().getPort());
        query = IntStream.range(0, QUERIED)
                .mapToObj(i -> "\"" + Rows.url(i) + "\"")
                .collect(Collectors.joining(",", "{\"urls\":[", "]}"));
        for (int i = 0; i < QUERIED; i++) {
            String target = "/bugloss/api/details?url=" + Http.encoded(Rows.url(i));
            gets[i] = Load.get(target, TOKEN);
            String etag =
                    ok(target.substring("/bugloss".length())).header("ETag").orElseThrow();
            conditional[i] = Load.get(target, TOKEN, "If-None-Match: " + etag);
        }
        String one = ok("/api/details?url=" + Http.encoded(Rows.url(0))).body();
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
        return run(time, () -> gets[number.getAndIncrement() % QUERIED]);
    }

    /** The same where the client has the answer already. */
    Load.Result notModified(Duration time) {
        return run(time, () -> conditional[number.getAndIncrement() % QUERIED]);
    }

    /** All details, one after the other: more than memory can hold. */
    Load.Result spread(Duration time) {
        return run(time, () -> Load.get("/bugloss/api/details?url=" + Rows.url(next()), TOKEN));
    }

    Load.Result primaryKey(Duration time) {
        return run(time, () -> Load.get("/bugloss/api/primary-key?url=" + Rows.url(next()), TOKEN));
    }

    Load.Result queries(Duration time) {
        byte[] request = Load.request("POST", "/bugloss/api/details/query", TOKEN, query);
        return run(time, () -> request);
    }

    /** @param which {@code brief} for as many bytes as one answer has, {@code lengthy} for those of a query */
    Load.Result constant(Duration time, String which) {
        byte[] request = Load.get("/constant/" + which, TOKEN);
        return run(time, () -> request);
    }

    /** Some page of the API, with the query. */
    Load.Result page(Duration time, String target) {
        byte[] request = Load.get("/bugloss" + target, TOKEN);
        return run(time, () -> request);
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
