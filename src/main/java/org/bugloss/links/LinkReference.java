package org.bugloss.links;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import org.bugloss.outbound.CanonicalUrl;
import org.jspecify.annotations.Nullable;

/**
 * A URL recorded against a test execution. The URL is kept as it was typed, beside the canonical key that its details
 * are cached under.
 */
@Entity
@Table(name = "link_reference")
public class LinkReference {

    @Id
    @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "link_reference_ids")
    @SequenceGenerator(name = "link_reference_ids", sequenceName = "link_reference_ids", allocationSize = 1)
    private Long id;

    @Column(name = "execution_id")
    private @Nullable String executionId;

    private @Nullable String name;
    private String url;

    @Column(name = "is_defect")
    private boolean defect;

    @Column(name = "created_on")
    private OffsetDateTime createdOn;

    @Column(name = "url_key")
    private String key;

    @Column(name = "natural_key")
    private String naturalKey;

    /** For Jakarta Persistence. */
    protected LinkReference() {}

    /**
     * What a caller records, checked.
     *
     * @param executionId or {@code null}
     * @param name or {@code null}
     * @param url as it was typed
     * @param defect whether it is a bug
     */
    record Recorded(@Nullable String executionId, @Nullable String name, String url, boolean defect) {

        /** The same pair of execution and URL is one link reference. A zero is in neither, so the pair is clear. */
        String naturalKey() {
            try {
                String pair = url + "\0" + (executionId == null ? "" : "\0" + executionId);
                byte[] hash = MessageDigest.getInstance("SHA-256").digest(pair.getBytes(StandardCharsets.UTF_8));
                return HexFormat.of().formatHex(hash);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }
    }

    void become(Recorded recorded) {
        executionId = recorded.executionId();
        name = recorded.name();
        url = recorded.url();
        defect = recorded.defect();
        key = CanonicalUrl.parse(recorded.url()).key();
        naturalKey = recorded.naturalKey();
    }

    Recorded recorded() {
        return new Recorded(executionId, name, url, defect);
    }

    Long id() {
        return id;
    }

    String url() {
        return url;
    }

    String key() {
        return key;
    }

    boolean isDefect() {
        return defect;
    }

    /** What callers get to read. */
    Listed listed() {
        return new Listed(id, executionId, name, url, defect, createdOn.toInstant(), null);
    }
}
