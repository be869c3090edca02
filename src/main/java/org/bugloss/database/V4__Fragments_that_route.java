package org.bugloss.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

/**
 * Gives link references whose URL has a fragment that routes the key that it has since such a fragment is part of it, and
 * has the defects among them fetched under it. Until then, all bugs behind one path shared one key, and so their details.
 *
 * <p>What was cached under the old key stays, for whoever asks for that URL, but the timer leaves it alone where no defect
 * has it any more. Overrides stay where they are. A node of the version before goes on with the keys that it finds.
 *
 * <p>A class, since SQL cannot read a URL; Flyway takes version and description from its name.
 */
class V4__Fragments_that_route extends BaseJavaMigration {

    private static final int AT_ONCE = 1000;

    private record Link(long id, String url, String key, boolean defect) {

        /** Its key by today's rules, where it is another one. */
        Optional<CanonicalUrl> moved() {
            try {
                CanonicalUrl today = CanonicalUrl.parse(url);
                return today.fragment().isPresent() && !today.key().equals(key) ? Optional.of(today) : Optional.empty();
            } catch (InvalidUrlException e) {
                // Longer than a key may be, once its fragment is encoded: it stays as it is.
                return Optional.empty();
            }
        }
    }

    @Override
    public void migrate(Context context) throws SQLException {
        Connection connection = context.getConnection();
        OffsetDateTime now = OffsetDateTime.now(ZoneOffset.UTC);
        Set<String> left = new HashSet<>();
        long last = Long.MIN_VALUE;
        List<Link> links;
        do {
            links = next(connection, last);
            for (Link link : links) {
                last = link.id();
                Optional<CanonicalUrl> moved = link.moved();
                if (moved.isPresent()) {
                    move(connection, link, moved.get(), now);
                    left.add(link.key());
                }
            }
        } while (links.size() == AT_ONCE);
        for (String key : left) {
            unwatch(connection, key);
        }
    }

    private static List<Link> next(Connection connection, long after) throws SQLException {
        List<Link> links = new ArrayList<>();
        try (PreparedStatement select =
                connection.prepareStatement("select id, url, url_key, is_defect from link_reference"
                        + " where id > ? and url like '%#%' order by id limit " + AT_ONCE)) {
            select.setLong(1, after);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    links.add(new Link(rows.getLong(1), rows.getString(2), rows.getString(3), rows.getBoolean(4)));
                }
            }
        }
        return links;
    }

    private static void move(Connection connection, Link link, CanonicalUrl url, OffsetDateTime now)
            throws SQLException {
        update(connection, "update link_reference set url_key = ? where id = ?", url.key(), link.id());
        if (!link.defect()) {
            return;
        }
        String page = "//" + url.host();
        update(
                connection,
                "insert into bug_details (url, tracker, system_name, asked_at, due_at, lane)"
                        + " select ?, coalesce(max(tracker), 'OpenGraph'), max(system_name), ?, ?,"
                        + " coalesce(max(lane), max(system_name), ?) from bug_details where url = ?"
                        + " having not exists (select 1 from bug_details where url = ?)",
                url.key(),
                now,
                now,
                page,
                link.key(),
                url.key());
    }

    private static void unwatch(Connection connection, String key) throws SQLException {
        update(
                connection,
                "update bug_details set lane = null, claimed_by = null, due_at = null where url = ?"
                        + " and not exists (select 1 from link_reference where url_key = ? and is_defect)",
                key,
                key);
    }

    private static void update(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                update.setObject(i + 1, values[i]);
            }
            update.executeUpdate();
        }
    }
}
