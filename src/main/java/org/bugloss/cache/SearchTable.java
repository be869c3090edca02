package org.bugloss.cache;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.PreparedStatement;
import java.sql.Types;
import java.util.Collection;
import java.util.List;
import javax.sql.DataSource;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.database.DatabaseVendor;
import org.bugloss.database.Sql;
import org.jspecify.annotations.Nullable;

/**
 * What lists are searched and sorted by, as sources told it. A table of its own, since rows of details are written with every
 * refresh, and what is in here hardly ever changes. Written in the transaction that stores the details; each row of details has one
 * here.
 */
@ApplicationScoped
class SearchTable {

    private static final List<String> COLUMNS = List.of("bug_id", "search_title", "updated_at", "resolved");

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    /** What of a bug is searched and sorted by. */
    record Entry(
            String url,
            @Nullable String bugId,
            @Nullable String title,
            @Nullable String fields,
            @Nullable Boolean resolved) {

        static Entry of(StoredDetails stored) {
            return new Entry(stored.url(), stored.bugId(), stored.title(), stored.fields(), stored.resolved());
        }
    }

    /** Takes the place of what is there. The URLs come in their order, so that no two transactions lock each other out. */
    void put(Collection<Entry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        Sql.on(database, "the search table can't be written", connection -> {
            try (PreparedStatement statement = connection.prepareStatement(
                    DatabaseVendor.behind(connection).upsert("bug_search", COLUMNS, "url"))) {
                for (Entry entry : entries) {
                    statement.setString(1, entry.bugId());
                    statement.setString(2, entry.title() == null ? null : SearchWords.column(entry.title()));
                    statement.setObject(
                            3,
                            SearchWords.column(FieldsJson.read(entry.fields()).updated()),
                            Types.TIMESTAMP_WITH_TIMEZONE);
                    statement.setObject(4, entry.resolved(), Types.BOOLEAN);
                    statement.setString(5, entry.url());
                    statement.addBatch();
                }
                statement.executeBatch();
            }
            return true;
        });
    }
}
