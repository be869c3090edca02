package org.bugloss.trackers;

import static org.bugloss.json.JsonProviders.JSON;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import jakarta.json.JsonStructure;
import jakarta.json.JsonValue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bugloss.outbound.Exchange;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.outbound.OutboundRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How many requests a refresh of 500 bugs of one system takes, against servers that answer for exactly the bugs that they
 * are asked for. The table goes to standard output.
 */
class BatchRequestsTest {

    private static final int BUGS = 500;

    /** Numbers of seven digits, as the largest trackers have them: URLs get long. */
    private static final int FIRST = 2_000_001;

    /** What {@link OutboundClient} sends at most. */
    private static final int LONGEST_URI = 8_192;

    private static final List<String> TABLE = new ArrayList<>();

    /**
     * @param batch how many bugs a batch takes; 1 where there is none
     * @param perBatch how many requests a batch takes the first time
     * @param parts how many parts (projects) of the system the bugs are in, which a batch can't have several of
     */
    private record Tracked(
            String title,
            Supplier<IssueTracker> tracker,
            TrackerSystem system,
            IntFunction<String> path,
            String prefix,
            Function<OutboundRequest, String> server,
            int batch,
            int perBatch,
            int parts) {

        Tracked withPerBatch(int requests) {
            return new Tracked(title, tracker, system, path, prefix, server, batch, requests, parts);
        }

        Tracked withParts(int number) {
            return new Tracked(title, tracker, system, path, prefix, server, batch, perBatch, number);
        }

        Tracked withPrefix(String ofIds) {
            return new Tracked(title, tracker, system, path, ofIds, server, batch, perBatch, parts);
        }

        List<BugUrl> urls() {
            String base = system.base().key().replaceFirst("/$", "");
            return IntStream.range(FIRST, FIRST + BUGS)
                    .mapToObj(number -> TestBugUrls.of(base + path.apply(number), system))
                    .toList();
        }

        int batches() {
            int ofPart = BUGS / parts;
            return parts * ((ofPart + batch - 1) / batch);
        }

        @Override
        public String toString() {
            return title;
        }
    }

    /** Counts what it is asked. */
    private static final class Server extends OutboundClient {

        private final Function<OutboundRequest, String> answers;
        private int requests;

        Server(Function<OutboundRequest, String> answers) {
            this.answers = answers;
        }

        /** The requests since the last time. */
        int count() {
            int count = requests;
            requests = 0;
            return count;
        }

        @Override
        public <T> T exchange(OutboundRequest request, Exchange.Reader<T> reader) {
            requests++;
            assertTrue(request.uri().toString().length() <= LONGEST_URI, "a URI that is too long to be sent");
            try {
                return reader.read(new Given(request.uri(), answers.apply(request)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private record Given(URI uri, String text) implements Exchange {

        @Override
        public int status() {
            return 200;
        }

        @Override
        public Optional<String> header(String name) {
            String type = text.startsWith("<") ? "text/xml" : text.startsWith("id,") ? "text/csv" : "application/json";
            return name.equalsIgnoreCase("Content-Type") ? Optional.of(type + "; charset=utf-8") : Optional.empty();
        }

        @Override
        public InputStream body() {
            return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public boolean cut() {
            return false;
        }
    }

    private static Tracked of(
            String title,
            Supplier<IssueTracker> tracker,
            TrackerSystem system,
            IntFunction<String> path,
            Function<OutboundRequest, String> server,
            int batch) {
        return new Tracked(title, tracker, system, path, "", server, batch, 1, 1);
    }

    private static TrackerSystem system(String tracker, String base) {
        return TestBugUrls.system(tracker, base, null, "token");
    }

    static Stream<Tracked> trackers() {
        TrackerSystem azure = system("AzureBoards", "https://dev.azure.com/acme");
        TrackerSystem publicAzure = TestBugUrls.system("AzureBoards", "https://dev.azure.com/acme", null, null);
        TrackerSystem jira =
                TestBugUrls.system("JIRA", "https://acme.atlassian.net", null, "ann@acme.example", "token");
        TrackerSystem kiwi = TestBugUrls.system("KiwiTCMS", "https://tcms.example", null, "bugloss", "secret");
        IntFunction<String> bugzilla = number -> "/show_bug.cgi?id=" + number;
        IntFunction<String> mantis = number -> "/view.php?id=" + number;
        IntFunction<String> inRepository = number -> "/acme/app" + number % 10 + "/issues/" + number;
        IntFunction<String> inGitLab = number -> "/acme/app/-/issues/" + number;
        IntFunction<String> issue = number -> "/issues/" + number;
        IntFunction<String> browse = number -> "/browse/ABC-" + number;
        return Stream.of(
                of(
                        "AzureBoards",
                        AzureBoards::new,
                        azure,
                        number -> "/App" + number % 10 + "/_workitems/edit/" + number,
                        BatchRequestsTest::azure,
                        200),
                of(
                        "AzureBoards (no token)",
                        AzureBoards::new,
                        publicAzure,
                        number -> "/App/_workitems/edit/" + number,
                        BatchRequestsTest::azure,
                        200),
                of(
                                "Bugzilla (upstream)",
                                Bugzilla::new,
                                system("Bugzilla", "https://bugs.example"),
                                bugzilla,
                                request -> bugzilla(request, ""),
                                100)
                        .withPerBatch(2),
                of(
                        "Bugzilla (Mozilla)",
                        Bugzilla::new,
                        system("Bugzilla", "https://bugzilla.mozilla.org"),
                        bugzilla,
                        request -> bugzilla(request, ", \"type\": \"defect\", \"description\": \"It is so\""),
                        100),
                of(
                        "GitHub (token, 10 repositories)",
                        GitHub::new,
                        system("GitHub", "https://github.com"),
                        inRepository,
                        BatchRequestsTest::gitHub,
                        100),
                of(
                        "GitHub (no token)",
                        GitHub::new,
                        TestBugUrls.system("GitHub", "https://github.com", null, null),
                        inRepository,
                        BatchRequestsTest::gitHub,
                        1),
                of(
                        "GitLab (one project)",
                        GitLab::new,
                        system("GitLab", "https://gitlab.com"),
                        inGitLab,
                        BatchRequestsTest::gitLab,
                        100),
                of(
                                "GitLab (10 projects)",
                                GitLab::new,
                                system("GitLab", "https://gitlab.com"),
                                number -> inRepository.apply(number).replace("/issues", "/-/issues"),
                                BatchRequestsTest::gitLab,
                                100)
                        .withParts(10),
                of(
                        "Gitea",
                        Gitea::new,
                        system("Gitea", "https://codeberg.org"),
                        inRepository,
                        BatchRequestsTest::gitea,
                        1),
                of("JIRA (Cloud)", Jira::new, jira, browse, BatchRequestsTest::jira, 100)
                        .withPrefix("ABC-"),
                of(
                                "JIRA (Data Center)",
                                Jira::new,
                                system("JIRA", "https://bugs.example/jira"),
                                browse,
                                BatchRequestsTest::jira,
                                100)
                        .withPrefix("ABC-"),
                of("KiwiTCMS", KiwiTcms::new, kiwi, number -> "/bugs/" + number + "/", BatchRequestsTest::kiwi, 100),
                of(
                                "Launchpad",
                                Launchpad::new,
                                TestBugUrls.system("Launchpad", "https://bugs.launchpad.net", null, null),
                                number -> "/nova/+bug/" + number,
                                BatchRequestsTest::launchpad,
                                1)
                        .withPerBatch(2),
                of(
                        "Mantis (token)",
                        Mantis::new,
                        system("Mantis", "https://bugs.example"),
                        mantis,
                        BatchRequestsTest::mantis,
                        50),
                of(
                        "Mantis (no token)",
                        Mantis::new,
                        TestBugUrls.system("Mantis", "https://bugs.example", null, null),
                        mantis,
                        BatchRequestsTest::mantis,
                        1),
                of(
                        "OpenProject",
                        OpenProject::new,
                        system("OpenProject", "https://op.example"),
                        number -> "/work_packages/" + number,
                        BatchRequestsTest::openProject,
                        100),
                of(
                        "Redmine (5.0 and later)",
                        Redmine::new,
                        system("Redmine", "https://redmine.example"),
                        issue,
                        request -> redmine(request, ", \"is_closed\": false"),
                        100),
                of(
                        "Redmine (before 5.0)",
                        Redmine::new,
                        system("Redmine", "https://redmine.example"),
                        issue,
                        request -> redmine(request, ""),
                        100),
                of(
                        "Trac",
                        Trac::new,
                        TestBugUrls.system("Trac", "https://trac.example/env", null, null),
                        number -> "/ticket/" + number,
                        BatchRequestsTest::trac,
                        200),
                of(
                                "YouTrack",
                                YouTrack::new,
                                system("YouTrack", "https://acme.youtrack.cloud"),
                                number -> "/issue/ABC-" + number,
                                BatchRequestsTest::youTrack,
                                100)
                        .withPrefix("ABC-"));
    }

    @ParameterizedTest
    @MethodSource("trackers")
    void aRefreshTakesOneRequestForABatch(Tracked tracked) {
        List<BugUrl> urls = tracked.urls();
        Server server = new Server(tracked.server());
        IssueTracker tracker = connected(tracked, server);
        assertEquals(tracked.batch(), tracker.batchSize(tracked.system()), tracked.title());

        assertAllFound(tracked, TestBugUrls.refreshed(tracker, urls));
        int first = server.count();
        assertAllFound(tracked, TestBugUrls.refreshed(tracker, urls));
        int second = server.count();

        IssueTracker patient = connected(tracked, server);
        urls.forEach(url -> assertInstanceOf(
                Answer.Found.class, TestBugUrls.refreshed(patient, List.of(url)).get(url)));
        int oneByOne = server.count();

        TABLE.add(String.join(
                " | ",
                tracked.title(),
                String.valueOf(tracked.batch()),
                first == second ? String.valueOf(first) : first + ", then " + second,
                String.valueOf(oneByOne)));
        if (tracked.batch() > 1) {
            int most = tracked.batches() * tracked.perBatch() + 1;
            assertTrue(first <= most, tracked + ": " + first + " requests the first time, not " + most);
            assertTrue(second <= tracked.batches() + 1, tracked + ": " + second + " requests the second time");
        }
    }

    @AfterAll
    static void print() {
        System.out.println("tracker | batch size | requests for " + BUGS + " bugs | one by one");
        TABLE.forEach(System.out::println);
    }

    private static IssueTracker connected(Tracked tracked, Server server) {
        IssueTracker tracker = tracked.tracker().get();
        tracker.client = server;
        return tracker;
    }

    private static void assertAllFound(Tracked tracked, Map<BugUrl, Answer> answers) {
        List<BugUrl> urls = tracked.urls();
        assertEquals(BUGS, answers.size());
        for (int i = 0; i < BUGS; i++) {
            String id = tracked.prefix() + (FIRST + i);
            Answer.Found found = assertInstanceOf(Answer.Found.class, answers.get(urls.get(i)), id);
            assertEquals(id, found.details().id());
            assertEquals("Bug " + id, found.details().title());
        }
    }

    private static String azure(OutboundRequest request) {
        boolean many = request.body() != null || uri(request).contains("?ids=");
        String item = """
                {"id": %1$s, "rev": 1, "fields": {"System.Title": "Bug %1$s", "System.State": "Active"}}""";
        List<String> ids = request.body() != null
                ? numbers(object(request).getJsonArray("ids"))
                : all("\\d+", group("workitems(?:/|\\?ids=)([\\d,]+)", uri(request)));
        String value = each(ids, item);
        return many ? "{\"count\": " + ids.size() + ", \"value\": [" + value + "]}" : value;
    }

    private static String bugzilla(OutboundRequest request, String more) {
        if (uri(request).contains("/comment?")) {
            List<String> ids = all("(?<=/bug/|[&?]ids=)\\d+", uri(request));
            return "{\"bugs\": {" + each(ids, """
                    "%1$s": {"comments": [{"bug_id": %1$s, "count": 0, "text": "It is so"}]}""") + "}, \"comments\": {}}";
        }
        return "{\"bugs\": ["
                + each(all("\\d+", group("/rest/bug(?:/|\\?id=)([\\d,]+)", uri(request))), """
                        {"id": %1$s, "summary": "Bug %1$s", "status": "NEW", "resolution": "", "is_open": true,
                         "assigned_to": "nobody@bugs.example", "priority": "P1", "severity": "S2", "keywords": []""" + more + "}")
                + "]}";
    }

    private static String gitHub(OutboundRequest request) {
        if (request.body() == null) {
            if (!request.uri().getPath().contains("/issues/")) {
                return "{\"private\": false}";
            }
            String number = last(request);
            return "{\"number\": " + number + ", \"title\": \"Bug " + number + "\", \"state\": \"open\", \"url\": \""
                    + uri(request) + "\"}";
        }
        String query = object(request).getString("query");
        String bug = " (n\\d+): issueOrPullRequest\\(number: (\\d+)\\) \\{ \\.\\.\\.i \\.\\.\\.p \\}";
        Matcher repositories = Pattern.compile(" (r\\d+): repository\\(owner: \"acme\", name: \"app\\d\"\\) \\{((?:"
                        + bug.replaceAll("(?<!\\\\)\\((?!\\?)", "(?:") + ")+) \\}")
                .matcher(query);
        return "{\"data\": {"
                + repositories
                        .results()
                        .map(repository -> "\"" + repository.group(1) + "\": {"
                                + Pattern.compile(bug)
                                        .matcher(repository.group(2))
                                        .results()
                                        .map(alias -> """
                                                "%1$s": {"number": %2$s, "title": "Bug %2$s", "body": "It is so",
                                                  "issueState": "OPEN", "updatedAt": "2026-11-01T10:00:00Z",
                                                  "assignees": {"nodes": []}, "labels": {"nodes": []}}""".formatted(alias.group(1), alias.group(2)))
                                        .collect(Collectors.joining(","))
                                + "}")
                        .collect(Collectors.joining(","))
                + "}}";
    }

    private static String gitLab(OutboundRequest request) {
        String item = """
                {"iid": %1$s, "title": "Bug %1$s", "description": "It is so", "state": "opened", "labels": []}""";
        return uri(request).contains("?")
                ? "[" + each(all("(?<=iids%5B%5D=)\\d+", uri(request)), item) + "]"
                : item.formatted(last(request));
    }

    private static String jira(OutboundRequest request) {
        String issue = """
                {"id": "9%1$s", "key": "ABC-%1$s", "fields": {"summary": "Bug ABC-%1$s",
                 "status": {"name": "Open", "statusCategory": {"key": "new"}}, "labels": []}}""";
        if (request.body() == null) {
            return issue.formatted(group("/issue/ABC-(\\d+)\\?", uri(request)));
        }
        List<String> numbers = all("(?<=\"ABC-)\\d+", request.body().replace("\\", ""));
        return "{\"startAt\": 0, \"maxResults\": 100, \"total\": " + numbers.size() + ", \"issues\": ["
                + each(numbers, issue) + "]}";
    }

    private static String kiwi(OutboundRequest request) {
        JsonStructure body = read(request);
        if (body instanceof JsonObject login) {
            assertEquals("Auth.login", login.getString("method"));
            return "{\"id\": \"login\", \"jsonrpc\": \"2.0\", \"result\": \"q5w8zj3a0hc1ybx7\"}";
        }
        return body.asJsonArray().stream()
                .map(JsonValue::asJsonObject)
                .map(call -> "{\"jsonrpc\": \"2.0\", \"id\": \"" + call.getString("id") + "\", \"result\": ["
                        + kiwi(
                                call.getString("method"),
                                call.getJsonArray("params").get(0)) + "]}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static String kiwi(String method, JsonValue parameter) {
        return switch (method) {
            case "Bug.get_comments" -> "{\"comment\": \"It is so\"}";
            case "Bug.filter_canonical" ->
                each(numbers(parameter.asJsonObject().getJsonArray("pk__in")), "{\"id\": %1$s, \"status\": true}");
            case "Bug.filter" ->
                each(
                        numbers(parameter.asJsonObject().getJsonArray("pk__in")),
                        "{\"pk\": %1$s, \"summary\": \"Bug %1$s\", \"severity__name\": \"High\"}");
            default -> throw new AssertionError(method);
        };
    }

    private static String launchpad(OutboundRequest request) {
        return uri(request).endsWith("/bug_tasks?ws.size=300")
                ? "{\"start\": 0, \"total_size\": 1, \"entries\": [{\"status\": \"New\", \"is_complete\": false,"
                        + " \"target_link\": \"https://api.launchpad.net/1.0/nova\"}]}"
                : "{\"id\": " + last(request) + ", \"title\": \"Bug " + last(request) + "\", \"tags\": []}";
    }

    private static String mantis(OutboundRequest request) {
        if (uri(request).endsWith("/users/me")) {
            return "{\"id\": 7, \"name\": \"ann\"}";
        }
        if (request.body() == null) {
            return "{\"issues\": [" + each(List.of(group("/issues/(\\d+)", uri(request))), """
                    {"id": %1$s, "summary": "Bug %1$s", "status": {"id": 50, "label": "assigned"}}""") + "]}";
        }
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                + "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>"
                + "<m:mc_issues_getResponse xmlns:m=\"http://futureware.biz/mantisconnect\"><return>"
                + each(all("(?<=<item>)\\d+", request.body()), """
                        <item><id>%1$s</id><summary>Bug %1$s</summary><status><id>50</id><name>assigned</name></status>
                         </item>""").replace(",<item>", "<item>")
                + "</return></m:mc_issues_getResponse></e:Body></e:Envelope>";
    }

    private static String openProject(OutboundRequest request) {
        if (uri(request).endsWith("/statuses")) {
            return "{\"_embedded\": {\"elements\": [{\"isClosed\": false,"
                    + " \"_links\": {\"self\": {\"href\": \"/api/v3/statuses/1\"}}}]}}";
        }
        String workPackage = """
                {"id": %1$s, "subject": "Bug %1$s", "description": {"format": "markdown", "raw": "It is so"},
                 "_links": {"status": {"href": "/api/v3/statuses/1", "title": "New"}}%2$s}""";
        if (!uri(request).contains("?")) {
            return workPackage.formatted(last(request), ", \"_embedded\": {\"status\": {\"isClosed\": false}}");
        }
        String filters = URLDecoder.decode(group("filters=(.*)", uri(request)), StandardCharsets.UTF_8);
        List<String> ids = all("\\d+", filters);
        return "{\"_embedded\": {\"results\": {\"total\": " + ids.size() + ", \"_embedded\": {\"elements\": ["
                + each(ids, workPackage.replace("%2$s", "")) + "]}}}}";
    }

    private static String redmine(OutboundRequest request, String closed) {
        if (uri(request).endsWith("/issue_statuses.json")) {
            return "{\"issue_statuses\": [{\"id\": 1, \"is_closed\": false}, {\"id\": 5, \"is_closed\": true}]}";
        }
        String issue = """
                {"id": %1$s, "subject": "Bug %1$s", "description": "It is so", "status": {"id": 1, "name": "New\"""" + closed + "}}";
        if (!uri(request).contains("?")) {
            return "{\"issue\": " + issue.formatted(group("/issues/(\\d+)\\.json", uri(request))) + "}";
        }
        List<String> ids = all("\\d+", group("issue_id=([\\d,]+)", uri(request)));
        return "{\"issues\": [" + each(ids, issue) + "], \"total_count\": " + ids.size()
                + ", \"offset\": 0, \"limit\": 100}";
    }

    private static String trac(OutboundRequest request) {
        return "id,Summary,Status,Owner,Description\r\n"
                + all("\\d+", group("\\?id=([\\d,]+)", uri(request))).stream()
                        .map(id -> id + ",Bug " + id + ",new,ann,It is so\r\n")
                        .collect(Collectors.joining());
    }

    private static String youTrack(OutboundRequest request) {
        String issue = """
                {"idReadable": "ABC-%1$s", "summary": "Bug ABC-%1$s", "description": "It is so", "customFields": []}""";
        return uri(request).contains("?query=")
                ? "[" + each(all("(?<=ABC-)\\d+", uri(request)), issue) + "]"
                : issue.formatted(group("/issues/ABC-(\\d+)\\?", uri(request)));
    }

    private static String uri(OutboundRequest request) {
        return request.uri().toString();
    }

    private static String gitea(OutboundRequest request) {
        return request.uri().getPath().contains("/issues/")
                ? "{\"number\": " + last(request) + ", \"title\": \"Bug " + last(request)
                        + "\", \"body\": \"It is so\", \"state\": \"open\"}"
                : "{\"private\": false}";
    }

    /** The number at the end of the path. */
    private static String last(OutboundRequest request) {
        return group("/(\\d+)$", request.uri().getPath());
    }

    private static String each(List<String> ids, String template) {
        return ids.stream().map(template::formatted).collect(Collectors.joining(","));
    }

    private static List<String> all(String shape, String text) {
        return Pattern.compile(shape)
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .toList();
    }

    private static String group(String shape, String text) {
        Matcher found = Pattern.compile(shape).matcher(text);
        assertTrue(found.find(), text);
        return found.group(1);
    }

    private static List<String> numbers(List<? extends JsonValue> numbers) {
        return numbers.stream().map(JsonValue::toString).toList();
    }

    private static JsonObject object(OutboundRequest request) {
        return read(request).asJsonObject();
    }

    private static JsonStructure read(OutboundRequest request) {
        return JSON.createReader(new StringReader(request.body())).read();
    }
}
