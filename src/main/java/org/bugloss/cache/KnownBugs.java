package org.bugloss.cache;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.bugloss.trackers.NamedBugs;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;
import org.jspecify.annotations.Nullable;

/**
 * Finds the known bugs among those that messages to one system name, in whatever spelling they are known. For one thread and one
 * transaction.
 */
final class KnownBugs {

    /** Rows of one number in all repositories of a system, and bugs of one repository. */
    static final int MOST = 5_000;

    private static final int MOST_PARAMETERS = 500;

    private static final String BY_ID = "select d.url, d.moved_to, s.bug_id from bug_search s"
            + " join bug_details d on d.url = s.url where s.bug_id in (%s) and d.system_name = ? limit " + MOST;
    private static final String BY_URL =
            "select url, moved_to, bug_id from bug_details where url in (%s) and system_name = ?";
    private static final String BY_GROUP =
            "select url, moved_to, bug_id from bug_details where change_group in (%s) and system_name = ? limit "
                    + MOST;

    private final Trackers trackers;
    private final Connection connection;
    private final TrackerSystem system;
    private boolean tooMany;

    private record Row(
            String url, @Nullable String movedTo, @Nullable String id) {}

    KnownBugs(Trackers trackers, Connection connection, TrackerSystem system) {
        this.trackers = trackers;
        this.connection = connection;
        this.system = system;
    }

    /** Whether there were more than are found at once. */
    boolean areTooMany() {
        return tooMany;
    }

    /** The canonical keys of what is known, for each message in order. */
    List<Set<String>> of(List<NamedBugs> messages) throws SQLException {
        List<Set<String>> found = new ArrayList<>();
        Map<String, List<Set<String>>> byName = new HashMap<>();
        Set<String> ids = new TreeSet<>();
        Set<String> idsOfKeys = new TreeSet<>();
        Set<String> urls = new TreeSet<>();
        for (NamedBugs message : messages) {
            Set<String> known = new TreeSet<>();
            found.add(known);
            names(message)
                    .forEach(name -> byName.computeIfAbsent(name, first -> new ArrayList<>())
                            .add(known));
            ids.addAll(message.ids());
            idsOfKeys.addAll(message.keys().values());
            urls.addAll(message.urls());
            for (Row row : rows(BY_GROUP, message.groups())) {
                known.add(row.url());
            }
        }
        ids.addAll(idsOfKeys);
        for (Row row : rows(BY_ID, ids)) {
            names(row, idsOfKeys)
                    .forEach(name -> byName.getOrDefault(name, List.of()).forEach(known -> known.add(row.url())));
        }
        for (Row row : rows(BY_URL, urls)) {
            byName.getOrDefault("url " + row.url(), List.of()).forEach(known -> known.add(row.url()));
        }
        return found;
    }

    private static Stream<String> names(NamedBugs message) {
        return Stream.of(
                        message.ids().stream().map(id -> "id " + id),
                        message.keys().keySet().stream().map(key -> "key " + key),
                        message.urls().stream().map(url -> "url " + url))
                .flatMap(each -> each);
    }

    /** What a row's bug may be called: by its own URL, or by the one where it is now. */
    private Stream<String> names(Row row, Set<String> idsOfKeys) {
        Stream<String> id = Stream.of("id " + row.id());
        return idsOfKeys.contains(row.id())
                ? Stream.concat(
                        id,
                        Stream.of(row.url(), row.movedTo() == null ? row.url() : row.movedTo())
                                .distinct()
                                .flatMap(url -> trackers.keyIn(system, url).stream())
                                .map(key -> "key " + key))
                : id;
    }

    private List<Row> rows(String sql, Set<String> names) throws SQLException {
        List<String> all = List.copyOf(names);
        List<Row> rows = new ArrayList<>();
        for (int from = 0; from < all.size(); from += MOST_PARAMETERS) {
            List<String> some = all.subList(from, Math.min(from + MOST_PARAMETERS, all.size()));
            int before = rows.size();
            select(String.format(sql, "?" + ", ?".repeat(some.size() - 1)), some, rows);
            tooMany |= rows.size() - before >= MOST;
        }
        return rows;
    }

    private void select(String sql, List<String> names, List<Row> into) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 0; i < names.size(); i++) {
                select.setString(i + 1, names.get(i));
            }
            select.setString(names.size() + 1, system.name());
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    into.add(new Row(rows.getString(1), rows.getString(2), rows.getString(3)));
                }
            }
        }
    }
}
