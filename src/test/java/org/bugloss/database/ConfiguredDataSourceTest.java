package org.bugloss.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgreSql.class)
class ConfiguredDataSourceTest {

    private final Outage outage = new Outage("it has not been asked for yet");

    @Test
    void whileTheDatabaseIsAwayAConnectionTellsTheVendorAndRefusesWorkAndAfterwardsItWorks(DatabaseSettings settings)
            throws SQLException {
        try (Connection connection = new ConfiguredDataSource(settings.dataSource(), outage).getConnection()) {
            DatabaseMetaData early = connection.getMetaData();
            assertEquals("PostgreSQL", early.getDatabaseProductName());
            assertEquals(12, early.getDatabaseMajorVersion());
            assertTrue(early.supportsBatchUpdates());
            assertFalse(early.getConnection()
                    .createStatement()
                    .executeQuery("select version()")
                    .next());
            assertFalse(connection.isClosed());
            connection.setAutoCommit(false);
            assertTrue(DatabaseAway.isBehind(
                    assertThrows(SQLException.class, () -> connection.prepareStatement("select 1"))));

            outage.end();

            try (var statement = connection.createStatement();
                    var rows = statement.executeQuery("select 42")) {
                rows.next();
                assertEquals(42, rows.getInt(1));
            }
            assertFalse(connection.getAutoCommit());
            assertTrue(connection.getMetaData().getDatabaseMajorVersion() >= 12);
            connection.rollback();
        }
    }

    /** What persistence providers are told before the database is there must be what they are told afterwards. */
    @Test
    void whatIsToldBeforeIsWhatTheDatabaseSays(DatabaseSettings settings) throws Exception {
        try (Connection early = UnopenedConnection.get();
                Connection real = settings.dataSource().getConnection()) {
            for (String question : new String[] {
                "getDatabaseProductName",
                "getDriverName",
                "getDriverMajorVersion",
                "getJDBCMajorVersion",
                "getSQLStateType",
                "getCatalogSeparator",
                "isCatalogAtStart",
                "storesLowerCaseIdentifiers",
                "storesUpperCaseIdentifiers",
                "storesMixedCaseIdentifiers",
                "storesLowerCaseQuotedIdentifiers",
                "storesUpperCaseQuotedIdentifiers",
                "storesMixedCaseQuotedIdentifiers",
                "dataDefinitionCausesTransactionCommit",
                "dataDefinitionIgnoredInTransactions",
                "supportsBatchUpdates",
                "supportsGetGeneratedKeys",
                "supportsNamedParameters",
                "supportsRefCursors",
                "supportsTransactions"
            }) {
                var method = DatabaseMetaData.class.getMethod(question);
                assertEquals(method.invoke(real.getMetaData()), method.invoke(early.getMetaData()), question);
            }
            assertEquals(real.getTransactionIsolation(), early.getTransactionIsolation());
            assertEquals(real.getAutoCommit(), early.getAutoCommit());
        }
    }
}
