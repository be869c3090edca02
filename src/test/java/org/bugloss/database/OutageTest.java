package org.bugloss.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OutageTest {

    private final Outage outage = new Outage();

    @Test
    void whoeverWaitsForAConnectionIsToldOfAnErrorToo() {
        Error error = new NoClassDefFoundError("org/postgresql/Something");

        SQLException thrown = assertThrows(
                SQLException.class,
                () -> outage.open(source(() -> {
                    throw error;
                })));

        assertSame(error, thrown.getCause());
    }

    @Test
    void nobodyWaitsForAConnectionOnceTheOutageHasBegun() {
        CountDownLatch never = new CountDownLatch(1);

        SQLException thrown = assertThrows(
                SQLException.class,
                () -> outage.open(source(() -> {
                    outage.begin("gone");
                    never.await();
                })));

        assertEquals("the database is away: gone", thrown.getMessage());
        never.countDown();
    }

    private interface Opening {
        void run() throws Exception;
    }

    private static DataSource source(Opening opening) {
        return (DataSource) Proxy.newProxyInstance(
                OutageTest.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    opening.run();
                    return null;
                });
    }
}
