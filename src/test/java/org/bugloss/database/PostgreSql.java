package org.bugloss.database;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.bugloss.MapConfig;
import org.bugloss.configuration.Keys;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A real PostgreSQL, started when the first test wants it, on a free port of the loopback address; it ends with this
 * process. As an extension it hands each test that asks for {@link DatabaseSettings} those of an empty database.
 */
public final class PostgreSql implements ParameterResolver {

    private static final AtomicInteger DATABASES = new AtomicInteger();

    private static final class Shared {

        static final EmbeddedPostgres SERVER = start();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder()
                        .setServerConfig("listen_addresses", "127.0.0.1")
                        // So that a benchmark may read when rows were stored, and need not watch for it.
                        .setServerConfig("track_commit_timestamp", "on")
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The configuration of a new, empty database. */
    public static Map<String, String> emptyDatabase() {
        String name = "test_" + DATABASES.incrementAndGet();
        try (var connection = Shared.SERVER.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return Map.of(
                DatabaseSettings.URL,
                "jdbc:postgresql://127.0.0.1:" + Shared.SERVER.getPort() + "/" + name,
                DatabaseSettings.USER,
                "postgres");
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == DatabaseSettings.class;
    }

    @Override
    public DatabaseSettings resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return DatabaseSettings.from(new Keys(new MapConfig(emptyDatabase())));
    }
}
