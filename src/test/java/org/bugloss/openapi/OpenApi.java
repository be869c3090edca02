package org.bugloss.openapi;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The OpenAPI document as tests read it: operation by operation, with references followed. */
public final class OpenApi {

    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");

    private final JsonObject document;

    private OpenApi(JsonObject document) {
        this.document = document;
    }

    /** The document of this build. */
    public static OpenApi ofBuild() {
        return new OpenApi(OpenApiDocument.read());
    }

    /** A document that a server sent. */
    public static OpenApi of(JsonObject document) {
        return new OpenApi(document);
    }

    public JsonObject document() {
        return document;
    }

    /** All operations, in their order. */
    public List<Operation> operations() {
        return operations(document.getJsonObject("paths")).toList();
    }

    /** The operation of a method and a path, as {@code GET /details}. */
    public Operation operation(String name) {
        return operations().stream()
                .filter(operation -> operation.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the document has no " + name));
    }

    /** What Bugloss sends by itself; the path is a name. */
    public List<Operation> webhooks() {
        return operations(document.getJsonObject("webhooks")).toList();
    }

    private Stream<Operation> operations(JsonObject items) {
        return items.keySet().stream().flatMap(path -> operations(path, items.getJsonObject(path)));
    }

    private Stream<Operation> operations(String path, JsonObject item) {
        return item.keySet().stream().filter(METHODS::contains).map(method -> {
            List<JsonObject> parameters = new ArrayList<>();
            for (JsonObject some : List.of(item, item.getJsonObject(method))) {
                array(some, "parameters").forEach(parameter -> parameters.add(followed(parameter)));
            }
            return new Operation(method.toUpperCase(Locale.ROOT), path, parameters, item.getJsonObject(method));
        });
    }

    /** What a reference leads to, or the value itself. */
    public JsonObject followed(JsonValue value) {
        JsonObject object = value.asJsonObject();
        return object.containsKey("$ref")
                ? document.getValue(object.getString("$ref").substring(1)).asJsonObject()
                : object;
    }

    private static JsonArray array(JsonObject object, String name) {
        return object.getOrDefault(name, JsonValue.EMPTY_JSON_ARRAY).asJsonArray();
    }

    /** JSON, of any kind. */
    static JsonValue parsed(String json) {
        try (JsonReader reader = Json.createReader(new StringReader(json))) {
            return reader.readValue();
        } catch (JsonException e) {
            throw new AssertionError("no JSON: " + json, e);
        }
    }

    /** A member that is an object; empty where there is none. */
    static JsonObject object(JsonObject object, String name) {
        return object.getOrDefault(name, JsonValue.EMPTY_JSON_OBJECT).asJsonObject();
    }

    /** A method at a path, with the parameters of the path too. */
    public final class Operation {

        private final String method;
        private final String path;
        private final List<JsonObject> parameters;
        private final JsonObject definition;

        private Operation(String method, String path, List<JsonObject> parameters, JsonObject definition) {
            this.method = method;
            this.path = path;
            this.parameters = parameters;
            this.definition = definition;
        }

        public String name() {
            return method + " " + path;
        }

        public String method() {
            return method;
        }

        public String path() {
            return path;
        }

        public JsonObject definition() {
            return definition;
        }

        public List<JsonObject> parameters() {
            return parameters;
        }

        /** The names of those that are in the query, a header, a cookie or the path. */
        public Set<String> parameters(String in) {
            Set<String> names = new TreeSet<>();
            parameters.stream()
                    .filter(parameter -> parameter.getString("in").equals(in))
                    .forEach(parameter -> names.add(parameter.getString("name")));
            return names;
        }

        /** By media type. */
        public JsonObject requests() {
            return object(object(definition, "requestBody"), "content");
        }

        /** By status. */
        public JsonObject responses() {
            return definition.getJsonObject("responses");
        }

        /** What is said of a status, of its class, or of those that nothing is said of. */
        public JsonObject response(int status) {
            JsonValue response = responses()
                    .getOrDefault(Integer.toString(status), responses().get("default"));
            return followed(response);
        }

        /** Whether a status is named. */
        public boolean names(int status) {
            return responses().containsKey(Integer.toString(status));
        }

        /** The media types of good answers. */
        public Set<String> answers() {
            Set<String> types = new TreeSet<>();
            responses().forEach((status, response) -> {
                if (status.startsWith("2")) {
                    types.addAll(object(followed(response), "content").keySet());
                }
            });
            return types;
        }

        /** The ways to prove who calls, each of schemes with their scopes. */
        public List<JsonObject> security() {
            JsonObject of = definition.containsKey("security") ? definition : document;
            return of.getJsonArray("security").getValuesAs(JsonObject.class);
        }

        /** The least role that is needed, in lower case. */
        public String role() {
            return security().contains(JsonValue.EMPTY_JSON_OBJECT)
                    ? "none"
                    : Json.createPointer("/bearer/0")
                            .getValue(security().get(0))
                            .toString()
                            .replace("\"", "");
        }

        @Override
        public String toString() {
            return name();
        }
    }
}
