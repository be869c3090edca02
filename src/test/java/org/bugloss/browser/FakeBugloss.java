package org.bugloss.browser;

import com.sun.net.httpserver.HttpExchange;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.bugloss.openapi.OpenApi;

/** Plays Bugloss: the files of {@code src/main/webapp} as they are, and as much of its REST interface as they use. */
final class FakeBugloss extends LocalSite {

    static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' http: https:;"
            + " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'";

    private static final String NDJSON = "application/x-ndjson";

    /** They need no token. */
    private static final Set<String> OPEN = Set.of("me", "openapi.json");

    private static final Path WEBAPP = Path.of("src/main/webapp");
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "json", "application/json",
            "svg", "image/svg+xml");

    /** What was asked: {@code POST details/query}, in order. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    /** How often anything was asked, preflights and files too. */
    final AtomicInteger exchanges = new AtomicInteger();

    /** Every {@code Authorization} that came. */
    final List<String> tokens = new CopyOnWriteArrayList<>();

    /** How many URLs each query asked for. */
    final List<Integer> asked = new CopyOnWriteArrayList<>();

    /** What the one who asks with a token may do; without one: nothing. */
    volatile String role = "editor";

    private volatile boolean jiraIsPaused;

    /** The token that is known; where it is null, none is needed. */
    volatile String token;

    /** Whether people may sign in elsewhere, at {@code corp}. */
    volatile boolean hasSignIn;

    /** Who is signed in there; null for nobody. No token is needed then, but a header for what is no GET. */
    volatile String signedIn;

    /** The origin whose pages may call; null for none. */
    volatile String allowed;

    /** What every call is answered with instead, where it is not 0. */
    volatile int failing;

    volatile String retryAfter;

    final FakeFeed feed = new FakeFeed();

    /** Whether the sample pages are there. */
    volatile boolean demonstration;

    private final Map<String, JsonObject> bugs = new LinkedHashMap<>();
    private final List<JsonObject> links = new ArrayList<>();
    private UnaryOperator<String> mutation = UnaryOperator.identity();

    /** Lets {@code bugloss.js} be served otherwise than it is. */
    void mutate(String what, String by) {
        mutation = text -> {
            if (!text.contains(what)) {
                throw new AssertionError("bugloss.js has no longer: " + what);
            }
            return text.replace(what, by);
        };
    }

    /** Makes a bug known: members of its details, names and values in turn. */
    synchronized void bug(String url, Object... members) {
        JsonObjectBuilder details = Json.createObjectBuilder()
                .add("url", url)
                .add("id", url.replaceAll(".*\\D", ""))
                .add("title", "A bug")
                .addNull("description")
                .addNull("excerpt")
                .add("status", "open")
                .add("resolved", false)
                .add("tracker", "GitHub")
                .add("system", "github")
                .add("from_open_graph", false)
                .addNull("image")
                .addNull("site_name")
                .addNull("moved_to")
                .add("restricted", false)
                .add("fields", fields())
                .add("source", "tracker")
                .addNull("supplied_by")
                .add("fetched_at", ago(Duration.ofMinutes(5)))
                .add("expires_at", ago(Duration.ofHours(-1)))
                .add("stale", false)
                .addNull("failure");
        for (int i = 0; i < members.length; i += 2) {
            details.add((String) members[i], value(members[i + 1]));
        }
        bugs.put(url, details.build());
    }

    /** Changes a bug, and tells it by the feed: members of its details, names and values in turn. */
    synchronized void change(String kind, String url, Object... members) {
        JsonObject before = bugs.get(url);
        JsonObjectBuilder after = Json.createObjectBuilder(before).add("fetched_at", ago(Duration.ZERO));
        for (int i = 0; i < members.length; i += 2) {
            after.add((String) members[i], value(members[i + 1]));
        }
        bugs.put(url, after.build());
        feed.add(
                kind,
                before,
                bugs.get(url),
                links.stream()
                        .filter(link -> link.getString("url").equals(url))
                        .map(link -> link.getString("execution_id"))
                        .toArray(String[]::new));
    }

    /** Lets a URL have no details: a problem document, names and values in turn. */
    synchronized void problem(String url, int status, Object... members) {
        JsonObjectBuilder problem = Json.createObjectBuilder().add("status", status);
        for (int i = 0; i < members.length; i += 2) {
            problem.add((String) members[i], value(members[i + 1]));
        }
        bugs.put(url, Json.createObjectBuilder().add("problem", problem).build());
    }

    /** Records links to all bugs there are. */
    synchronized void recordAll() {
        bugs.keySet().forEach(url -> link(url, "TE-" + (1042 + links.size() / 3)));
    }

    synchronized List<JsonObject> links() {
        return List.copyOf(links);
    }

    static JsonObject fields(Object... members) {
        JsonObjectBuilder fields = Json.createObjectBuilder();
        for (String name : List.of("assignee", "resolution", "priority", "type", "updated")) {
            fields.addNull(name);
        }
        fields.add("labels", JsonValue.EMPTY_JSON_ARRAY);
        for (int i = 0; i < members.length; i += 2) {
            fields.add((String) members[i], value(members[i + 1]));
        }
        return fields.build();
    }

    static JsonObject object(Object... members) {
        JsonObjectBuilder object = Json.createObjectBuilder();
        for (int i = 0; i < members.length; i += 2) {
            object.add((String) members[i], value(members[i + 1]));
        }
        return object.build();
    }

    static String ago(Duration time) {
        return Instant.now().minus(time).toString();
    }

    private static JsonValue value(Object value) {
        if (value == null) {
            return JsonValue.NULL;
        }
        if (value instanceof JsonValue json) {
            return json;
        }
        if (value instanceof Boolean flag) {
            return flag ? JsonValue.TRUE : JsonValue.FALSE;
        }
        if (value instanceof Integer number) {
            return Json.createValue(number);
        }
        if (value instanceof List<?> list) {
            return Json.createArrayBuilder(list).build();
        }
        return Json.createValue(value.toString());
    }

    @Override
    Answer answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        exchanges.incrementAndGet();
        if (path.startsWith("/api/")) {
            return shared(exchange, api(exchange, path.substring("/api/".length())));
        }
        Path file = WEBAPP.resolve(path.equals("/") ? "index.html" : path.substring(1));
        boolean hidden = path.startsWith("/demo/") && !demonstration;
        if (!hidden && Files.isRegularFile(file)) {
            String text = Files.readString(file);
            Answer answer = Answer.of(
                            200, TYPES.get(path.replaceAll(".*\\.", "").replace("/", "html")), text)
                    .with("Content-Security-Policy", POLICY)
                    .with("Cache-Control", "no-store");
            if (path.startsWith("/bugloss")) {
                return new Answer(200, path.equals("/bugloss.js") ? mutation.apply(text) : text, answer.headers())
                        .with("Access-Control-Allow-Origin", "*")
                        .with("Cross-Origin-Resource-Policy", "cross-origin");
            }
            return answer;
        }
        return super.answer(exchange);
    }

    @Override
    public void close() {
        feed.breakOff();
        super.close();
    }

    private Answer shared(HttpExchange exchange, Answer answer) {
        if (answer == null) {
            return null;
        }
        String origin = exchange.getRequestHeaders().getFirst("Origin");
        if (origin == null || !origin.equals(allowed)) {
            return answer;
        }
        return answer.with("Access-Control-Allow-Origin", origin)
                .with("Access-Control-Allow-Headers", "authorization, content-type, last-event-id")
                .with("Access-Control-Allow-Methods", "GET, POST")
                .with("Access-Control-Expose-Headers", "ETag, Link, Location, Retry-After");
    }

    private Answer api(HttpExchange exchange, String path) throws IOException {
        String method = exchange.getRequestMethod();
        if (method.equals("OPTIONS")) {
            return new Answer(204, "", Map.of());
        }
        requests.add(method + " " + path);
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (authorization != null) {
            tokens.add(authorization);
        }
        boolean bySession = authorization == null && signedIn != null;
        if (bySession && !method.equals("GET") && exchange.getRequestHeaders().getFirst("X-Requested-With") == null) {
            return problem(403, "the header X-Requested-With is missing");
        }
        boolean known = bySession || (authorization == null ? token == null : authorization.equals("Bearer " + token));
        if (!known && !(OPEN.contains(path) && authorization == null)) {
            return problem(401, "this token is not known");
        }
        if (failing != 0) {
            Answer failure = problem(failing, "something is wrong");
            return retryAfter == null ? failure : failure.with("Retry-After", retryAfter);
        }
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Map<String, String> query = new LinkedHashMap<>(query(exchange));
        if (!known) {
            query.put("stranger", "");
        }
        if (NDJSON.equals(exchange.getRequestHeaders().getFirst("Content-Type"))
                && !NDJSON.equals(exchange.getRequestHeaders().getFirst("Accept"))) {
            return problem(406, "this can't be answered in a media type that the request accepts");
        }
        if (path.equals("changes")) {
            // For these headers a stream has no other time.
            shared(exchange, new Answer(0, "", Map.of())).headers().forEach(exchange.getResponseHeaders()::set);
            return feed.answer(exchange, query);
        }
        return answer(method + " " + path, query, body);
    }

    private synchronized Answer answer(String request, Map<String, String> query, String body) {
        return switch (request) {
            case "GET me" ->
                json(object(
                        "name",
                        signedIn != null ? signedIn : token == null ? null : "nightly-ci",
                        "role",
                        query.containsKey("stranger") ? "none" : role,
                        "groups",
                        List.of(),
                        "sign_in",
                        hasSignIn
                                ? List.of(object("name", "corp", "url", origin() + "/api/sign-in/corp"))
                                : List.of()));
            case "GET openapi.json" -> json(OpenApi.ofBuild().document());
            case "POST sign-out" -> {
                signedIn = null;
                yield json(object("url", null));
            }
            case "POST details/query" -> query(read(body));
            case "GET details" -> details(query.get("url"));
            case "POST details/refresh" -> refresh(query.get("url"));
            case "GET link-references" -> list(query);
            case "GET link-references/summary" -> summary();
            case "POST link-references" -> add(body);
            case "POST details/overrides" -> new Answer(200, "", Map.of("Content-Type", NDJSON));
            case "GET trackers" -> trackers();
            case "POST trackers/check" -> check(query.get("url"));
            case "PATCH trackers/jira" -> {
                jiraIsPaused = read(body).getBoolean("paused");
                yield json(object());
            }
            default ->
                request.startsWith("DELETE link-references/")
                        ? remove(request)
                        : problem(404, "there is nothing at this path");
        };
    }

    private Answer query(JsonObject body) {
        List<String> urls = body.getJsonArray("urls").getValuesAs(JsonString::getString);
        asked.add(urls.size());
        if (urls.size() > 500 || body.getInt("wait") != 0 || !body.getBoolean("brief")) {
            return problem(400, "not as it was agreed");
        }
        JsonObjectBuilder all = Json.createObjectBuilder();
        for (String url : urls) {
            JsonObjectBuilder one = Json.createObjectBuilder();
            bugs.getOrDefault(url, object("problem", object("status", 404))).forEach((name, value) -> {
                if (!name.equals("description")) {
                    one.add(name, value);
                }
            });
            all.add(url, one);
        }
        return json(Json.createObjectBuilder().add("details", all).build());
    }

    private Answer details(String url) {
        JsonObject bug = bugs.get(url);
        return bug == null || bug.containsKey("problem") ? problem(404, "there is no such bug") : json(bug);
    }

    private Answer refresh(String url) {
        JsonObject bug = bugs.get(url);
        if (bug == null || bug.containsKey("problem")) {
            return problem(502, "redmine.example.org does not accept connections");
        }
        bugs.put(
                url,
                Json.createObjectBuilder(bug)
                        .add("fetched_at", ago(Duration.ZERO))
                        .add("title", bug.getString("title") + ", asked again")
                        .build());
        return json(bugs.get(url));
    }

    private Answer list(Map<String, String> query) {
        var items = Json.createArrayBuilder();
        links.stream()
                .filter(link -> matches(link, query))
                .limit(Integer.parseInt(query.getOrDefault("limit", "100")))
                .forEach(link -> {
                    JsonObject bug = bugs.get(link.getString("url"));
                    items.add(Json.createObjectBuilder(link)
                            .add("details", bug == null || bug.containsKey("problem") ? JsonValue.NULL : bug));
                });
        return json(
                Json.createObjectBuilder().add("items", items).addNull("next").build());
    }

    private boolean matches(JsonObject link, Map<String, String> query) {
        JsonObject bug = bugs.getOrDefault(link.getString("url"), JsonValue.EMPTY_JSON_OBJECT);
        String word = query.getOrDefault("q", "").toLowerCase();
        return bug.getString("title", "").toLowerCase().contains(word)
                && (!query.containsKey("resolved")
                        || bug.getOrDefault("resolved", JsonValue.NULL)
                                .toString()
                                .equals(query.get("resolved")))
                && (!query.containsKey("execution_id")
                        || link.getString("execution_id", "").equals(query.get("execution_id")));
    }

    private Answer summary() {
        return links.isEmpty()
                ? json(object("open", 0, "resolved", 0, "unknown", 0, "stale", 0, "failing", 0))
                : json(object(
                        "open",
                        312_077,
                        "resolved",
                        861_390,
                        "unknown",
                        30_851,
                        "stale",
                        418,
                        "failing",
                        63,
                        "approximate",
                        true));
    }

    private Answer add(String body) {
        body.lines()
                .filter(line -> !line.isBlank())
                .map(FakeBugloss::read)
                .filter(link -> link.getString("url").startsWith("http"))
                .forEach(link -> link(link.getString("url"), link.getString("execution_id", null)));
        JsonObject last = read(body.lines().reduce("", (one, other) -> other));
        return last.getString("url").startsWith("http")
                ? json(links.get(links.size() - 1))
                : problem(
                        400,
                        "url: only http and https addresses are accepted, not "
                                + last.getString("url").split(":")[0]);
    }

    private void link(String url, String execution) {
        links.add(object(
                "id",
                links.size() + 1,
                "execution_id",
                execution,
                "name",
                links.size() % 3 == 0 ? "crash" : null,
                "url",
                url,
                "is_defect",
                true,
                "created_on",
                ago(Duration.ofDays(1))));
    }

    private Answer remove(String path) {
        int id = Integer.parseInt(path.replaceAll(".*/", ""));
        links.removeIf(link -> link.getInt("id") == id);
        return new Answer(204, "", Map.of());
    }

    private Answer trackers() {
        JsonObject connect = object(
                "reason",
                "connect",
                "message",
                "redmine.example.org does not accept connections",
                "at",
                ago(Duration.ofMinutes(1)));
        JsonObject limit = object("limit", 5000, "remaining", 3911, "reset_at", ago(Duration.ofMinutes(-20)));
        return new Answer(
                200,
                Json.createArrayBuilder()
                        .add(system("github", "GitHub", "https://github.com/", 412_880, "working", null, limit))
                        .add(system("jira", "JIRA", "https://issues.example.org/", 640_112, "working", null, null))
                        .add(system(
                                "redmine", "Redmine", "https://redmine.example.org/", 1_930, "failing", connect, null))
                        .build()
                        .toString(),
                Map.of("Content-Type", "application/json"));
    }

    private JsonObject system(
            String name,
            String tracker,
            String base,
            int references,
            String state,
            JsonObject failure,
            JsonObject limit) {
        return object(
                "name", name,
                "tracker", tracker,
                "base_url", base,
                "authenticated", true,
                "references", references,
                "last_success", ago(Duration.ofSeconds(12)),
                "last_hook", name.equals("github") ? ago(Duration.ofMinutes(3)) : null,
                "hooks_refused", name.equals("jira") ? 2 : 0,
                "paused", name.equals("jira") && jiraIsPaused,
                "last_failure", failure,
                "rate_limit", limit,
                "state", state,
                "asked_again_at", failure == null ? null : ago(Duration.ofMinutes(-2)));
    }

    private static Answer check(String url) {
        return json(object(
                "url",
                url,
                "system",
                "redmine",
                "tracker",
                "Redmine",
                "api_url",
                "https://redmine.example.org/issues/40213.json",
                "authenticated",
                true,
                "via",
                "api",
                "details",
                null,
                "failure",
                object("reason", "connect", "message", "redmine.example.org does not accept connections"),
                "duration_ms",
                2004));
    }

    private static Answer json(JsonObject object) {
        return Answer.of(200, "application/json", object.toString());
    }

    static Answer problem(int status, String detail) {
        return Answer.of(
                status,
                "application/problem+json",
                object("type", "about:blank", "title", "Problem", "status", status, "detail", detail)
                        .toString());
    }

    private static JsonObject read(String text) {
        try (var reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }

    private static Map<String, String> query(HttpExchange exchange) {
        String query = exchange.getRequestURI().getRawQuery();
        return query == null || query.isEmpty()
                ? Map.of()
                : Arrays.stream(query.split("&"))
                        .map(pair -> pair.split("=", 2))
                        .collect(Collectors.toMap(
                                pair -> pair[0],
                                pair -> URLDecoder.decode(pair[1], StandardCharsets.UTF_8),
                                (one, other) -> other));
    }

    /** The file as it is. */
    static String source(String name) {
        try {
            return Files.readString(WEBAPP.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
