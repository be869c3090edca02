package org.bugloss.database;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.ds.PGSimpleDataSource;

@ExtendWith(PostgreSql.class)
class PulseTest {

    private static final int SOON_SECONDS = 10;

    private final Outage outage = new Outage();

    private PGSimpleDataSource source;
    private int port;
    private Pulse pulse;
    private Connection connection;

    @BeforeEach
    void open(DatabaseSettings settings) throws SQLException {
        source = (PGSimpleDataSource) settings.dataSource();
        port = source.getPortNumbers()[0];
        pulse = new Pulse(source, outage, 1);
        connection = LastingConnection.from(source, outage, 0);
    }

    @AfterEach
    void close() throws SQLException {
        pulse.close();
        connection.close();
    }

    private void moveTo(int otherPort) {
        source.setPortNumbers(new int[] {otherPort});
    }

    private static void select(Connection connection, String what) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("select " + what);
        }
    }

    /** Ends every connection to the database, as its restart does. */
    private void terminateAll() throws SQLException {
        try (var other = source.getConnection();
                var statement = other.createStatement()) {
            statement.execute("select pg_terminate_backend(pid, 10000) from pg_stat_activity"
                    + " where datname = current_database() and pid <> pg_backend_pid()");
        }
    }

    @Test
    void aDatabaseThatAnswersIsThereAlsoAfterItsRestart() throws SQLException {
        pulse.feel();
        terminateAll();
        pulse.feel();

        assertFalse(outage.isOn());
    }

    @Test
    void aDatabaseThatRefusesConnectionsIsAwayUntilItTakesThem() throws Exception {
        pulse.feel();
        terminateAll();
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            moveTo(closed.getLocalPort());
        }
        pulse.feel();
        assertTrue(outage.isOn());
        assertTrue(DatabaseAway.isBehind(assertThrows(SQLException.class, () -> select(connection, "1"))));

        moveTo(port);
        pulse.feel();
        assertFalse(outage.isOn());
        assertDoesNotThrow(() -> select(connection, "1"));
    }

    @Test
    void aDatabaseThatDoesNotLetUsInIsAway() {
        source.setUser("nobody_here");
        pulse.feel();

        assertTrue(outage.isOn());
    }

    @Test
    void aDatabaseThatHasNoMoreConnectionsIsThere() {
        new Pulse(failing(new SQLException("sorry, too many clients already", "53300")), outage, 1).feel();

        assertFalse(outage.isOn());
    }

    @Test
    void aDatabaseThatFailsWithoutAWordIsAway() {
        new Pulse(failing(new SQLException()), outage, 1).feel();

        assertTrue(outage.isOn());
    }

    @Test
    void whatFailsWithoutAWordReachesThePoolAsItIs() {
        SQLException failure = new SQLException();

        assertSame(
                failure,
                assertThrows(SQLException.class, new ConfiguredDataSource(failing(failure), outage)::getConnection));
    }

    private static DataSource failing(SQLException failure) {
        return new PGSimpleDataSource() {
            @Override
            public Connection getConnection() throws SQLException {
                throw failure;
            }
        };
    }

    @Test
    void workThatWaitsIsBrokenOffWhenTheDatabaseGoesAway() throws Exception {
        CompletableFuture<Void> work = CompletableFuture.runAsync(() -> {
            try {
                select(connection, "pg_sleep(30)");
            } catch (SQLException e) {
                throw new CompletionException(e);
            }
        });
        assertThrows(TimeoutException.class, () -> work.get(500, TimeUnit.MILLISECONDS));

        outage.begin("hangs");

        assertThrows(ExecutionException.class, () -> work.get(SOON_SECONDS, TimeUnit.SECONDS));
        outage.end();
        assertDoesNotThrow(() -> select(connection, "1"));
    }

    @Test
    void nobodyWaitsForAConnectionToADatabaseThatWentAwayMeanwhile() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            moveTo(silent.getLocalPort());
            source.setLoginTimeout(60);
            CompletableFuture<Connection> opening = CompletableFuture.supplyAsync(() -> opened(source));
            assertThrows(TimeoutException.class, () -> opening.get(500, TimeUnit.MILLISECONDS));

            outage.begin("hangs");

            ExecutionException failure =
                    assertThrows(ExecutionException.class, () -> opening.get(SOON_SECONDS, TimeUnit.SECONDS));
            assertTrue(DatabaseAway.isBehind(failure));
        }
    }

    private Connection opened(DataSource from) {
        try {
            return outage.open(from);
        } catch (SQLException e) {
            throw new CompletionException(e);
        }
    }
}
