package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RestartIT {

    private static final int DEFECTS = 12;

    private final Upstream upstream = Upstream.shared();

    @Test
    void aServerThatIsKilledInTheMiddleOfARoundLosesNothingAndLeavesNothingStuck() {
        CountDownLatch held = new CountDownLatch(1);
        for (int i = 0; i < DEFECTS; i++) {
            upstream.on("/quick/killed/" + i, Route.page("Before " + i, ""));
        }
        try (ServerProcess server = ServerProcess.configured().start()) {
            for (int i = 0; i < DEFECTS; i++) {
                Http.Answer recorded = server.http()
                        .post(
                                "/api/link-references",
                                "{\"url\": \"" + upstream.uri("/quick/killed/" + i) + "\", \"is_defect\": true}");
                assertEquals(201, recorded.status(), recorded::toString);
                details(server, i);
            }
            JsonObject override = server.http()
                    .put(path(0), "{\"title\": \"Ours\", \"ttl\": 3600}")
                    .json();
            for (int i = 0; i < DEFECTS; i++) {
                int number = i;
                upstream.on("/quick/killed/" + i, (request, connection) -> {
                    await(held);
                    Route.page("After " + number, "").answer(request, connection);
                });
            }
            int before = hits();
            assertTrue(Until.holds(this::hits, now -> now > before, Duration.ofSeconds(20)) > before);

            server.kill();
            held.countDown();
            server.start();

            assertEquals("Ours", details(server, 0).getString("title"));
            assertEquals(override.getString("expires_at"), details(server, 0).getString("expires_at"));
            for (int i = 1; i < DEFECTS; i++) {
                int number = i;
                JsonObject after = Until.holds(
                        () -> details(server, number),
                        json -> json.getString("title").startsWith("After"),
                        Duration.ofSeconds(20));
                assertEquals("After " + i, after.getString("title"));
            }
            assertEquals(
                    DEFECTS,
                    server.http()
                            .get("/api/link-references?is_defect=true")
                            .json()
                            .getJsonArray("items")
                            .size());
        }
    }

    private int hits() {
        return IntStream.range(0, DEFECTS)
                .map(i -> upstream.hits("/quick/killed/" + i))
                .sum();
    }

    private String path(int i) {
        return "/api/details?url=" + Http.encoded(upstream.uri("/quick/killed/" + i));
    }

    private JsonObject details(ServerProcess server, int i) {
        return server.http().get(path(i)).json();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whatFailsInATransactionIsRolledBack() {
        try (ServerProcess server = ServerProcess.configured()
                .withWar(Wars.withJarOf(RowsExtension.class, RowsTimer.class))
                .start()) {
            assertEquals(204, server.http().post("/api/rows", "").status());
            assertEquals(500, server.http().post("/api/rows/failing", "").status());
            assertEquals(
                    204,
                    server.http().post("/api/rows/failing-behind-an-ejb", "").status());
            assertEquals("1", server.http().get("/api/rows").body());
        }
    }

    @Test
    void aWrongDatabaseUrlStopsTheDeploymentWithOneClearLine() {
        try (ServerProcess server = ServerProcess.configured()
                .with("bugloss.db.url", "jdbc:mysql://db/bugloss?password=s3cret")
                .start()) {
            assertFalse(server.isDeployed());
            assertTrue(
                    server.log()
                            .lines()
                            .anyMatch(
                                    line -> line.endsWith(
                                            "Bugloss can't start: bugloss.db.url=jdbc:mysql://db/bugloss: must begin with jdbc:h2: or jdbc:postgresql:")),
                    server::log);
            assertFalse(server.log().contains("s3cret"), server::log);
        }
    }
}
