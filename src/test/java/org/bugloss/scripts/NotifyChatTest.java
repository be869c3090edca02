package org.bugloss.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The adapter to a chat room as it stands in {@code docker/}, between one who plays Bugloss and a server that plays the room. */
class NotifyChatTest {

    private static final byte[] KEY = "a key of twenty-four bytes".getBytes(StandardCharsets.UTF_8);
    private static final String RESOLVED = "{\"type\":\"bug.resolved\",\"timestamp\":\"2026-11-22T09:00:00Z\",\"data\":"
            + "{\"kind\":\"resolved\",\"bug_id\":\"117\",\"url\":\"http://bugs.example/117\",\"title\":\"<!channel> Crash\","
            + "\"after\":{\"status\":\"closed\"},\"executions\":[\"TE-12\",\"TE-13\"],\"executions_total\":3}}";

    @TempDir
    Path scratch;

    private final List<String> told = new CopyOnWriteArrayList<>();
    private final AtomicInteger status = new AtomicInteger(200);
    private HttpServer room;
    private Process adapter;
    private URI address;

    @BeforeEach
    void start() throws IOException {
        Script.assumeThere("python3");
        room = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        room.createContext("/room", exchange -> {
            told.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        room.start();
        Path secret = Files.writeString(
                scratch.resolve("secret"), "whsec_" + Base64.getEncoder().encodeToString(KEY) + "\n");
        ProcessBuilder builder = new ProcessBuilder("python3", "docker/notify_chat.py")
                .redirectError(scratch.resolve("err").toFile());
        builder.environment().put("NOTIFY_SECRET_FILE", secret.toString());
        builder.environment()
                .put("CHAT_URL", "http://127.0.0.1:" + room.getAddress().getPort() + "/room");
        builder.environment().put("LISTEN", "127.0.0.1:0");
        adapter = builder.start();
        BufferedReader out = adapter.inputReader(StandardCharsets.UTF_8);
        address = URI.create("http://" + out.readLine().replace("listening on ", "") + "/");
    }

    @AfterEach
    void stop() {
        if (adapter != null) {
            adapter.destroyForcibly();
            room.stop(0);
        }
    }

    private static String signature(String id, long seconds, String body) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
        return "v1,"
                + Base64.getEncoder()
                        .encodeToString(
                                mac.doFinal((id + "." + seconds + "." + body).getBytes(StandardCharsets.UTF_8)));
    }

    private int send(String id, Instant at, String signature, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(address)
                .header("webhook-id", id)
                .header("webhook-timestamp", "" + at.getEpochSecond())
                .header("webhook-signature", signature)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return HttpClient.newHttpClient()
                .send(request, BodyHandlers.discarding())
                .statusCode();
    }

    private int signed(String id, Instant at, String body) throws Exception {
        return send(id, at, "v1,other " + signature(id, at.getEpochSecond(), body), body);
    }

    @Test
    void whatIsSignedIsToldOnceAndCallsNobody() throws Exception {
        assertEquals(204, signed("c1", Instant.now(), RESOLVED));
        assertEquals(204, signed("c1", Instant.now(), RESOLVED));

        assertEquals(
                List.of("{\"text\": \"117 is resolved (closed): &lt;!channel&gt; Crash http://bugs.example/117"
                        + " \\u2013 retest TE-12, TE-13 and 1 more\"}"),
                told);
    }

    @Test
    void whatIsNotSignedOrOldIsRefused() throws Exception {
        Instant now = Instant.now();
        Instant old = now.minusSeconds(400);

        assertEquals(401, send("c1", now, signature("c1", now.getEpochSecond(), "{}"), RESOLVED));
        assertEquals(401, send("c2", now, signature("c1", now.getEpochSecond(), RESOLVED), RESOLVED));
        assertEquals(401, send("c1", now, "", RESOLVED));
        assertEquals(401, signed("c1", old, RESOLVED));
        assertEquals(400, signed("c1", now, "[]"));
        assertEquals(List.of(), told);
    }

    @Test
    void whatTheRoomDoesNotTakeIsTriedAgain() throws Exception {
        status.set(500);
        assertEquals(502, signed("c1", Instant.now(), RESOLVED));
        status.set(200);
        assertEquals(204, signed("c1", Instant.now(), RESOLVED));

        assertEquals(2, told.size());
    }
}
