package org.bugloss.details;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;

/**
 * Details that an outside script supplied, through the REST interface or with plain SQL. They win over the tracker's
 * until they expire. What is in here is hostile until it is served: a script may have written anything.
 */
@Entity
@Table(name = "details_override")
public class DetailsOverride {

    @Id
    private String url;

    private String title;
    private String description;
    private String status;
    private Boolean resolved;
    private String image;
    private String fields;

    @Column(name = "created_at")
    private OffsetDateTime createdAt;

    @Column(name = "expires_at")
    private OffsetDateTime expiresAt;

    private String blanks;

    /** For Jakarta Persistence. */
    protected DetailsOverride() {}

    DetailsOverride(String url) {
        this.url = url;
    }

    /** Takes the members of another override for the same URL. */
    void become(Supplied supplied, Instant now) {
        title = supplied.title();
        description = supplied.description();
        status = supplied.status();
        resolved = supplied.resolved();
        image = supplied.image();
        fields = supplied.fields();
        blanks = supplied.blanks().isEmpty() ? null : String.join(",", supplied.blanks());
        createdAt = now.atOffset(ZoneOffset.UTC);
        expiresAt = now.plus(supplied.ttl()).atOffset(ZoneOffset.UTC);
    }

    String url() {
        return url;
    }

    String title() {
        return title;
    }

    String description() {
        return description;
    }

    String status() {
        return status;
    }

    Boolean resolved() {
        return resolved;
    }

    String image() {
        return image;
    }

    String fields() {
        return fields;
    }

    Instant createdAt() {
        return createdAt.toInstant();
    }

    /** {@code null} where it never expires. */
    Instant expiresAt() {
        return expiresAt == null ? null : expiresAt.toInstant();
    }

    boolean isActive(Instant now) {
        return expiresAt == null || expiresAt.toInstant().isAfter(now);
    }

    boolean isNewerThan(DetailsOverride other) {
        return createdAt.isAfter(other.createdAt);
    }

    /** The members that hide what the tracker says although they are empty. */
    Set<String> blanks() {
        return blanks == null ? Set.of() : Set.copyOf(List.of(blanks.split(",")));
    }

    /**
     * An override as a caller of the REST interface supplied it, checked.
     *
     * @param fields JSON text
     * @param blanks the members that were given as {@code null}
     * @param ttl how long it wins
     */
    public record Supplied(
            String title,
            String description,
            String status,
            Boolean resolved,
            String image,
            String fields,
            Set<String> blanks,
            java.time.Duration ttl) {}
}
