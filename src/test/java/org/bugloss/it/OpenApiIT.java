package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bugloss.openapi.OpenApi;
import org.bugloss.openapi.Schemas;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The OpenAPI document is served, and each operation answers its own example as is described. */
@OnServer
class OpenApiIT {

    private static final String SITE = "https://github.com";
    private static final String ISSUES = "/github/api/v3/repos/kiwitcms/Kiwi/issues/";
    private static final String EXECUTION = "TE-openapi-";

    /** Nobody signs in here; SignInIT does. */
    private static final Set<String> OF_NOBODY = Set.of("GET /sign-in/{issuer}", "GET /sign-in/callback");

    /** They end after a quarter of an hour; ChangesIT reads them. */
    private static final String STREAM = "text/event-stream";

    /** Not on every good answer: there need not be a next page, nor anybody who signs in. */
    private static final Set<String> SOMETIMES = Set.of("Link", "Set-Cookie");

    @ArquillianResource
    Http bugloss;

    @ArquillianResource
    Upstream upstream;

    private final List<String> wrong = new ArrayList<>();
    private OpenApi openApi;
    private Schemas schemas;

    @BeforeEach
    void read() {
        openApi = OpenApi.of(bugloss.get("/api/openapi.json").json());
        schemas = new Schemas(openApi);
        for (int number : List.of(117, 118)) {
            upstream.on(
                    ISSUES + number,
                    Route.body(
                            200,
                            "application/json",
                            ("{\"number\": " + number + ", \"title\": \"Show names of bugs\", \"state\": \"open\"}")
                                    .getBytes()));
        }
        upstream.on("/chat", Route.status(204));
        // So that no answer waits for it: on a busy machine the first takes its time.
        Http.eventually(
                () -> bugloss.get("/api/details?url=" + Http.encoded(upstream.uri("/github/kiwitcms/Kiwi/issues/117"))),
                answer -> answer.status() == 200);
    }

    /** One that the last example did not delete. */
    private String recorded() {
        return bugloss.post(
                        "/api/link-references",
                        "{\"execution_id\": \"" + EXECUTION + "0\", \"url\": \"http://127.0.0.1/\"}")
                .json()
                .get("id")
                .toString();
    }

    @Test
    void theDocumentIsThatOfTheBuildForEverybody() {
        Http.Answer answer = bugloss.get("/api/openapi.json");
        String tag = answer.header("ETag").orElseThrow();

        assertEquals(OpenApi.ofBuild().document(), answer.json());
        assertEquals(Optional.of("no-cache"), answer.header("Cache-Control"));
        assertEquals(304, bugloss.get("/api/openapi.json", "If-None-Match", tag).status());
        Http.Answer compressed = bugloss.get("/api/openapi.json", "Accept-Encoding", "gzip");
        assertEquals(Optional.of("gzip"), compressed.header("Content-Encoding"));
        assertTrue(bugloss.get("/api.html").body().contains("api.js"));
    }

    @Test
    void everyOperationAnswersItsExamplesAsDescribed() {
        for (OpenApi.Operation operation : openApi.operations()) {
            for (boolean all : new boolean[] {false, true}) {
                answers(operation)
                        .forEach(type -> bodies(operation)
                                .forEach(body -> check(operation, call(operation, type, body, all, ""), type)));
            }
            if (operation.parameters("header").contains("If-None-Match")) {
                String tag = call(operation, "*/*", Body.NONE, false, "")
                        .header("ETag")
                        .orElse("");
                Http.Answer same = call(operation, "*/*", Body.NONE, false, tag);
                note(operation, same, same.status() == 304 && same.body().isEmpty(), "the same is sent again");
                headers(operation, same);
            }
        }

        assertEquals(List.of(), wrong);
    }

    @Test
    void whatIsWrongIsAProblemAsDescribed() {
        for (OpenApi.Operation operation : openApi.operations()) {
            boolean takesJson = operation.requests().containsKey("application/json");
            if (takesJson) {
                checkProblem(operation, call(operation, "*/*", new Body("application/json", "{\"no\": 1}"), false, ""));
            } else if (operation.parameters("query").contains("url")
                    && operation.requests().isEmpty()) {
                checkProblem(
                        operation,
                        bugloss.send(bugloss.request("/api" + operation.path() + "?url=nonsense")
                                .method(operation.method(), BodyPublishers.noBody())));
            }
        }

        assertEquals(List.of(), wrong);
    }

    /** A body and its media type. */
    private record Body(String type, String text) {

        static final Body NONE = new Body("", "");
    }

    /** What to ask for: where something is sent, its media type says what comes. */
    private static Stream<String> answers(OpenApi.Operation operation) {
        return operation.requests().isEmpty() && !operation.answers().isEmpty()
                ? operation.answers().stream().filter(type -> !type.equals(STREAM))
                : Stream.of("*/*");
    }

    private Stream<Body> bodies(OpenApi.Operation operation) {
        if (operation.requests().isEmpty()) {
            return Stream.of(Body.NONE);
        }
        return operation.requests().entrySet().stream().flatMap(media -> {
            JsonObject of = media.getValue().asJsonObject();
            Stream<JsonValue> values = of.containsKey("example")
                    ? Stream.of(of.get("example"))
                    : of.getJsonObject("examples").values().stream()
                            .map(example -> example.asJsonObject().get("value"));
            String type = media.getKey().equals("*/*") ? "application/json" : media.getKey();
            return values.map(value -> new Body(type, here(text(value))));
        });
    }

    private Http.Answer call(OpenApi.Operation operation, String type, Body body, boolean all, String known) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Accept", type);
        if (operation.path().startsWith("/hooks/")) {
            headers.put("Authorization", "Bearer " + Suite.HOOK_SECRET);
        }
        List<String> query = new ArrayList<>();
        String path =
                operation.path().contains("{id}") ? operation.path().replace("{id}", recorded()) : operation.path();
        for (JsonObject parameter : operation.parameters()) {
            String name = parameter.getString("name");
            boolean isGiven = parameter.containsKey("example") && (all || parameter.getBoolean("required", false));
            if (isGiven) {
                String value = here(text(parameter.get("example")));
                switch (parameter.getString("in")) {
                    case "query" -> query.add(name + "=" + Http.encoded(value));
                    case "header" -> headers.put(name, value);
                    default -> path = path.replace("{" + name + "}", value);
                }
            }
        }
        if (!known.isEmpty()) {
            headers.put("If-None-Match", known);
        }
        if (!body.type().isEmpty()) {
            headers.put("Content-Type", body.type());
        }
        String[] flat = headers.entrySet().stream()
                .flatMap(header -> Stream.of(header.getKey(), header.getValue()))
                .toArray(String[]::new);
        return bugloss.send(bugloss.request(
                        "/api" + path + (query.isEmpty() ? "" : "?" + String.join("&", query)), flat)
                .method(
                        operation.method(),
                        body.type().isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body.text())));
    }

    /** The tracker of the examples is played here, and other tests have executions of their own. */
    private String here(String text) {
        return text.replace(SITE, upstream.uri("/github").toString()).replace("TE-1", EXECUTION + "1");
    }

    private static String text(JsonValue value) {
        if (value instanceof JsonString string) {
            return string.getString();
        }
        boolean isList = value instanceof JsonArray array && array.stream().allMatch(JsonString.class::isInstance);
        return isList
                ? value.asJsonArray().getValuesAs(JsonString::getString).stream()
                        .collect(Collectors.joining(","))
                : value.toString();
    }

    private void check(OpenApi.Operation operation, Http.Answer answer, String type) {
        boolean isGood = answer.status() / 100 == 2;
        note(operation, answer, isGood != OF_NOBODY.contains(operation.name()), "it fails for " + type);
        note(operation, answer, operation.names(answer.status()), "this status is not described");
        body(operation, answer);
        headers(operation, answer);
    }

    private void checkProblem(OpenApi.Operation operation, Http.Answer answer) {
        note(operation, answer, answer.status() == 400 && operation.names(400), "it is no 400 that is described");
        body(operation, answer);
    }

    private void body(OpenApi.Operation operation, Http.Answer answer) {
        JsonObject content = operation
                .response(answer.status())
                .getOrDefault("content", JsonValue.EMPTY_JSON_OBJECT)
                .asJsonObject();
        String type = answer.header("Content-Type").orElse("").replaceFirst(";.*", "");
        if (content.isEmpty()) {
            note(operation, answer, answer.body().isEmpty(), "a body is not described");
        } else if (!content.containsKey(type)) {
            note(operation, answer, false, "this media type is not described");
        } else {
            schemas.problems(type, content.getJsonObject(type), answer.body())
                    .forEach(problem -> note(operation, answer, false, problem));
        }
    }

    private void headers(OpenApi.Operation operation, Http.Answer answer) {
        operation
                .response(answer.status())
                .getOrDefault("headers", JsonValue.EMPTY_JSON_OBJECT)
                .asJsonObject()
                .keySet()
                .stream()
                .filter(name -> !SOMETIMES.contains(name))
                .forEach(name -> note(operation, answer, answer.header(name).isPresent(), name + " is missing"));
    }

    private void note(OpenApi.Operation operation, Http.Answer answer, boolean isRight, String problem) {
        if (!isRight) {
            wrong.add(operation + ": " + problem + ": " + answer);
        }
    }
}
