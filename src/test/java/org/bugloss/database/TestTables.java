package org.bugloss.database;

import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.bugloss.configuration.TestKeys;

/** Databases with Bugloss' tables, for tests of other packages. */
public final class TestTables {

    private static final AtomicInteger DATABASES = new AtomicInteger();

    private TestTables() {}

    /** Connections to a new H2 in memory, with the tables of this version. */
    public static DataSource inMemory() {
        String url = "jdbc:h2:mem:tables" + DATABASES.incrementAndGet() + ";DB_CLOSE_DELAY=-1";
        return migrated(DatabaseSettings.from(TestKeys.keys(DatabaseSettings.URL, url)));
    }

    /** Connections to a database, once it has the tables of this version. */
    public static DataSource migrated(DatabaseSettings settings) {
        Migration.run(settings);
        return settings.dataSource();
    }
}
