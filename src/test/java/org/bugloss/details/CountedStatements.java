package org.bugloss.details;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** A database that counts the statements that are prepared on it, which in Bugloss are each carried out once. */
final class CountedStatements {

    private final AtomicInteger count = new AtomicInteger();
    private final DataSource source;
    private volatile SQLException failure;

    CountedStatements(DataSource database) {
        source = proxy(DataSource.class, database, connection -> proxy(Connection.class, connection, made -> made));
    }

    DataSource source() {
        return source;
    }

    /** How many there were since this was asked for the last time. */
    int taken() {
        return count.getAndSet(0);
    }

    /** From now on no connection is to be had; with {@code null} they are. */
    void fail(SQLException why) {
        failure = why;
    }

    private interface Made {
        Object of(Object made);
    }

    private <T> T proxy(Class<T> type, Object real, Made made) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    if (method.getName().equals("prepareStatement")) {
                        count.incrementAndGet();
                    }
                    if (method.getName().equals("getConnection") && failure != null) {
                        throw failure;
                    }
                    try {
                        Object result = method.invoke(real, arguments);
                        return method.getName().equals("getConnection") ? made.of(result) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
