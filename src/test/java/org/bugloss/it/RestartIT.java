package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RestartIT {

    @Test
    void whatWasAnsweredIsStillThereAfterTheServerWasKilled() {
        try (ServerProcess server = ServerProcess.configured()
                .withWar(Wars.withJarOf(RowsExtension.class))
                .start()) {
            assertEquals(204, server.http().post("/api/rows", "").status());

            server.kill();
            server.start();

            assertEquals("1", server.http().get("/api/rows").body());

            assertEquals(500, server.http().post("/api/rows/failing", "").status());
            assertEquals("1", server.http().get("/api/rows").body(), "the container's transaction was rolled back");
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
                            .anyMatch(line -> line.endsWith("bugloss.db.url is jdbc:mysql://db/bugloss: allowed are"
                                    + " URLs that begin with jdbc:h2: or jdbc:postgresql:")),
                    server::log);
            assertFalse(server.log().contains("s3cret"), server::log);
        }
    }
}
