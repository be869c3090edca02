package org.bugloss.database;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.bugloss.MapConfig;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Hands the settings of an empty database, in one PostgreSQL of the whole test run, to each test that asks for them. */
public final class PostgreSql implements ParameterResolver {

    private static final String KEY = "postgres";

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == DatabaseSettings.class;
    }

    @Override
    public DatabaseSettings resolveParameter(ParameterContext parameter, ExtensionContext context) {
        EmbeddedPostgres postgres = context.getRoot()
                .getStore(ExtensionContext.Namespace.create(PostgreSql.class))
                .getOrComputeIfAbsent(KEY, key -> new Server(), Server.class)
                .postgres;
        String database = "test_" + Long.toUnsignedString(System.nanoTime());
        try (var connection = postgres.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + database);
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
        return DatabaseSettings.from(MapConfig.of(
                DatabaseSettings.URL,
                "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/" + database,
                DatabaseSettings.USER,
                "postgres"));
    }

    private static final class Server implements AutoCloseable {

        private final EmbeddedPostgres postgres;

        Server() {
            try {
                postgres = EmbeddedPostgres.builder()
                        .setServerConfig("listen_addresses", "127.0.0.1")
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            postgres.close();
        }
    }
}
