package org.bugloss.database;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A connection that outlives its database's restarts: before work begins on it, a dead one is replaced by a new one.
 *
 * <p>Pools can do that too, but how they are told to is each server's own, and WildFly has no way to be told through a
 * {@code @DataSourceDefinition}: after a restart of PostgreSQL, every connection in its pool would fail one request.
 *
 * <p>Within a transaction nothing is replaced, so no work is ever half lost: what fails there fails for the caller. As
 * HikariCP does, a connection that was used a moment ago is trusted, which spares busy ones the question. While the
 * database is known to be away, work fails at once.
 */
final class LastingConnection implements InvocationHandler {

    private static final long TRUSTED_MILLIS = 100;
    private static final int ANSWER_WITHIN_SECONDS = 2;

    private final DataSource source;
    private final Outage outage;
    private final long trustedNanos;
    private final Map<Method, Object[]> settings = new LinkedHashMap<>();

    private volatile Connection physical;
    private volatile boolean closed;
    private boolean autoCommit = true;
    private boolean inTransaction;
    private long answeredAt;

    private LastingConnection(Connection physical, DataSource source, Outage outage, long trustedMillis) {
        this.source = source;
        this.outage = outage;
        this.trustedNanos = TimeUnit.MILLISECONDS.toNanos(trustedMillis);
        this.physical = physical;
        this.answeredAt = System.nanoTime();
        outage.opened(this);
    }

    /** Opens one now. */
    static Connection from(DataSource source, Outage outage) throws SQLException {
        return from(source, outage, TRUSTED_MILLIS);
    }

    static Connection from(DataSource source, Outage outage, long trustedMillis) throws SQLException {
        return proxy(new LastingConnection(outage.open(source), source, outage, trustedMillis));
    }

    /** Opens one when work first begins on it. */
    static Connection unopened(DataSource source, Outage outage) {
        return proxy(new LastingConnection(UnopenedConnection.get(), source, outage, TRUSTED_MILLIS));
    }

    private static Connection proxy(LastingConnection connection) {
        return (Connection) Proxy.newProxyInstance(
                LastingConnection.class.getClassLoader(), new Class<?>[] {Connection.class}, connection);
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        return switch (method.getName()) {
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            case "toString" -> "lasting " + physical;
            case "isClosed" -> closed;
            case "close", "abort" -> {
                closed = true;
                outage.closed(this);
                yield call(method, arguments);
            }
            case "commit" -> endOfTransaction(method, arguments);
            // To a savepoint: the transaction goes on.
            case "rollback" -> arguments == null ? endOfTransaction(method, arguments) : call(method, arguments);
            case "setAutoCommit" -> {
                if (inTransaction) {
                    // It commits, and that may fail.
                    endOfTransaction(method, arguments);
                }
                autoCommit = (Boolean) arguments[0];
                yield set(method, arguments);
            }
            case "setTransactionIsolation", "setReadOnly", "setSchema", "setCatalog", "setHoldability" -> {
                settings.put(method, arguments);
                yield set(method, arguments);
            }
            // While the database is away, what is known without it must do.
            case "getMetaData" -> outage.isOn() ? call(method, arguments) : work(method, arguments);
            case "setSavepoint" -> work(method, arguments);
            default ->
                method.getName().startsWith("prepare") || method.getName().startsWith("create")
                        ? work(method, arguments)
                        : call(method, arguments);
        };
    }

    private @Nullable Object work(Method method, Object[] arguments) throws Throwable {
        beginOfWork();
        inTransaction = !autoCommit;
        return call(method, arguments);
    }

    /**
     * Fails on no dead connection: the next one gets all settings before work begins on it. WildFly's pool takes it for
     * granted that {@code setAutoCommit(false)} succeeds; where it failed, the next transaction's statements would each
     * commit for themselves.
     */
    private @Nullable Object set(Method method, Object[] arguments) throws Throwable {
        try {
            return !closed && physical.isClosed() ? null : call(method, arguments);
        } catch (SQLException e) {
            if (closed || !physical.isClosed()) {
                throw e;
            }
            return null;
        }
    }

    private @Nullable Object endOfTransaction(Method method, Object[] arguments) throws Throwable {
        if (!inTransaction && !closed && physical.isClosed()) {
            // Nothing was done in it.
            return null;
        }
        try {
            Object result = call(method, arguments);
            if (inTransaction) {
                answeredAt = System.nanoTime();
            }
            return result;
        } finally {
            inTransaction = false;
        }
    }

    private @Nullable Object call(Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(physical, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void beginOfWork() throws SQLException {
        if (closed || inTransaction) {
            return;
        }
        outage.refuse();
        if (!isAlive()) {
            revive();
        }
    }

    /** Ends what it waits for, on whatever thread: that fails, and a new connection takes its place for the next work. */
    void breakOff() {
        try {
            physical.abort(Runnable::run);
        } catch (SQLException e) {
            // It has ended by itself.
        }
    }

    private boolean isAlive() throws SQLException {
        if (physical.isClosed()) {
            return false;
        }
        if (System.nanoTime() - answeredAt < trustedNanos) {
            return true;
        }
        boolean alive = physical.isValid(ANSWER_WITHIN_SECONDS);
        answeredAt = System.nanoTime();
        return alive;
    }

    private void revive() throws SQLException {
        Connection dead = physical;
        Connection fresh = outage.open(source);
        try {
            for (Map.Entry<Method, Object[]> setting : settings.entrySet()) {
                setting.getKey().invoke(fresh, setting.getValue());
            }
            fresh.setAutoCommit(autoCommit);
        } catch (ReflectiveOperationException e) {
            fresh.close();
            throw new SQLException("cannot prepare a new connection", e.getCause());
        }
        physical = fresh;
        answeredAt = System.nanoTime();
        try {
            dead.close();
        } catch (SQLException e) {
            // It is dead: nothing is left to be closed but what the driver holds, and that it has let go.
        }
    }
}
