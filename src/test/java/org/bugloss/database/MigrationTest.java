package org.bugloss.database;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.bugloss.configuration.TestKeys;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgreSql.class)
class MigrationTest {

    private static final String INSERT = "insert into link_reference (id, url, url_key, natural_key)"
            + " values (1, 'http://bugs.example/1', 'http://bugs.example/1', 'a hash')";

    @Test
    void makesTheTablesInH2() throws SQLException {
        DatabaseSettings settings =
                DatabaseSettings.from(TestKeys.keys("bugloss.db.url", "jdbc:h2:mem:migration;DB_CLOSE_DELAY=-1"));

        Migration.run(settings);

        assertEquals(1, update(settings, INSERT));
    }

    @Test
    void makesTheTablesInPostgreSql(DatabaseSettings settings) throws SQLException {
        Migration.run(settings);

        assertEquals(1, update(settings, INSERT));
    }

    @Test
    void leavesTheRowsWhenItRunsAgain(DatabaseSettings settings) throws SQLException {
        Migration.run(settings);
        update(settings, INSERT);

        Migration.run(settings);

        assertEquals(1, update(settings, "delete from link_reference"));
    }

    @Test
    void movesInBesideTheTablesOfOthers(DatabaseSettings settings) throws SQLException {
        update(settings, "create table flyway_schema_history (of_others int)");

        Migration.run(settings);

        assertEquals(1, update(settings, INSERT));
    }

    @RepeatedTest(5)
    void severalNodesMayStartAtOnce(DatabaseSettings settings) throws Exception {
        int nodes = 6;
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService executor = Executors.newFixedThreadPool(nodes);
        try {
            List<Future<?>> runs = new ArrayList<>();
            for (int node = 0; node < nodes; node++) {
                runs.add(executor.submit(() -> {
                    start.await();
                    Migration.run(settings);
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> run : runs) {
                run.get(1, TimeUnit.MINUTES);
            }
        } finally {
            executor.shutdownNow();
        }

        assertEquals(1, update(settings, INSERT));
    }

    private static int update(DatabaseSettings settings, String sql) throws SQLException {
        try (var connection = settings.dataSource().getConnection();
                var statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        }
    }
}
