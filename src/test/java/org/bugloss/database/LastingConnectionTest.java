package org.bugloss.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgreSql.class)
class LastingConnectionTest {

    private final Outage outage = new Outage();

    private DataSource source;
    private Connection connection;

    @BeforeEach
    void open(DatabaseSettings settings) throws SQLException {
        source = settings.dataSource();
        connection = LastingConnection.from(source, outage, 0);
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
    }

    @Test
    void deadOnesAreReplacedBeforeWorkBegins() throws SQLException {
        int first = process();
        terminate(first);

        assertNotEquals(first, process());
    }

    @Test
    void deadOnesAreReplacedBeforeATransactionBegins() throws SQLException {
        connection.setAutoCommit(false);
        int first = process();
        connection.commit();
        terminate(first);

        assertNotEquals(first, process());
        assertFalse(connection.getAutoCommit());
    }

    @Test
    void livingOnesAreKept() throws SQLException {
        assertEquals(process(), process());
    }

    @Test
    void theNewOneIsSetUpLikeTheOld() throws SQLException {
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        connection.setReadOnly(true);
        terminate(process());

        process();

        assertEquals(Connection.TRANSACTION_SERIALIZABLE, connection.getTransactionIsolation());
        assertTrue(connection.isReadOnly());
    }

    @Test
    void aPoolMaySetUpADeadOneAndItsNextWorkIsInATransaction() throws SQLException {
        int first = process();
        terminate(first);
        assertFalse(connection.isValid(5));

        connection.setAutoCommit(false);
        connection.setReadOnly(true);

        int second = process();
        assertNotEquals(first, second);
        assertEquals("idle in transaction", stateOf(second));
        assertTrue(connection.isReadOnly());
    }

    @Test
    void nothingIsLeftToBeEndedOnADeadOneOnWhichNothingWasDone() throws SQLException {
        connection.setAutoCommit(false);
        terminate(process());
        assertThrows(SQLException.class, connection::commit, "work was lost");

        connection.rollback();
        connection.commit();
    }

    @Test
    void noneIsReplacedWithinATransaction() throws SQLException {
        connection.setAutoCommit(false);
        terminate(process());

        assertThrows(SQLException.class, this::process);
        assertThrows(SQLException.class, this::process, "half of a transaction must not go on elsewhere");
    }

    @Test
    void workGoesOnAfterATransactionThatDied() throws SQLException {
        connection.setAutoCommit(false);
        int first = process();
        terminate(first);
        assertThrows(SQLException.class, this::process);
        assertThrows(SQLException.class, connection::rollback);

        assertNotEquals(first, process());
    }

    @Test
    void askingWhetherItLivesBeginsNoTransaction() throws SQLException {
        int process = process();
        connection.setAutoCommit(false);
        connection.createStatement().close();

        assertEquals("idle", stateOf(process));
    }

    @Test
    void aClosedOneStaysClosed() throws SQLException {
        connection.close();

        assertTrue(connection.isClosed());
        assertThrows(SQLException.class, this::process);
    }

    private int process() throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("select pg_backend_pid()")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    /** Returns when the process has ended. */
    private void terminate(int process) throws SQLException {
        ask("select pg_terminate_backend(" + process + ", 10000)::text");
    }

    private String stateOf(int process) throws SQLException {
        return ask("select state from pg_stat_activity where pid = " + process);
    }

    private String ask(String sql) throws SQLException {
        try (var other = source.getConnection();
                var statement = other.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
