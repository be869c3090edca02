package org.bugloss.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Map;
import org.bugloss.it.Http;
import org.bugloss.it.ServerProcess;
import org.bugloss.it.Suite;
import org.bugloss.it.Wars;

/**
 * A server with so many references, a thousand of them due and scattered among the others, that finds and claims those
 * when it is told to: its timer is off. Close it.
 */
final class Claims implements AutoCloseable {

    static final int DUE = 1_000;

    private final ServerProcess server;
    private final Rows rows;

    Claims(int references) {
        Map<String, String> database = Suite.current().emptyDatabase();
        server = ServerProcess.configured()
                .with(database)
                .with("bugloss.refresh.interval", "0")
                .withJavaOptions("-Xmx256m", "-XX:TieredStopAtLevel=4")
                .withWar(Wars.withJarOf(ClaimsExtension.class))
                .start();
        server.http();
        rows = new Rows(database);
        rows.fill(references, DUE);
    }

    /** How long the server takes, commit included; all is due again before. */
    Duration claim() {
        rows.makeChosenDue();
        Http.Answer answer = server.http().post("/api/claims", "");
        assertEquals(200, answer.status(), answer::toString);
        String[] result = answer.body().split(" ");
        assertEquals(DUE, Integer.parseInt(result[0]));
        return Duration.ofNanos(Long.parseLong(result[1]));
    }

    /** What the server has logged. */
    String log() {
        return server.log();
    }

    @Override
    public void close() {
        rows.close();
        server.close();
    }
}
