package org.bugloss.database;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.bugloss.configuration.TestKeys;

/** Databases with Bugloss' tables, for tests of other packages. */
public final class TestTables {

    private static final AtomicInteger DATABASES = new AtomicInteger();

    private TestTables() {}

    /** Connections to a new H2 in memory, with the tables of this version. */
    public static DataSource inMemory() {
        String url = "jdbc:h2:mem:tables" + DATABASES.incrementAndGet() + ";DB_CLOSE_DELAY=-1";
        return migrated(DatabaseSettings.from(TestKeys.keys(DatabaseSettings.URL, url)));
    }

    /** Connections to a database, once it has the tables of this version. */
    public static DataSource migrated(DatabaseSettings settings) {
        Migration.run(settings);
        return settings.dataSource();
    }

    /** Connections as a container's transactions have them: what was done on one is committed when it is closed. */
    public static DataSource transactional(DataSource database) {
        return (DataSource) Proxy.newProxyInstance(
                TestTables.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    Connection connection = database.getConnection();
                    connection.setAutoCommit(false);
                    return closing(connection, connection::commit);
                });
    }

    /** A database whose only connection is this one, which others close in vain. */
    public static DataSource always(Connection connection) {
        return (DataSource) Proxy.newProxyInstance(
                TestTables.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> closing(connection, null));
    }

    private interface Ending {
        void run() throws SQLException;
    }

    /** @param first what is done before it is closed; {@code null} where it shall stay open */
    private static Connection closing(Connection connection, Ending first) {
        return (Connection) Proxy.newProxyInstance(
                TestTables.class.getClassLoader(), new Class<?>[] {Connection.class}, (same, called, with) -> {
                    if (called.getName().equals("close")) {
                        if (first == null) {
                            return null;
                        }
                        first.run();
                    }
                    try {
                        return called.invoke(connection, with);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
