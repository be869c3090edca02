package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bugloss.outbound.CanonicalUrl;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whatever way a forbidden address comes in, nothing is sent there. */
@OnServer
class OutboundGuardIT {

    private static final Set<String> REASONS = Set.of("address_not_allowed", "redirects");

    private final Canary canary = Canary.shared();
    private final List<String> urls = ForbiddenUrls.at(canary.port());
    private final List<String> wrong = new ArrayList<>();

    @ArquillianResource
    Http bugloss;

    @ArquillianResource
    Upstream upstream;

    @ArquillianResource
    ServerProcess server;

    @AfterEach
    void nothingWasSentThere() {
        assertEquals(List.of(), wrong);
        assertEquals(0, canary.connections(), "connections to the canary");
    }

    @Test
    void noFormOfAForbiddenUrlIsFetched() {
        assertTrue(urls.size() >= 150, () -> urls.size() + " URLs");
        int badForm = 0;
        for (String url : urls) {
            String query = "?url=" + Http.encoded(url);
            Http.Answer asked = bugloss.get("/api/details" + query);
            badForm += asked.status() == 400 ? 1 : 0;
            check(url, asked);
            check(url, bugloss.post("/api/details/refresh" + query, ""));
        }
        assertTrue(badForm > 20 && badForm < urls.size() - 100, badForm + " of " + urls.size() + " are no URLs");
        assertTrue(
                server.log()
                        .contains("127.0.0.1 was refused http://127.0.0.1:" + canary.port()
                                + "/bug/1: 127.0.0.1 may not be fetched"),
                "the audit log says so");
    }

    @Test
    void norAmongManyNorAtACheck() {
        JsonArrayBuilder all = Json.createArrayBuilder();
        List<String> urls = this.urls.stream()
                .filter(url -> url.chars().noneMatch(Character::isISOControl))
                .toList();
        urls.forEach(all::add);
        Http.Answer answer = bugloss.post(
                "/api/details/query",
                Json.createObjectBuilder().add("urls", all).build().toString());
        JsonObject details = answer.json().getJsonObject("details");
        assertEquals(urls.size(), details.size());
        details.forEach((url, detail) -> {
            JsonObject problem = detail.asJsonObject().getJsonObject("problem");
            if (problem == null || !Set.of(400, 422).contains(problem.getInt("status"))) {
                wrong.add(url + " -> " + detail);
            }
        });
        for (int i = 0; i < urls.size(); i += 5) {
            Http.Answer checked = bugloss.post("/api/trackers/check?url=" + Http.encoded(urls.get(i)), "");
            boolean refused = checked.status() == 400
                    || checked.json()
                            .getJsonObject("failure")
                            .getString("reason")
                            .equals("address_not_allowed");
            if (!refused) {
                wrong.add(urls.get(i) + " -> " + checked);
            }
        }
    }

    private void check(String url, Http.Answer answer) {
        boolean problem = answer.header("Content-Type").orElse("").startsWith("application/problem+json");
        boolean refused = answer.status() == 400
                || answer.status() == 422 && answer.json().getString("reason").equals("address_not_allowed");
        if (!problem || !refused) {
            wrong.add(url + " -> " + answer);
        }
    }

    @Test
    void noRedirectLeadsThere() {
        for (int status : new int[] {301, 302, 303, 307, 308}) {
            redirect("/guard/status/" + status, status, "http://127.0.0.1:" + canary.port() + "/");
        }
        List<String> locations = locations();
        for (int i = 0; i < locations.size(); i++) {
            redirect("/guard/redirect/" + i, 302, locations.get(i));
        }
        // Not even at the second step.
        upstream.on("/guard/first", Route.redirect(302, "/guard/status/302"));
        checkRefused("/guard/first", bugloss.get(details("/guard/first")));
    }

    private void redirect(String path, int status, String location) {
        upstream.on(path, Route.redirect(status, location));
        checkRefused(location, bugloss.get(details(path)));
        if (upstream.hits(path) != 1) {
            wrong.add(path + " was asked for " + upstream.hits(path) + " times");
        }
    }

    private void checkRefused(String location, Http.Answer answer) {
        boolean refused = Set.of(422, 502).contains(answer.status())
                && REASONS.contains(answer.json().getString("reason", ""));
        if (!refused) {
            wrong.add(location + " -> " + answer);
        }
    }

    /** Those that can be in a header and are not taken for a path. As UTF-8, which is what servers send. */
    private List<String> locations() {
        return urls.stream()
                .filter(url -> url.startsWith("http:") || url.startsWith("https:") || url.startsWith("//"))
                .filter(url -> url.chars().noneMatch(c -> c < ' '))
                .map(url -> new String(url.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1))
                .toList();
    }

    @Test
    void noLinkReferenceLeadsThere() {
        List<JsonObject> answers = answers(
                "/api/link-references",
                lines(url -> Json.createObjectBuilder()
                        .add("url", url)
                        .add("execution_id", "guard")
                        .add("is_defect", true)));
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < urls.size(); i++) {
            int status = answers.get(i).getInt("status");
            if (status == 201) {
                ids.add(answers.get(i).getInt("id"));
            } else if (status != 400) {
                wrong.add(urls.get(i) + " -> " + answers.get(i));
            }
        }
        assertTrue(ids.size() > 100, () -> ids.size() + " were recorded");
        // Each is tried behind the answer and by the timer: both are noted when they are over.
        String last = "was refused " + lastRecorded(answers);
        String log = Until.holds(server::log, text -> text.contains(last), Duration.ofSeconds(20));
        assertTrue(log.contains(last), last);
        assertTrue(
                Until.holds(server::log, text -> text.contains("refresh was refused http://"), Duration.ofSeconds(20))
                        .contains("refresh was refused http://"));
        ids.forEach(id ->
                assertEquals(204, bugloss.delete("/api/link-references/" + id).status()));
    }

    /** The canonical form of the last URL that was recorded. */
    private String lastRecorded(List<JsonObject> answers) {
        for (int i = urls.size() - 1; ; i--) {
            if (answers.get(i).getInt("status") == 201) {
                return CanonicalUrl.parse(urls.get(i)).key();
            }
        }
    }

    @Test
    void noPictureOfAnOverrideIsFetched() {
        upstream.on("/guard/override", Route.page("Theirs", ""));
        String there = "http://127.0.0.1:" + canary.port() + "/picture.png";
        Http.Answer put =
                bugloss.put(details("/guard/override"), "{\"title\": \"Ours\", \"image\": \"" + there + "\"}");
        assertEquals(there, put.json().getString("image"), put::toString);
        String lines = lines(url -> Json.createObjectBuilder()
                .add("url", upstream.uri("/guard/override").toString())
                .add("title", "Ours")
                .add("image", url));
        List<JsonObject> answers = answers("/api/details/overrides", lines);
        for (int i = 0; i < urls.size(); i++) {
            if (!Set.of(200, 400).contains(answers.get(i).getInt("status"))) {
                wrong.add(urls.get(i) + " -> " + answers.get(i));
            }
        }
        assertEquals(200, bugloss.get(details("/guard/override")).status());
        bugloss.delete(details("/guard/override"));
    }

    @Test
    void noApiLeadsThere() {
        List<String> locations = locations();
        for (int i = 0; i < locations.size(); i++) {
            String page = "/github/guard/api/issues/" + i;
            String api = "/github/api/v3/repos/guard/api/issues/" + i;
            upstream.on(api, Route.redirect(302, locations.get(i)));
            upstream.on(page, Route.page("From the page", ""));
            Http.Answer answer = bugloss.get(details(page));
            if (answer.status() != 200
                    || !REASONS.contains(answer.json().getJsonObject("failure").getString("reason"))) {
                wrong.add(locations.get(i) + " -> " + answer);
            }
        }
    }

    @Test
    void noLinkInAnAnswerIsFollowed() {
        String there = "http://127.0.0.1:" + canary.port() + "/there";
        String six = "http://[::1]:" + canary.port() + "/there";
        String[] headers = {
            "Link: <" + there + ">; rel=\"next\", <" + six + ">; rel=\"canonical\", <" + there + ">; rel=preload",
            "Content-Location: " + there,
            "Refresh: 0; url=" + there,
            "Alt-Svc: h2=\"127.0.0.1:" + canary.port() + "\"",
            "Location: " + there,
        };
        byte[] json = """
                {"number": 1, "title": "Links", "state": "open", "body": "![x](THERE) <img src=THERE> [y](THERE)",
                 "url": "THERE", "html_url": "THERE", "repository_url": "THERE", "comments_url": "THERE",
                 "user": {"avatar_url": "THERE"}, "pull_request": {"url": "THERE", "merged_at": null}}""".replace("THERE", there).getBytes(StandardCharsets.UTF_8);
        upstream.on("/github/api/v3/repos/guard/links/issues/1", Route.body(200, "application/json", json, headers));
        Http.Answer api = bugloss.get(details("/github/guard/links/issues/1"));
        assertEquals("Links", api.json().getString("title"), api::toString);

        byte[] page = """
                <html><head><base href="THERE"><meta http-equiv="refresh" content="0;url=THERE">
                <meta property="og:title" content="Links"><meta property="og:url" content="THERE">
                <meta property="og:image" content="THERE"><link rel="canonical" href="THERE">
                <link rel="alternate" type="application/json+oembed" href="THERE"><link rel="icon" href="THERE">
                <script src="THERE"></script><link rel="stylesheet" href="THERE"></head>
                <body><img src="THERE"><iframe src="SIX"></iframe></body></html>""".replace("THERE", there).replace("SIX", six).getBytes(StandardCharsets.UTF_8);
        upstream.on("/guard/links", Route.body(200, "text/html", page, headers));
        Http.Answer read = bugloss.get(details("/guard/links"));
        assertEquals("Links", read.json().getString("title"), read::toString);
    }

    private String lines(Function<String, JsonObjectBuilder> line) {
        return urls.stream().map(url -> line.apply(url).build().toString()).collect(Collectors.joining("\n"));
    }

    private List<JsonObject> answers(String path, String lines) {
        List<JsonObject> answers = bugloss.post(path, lines, "Content-Type", "application/x-ndjson")
                .body()
                .lines()
                .map(line -> Json.createReader(new StringReader(line)).readObject())
                .toList();
        assertEquals(urls.size(), answers.size());
        return answers;
    }

    private String details(String path) {
        return "/api/details?url=" + Http.encoded(upstream.uri(path));
    }
}
