package org.bugloss.links;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.JsonObjectBuilder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * A link reference as callers get it. Immutable.
 *
 * @param url as it was typed
 * @param sortedBy in a list, what it is sorted by; {@code null} where it has no such thing, or the list is sorted by id
 */
record Listed(
        long id,
        @Nullable String executionId,
        @Nullable String name,
        String url,
        boolean defect,
        Instant createdOn,
        @Nullable OffsetDateTime sortedBy) {

    /** Reads the row that a result of {@link LinkSql#page} stands at. */
    static Listed read(ResultSet row) throws SQLException {
        return new Listed(
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getBoolean(5),
                row.getObject(6, OffsetDateTime.class).toInstant(),
                row.getObject(7, OffsetDateTime.class));
    }

    /** As in the outside contract. */
    JsonObjectBuilder json() {
        JsonObjectBuilder json = JSON.createObjectBuilder().add("id", id);
        add(json, "execution_id", executionId);
        add(json, "name", name);
        return json.add("url", url).add("is_defect", defect).add("created_on", createdOn.toString());
    }

    private static void add(JsonObjectBuilder json, String member, @Nullable String value) {
        if (value == null) {
            json.addNull(member);
        } else {
            json.add(member, value);
        }
    }
}
