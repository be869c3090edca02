package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bugloss.scripts.Markdown;
import org.bugloss.scripts.Script;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trackers in a jar of its own in {@code WEB-INF/lib}, named in {@code EXTERNAL_BUG_TRACKERS}. */
class ExtensionIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String TOKEN = "an-authors-token";
    private static final String GRAPH = "/github/api/graphql";
    private static final String TICKETS = "/acme/api/tickets";

    @TempDir
    Path scratch;

    private final Upstream upstream = Upstream.shared();

    /** Issues of a GitHub, whose API answers for both at once. */
    private void issues(String title) {
        for (int i = 1; i <= 2; i++) {
            upstream.on("/github/api/v3/repos/ext/ended/issues/" + i, Route.json("""
                    {"number": %d, "title": "%s %d", "state": "open", "body": "text", "assignees": [], "labels": []}""".formatted(i, title, i)));
        }
        String node = """
                "n%d": {"number": %d, "title": "%s %d", "body": "text", "updatedAt": "2026-11-01T10:00:00Z",
                 "assignees": {"nodes": []}, "labels": {"nodes": []}, "issueState": "OPEN", "issueType": null}""";
        upstream.on(
                GRAPH,
                Route.json("{\"data\": {\"r0\": {" + node.formatted(1, 1, title, 1) + ","
                        + node.formatted(2, 2, title, 2) + "}}}"));
    }

    private static String ticket(String number, String title) {
        return "{\"id\": " + number + ", \"title\": \"" + title + " " + number
                + "\", \"html\": \"<p>text</p>\", \"state\": {\"name\": \"open\", \"closed\": false}}";
    }

    /** Any tickets of an Acme; those that count as changed are 12 and 13. */
    private void tickets(String title) {
        upstream.on(
                TICKETS + "/*",
                (request, connection) -> Route.json(ticket(request.path().replaceAll(".*/", ""), title))
                        .answer(request, connection));
        upstream.on(TICKETS, (request, connection) -> {
            String ids = request.query().startsWith("ids=") ? request.query().substring(4) : "12,13";
            Route.json(Stream.of(ids.split(","))
                            .map(id -> ticket(id, title))
                            .collect(Collectors.joining(",", "{\"tickets\": [", "]}")))
                    .answer(request, connection);
        });
    }

    private String url(String path) {
        return upstream.uri(path).toString();
    }

    private static JsonObject details(Http bugloss, String url, Predicate<String> title) {
        return Http.eventually(
                        () -> bugloss.get("/api/details?url=" + Http.encoded(url)),
                        answer -> answer.status() == 200
                                && title.test(answer.json().getString("title")))
                .json();
    }

    @Test
    void whatThePageTellsGivesTrackersThatHoldForLookupsAndBatchedRefreshes() throws Exception {
        ExtensionProject project = ExtensionProject.built();
        issues("Crash");
        tickets("Loss");
        ServerProcess.Builder builder = ServerProcess.configured()
                .withWar(project.war())
                .with("bugloss.systems", "hub," + project.environment().get("BUGLOSS_SYSTEMS"))
                .with("bugloss.system.hub.tracker", "ExtendedBugTracker")
                .with("bugloss.details.ttl", "2")
                .with("bugloss.tokens", "author:editor:" + sha256(TOKEN))
                // A server's first lookup takes long on a busy machine.
                .with("bugloss.details.deadline", "20");
        project.environment()
                .forEach((name, value) -> builder.withEnvironment(
                        name, value.equals("https://tickets.acme.example") ? url("/acme") : value));
        try (ServerProcess server = builder.start()) {
            Http bugloss = server.http();
            theCheckOfThePageTells(project, bugloss);

            String issue = url("/github/ext/ended/issues/1");
            JsonObject extended = details(bugloss, issue, any -> true);
            assertEquals("EXTENDED: Crash 1", extended.getString("title"));
            assertEquals("ExtendedBugTracker", extended.getString("tracker"));
            assertTrue(extended.getString("description").contains("<h1>IMPORTANT</h1>"), extended::toString);

            // So many tickets that a question about what changed is worth while.
            String links = Stream.concat(
                            Stream.of("/github/ext/ended/issues/1", "/github/ext/ended/issues/2"),
                            IntStream.range(11, 171).mapToObj(i -> "/acme/tickets/" + i))
                    .map(path -> "{\"url\": \"" + url(path) + "\", \"is_defect\": true}")
                    .collect(Collectors.joining("\n"));
            bugloss.post("/api/link-references", links, "Content-Type", "application/x-ndjson");
            assertEquals(
                    "Loss 13",
                    details(bugloss, url("/acme/tickets/13"), any -> true).getString("title"));
            issues("Worse crash");
            tickets("Worse loss");

            assertEquals(
                    "EXTENDED: Worse crash 1",
                    details(bugloss, issue, title -> title.contains("Worse")).getString("title"));
            assertTrue(
                    isAsked(
                            GRAPH,
                            request -> request.body().contains("n1:")
                                    && request.body().contains("n2:")),
                    () -> upstream.requests(GRAPH) + "");
            JsonObject loss = details(bugloss, url("/acme/tickets/12"), title -> title.contains("Worse"));
            assertEquals("Worse loss 12", loss.getString("title"));
            assertEquals("<p>text</p>", loss.getString("description"));
            assertEquals("Acme", loss.getString("tracker"));
            assertTrue(isAsked(TICKETS, request -> request.query().startsWith("changed_since=20")), "what changed");
            assertTrue(
                    isAsked(TICKETS, request -> request.query().matches("ids=\\d+(,\\d+)+")),
                    () -> upstream.requests(TICKETS) + "");
            assertFalse(server.log().contains("does not enable these trackers"), server::log);
        }
    }

    private boolean isAsked(String path, Predicate<Upstream.Request> wanted) {
        return Until.holds(() -> upstream.requests(path).stream().anyMatch(wanted), asked -> asked, PATIENCE);
    }

    private void theCheckOfThePageTells(ExtensionProject project, Http bugloss) throws Exception {
        String check = Markdown.replaced(
                project.check(),
                "https://bugloss.example",
                bugloss.base().toString(),
                "https://tickets.acme.example",
                url("/acme"));
        Script.assumeThere("curl");
        Script.Ran ran = Script.run(scratch, Map.of("TOKEN", TOKEN), List.of("bash", "-c", check));
        try (var reader = Json.createReader(new StringReader(ran.out()))) {
            JsonObject told = reader.readObject();
            assertEquals("Acme", told.getString("tracker"), ran::toString);
            assertEquals("api", told.getString("via"));
            assertEquals("Loss 12", told.getJsonObject("details").getString("title"));
        }
    }

    private static String sha256(String text) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static ServerProcess.Builder broken(String trackers) {
        return ServerProcess.configured()
                .with("EXTERNAL_BUG_TRACKERS", trackers)
                .withWar(Wars.withJarOf(BrokenTracker.class));
    }

    @Test
    void oneThatCannotStartStopsTheDeploymentAndIsNamedWithItsCause() {
        try (ServerProcess server = broken("*,brokentracker").start()) {
            assertFalse(server.isDeployed());
            assertTrue(
                    server.log()
                            .contains("Bugloss can't start: EXTERNAL_BUG_TRACKERS=*,brokentracker: the tracker"
                                    + " BrokenTracker (org.bugloss.it.BrokenTracker) can't start:"
                                    + " java.lang.IllegalStateException: acme.licence has no value"),
                    server::log);
        }
    }

    @Test
    void oneThatIsNotListedIsNotStartedAndItsSystemGetsOpenGraphDetails() {
        upstream.on("/github/ext/ended/issues/7", Route.page("The page", ""));
        try (ServerProcess server = broken("GitHub,gitea")
                .with("bugloss.system.hub.tracker", "BrokenTracker")
                .start()) {
            String url = "/api/details?url=" + Http.encoded(upstream.uri("/github/ext/ended/issues/7"));
            assertEquals("The page", server.http().get(url).json().getString("title"));
            assertTrue(
                    server.log()
                            .contains("bugloss.system.hub.tracker=BrokenTracker is not enabled in"
                                    + " EXTERNAL_BUG_TRACKERS: its URLs get Open Graph details"),
                    server::log);
            assertTrue(
                    server.log()
                            .contains("EXTERNAL_BUG_TRACKERS does not enable these trackers of the WAR: AzureBoards,"
                                    + " BrokenTracker (org.bugloss.it.BrokenTracker), Bugzilla, GitLab"),
                    server::log);
        }
    }
}
