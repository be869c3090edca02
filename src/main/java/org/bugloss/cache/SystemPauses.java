package org.bugloss.cache;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.database.InTransaction;
import org.bugloss.database.Sql;
import org.bugloss.trackers.PausedSystems;

/**
 * The systems that editors have paused, on all nodes. Every method is one transaction of its own; run {@link #pause} through {@link
 * org.bugloss.database.Retried}, since two editors may pause the same system at once. Safe for use by several threads.
 */
@ApplicationScoped
@InTransaction
public class SystemPauses {

    private static final String UNUSABLE = "the table of paused systems can't be used";

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    @Inject
    private PausedSystems paused;

    private final Object lock = new Object();

    /** Reads which there are, and tells it to this node; by their names, each since when. */
    public Map<String, Instant> read() {
        // One after the other: else what was read before an editor changed it could be told after.
        synchronized (lock) {
            Map<String, Instant> pauses = Sql.on(database, UNUSABLE, SystemPauses::all);
            paused.byEditors(pauses);
            return pauses;
        }
    }

    private static Map<String, Instant> all(Connection connection) throws SQLException {
        Map<String, Instant> pauses = new TreeMap<>();
        try (PreparedStatement select = connection.prepareStatement("select system_name, paused_at from system_pause");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                pauses.put(
                        rows.getString(1),
                        rows.getObject(2, OffsetDateTime.class).toInstant());
            }
        }
        return pauses;
    }

    /** Pauses a system; one that is paused stays so, since it was. */
    public void pause(String system, Instant now) {
        Sql.on(database, UNUSABLE, connection -> {
            try (PreparedStatement insert =
                    connection.prepareStatement("insert into system_pause (system_name, paused_at)"
                            + " select cast(? as varchar), cast(? as timestamp with time zone)"
                            + " where not exists (select 1 from system_pause where system_name = ?)")) {
                insert.setString(1, system);
                insert.setObject(2, now.atOffset(ZoneOffset.UTC));
                insert.setString(3, system);
                return insert.executeUpdate();
            }
        });
    }

    /** Ends it. */
    public void end(String system) {
        Sql.on(database, UNUSABLE, connection -> {
            try (PreparedStatement delete =
                    connection.prepareStatement("delete from system_pause where system_name = ?")) {
                delete.setString(1, system);
                return delete.executeUpdate();
            }
        });
    }
}
