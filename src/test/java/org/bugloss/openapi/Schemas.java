package org.bugloss.openapi;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Compares values with schemas of the document, more strictly than clients may: a member that is not described is wrong, so that
 * none is forgotten.
 */
public final class Schemas {

    private static final String ITEM = "x-item-schema";

    private final JsonObject schemas;
    private final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private final Map<JsonObject, Schema> read = new ConcurrentHashMap<>();

    public Schemas(OpenApi openApi) {
        this.schemas = openApi.document().getJsonObject("components").getJsonObject("schemas");
    }

    /** What is wrong with a value, a line each. */
    public List<String> problems(JsonObject schema, JsonValue value) {
        return schema(schema)
                .validate(
                        value.toString(),
                        InputFormat.JSON,
                        context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(Error::toString)
                .toList();
    }

    /**
     * What is wrong with a body.
     *
     * @param media what is said of its media type
     */
    public List<String> problems(String type, JsonObject media, String body) {
        return switch (type) {
            case "application/x-ndjson" -> items(media, body.lines().filter(line -> !line.isBlank()));
            case "text/event-stream" ->
                items(
                        media,
                        body.lines().filter(line -> line.startsWith("data:")).map(line -> line.substring(5)));
            case "image/svg+xml", "text/plain" -> problems(media.getJsonObject("schema"), Json.createValue(body));
            default -> problems(media.getJsonObject("schema"), OpenApi.parsed(body));
        };
    }

    private List<String> items(JsonObject media, Stream<String> items) {
        return items.flatMap(item -> problems(media.getJsonObject(ITEM), OpenApi.parsed(item)).stream())
                .toList();
    }

    /** With all schemas in the place that JSON Schema has for them. */
    private Schema schema(JsonObject schema) {
        return read.computeIfAbsent(schema, one -> {
            JsonObject alone =
                    Json.createObjectBuilder(one).add("$defs", schemas).build();
            return registry.getSchema(
                    strict(alone).toString().replace("#/components/schemas/", "#/$defs/"), InputFormat.JSON);
        });
    }

    private static JsonValue strict(JsonValue value) {
        if (value instanceof JsonArray array) {
            JsonArrayBuilder all = Json.createArrayBuilder();
            array.forEach(one -> all.add(strict(one)));
            return all.build();
        }
        if (!(value instanceof JsonObject object)) {
            return value;
        }
        JsonObjectBuilder all = Json.createObjectBuilder();
        object.forEach((name, one) -> all.add(name, strict(one)));
        boolean isOpen = object.get("type") instanceof JsonString type
                && type.getString().equals("object")
                && object.containsKey("properties")
                && !object.containsKey("additionalProperties");
        return (isOpen ? all.add("additionalProperties", false) : all).build();
    }
}
