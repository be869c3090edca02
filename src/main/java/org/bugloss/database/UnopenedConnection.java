package org.bugloss.database;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Stands for a connection to PostgreSQL that is yet to be opened. It counts as closed, and knows by itself what servers ask
 * when they deploy: persistence units come up before anything of ours does, and a persistence provider that cannot learn
 * the vendor and the version fails the deployment for good.
 *
 * <p>The version is the oldest that is supported, so that the SQL that providers make of it suits every other one.
 */
final class UnopenedConnection implements InvocationHandler {

    private static final int OLDEST_MAJOR_VERSION = 12;

    /** As the driver has it; of what it does not say here, nothing of ours depends. */
    private static final Map<String, Object> OF_DATABASE = Map.ofEntries(
            Map.entry("getDatabaseProductName", "PostgreSQL"),
            Map.entry("getDatabaseProductVersion", OLDEST_MAJOR_VERSION + ".0"),
            Map.entry("getDatabaseMajorVersion", OLDEST_MAJOR_VERSION),
            Map.entry("getDriverName", "PostgreSQL JDBC Driver"),
            Map.entry("getDriverMajorVersion", 42),
            Map.entry("getJDBCMajorVersion", 4),
            Map.entry("getSQLStateType", DatabaseMetaData.sqlStateSQL),
            Map.entry("getCatalogSeparator", "."),
            Map.entry("isCatalogAtStart", true),
            Map.entry("storesLowerCaseIdentifiers", true),
            Map.entry("supportsBatchUpdates", true),
            Map.entry("supportsGetGeneratedKeys", true),
            Map.entry("supportsRefCursors", true),
            Map.entry("supportsResultSetType", true),
            Map.entry("supportsTransactions", true));

    private final Map<String, Object> known;

    private UnopenedConnection(Map<String, Object> known) {
        this.known = known;
    }

    static Connection get() {
        return nothing(
                Connection.class,
                Map.of(
                        "isClosed",
                        true,
                        "getAutoCommit",
                        true,
                        "getTransactionIsolation",
                        Connection.TRANSACTION_READ_COMMITTED,
                        "getMetaData",
                        nothing(DatabaseMetaData.class, OF_DATABASE)));
    }

    private static <T> T nothing(Class<T> type, Map<String, Object> but) {
        return type.cast(Proxy.newProxyInstance(
                UnopenedConnection.class.getClassLoader(), new Class<?>[] {type}, new UnopenedConnection(but)));
    }

    /** What is not known is nothing: no, zero, no text, no rows. */
    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) {
        Object answer = known.get(method.getName());
        if (answer != null) {
            return answer;
        }
        Class<?> type = method.getReturnType();
        if (type == boolean.class) {
            return arguments != null && method.getName().equals("equals") && proxy == arguments[0];
        }
        if (type == int.class) {
            return 0;
        }
        if (type == String.class) {
            return "";
        }
        // Of the connection of the metadata, Hibernate asks for the version once more.
        return type.isInterface() ? nothing(type, Map.of()) : null;
    }
}
