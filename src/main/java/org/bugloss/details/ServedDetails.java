package org.bugloss.details;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.bugloss.cache.CachedDetails;
import org.bugloss.cache.CleanDetails;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.FieldsJson;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.trackers.BugFields;

/**
 * Details as a caller gets them: what is cached, with the override over it where one is in force.
 *
 * @param json the answer, as in the outside contract
 * @param fresh how long it will not change by itself; zero where it is stale
 */
public record ServedDetails(JsonObject json, Duration fresh) {

    /**
     * Lays an override over what is cached.
     *
     * @param url the canonical URL
     * @param row what is cached, or {@code null}; one of the two must be there
     * @param override the override in force, or {@code null}
     * @param stale whether what is cached is too old, or another tracker's
     */
    static ServedDetails of(
            CanonicalUrl url,
            String tracker,
            CachedDetails row,
            DetailsOverride override,
            boolean stale,
            DetailsSettings settings,
            Instant now) {
        CachedDetails known = row != null && row.hasDetails() ? row : null;
        Set<String> blanks = override == null ? Set.of() : override.blanks();
        Instant expires = known == null ? null : known.expiresAt();
        if (override != null && override.expiresAt() != null) {
            expires = override.expiresAt();
        }
        Instant fetched = known == null ? override.createdAt() : known.fetchedAt();

        String description = known == null ? "" : known.description();
        String excerpt = known == null ? "" : known.excerpt();
        if (override != null && override.description() != null) {
            description = SafeHtml.sanitise(override.description(), settings.images(), url.uri());
            excerpt = SafeHtml.excerpt(description);
        } else if (blanks.contains("description")) {
            description = "";
            excerpt = "";
        }
        JsonObjectBuilder json = JSON.createObjectBuilder().add("url", url.key());
        FieldsJson.add(json, "id", known == null ? null : known.bugId());
        json.add("title", override == null ? known.title() : SafeHtml.plainText(override.title()));
        json.add("description", description);
        json.add("excerpt", excerpt);
        FieldsJson.add(
                json,
                "status",
                member(
                        override == null || override.status() == null ? null : SafeHtml.plainText(override.status()),
                        blanks.contains("status"),
                        known == null ? null : known.status()));
        Boolean resolved = member(
                override == null ? null : override.resolved(),
                blanks.contains("resolved"),
                known == null ? null : known.resolved());
        if (resolved == null) {
            json.addNull("resolved");
        } else {
            json.add("resolved", resolved);
        }
        json.add("tracker", known == null ? tracker : known.tracker());
        FieldsJson.add(json, "system", known == null ? null : known.system());
        json.add("from_open_graph", known != null && known.fromOpenGraph());
        FieldsJson.add(
                json,
                "image",
                member(
                        override == null ? null : CleanDetails.webUrl(override.image()),
                        blanks.contains("image"),
                        known == null ? null : known.image()));
        FieldsJson.add(json, "site_name", known == null ? null : known.siteName());
        BugFields fields = known == null ? BugFields.NONE : known.fields();
        if (override != null && override.fields() != null) {
            fields = FieldsJson.read(override.fields());
        } else if (blanks.contains("fields")) {
            fields = BugFields.NONE;
        }
        json.add("fields", FieldsJson.of(fields));
        json.add("source", override != null ? "override" : known.fromOpenGraph() ? "open_graph" : "tracker");
        FieldsJson.add(json, "fetched_at", time(fetched));
        FieldsJson.add(json, "expires_at", expires == null ? null : time(expires));
        json.add("stale", known != null && stale);
        if (row == null || row.failureReason() == null) {
            json.addNull("failure");
        } else {
            json.add(
                    "failure",
                    JSON.createObjectBuilder()
                            .add("reason", row.failureReason())
                            .add("message", row.failureMessage())
                            .add("since", time(row.failureSince()))
                            .add("retry_at", time(row.retryAt())));
        }
        Duration fresh = expires == null || stale ? Duration.ZERO : Duration.between(now, expires);
        return new ServedDetails(json.build(), fresh.isNegative() ? Duration.ZERO : fresh);
    }

    private static <T> T member(T overridden, boolean blank, T known) {
        return overridden != null ? overridden : blank ? null : known;
    }

    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MILLIS).toString();
    }
}
