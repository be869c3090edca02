package org.bugloss.database;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.bugloss.configuration.WrongConfiguration;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The database of {@link DatabaseSettings#current() the configuration}, as the container's pool wants it.
 *
 * <p>A {@code @DataSourceDefinition} takes constants only, so this class stands between: it has the one name, and asks
 * the configuration when the pool asks it for its first connection.
 */
public final class ConfiguredDataSource implements DataSource {

    /** The JNDI name of the container's pool. */
    public static final String JNDI = "java:app/jdbc/bugloss";

    /**
     * Of the one database that a deployment has: the container makes this class's objects, and hands them to nobody. It is on
     * until the tables are there: {@link DatabaseWatch#begin}.
     */
    static final Outage OUTAGE = new Outage("it has not been asked for yet");

    private static final Logger LOG = Logger.getLogger(ConfiguredDataSource.class.getName());

    private final AtomicBoolean complained = new AtomicBoolean();

    private final Outage outage;

    private volatile @Nullable DataSource driver;
    private volatile @Nullable PrintWriter logWriter;
    private volatile int loginTimeout;

    /** For containers. */
    public ConfiguredDataSource() {
        this.outage = OUTAGE;
    }

    ConfiguredDataSource(DataSource driver, Outage outage) {
        this.driver = driver;
        this.outage = outage;
    }

    /**
     * {@inheritDoc}
     *
     * <p>While the database is away, the connection is none yet: pools and persistence units get what they need at
     * deployment, and work on it is refused.
     *
     * <p>What a container makes of an exception at deployment is several stack traces, of which the last blames
     * something else (WildFly's, Hibernate's dialect). So the first failure is also told in one line here.
     */
    @Override
    public Connection getConnection() throws SQLException {
        DataSource source = driver();
        if (outage.isOn()) {
            return LastingConnection.unopened(source, outage);
        }
        try {
            Connection connection = LastingConnection.from(source, outage);
            complained.set(false);
            return connection;
        } catch (SQLException e) {
            if (complained.compareAndSet(false, true)) {
                LOG.severe(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
            }
            throw e;
        }
    }

    /** Whatever credentials the container has for us, the configuration's are the ones. */
    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return getConnection();
    }

    private DataSource driver() {
        DataSource made = driver;
        if (made != null) {
            return made;
        }
        DatabaseSettings settings;
        try {
            settings = DatabaseSettings.current();
        } catch (WrongConfiguration e) {
            // The deployment is going to stop for it, with one line; until then nothing is opened.
            return new PGSimpleDataSource();
        }
        if (!settings.vendor().isRemote()) {
            // What is in this process is there as soon as somebody asks.
            outage.end();
        }
        made = settings.dataSource();
        driver = made;
        return made;
    }

    /** WildFly defines no datasource that has no property to set, and sets only those that are strings. */
    public void setDescription(String description) {
        // Nobody reads it.
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return logWriter;
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) {
        this.logWriter = out;
    }

    @Override
    public int getLoginTimeout() {
        return loginTimeout;
    }

    @Override
    public void setLoginTimeout(int seconds) {
        this.loginTimeout = seconds;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (isWrapperFor(type)) {
            return type.cast(this);
        }
        throw new SQLException("not a " + type.getName());
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }
}
