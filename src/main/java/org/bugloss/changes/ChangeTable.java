package org.bugloss.changes;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.database.Sql;

/**
 * Reads the changes that have their places, and which executions have their bugs now. Each statement stands for itself, so nothing
 * here begins a transaction. Safe for use by several threads.
 */
@ApplicationScoped
public class ChangeTable {

    private static final String COLUMNS = "c.place, c.changed_at, c.kind, c.url, c.bug_id, c.tracker, c.system_name,"
            + " c.moved_to, c.before_status, c.before_resolved, c.before_title, c.before_assignee, c.after_status,"
            + " c.after_resolved, c.after_title, c.after_assignee";

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    /** For the container, which gives it its database. */
    public ChangeTable() {}

    ChangeTable(DataSource database) {
        this.database = database;
    }

    /**
     * Changes in their order.
     *
     * @param after those behind this place
     * @param upTo and none behind this one
     */
    List<ChangeItem> read(ChangeSelection selection, long after, long upTo, int most) {
        return Sql.on(database, "the changes can't be read", connection -> {
            Map<Long, Change> changes = changes(connection, selection, after, upTo, most);
            Map<String, ChangeItem.Executions> executions = executions(
                    connection,
                    changes.values().stream().map(change -> change.bug().url()).toList());
            return changes.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .map(change -> new ChangeItem(
                            change.getKey(),
                            change.getValue(),
                            executions.getOrDefault(change.getValue().bug().url(), ChangeItem.Executions.NONE)))
                    .toList();
        });
    }

    private static Map<Long, Change> changes(
            Connection connection, ChangeSelection selection, long after, long upTo, int most) throws SQLException {
        List<Object> values = new ArrayList<>(List.of(after, upTo));
        StringBuilder sql =
                new StringBuilder("select " + COLUMNS + " from bug_change c where c.place > ? and c.place <= ?");
        among(
                sql,
                " and c.kind in ",
                selection.kinds().stream().map(ChangeKind::word).toList(),
                "",
                values);
        among(sql, " and c.system_name in ", selection.systems(), "", values);
        among(sql, " and c.tracker in ", selection.trackers(), "", values);
        among(
                sql,
                " and exists (select 1 from link_reference l where l.url_key = c.url and l.execution_id in ",
                selection.executions(),
                ")",
                values);
        Map<Long, Change> changes = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement(
                sql.append(" order by c.place limit ").append(most).toString())) {
            set(select, values);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    changes.put(row.getLong(1), change(row));
                }
            }
        }
        return changes;
    }

    private static void among(
            StringBuilder sql, String before, Collection<String> wanted, String behind, List<Object> values) {
        if (!wanted.isEmpty()) {
            sql.append(before)
                    .append("(?")
                    .append(", ?".repeat(wanted.size() - 1))
                    .append(")")
                    .append(behind);
            values.addAll(wanted);
        }
    }

    private static void set(PreparedStatement select, List<Object> values) throws SQLException {
        for (int i = 0; i < values.size(); i++) {
            select.setObject(i + 1, values.get(i));
        }
    }

    private static Change change(ResultSet row) throws SQLException {
        return new Change(
                row.getObject(2, OffsetDateTime.class).toInstant(),
                ChangeKind.of(row.getString(3)).orElseThrow(),
                new Change.Bug(row.getString(4), row.getString(5), row.getString(6), row.getString(7)),
                state(row, 9),
                state(row, 13),
                row.getString(8));
    }

    private static BugState state(ResultSet row, int first) throws SQLException {
        boolean isResolved = row.getBoolean(first + 1);
        Boolean resolved = row.wasNull() ? null : (Boolean) isResolved;
        return new BugState(row.getString(first), resolved, row.getString(first + 2), row.getString(first + 3));
    }

    /** Each execution once, however often it has the bug. */
    private static Map<String, ChangeItem.Executions> executions(Connection connection, List<String> urls)
            throws SQLException {
        List<Object> keys = new ArrayList<>(new LinkedHashSet<>(urls));
        Map<String, ChangeItem.Executions> executions = new HashMap<>();
        if (keys.isEmpty()) {
            return executions;
        }
        String sql = "select url_key, execution_id, total from (select url_key, execution_id,"
                + " row_number() over (partition by url_key order by latest desc) as nth,"
                + " count(*) over (partition by url_key) as total from (select url_key, execution_id,"
                + " max(id) as latest from link_reference where url_key in (?" + ", ?".repeat(keys.size() - 1)
                + ") and execution_id is not null group by url_key, execution_id) each_one) counted where nth <= "
                + ChangeItem.Executions.MOST + " order by url_key, nth";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            set(select, keys);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    executions.merge(
                            row.getString(1),
                            new ChangeItem.Executions(List.of(row.getString(2)), row.getInt(3)),
                            ChangeTable::joined);
                }
            }
        }
        return executions;
    }

    private static ChangeItem.Executions joined(ChangeItem.Executions some, ChangeItem.Executions more) {
        List<String> all = new ArrayList<>(some.some());
        all.addAll(more.some());
        return new ChangeItem.Executions(List.copyOf(all), some.total());
    }
}
