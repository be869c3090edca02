package org.bugloss.openapi;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;
import org.bugloss.configuration.Version;

/** The document, put together from its pieces: what belongs to one part of the interface is in one file. */
final class OpenApiDocument {

    private static final String FOLDER = "/META-INF/bugloss/openapi/";

    /** Files of the folder, without {@code .json}. The first has what all share; members come in this order. */
    private static final List<String> PIECES =
            List.of("bugloss", "details", "link-references", "trackers", "hooks", "changes", "callers", "operation");

    private OpenApiDocument() {}

    static JsonObject read() {
        JsonObject version = JSON.createObjectBuilder()
                .add("info", JSON.createObjectBuilder().add("version", Version.current()))
                .build();
        return Stream.concat(PIECES.stream().map(OpenApiDocument::piece), Stream.of(version))
                .reduce(OpenApiDocument::merged)
                .orElseThrow();
    }

    private static JsonObject piece(String name) {
        try (InputStream in = OpenApiDocument.class.getResourceAsStream(FOLDER + name + ".json");
                JsonReader reader = JSON.createReader(in)) {
            return reader.readObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Objects under the same name become one; anything else has a name of its own. */
    private static JsonObject merged(JsonObject one, JsonObject other) {
        JsonObjectBuilder merged = JSON.createObjectBuilder(one);
        other.forEach((name, value) -> {
            JsonValue there = one.get(name);
            if (there == null) {
                merged.add(name, value);
            } else if (there instanceof JsonObject some && value instanceof JsonObject more) {
                merged.add(name, merged(some, more));
            } else {
                throw new IllegalStateException("two pieces of the OpenAPI document have " + name);
            }
        });
        return merged.build();
    }
}
