package org.bugloss.database;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
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

    /** A server of a test's own, to be stopped, frozen and started again on the same data and the same port. */
    public static final class Own implements AutoCloseable {

        private final Path data;
        private EmbeddedPostgres server;

        private Own(Path data) {
            this.data = data;
            start(0);
        }

        /** The configuration of its database. */
        public Map<String, String> settings() {
            return Map.of(
                    DatabaseSettings.URL,
                    "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/postgres",
                    DatabaseSettings.USER,
                    "postgres");
        }

        /** Connects to its database. */
        public Connection connect() throws SQLException {
            return server.getPostgresDatabase().getConnection();
        }

        /** Stops it: from now on connections are refused. */
        public void stop() {
            try {
                server.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Starts it again after {@link #stop}. */
        public void start() {
            start(server.getPort());
        }

        /** Stops all of its processes in the middle of what they do: connections are accepted, and nothing answers. */
        public void freeze() {
            signal("STOP");
        }

        /** Lets its processes go on after {@link #freeze}. */
        public void thaw() {
            signal("CONT");
        }

        @Override
        public void close() {
            thaw();
            stop();
        }

        private void start(int port) {
            try {
                server = EmbeddedPostgres.builder()
                        .setServerConfig("listen_addresses", "127.0.0.1")
                        .setDataDirectory(data)
                        .setCleanDataDirectory(false)
                        .setPort(port)
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void kill(String signal, List<Long> processes) throws IOException, InterruptedException {
            List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
            processes.forEach(process -> command.add(String.valueOf(process)));
            new ProcessBuilder(command).start().waitFor();
        }

        private void signal(String signal) {
            try (Stream<String> lines = Files.lines(data.resolve("postmaster.pid"))) {
                long postmaster = Long.parseLong(lines.findFirst().orElseThrow().strip());
                // First, and by itself: while its children are counted it may not have another.
                kill(signal, List.of(postmaster));
                kill(
                        signal,
                        ProcessHandle.of(postmaster).stream()
                                .flatMap(ProcessHandle::children)
                                .map(ProcessHandle::pid)
                                .toList());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A server of a test's own with its data in this folder, which is to be empty. */
    public static Own ownServer(Path data) {
        return new Own(data);
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
