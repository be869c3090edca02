package org.bugloss.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.bugloss.configuration.TestKeys;
import org.bugloss.configuration.WrongConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgreSql.class)
class AwaitedMigrationTest {

    private static final Logger LOGGER = Logger.getLogger(DatabaseWatch.class.getName());

    private final Outage outage = new Outage("it has not been asked for yet");
    private final Deque<Throwable> failures = new ArrayDeque<>();
    private final AwaitedMigration migration = new AwaitedMigration("db", this::migrate, outage, 1);
    private final List<String> log = new ArrayList<>();
    private final Handler handler = new Handler() {

        @Override
        public void publish(LogRecord line) {
            if (line.getLevel() == Level.WARNING) {
                log.add(line.getMessage());
            }
        }

        @Override
        public void flush() {
            // Nothing is kept back.
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    };

    @BeforeEach
    void listen() {
        LOGGER.addHandler(handler);
    }

    @AfterEach
    void listenNoMore() {
        LOGGER.removeHandler(handler);
        // Of the test of it.
        Thread.interrupted();
    }

    private void migrate() {
        Throwable failure = failures.poll();
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw new IllegalStateException("cannot migrate", failure);
        }
    }

    private static SQLException refused(String state, String message) {
        return new SQLException(message, state);
    }

    @Test
    void aDatabaseThatIsThereIsMigratedAtOnce() {
        assertTrue(migration.isDoneAtOnce());

        assertFalse(outage.isOn());
        assertEquals(List.of(), log);
    }

    @Test
    void aDatabaseThatIsAwayIsWaitedForAndEachReasonIsOneLine() {
        SQLException away = refused("08001", "Connection refused\nSecond line");
        failures.addAll(List.of(
                away,
                away,
                away,
                refused("57P03", "the database system is starting up"),
                refused("28P01", "password authentication failed"),
                refused("42601", "syntax error"),
                new NoClassDefFoundError("org/flywaydb/Something")));

        assertFalse(migration.isDoneAtOnce());
        assertTrue(outage.isOn());
        assertTrue(migration.isDoneAtLast());

        assertFalse(outage.isOn());
        assertEquals(
                List.of(
                        "The database is away: db: Connection refused. Until then: 503",
                        "The database is away: db: the database system is starting up. Until then: 503",
                        "The database is away: db: password authentication failed. Until then: 503",
                        "The database cannot be migrated: db: syntax error. Until then: 503",
                        "The database cannot be migrated: db: org/flywaydb/Something. Until then: 503"),
                log);
    }

    @Test
    void anotherNodeThatTakesItsTimeIsWaitedFor() {
        failures.add(refused("55P03", "canceling statement due to lock timeout"));

        assertFalse(migration.isDoneAtOnce());
        assertTrue(outage.isOn());
    }

    @Test
    void aScriptThatFailsStopsTheDeployment() {
        SQLException failure = refused("42601", "syntax error");
        failures.add(failure);

        assertSame(
                failure,
                assertThrows(IllegalStateException.class, migration::isDoneAtOnce)
                        .getCause());
    }

    @Test
    void whoeverEndsTheApplicationWaitsForNothing() {
        failures.add(refused("08001", "Connection refused"));
        migration.isDoneAtOnce();

        Thread.currentThread().interrupt();

        assertFalse(migration.isDoneAtLast());
        assertTrue(outage.isOn());
    }

    @Test
    void aDatabaseThatRefusesTheUserStopsTheDeploymentWithOneLine(DatabaseSettings settings) {
        DatabaseSettings other = new DatabaseSettings(
                settings.vendor(), settings.url(), Optional.of("nobody_here"), Optional.of("s3cret"));

        WrongConfiguration wrong = assertThrows(WrongConfiguration.class, migrationOf(other, outage)::isDoneAtOnce);

        assertEquals(
                "bugloss.db.user, bugloss.db.password: " + other
                        + " does not let us in: FATAL: role \"nobody_here\" does not exist",
                wrong.getMessage());
    }

    @Test
    void aDatabaseThatIsAwayIsNamedByHostAndNameWithoutThePassword() throws IOException {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        String url = "jdbc:postgresql://127.0.0.1:" + port + "/bugs";
        DatabaseSettings settings = DatabaseSettings.from(
                TestKeys.keys("bugloss.db.url", url, "bugloss.db.user", "ann", "bugloss.db.password", "s3cret"));

        assertFalse(migrationOf(settings, outage).isDoneAtOnce());

        assertEquals(1, log.size());
        assertTrue(
                log.get(0)
                        .startsWith("The database is away: " + url + " as ann: Connection to 127.0.0.1:" + port
                                + " refused."),
                () -> log.get(0));
        assertFalse(log.get(0).contains("s3cret"));
    }

    @Test
    void aHostWithoutAnAddressIsNamed() {
        SQLException failure =
                new SQLException("The connection attempt failed.", "08001", new UnknownHostException("db.example"));

        assertEquals(
                "The connection attempt failed. (UnknownHostException: db.example)",
                AwaitedMigration.reason(new IllegalStateException(failure)));
    }

    private static AwaitedMigration migrationOf(DatabaseSettings settings, Outage outage) {
        return new AwaitedMigration(settings.toString(), () -> Migration.run(settings), outage, 1);
    }
}
