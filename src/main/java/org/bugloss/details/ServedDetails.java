package org.bugloss.details;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.stream.JsonGenerator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.bugloss.cache.FieldsJson;
import org.bugloss.cache.StoredDetails;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.FetchException;
import org.bugloss.trackers.BugFields;
import org.bugloss.trackers.TrackerSystem;
import org.jspecify.annotations.Nullable;

/**
 * Details as a caller gets them: what is cached, with the override over it where one is in force. Immutable.
 *
 * @param shown of both sides what wins
 * @param source {@code tracker}, {@code open_graph} or {@code override}
 * @param failure {@code null} where the source did not fail
 * @param restricted whether the caller may see no more than the URL shows
 */
public record ServedDetails(
        String url,
        @Nullable String id,
        Side shown,
        String tracker,
        @Nullable String system,
        boolean fromOpenGraph,
        @Nullable String siteName,
        @Nullable String movedTo,
        String source,
        @Nullable String suppliedBy,
        @Nullable Instant fetchedAt,
        @Nullable Instant expiresAt,
        boolean stale,
        @Nullable Failure failure,
        boolean restricted) {

    private static final int LONGEST_SUPPLIER = 300;

    /** What there is no more than a name of, for who may not see it. */
    private static final List<String> WITHHELD = List.of(
            "title",
            "description",
            "excerpt",
            "status",
            "resolved",
            "from_open_graph",
            "image",
            "site_name",
            "moved_to",
            "fields",
            "source",
            "supplied_by",
            "fetched_at",
            "expires_at",
            "failure");

    /** Why a source failed, since when, and when it is asked again. */
    record Failure(
            String reason,
            @Nullable String message,
            @Nullable Instant since,
            @Nullable Instant retryAt) {

        private static @Nullable Failure of(Gloss gloss) {
            if (gloss.pausedSince() != null) {
                FetchException refusal = gloss.pause();
                return new Failure(refusal.reason().word(), refusal.getMessage(), gloss.pausedSince(), null);
            }
            StoredDetails stored = gloss.stored();
            return stored == null || stored.failureReason() == null
                    ? null
                    : new Failure(
                            stored.failureReason(), stored.failureMessage(), stored.failureSince(), stored.retryAt());
        }
    }

    /**
     * Lays the override over what is cached.
     *
     * @param gloss that can be shown
     * @param images whether images from elsewhere stay in descriptions
     */
    static ServedDetails of(Gloss gloss, boolean images, Instant now) {
        StoredDetails stored = gloss.details();
        DetailsOverride override = gloss.override();
        Side told = stored == null ? Side.ofNothing() : Side.of(stored);
        Side shown = override == null
                ? told
                : Side.of(override, gloss.bug().url(), images).over(told, override.blanks());
        boolean fromOpenGraph = stored != null && stored.fromOpenGraph();
        Instant expiresAt = stored == null ? null : stored.expiresAt();
        if (expiresAt != null
                && gloss.pausedSince() != null
                && gloss.pausedSince().isBefore(expiresAt)) {
            expiresAt = gloss.pausedSince();
        }
        if (override != null && override.expiresAt() != null) {
            expiresAt = override.expiresAt();
        }
        String source = fromOpenGraph ? "open_graph" : "tracker";
        String system = gloss.bug().system().map(TrackerSystem::name).orElse(null);
        return new ServedDetails(
                gloss.key(),
                stored == null ? gloss.idInUrl() : stored.bugId(),
                shown,
                stored == null ? gloss.tracker() : stored.tracker(),
                stored == null ? system : stored.system(),
                fromOpenGraph,
                stored == null ? null : stored.siteName(),
                stored == null ? null : stored.movedTo(),
                override == null ? source : "override",
                supplier(override),
                stored == null && override != null ? override.createdAt() : stored == null ? null : stored.fetchedAt(),
                expiresAt,
                gloss.isStale(now),
                Failure.of(gloss),
                false);
    }

    /** No more than a URL shows. */
    static ServedDetails restricted(String url, @Nullable String id, String tracker, @Nullable String system) {
        return new ServedDetails(
                url, id, Side.ofNothing(), tracker, system, false, null, null, "", null, null, null, false, null, true);
    }

    private static @Nullable String supplier(@Nullable DetailsOverride override) {
        if (override == null || override.suppliedBy() == null) {
            return null;
        }
        String plain = SafeHtml.plainText(override.suppliedBy());
        return plain.length() <= LONGEST_SUPPLIER ? plain : plain.substring(0, LONGEST_SUPPLIER);
    }

    /**
     * The answer in UTF-8, as in the outside contract.
     *
     * @param brief without the description
     */
    byte[] json(boolean brief) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            write(json.writeStartObject(), brief);
            json.writeEnd();
        }
        return bytes.toByteArray();
    }

    /** The whole answer as an object, for an answer of which it is a part. */
    public JsonObject object() {
        try (JsonReader reader = JSON.createReader(new ByteArrayInputStream(json(false)))) {
            return reader.readObject();
        }
    }

    /** Writes the members into an object that is begun. */
    public void write(JsonGenerator json, boolean brief) {
        json.write("url", url);
        text(json, "id", id);
        if (restricted) {
            json.write("tracker", tracker);
            text(json, "system", system);
            json.write("restricted", true).write("stale", false);
            WITHHELD.stream()
                    .filter(member -> !brief || !member.equals("description"))
                    .forEach(json::writeNull);
            return;
        }
        json.write("title", shown.title());
        if (!brief) {
            json.write("description", shown.description());
        }
        json.write("excerpt", shown.excerpt());
        text(json, "status", shown.status());
        if (shown.resolved() == null) {
            json.writeNull("resolved");
        } else {
            json.write("resolved", shown.resolved());
        }
        json.write("tracker", tracker);
        text(json, "system", system);
        json.write("from_open_graph", fromOpenGraph);
        text(json, "image", shown.image());
        text(json, "site_name", siteName);
        text(json, "moved_to", movedTo);
        json.write("restricted", false);
        json.write("fields", FieldsJson.of(shown.fields() == null ? BugFields.NONE : shown.fields()));
        json.write("source", source);
        text(json, "supplied_by", suppliedBy);
        time(json, "fetched_at", fetchedAt);
        time(json, "expires_at", expiresAt);
        json.write("stale", stale);
        if (failure == null) {
            json.writeNull("failure");
        } else {
            json.writeStartObject("failure")
                    .write("reason", failure.reason())
                    .write("message", String.valueOf(failure.message()));
            time(json, "since", failure.since());
            time(json, "retry_at", failure.retryAt());
            json.writeEnd();
        }
    }

    private static void text(JsonGenerator json, String name, @Nullable String value) {
        if (value == null) {
            json.writeNull(name);
        } else {
            json.write(name, value);
        }
    }

    private static void time(JsonGenerator json, String name, @Nullable Instant time) {
        text(
                json,
                name,
                time == null ? null : time.truncatedTo(ChronoUnit.MILLIS).toString());
    }
}
