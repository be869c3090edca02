package org.bugloss.openapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The document is one by the rules of OpenAPI 3.1, and its examples are what it says itself. */
class OpenApiRulesTest {

    private static final OpenApi OPEN_API = OpenApi.ofBuild();

    private final Schemas schemas = new Schemas(OPEN_API);
    private final List<String> wrong = new ArrayList<>();
    private int examples;

    @Test
    void theDocumentKeepsTheRules() {
        assertEquals(List.of(), messages(OPEN_API.document()));
    }

    @Test
    void theRulesFindWhatIsWrong() {
        JsonObject document = Json.createPatchBuilder()
                .remove("/paths/~1details/get/responses")
                .add("/paths/~1me/get/paramters", JsonValue.EMPTY_JSON_ARRAY)
                .build()
                .apply(OPEN_API.document());

        assertEquals(2, messages(document).size(), messages(document)::toString);
    }

    private static List<String> messages(JsonObject document) {
        ParseOptions options = new ParseOptions();
        options.setResolve(true);
        List<String> messages = new OpenAPIV3Parser()
                .readContents(document.toString(), List.of(), options)
                .getMessages();
        return messages == null ? List.of() : messages;
    }

    @Test
    void everyExampleIsOfItsSchema() {
        for (OpenApi.Operation operation : operations().toList()) {
            operation
                    .parameters()
                    .forEach(parameter -> value(operation + " " + parameter.getString("name"), parameter));
            content(operation + " request", operation.requests());
            operation.responses().forEach((status, response) -> {
                JsonObject followed = OPEN_API.followed(response);
                content(operation + " " + status, OpenApi.object(followed, "content"));
                OpenApi.object(followed, "headers")
                        .forEach((name, header) -> value(operation + " " + name, OPEN_API.followed(header)));
            });
        }

        assertEquals(List.of(), wrong);
        assertTrue(examples > 300, () -> "only " + examples + " examples");
    }

    @Test
    void everythingThatIsDefinedIsUsed() {
        String document = OPEN_API.document().toString();
        List<String> unused = new ArrayList<>();
        OPEN_API.document()
                .getJsonObject("components")
                .forEach((kind, all) -> all.asJsonObject().keySet().forEach(name -> {
                    boolean isUsed = kind.equals("securitySchemes")
                            ? document.contains("{\"" + name + "\":[") || document.contains(",\"" + name + "\":[")
                            : document.contains("\"#/components/" + kind + "/" + name + "\"");
                    if (!isUsed) {
                        unused.add(kind + "/" + name);
                    }
                }));

        assertEquals(List.of(), unused);
    }

    @Test
    void everyOperationHasANameOfItsOwnForClientsAndATagThatThereIs() {
        List<String> names = operations()
                .map(operation -> operation.definition().getString("operationId"))
                .toList();
        List<String> tags = OPEN_API.document().getJsonArray("tags").getValuesAs(JsonObject.class).stream()
                .map(tag -> tag.getString("name"))
                .toList();

        assertEquals(names.size(), new TreeSet<>(names).size(), names::toString);
        operations()
                .forEach(operation -> assertTrue(
                        tags.containsAll(
                                operation.definition().getJsonArray("tags").getValuesAs(JsonString::getString)),
                        operation::name));
    }

    /** What is sent to endpoints too. */
    private static Stream<OpenApi.Operation> operations() {
        return Stream.concat(OPEN_API.operations().stream(), OPEN_API.webhooks().stream());
    }

    private void content(String where, JsonObject content) {
        content.forEach((type, media) -> {
            JsonObject of = media.asJsonObject();
            if (of.containsKey("example")) {
                example(where + " " + type, type, of, of.get("example"));
            }
            OpenApi.object(of, "examples")
                    .forEach((name, one) -> example(
                            where + " " + type + " " + name,
                            type,
                            of,
                            one.asJsonObject().get("value")));
        });
    }

    private void example(String where, String type, JsonObject media, JsonValue value) {
        examples++;
        String body = value instanceof JsonString text ? text.getString() : value.toString();
        note(where, schemas.problems(type, media, body));
    }

    /** Of a parameter or a header. */
    private void value(String where, JsonObject described) {
        if (described.containsKey("example")) {
            examples++;
            note(where, schemas.problems(described.getJsonObject("schema"), described.get("example")));
        }
    }

    private void note(String where, List<String> problems) {
        problems.forEach(problem -> wrong.add(where + ": " + problem));
    }
}
