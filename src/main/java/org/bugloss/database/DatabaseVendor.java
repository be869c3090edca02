package org.bugloss.database;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** A database that Bugloss can keep its rows in, and what is particular about it. */
public enum DatabaseVendor {

    /**
     * The embedded one. Without {@code WRITE_DELAY=0} it writes a commit down half a second later, and a process that
     * is killed loses what it had acknowledged. The container closes the pool when it stops; H2's own shutdown hook
     * would close the file under requests that are still being answered.
     */
    H2("jdbc:h2:", ';', List.of("WRITE_DELAY=0", "DB_CLOSE_ON_EXIT=FALSE")) {
        @Override
        DataSource dataSource(DatabaseSettings settings) {
            JdbcDataSource source = new JdbcDataSource();
            source.setURL(settings.url());
            source.setUser(settings.user().orElse("sa"));
            source.setPassword(settings.password().orElse(""));
            return source;
        }

        @Override
        public boolean isRemote() {
            return false;
        }

        @Override
        public boolean indexesWords() {
            return false;
        }

        @Override
        public String nextOf(String sequence) {
            return "next value for " + sequence;
        }

        @Override
        public String upsert(String table, List<String> columns, String key) {
            return "merge into " + insertion(table, columns, key).replace(" values", " key (" + key + ") values");
        }

        /** The file is locked by the one process that has it open. */
        @Override
        void oneAtATime(DatabaseSettings settings, Runnable work) {
            work.run();
        }
    },

    /** The one for production. The timeouts are there so that no caller waits for ever for a database that is gone. */
    POSTGRESQL(
            "jdbc:postgresql:",
            '&',
            List.of(
                    "connectTimeout=2",
                    "loginTimeout=4",
                    "socketTimeout=30",
                    "tcpKeepAlive=true",
                    "ApplicationName=bugloss")) {
        @Override
        DataSource dataSource(DatabaseSettings settings) {
            PGSimpleDataSource source = new PGSimpleDataSource();
            source.setUrl(settings.url());
            settings.user().ifPresent(source::setUser);
            settings.password().ifPresent(source::setPassword);
            return source;
        }

        @Override
        public boolean isRemote() {
            return true;
        }

        @Override
        public boolean indexesWords() {
            return true;
        }

        @Override
        public String nextOf(String sequence) {
            return "nextval('" + sequence + "')";
        }

        @Override
        public String upsert(String table, List<String> columns, String key) {
            return "insert into " + insertion(table, columns, key) + " on conflict (" + key + ") do update set "
                    + columns.stream()
                            .map(column -> column + " = excluded." + column)
                            .collect(Collectors.joining(", "));
        }

        /** An index over a million rows takes longer than any caller would wait. */
        @Override
        DataSource forMigration(DatabaseSettings settings) {
            PGSimpleDataSource source = (PGSimpleDataSource) dataSource(settings);
            source.setSocketTimeout(0);
            return source;
        }

        /** The lock ends with its transaction, so with the connection too: a node that dies leaves none behind. */
        @Override
        void oneAtATime(DatabaseSettings settings, Runnable work) {
            try (Connection connection = settings.dataSource().getConnection()) {
                connection.setAutoCommit(false);
                lock(connection);
                work.run();
                connection.rollback();
            } catch (SQLException e) {
                throw new IllegalStateException("cannot migrate " + settings + ": " + e.getMessage(), e);
            }
        }

        private void lock(Connection connection) throws SQLException {
            long giveUpAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_FOR_OTHERS_SECONDS);
            while (true) {
                try (Statement statement = connection.createStatement()) {
                    // Well below the driver's own timeout, which would close the connection.
                    statement.execute("set local lock_timeout = '5s'");
                    statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
                    return;
                } catch (SQLException e) {
                    connection.rollback();
                    if (!LOCK_NOT_AVAILABLE.equals(e.getSQLState()) || System.nanoTime() - giveUpAt > 0) {
                        throw e;
                    }
                }
            }
        }
    };

    /** A server gives up on a deployment after about as many. */
    private static final int WAIT_FOR_OTHERS_SECONDS = 240;

    /** The letters of "bugloss": advisory locks are numbers, and another application's may be any. */
    private static final long LOCK = 0x6275676C6F7373L;

    private static final String LOCK_NOT_AVAILABLE = "55P03";

    private final String prefix;
    private final char separator;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> defaults;

    DatabaseVendor(String prefix, char separator, List<String> defaults) {
        this.prefix = prefix;
        this.separator = separator;
        this.defaults = defaults;
    }

    /** The vendor whose JDBC URLs begin like this one. */
    static Optional<DatabaseVendor> of(String url) {
        return Arrays.stream(values())
                .filter(vendor -> url.startsWith(vendor.prefix))
                .findFirst();
    }

    /** Whether another node has the lock of {@link #oneAtATime}, and has had it for long. */
    static boolean isLocked(String state) {
        return LOCK_NOT_AVAILABLE.equals(state);
    }

    /** The name of its folder in {@code db/vendor}. */
    public String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    String prefix() {
        return prefix;
    }

    /** Connections that no container pools or enlists: every one is new, and its commits are its own. */
    abstract DataSource dataSource(DatabaseSettings settings);

    /** The same for a migration, which may take its time. */
    DataSource forMigration(DatabaseSettings settings) {
        return dataSource(settings);
    }

    /** Whether it is in a process of its own, which may be away. */
    public abstract boolean isRemote();

    /** Whether it has an index of the words of titles, in the column {@code title_words}. */
    public abstract boolean indexesWords();

    /** The SQL of the next number of a sequence. */
    public abstract String nextOf(String sequence);

    /**
     * The SQL that makes a row or, where there is one with its key, changes that. It goes by the key's index, always: PostgreSQL
     * keeps the plan of an update that is run often, and one that was made while the table was empty reads the whole table for
     * each row, until the table is analyzed.
     *
     * @param columns besides the key; the parameters are theirs in this order, and the key's is the last
     */
    public abstract String upsert(String table, List<String> columns, String key);

    private static String insertion(String table, List<String> columns, String key) {
        return table + " (" + String.join(", ", columns) + ", " + key + ") values (" + "?, ".repeat(columns.size())
                + "?)";
    }

    /** The vendor of what a connection leads to. */
    public static DatabaseVendor behind(Connection connection) throws SQLException {
        String url = connection.getMetaData().getURL();
        return of(url).orElseThrow(() -> new IllegalStateException("no database of ours: " + url));
    }

    /**
     * Runs this while no other node does.
     *
     * @throws IllegalStateException where there is no getting at the lock
     */
    abstract void oneAtATime(DatabaseSettings settings, Runnable work);

    /** The URL with this vendor's defaults, without a user and a password, which {@link #parameters} tells. */
    String complete(String url) {
        Map<String, String> given = parameters(url);
        List<String> kept = new ArrayList<>();
        for (String parameter : split(url)) {
            if (!isCredential(nameOf(parameter))) {
                kept.add(parameter);
            }
        }
        for (String parameter : defaults) {
            if (!given.containsKey(nameOf(parameter))) {
                kept.add(parameter);
            }
        }
        return base(url) + (kept.isEmpty() ? "" : opening() + String.join(String.valueOf(separator), kept));
    }

    /** What the URL says behind its address; names are case-insensitive. */
    Map<String, String> parameters(String url) {
        Map<String, String> parameters = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String parameter : split(url)) {
            int equals = parameter.indexOf('=');
            String value = equals < 0 ? "" : parameter.substring(equals + 1);
            parameters.put(
                    nameOf(parameter), this == POSTGRESQL ? URLDecoder.decode(value, StandardCharsets.UTF_8) : value);
        }
        return parameters;
    }

    private char opening() {
        return this == H2 ? separator : '?';
    }

    private String base(String url) {
        int open = url.indexOf(opening());
        return open < 0 ? url : url.substring(0, open);
    }

    private List<String> split(String url) {
        int open = url.indexOf(opening());
        if (open < 0) {
            return List.of();
        }
        // H2 writes a separator that is none with a backslash.
        return Arrays.stream(url.substring(open + 1).split("(?<!\\\\)" + separator))
                .filter(parameter -> !parameter.isBlank())
                .toList();
    }

    private static String nameOf(String parameter) {
        int equals = parameter.indexOf('=');
        return equals < 0 ? parameter : parameter.substring(0, equals);
    }

    private static boolean isCredential(String name) {
        return name.equalsIgnoreCase("user") || name.equalsIgnoreCase("password");
    }
}
