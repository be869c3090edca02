package org.bugloss.details;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.bugloss.cache.FieldsJson;
import org.bugloss.cache.SearchWords;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.database.DatabaseVendor;
import org.bugloss.database.InTransaction;
import org.bugloss.database.Sql;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;

/**
 * The overrides that outside scripts supply through the REST interface, as they are written, with what becomes of their bugs. Every method is one transaction;
 * run it through {@link org.bugloss.database.Retried}, since two callers may override one bug at once. Safe for use by several
 * threads.
 */
@ApplicationScoped
@InTransaction
public class Overrides {

    private static final List<String> COLUMNS = List.of(
            "title",
            "description",
            "status",
            "resolved",
            "image",
            "fields",
            "blanks",
            "supplied_by",
            "created_at",
            "expires_at",
            "search_title",
            "updated_at",
            "url_key");

    private static final String END_OTHER_FORMS = "delete from details_override where url in"
            + " (select l.url from link_reference l where l.url_key = ? and l.url <> l.url_key)";

    /** Also where its bugs' rows are locked. */
    static final String UNUSABLE = "the table of overrides can't be used";

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    @Inject
    private OverrideChanges changes;

    @Inject
    private Clock clock;

    /** An override, and the URL that it is for, as it was typed. */
    record Put(String typed, CanonicalUrl url, DetailsOverride.Supplied supplied) {}

    /** Makes or replaces overrides, all or none; of several for one bug the last one holds. */
    void put(Collection<Put> puts) {
        Instant now = clock.instant();
        // In the order of the keys, so that two callers who override the same bugs can't lock each other out.
        Map<String, Put> byKey = new TreeMap<>();
        Map<String, CanonicalUrl> typed = new TreeMap<>();
        Collection<String> otherForms = new TreeSet<>();
        for (Put put : puts) {
            typed.put(put.typed(), put.url());
            byKey.put(put.url().key(), put);
            if (!put.typed().equals(put.url().key())) {
                otherForms.add(put.typed());
            }
        }
        OverrideChanges.Served before = changes.lock(typed);
        Sql.on(database, UNUSABLE, connection -> {
            write(connection, byKey, now);
            remove(connection, otherForms);
            return true;
        });
        changes.log(before);
    }

    private static void write(Connection connection, Map<String, Put> puts, Instant now) throws SQLException {
        String sql = DatabaseVendor.behind(connection).upsert("details_override", COLUMNS, "url");
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (Map.Entry<String, Put> put : puts.entrySet()) {
                DetailsOverride.Supplied supplied = put.getValue().supplied();
                statement.setString(1, supplied.title());
                statement.setString(2, supplied.description());
                statement.setString(3, supplied.status());
                statement.setObject(4, supplied.resolved(), Types.BOOLEAN);
                statement.setString(5, supplied.image());
                statement.setString(6, supplied.fields());
                statement.setString(7, supplied.blanks().isEmpty() ? null : String.join(",", supplied.blanks()));
                statement.setString(8, supplied.suppliedBy());
                statement.setObject(9, now.atOffset(ZoneOffset.UTC));
                statement.setObject(10, now.plus(supplied.ttl()).atOffset(ZoneOffset.UTC));
                statement.setString(11, SearchWords.column(supplied.title()));
                statement.setObject(
                        12,
                        SearchWords.column(FieldsJson.read(supplied.fields()).updated()),
                        Types.TIMESTAMP_WITH_TIMEZONE);
                statement.setString(13, put.getKey());
                statement.setString(14, put.getKey());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    /**
     * Finds out for which bugs scripts wrote overrides, and by what those are searched and sorted, as {@link #put} does at once.
     *
     * @param most how many rows at most
     * @return how many there were
     */
    int readWhatScriptsWrote(int most) {
        return Sql.on(database, UNUSABLE, connection -> {
            List<Written> written = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                            "select url, title, fields from details_override where url_key is null limit " + most
                                    + " for update skip locked");
                    ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    written.add(new Written(rows.getString(1), rows.getString(2), rows.getString(3)));
                }
            }
            try (PreparedStatement update = connection.prepareStatement(
                    "update details_override set url_key = ?, search_title = ?, updated_at = ? where url = ?")) {
                for (Written one : written) {
                    update.setString(1, one.key());
                    update.setString(2, SearchWords.column(one.title()));
                    update.setObject(
                            3,
                            SearchWords.column(FieldsJson.read(one.fields()).updated()),
                            Types.TIMESTAMP_WITH_TIMEZONE);
                    update.setString(4, one.url());
                    update.addBatch();
                }
                update.executeBatch();
            }
            return written.size();
        });
    }

    private record Written(String url, String title, String fields) {

        /** Empty where it is no URL: a script may have written anything. */
        String key() {
            try {
                return CanonicalUrl.parse(url).key();
            } catch (InvalidUrlException e) {
                return "";
            }
        }
    }

    /** Ends the override of a bug, under whatever URL it is in force: as it is typed here, or in a link reference. */
    void end(String typed, CanonicalUrl url) {
        OverrideChanges.Served before = changes.lock(Map.of(typed, url));
        Sql.on(database, UNUSABLE, connection -> {
            remove(connection, new TreeSet<>(List.of(typed, url.key())));
            try (PreparedStatement delete = connection.prepareStatement(END_OTHER_FORMS)) {
                delete.setString(1, url.key());
                return delete.executeUpdate();
            }
        });
        changes.log(before);
    }

    private static void remove(Connection connection, Collection<String> urls) throws SQLException {
        if (urls.isEmpty()) {
            return;
        }
        try (PreparedStatement delete = connection.prepareStatement("delete from details_override where url = ?")) {
            for (String url : urls) {
                delete.setString(1, url);
                delete.addBatch();
            }
            delete.executeBatch();
        }
    }
}
