package org.bugloss.details;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Details that an outside script supplied, through the REST interface or with plain SQL. They win over the tracker's
 * until they expire. What is in here is hostile until it is served: a script may have written anything. Immutable.
 *
 * @param url the canonical URL, or the URL as somebody typed it
 * @param fields JSON text, or what a script took for it
 * @param expiresAt {@code null} where it never expires
 * @param blanks the members that hide what the tracker says although they are empty
 * @param suppliedBy who supplied it; {@code null} where nobody said
 */
record DetailsOverride(
        String url,
        String title,
        @Nullable String description,
        @Nullable String status,
        @Nullable Boolean resolved,
        @Nullable String image,
        @Nullable String fields,
        Instant createdAt,
        @Nullable Instant expiresAt,
        Set<String> blanks,
        @Nullable String suppliedBy) {

    /** The columns that {@link #read} wants, in their order, of {@code details_override o}. */
    static final String COLUMNS = "o.url, o.title, o.description, o.status, o.resolved, o.image, o.fields,"
            + " o.created_at, o.expires_at, o.blanks, o.supplied_by";

    /**
     * Reads the {@link #COLUMNS} of the row that a result stands at.
     *
     * @param before how many columns come before them
     */
    static DetailsOverride read(ResultSet row, int before) throws SQLException {
        boolean isResolved = row.getBoolean(before + 5);
        Boolean resolved = row.wasNull() ? null : (Boolean) isResolved;
        OffsetDateTime expires = row.getObject(before + 9, OffsetDateTime.class);
        String blanks = row.getString(before + 10);
        return new DetailsOverride(
                row.getString(before + 1),
                row.getString(before + 2),
                row.getString(before + 3),
                row.getString(before + 4),
                resolved,
                row.getString(before + 6),
                row.getString(before + 7),
                row.getObject(before + 8, OffsetDateTime.class).toInstant(),
                expires == null ? null : expires.toInstant(),
                blanks == null ? Set.of() : Set.copyOf(List.of(blanks.split(","))),
                row.getString(before + 11));
    }

    boolean isActive(Instant now) {
        return expiresAt == null || expiresAt.isAfter(now);
    }

    /** The same, as if the script had told all but the description. */
    DetailsOverride withoutDescription() {
        return new DetailsOverride(
                url, title, null, status, resolved, image, fields, createdAt, expiresAt, blanks, suppliedBy);
    }

    /** The newer of two for the same bug. */
    static DetailsOverride newer(DetailsOverride one, DetailsOverride other) {
        return one.createdAt.isAfter(other.createdAt) ? one : other;
    }

    /**
     * An override as a caller of the REST interface supplied it, checked.
     *
     * @param fields JSON text
     * @param blanks the members that were given as {@code null}
     * @param ttl how long it wins
     */
    record Supplied(
            String title,
            @Nullable String description,
            @Nullable String status,
            @Nullable Boolean resolved,
            @Nullable String image,
            @Nullable String fields,
            Set<String> blanks,
            @Nullable String suppliedBy,
            Duration ttl) {}
}
