package org.bugloss.cache;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import java.io.StringReader;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.bugloss.html.SafeHtml;
import org.bugloss.trackers.BugFields;
import org.jspecify.annotations.Nullable;

/** Bug fields as JSON: as callers get them, as the tables keep them, and as scripts may write them. */
public final class FieldsJson {

    private FieldsJson() {}

    public static JsonObject of(BugFields fields) {
        JsonArrayBuilder labels = JSON.createArrayBuilder();
        fields.labels().forEach(labels::add);
        JsonObjectBuilder json = JSON.createObjectBuilder();
        add(json, "assignee", fields.assignee());
        add(json, "resolution", fields.resolution());
        add(json, "priority", fields.priority());
        add(json, "type", fields.type());
        json.add("labels", labels);
        add(json, "updated", fields.updated() == null ? null : fields.updated().toString());
        return json.build();
    }

    /** Reads what a table holds. A script may have written it, so what has not the right shape counts as absent. */
    public static BugFields read(@Nullable String text) {
        if (text == null) {
            return BugFields.NONE;
        }
        try (JsonReader reader = JSON.createReader(new StringReader(text))) {
            return reader.readValue() instanceof JsonObject object
                    ? BugFields.NONE
                            .withAssignee(text(object, "assignee"))
                            .withResolution(text(object, "resolution"))
                            .withPriority(text(object, "priority"))
                            .withType(text(object, "type"))
                            .withLabels(labels(object))
                            .withUpdated(time(object))
                    : BugFields.NONE;
        } catch (RuntimeException e) {
            return BugFields.NONE;
        }
    }

    public static void add(JsonObjectBuilder json, String name, @Nullable String value) {
        if (value == null) {
            json.addNull(name);
        } else {
            json.add(name, value);
        }
    }

    private static @Nullable String text(JsonObject object, String name) {
        return object.get(name) instanceof JsonString string ? SafeHtml.plainText(string.getString()) : null;
    }

    private static List<String> labels(JsonObject object) {
        return object.get("labels") instanceof JsonArray array
                ? array.stream()
                        .filter(JsonString.class::isInstance)
                        .map(label -> SafeHtml.plainText(((JsonString) label).getString()))
                        .toList()
                : List.of();
    }

    private static @Nullable Instant time(JsonObject object) {
        try {
            return object.get("updated") instanceof JsonString string ? Instant.parse(string.getString()) : null;
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
