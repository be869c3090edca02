package org.bugloss.database;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * Plain JDBC on one connection, within whatever transaction there is. What the database refuses is thrown unchecked, so that {@link
 * InTransaction} rolls it back, with the {@link SQLException} behind it for {@link Retried}.
 */
public final class Sql {

    private Sql() {}

    /**
     * What is done on a connection, which is closed behind it.
     *
     * @param <T> what comes of it
     */
    public interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /**
     * Does it.
     *
     * @param unusable what to say where it fails, before the database's own words: {@code the log of changes can't be used}
     * @throws IllegalStateException where it fails
     */
    public static <T> T on(DataSource database, String unusable, Work<T> work) {
        try (Connection connection = database.getConnection()) {
            return work.on(connection);
        } catch (SQLException e) {
            throw new IllegalStateException(unusable + ": " + e.getMessage(), e);
        }
    }
}
