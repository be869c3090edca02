package org.bugloss.details;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** The tables that details are read from, as trackers, scripts and callers fill them. */
record Rows(DataSource database) {

    /** A script's override: only what the outside contract says must be there, and when it was written and ends. */
    void override(String url, String title, Instant createdAt, Instant expiresAt) {
        change(
                "insert into details_override (url, title, created_at, expires_at) values (?, ?, ?, ?)",
                url,
                title,
                createdAt,
                expiresAt);
    }

    /** A link reference whose URL was typed so. */
    void link(long id, String typed, String key) {
        change(
                "insert into link_reference (id, url, url_key, natural_key) values (?, ?, ?, ?)",
                id,
                typed,
                key,
                "%064d".formatted(id));
    }

    /** Details that were fetched. */
    void details(String url, String title, Instant fetchedAt, Instant expiresAt) {
        change(
                "insert into bug_details (url, tracker, title, description, excerpt, fields, fetched_at, expires_at, asked_at)"
                        + " values (?, 'Acme', ?, '', '', '{}', ?, ?, ?)",
                url,
                title,
                fetchedAt,
                expiresAt,
                fetchedAt);
    }

    void clear() {
        inSql("delete from details_override; delete from link_reference; delete from bug_details;"
                + " delete from bug_change");
    }

    void change(String sql, Object... values) {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = prepared(connection, sql, values)) {
            statement.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The rows of a query, each as its columns' texts with a bar between them. */
    List<String> select(String sql, Object... values) {
        List<String> rows = new ArrayList<>();
        try (Connection connection = database.getConnection();
                PreparedStatement statement = prepared(connection, sql, values);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                List<String> columns = new ArrayList<>();
                for (int column = 1; column <= row.getMetaData().getColumnCount(); column++) {
                    columns.add(row.getString(column));
                }
                rows.add(String.join("|", columns.stream().map(String::valueOf).toList()));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return rows;
    }

    boolean isPostgreSql() {
        try (Connection connection = database.getConnection()) {
            return connection.getMetaData().getDatabaseProductName().equals("PostgreSQL");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Many overrides and link references under URLs as they were typed, and details under their keys; the database has looked
     * at what is in its tables.
     */
    void fill(int count) {
        String numbers =
                isPostgreSql() ? "generate_series(1, " + count + ") s(x)" : "system_range(1, " + count + ") s(x)";
        String typed = "'HTTP://bugs.example/' || x";
        String key = "'http://bugs.example/' || x";
        change("insert into details_override (url, title, description) select " + typed
                + ", 'Ours', repeat('a workaround ', 30) from " + numbers);
        change("insert into link_reference (id, url, url_key, natural_key) select x, " + typed + ", " + key
                + ", lpad(cast(x as varchar), 64, '0') from " + numbers);
        change(
                "insert into bug_details (url, tracker, title, description, excerpt, fields, asked_at, fetched_at, expires_at) select "
                        + key
                        + ", 'Acme', 'Theirs', '', '', '{}', current_timestamp, current_timestamp, current_timestamp from "
                        + numbers);
        inSql("analyze");
    }

    private void inSql(String sql) {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PreparedStatement prepared(Connection connection, String sql, Object... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(
                    i + 1, values[i] instanceof Instant instant ? instant.atOffset(ZoneOffset.UTC) : values[i]);
        }
        return statement;
    }
}
