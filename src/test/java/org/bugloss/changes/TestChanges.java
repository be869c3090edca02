package org.bugloss.changes;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.enterprise.event.Event;
import java.lang.reflect.Proxy;
import javax.sql.DataSource;
import org.bugloss.Beans;
import org.bugloss.database.TestTables;

/** The log of changes for tests, on any database. */
public final class TestChanges {

    private TestChanges() {}

    /** A log each of whose methods is a transaction of its own, and of whose writing nobody hears. */
    public static ChangeLog log(DataSource database) {
        return Beans.filled(
                new ChangeLog(), TestTables.transactional(database), nobodyHears(), new SimpleMeterRegistry());
    }

    /** A log that writes as a part of the transaction of this connection's, which somebody else commits. */
    static ChangeLog within(DataSource open) {
        return Beans.filled(new ChangeLog(), open, nobodyHears(), new SimpleMeterRegistry());
    }

    public static ChangeReader reader(DataSource database) {
        return Beans.filled(new ChangeReader(), log(database), new ChangeTable(database));
    }

    private static Event<?> nobodyHears() {
        return (Event<?>) Proxy.newProxyInstance(
                TestChanges.class.getClassLoader(), new Class<?>[] {Event.class}, (proxy, method, arguments) -> null);
    }
}
