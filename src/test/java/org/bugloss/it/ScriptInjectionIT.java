package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.bugloss.html.AllowList;
import org.bugloss.html.Attacks;
import org.bugloss.html.SafeHtml;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Whatever script comes in, nothing that could run comes out: descriptions consist of listed tags, all else is plain
 * text, and no browser takes an answer for a page.
 */
@OnServer
class ScriptInjectionIT {

    private static final String LINKS = "/api/link-references";

    /** As the table of overrides has it. */
    private static final int LONGEST_STATUS = 300;

    private static final int LONGEST_LABEL = 200;

    private final List<String> attacks = Stream.concat(Attacks.inHtml().stream(), Attacks.inMarkdown().stream())
            .distinct()
            .toList();
    private final List<String> wrong = new ArrayList<>();

    @ArquillianResource
    Http bugloss;

    @ArquillianResource
    Upstream upstream;

    @AfterEach
    void nothingIsWrong() {
        assertTrue(attacks.size() >= 100, () -> attacks.size() + " attacks");
        assertEquals(List.of(), wrong);
    }

    @Test
    void nothingInAPagesMetadataRuns() {
        for (int i = 0; i < attacks.size(); i++) {
            // A parser of HTML reads so what is no character.
            String attack = attacks.get(i).replace('\0', '\uFFFD');
            String path = "/xss/page/" + i;
            // The site and the picture too: the picture's URL is judged, the site's name is plain text.
            upstream.on(path, Route.html(200, """
                            <html><head><meta property="og:title" content="T %1$s">
                            <meta property="og:description" content="%1$s"><meta property="og:site_name" content="S %1$s">
                            <meta property="og:image" content="%1$s"><title>T</title></head><body></body></html>""".formatted(escaped(attack))));
            check(attack, bugloss.get(details(path)), json -> {
                expect("T " + attack, json, "title", 2000);
                expect("S " + attack, json, "site_name", 300);
            });
        }
    }

    @Test
    void nothingInAPageThatIsOneAttackRuns() {
        for (int i = 0; i < attacks.size(); i++) {
            String attack = attacks.get(i);
            String path = "/xss/raw/" + i;
            upstream.on(path, Route.html(200, """
                            <html><head><title>T %1$s</title><meta property="og:description" content="%1$s">
                            </head><body><h1>%1$s</h1>%1$s</body></html>""".formatted(attack)));
            Http.Answer answer = bugloss.get(details(path));
            // Some make it look like a page to sign in, and some leave no title.
            if (answer.status() != 502) {
                check(attack, answer, json -> {});
            }
        }
    }

    @Test
    void nothingThatATrackerAnswersRuns() {
        for (int i = 0; i < attacks.size(); i++) {
            String attack = attacks.get(i);
            upstream.on(
                    "/github/api/v3/repos/xs/s/issues/" + i,
                    Route.json(Json.createObjectBuilder()
                            .add("number", i)
                            .add("title", attack)
                            .add("state", attack)
                            .add("body", attack)
                            .add("assignees", Json.createArrayBuilder().add(named("login", attack)))
                            .add("labels", Json.createArrayBuilder().add(named("name", attack)))
                            .add("type", named("name", attack))
                            .add("updated_at", attack)
                            .build()
                            .toString()));
            check(attack, bugloss.get(details("/github/xs/s/issues/" + i)), json -> {
                expect(attack, json, "title", 2000);
                expectLabel(attack, json);
                if (json.get("status") instanceof JsonString status) {
                    expectPlain(attack, status.getString(), LONGEST_STATUS);
                }
            });
        }
    }

    private static JsonObject named(String member, String value) {
        return Json.createObjectBuilder().add(member, value).build();
    }

    @Test
    void nothingInAnOverrideRuns() {
        upstream.on("/xss/override", Route.page("Theirs", ""));
        for (String attack : attacks) {
            // Control characters are a 400, other than in a tracker's answer: whoever sends an override can mend it.
            String typed = attack.replaceAll("[\\p{Cc}&&[^\\t\\n\\r]]", "");
            JsonObject fields = Json.createObjectBuilder()
                    .add("assignee", typed)
                    .add("priority", typed)
                    .add("type", typed)
                    .add("labels", Json.createArrayBuilder().add(typed))
                    .build();
            Http.Answer answer = bugloss.put(
                    details("/xss/override"),
                    Json.createObjectBuilder()
                            .add("title", typed)
                            .add("description", typed)
                            .add("status", typed)
                            .add("fields", fields)
                            .build()
                            .toString());
            check(typed, answer, json -> {
                expect(typed, json, "title", 1000);
                expect(typed, json, "status", LONGEST_STATUS);
                expectLabel(typed, json);
            });
            check(typed, bugloss.get(details("/xss/override")), json -> expect(typed, json, "title", 1000));
        }
        bugloss.delete(details("/xss/override"));
    }

    @Test
    void nothingInALinkReferenceRuns() {
        int recorded = 0;
        for (int i = 0; i < attacks.size(); i++) {
            String attack = attacks.get(i).replaceAll("[\\p{Cc}&&[^\\t\\n\\r]]", "");
            String name = attack.substring(0, Math.min(attack.length(), 60));
            String body = Json.createObjectBuilder()
                    .add("execution_id", "xss")
                    .add("url", "http://10.0.0.1/xss/" + i + "?" + Http.encoded(attack))
                    .add("name", name)
                    .build()
                    .toString();
            Http.Answer answer = bugloss.post(LINKS, body);
            checkHeaders(name, answer);
            if (answer.status() != 201 || !answer.json().getString("name").equals(name)) {
                wrong.add(name + " -> " + answer);
            }
            recorded++;
        }
        Http.Answer all = bugloss.get(LINKS + "?execution_id=xss&limit=1000&embed=details");
        checkHeaders("all", all);
        assertEquals(recorded, all.json().getJsonArray("items").size());
    }

    @Test
    void nothingThatIsAskedForRuns() {
        for (String attack : attacks) {
            String value = Http.encoded(attack);
            Http.Answer[] answers = {
                bugloss.get("/api/details?url=" + value),
                bugloss.get("/api/details?url=http://10.0.0.1/" + value),
                bugloss.get(LINKS + "?limit=" + value),
                bugloss.get(LINKS + "?execution_id=" + value),
                bugloss.get(LINKS + "/" + value.replace("+", "%20").replace("%2F", "/")),
                bugloss.get("/api/" + value.replace("+", "%20").replace("%2F", "/")),
                bugloss.post(LINKS, "{\"" + attack.replace("\\", "").replace("\"", "") + "\": 1}"),
            };
            for (Http.Answer answer : answers) {
                // What the server itself refuses does not reach us: it may not show what it got.
                boolean ours = answer.header("Content-Security-Policy").isPresent();
                if (ours) {
                    checkHeaders(attack, answer);
                } else if (answer.status() != 400 || answer.body().contains(attack)) {
                    wrong.add(attack + " -> " + answer);
                }
            }
        }
    }

    private interface Check {
        void of(JsonObject json);
    }

    private void check(String attack, Http.Answer answer, Check more) {
        checkHeaders(attack, answer);
        if (answer.status() != 200) {
            wrong.add(attack + " -> " + answer);
            return;
        }
        JsonObject json = answer.json();
        try {
            AllowList.assertSafe(json.getString("description"), false);
            if (json.get("image") instanceof JsonString image) {
                assertTrue(image.getString().matches("https?://[^\\s\"'<>]+"), image::toString);
            }
            expectPlain(json.getString("excerpt"), json.getString("excerpt"), 280);
            more.of(json);
        } catch (AssertionError e) {
            wrong.add(attack + " -> " + e.getMessage() + " in " + json);
        }
    }

    private void checkHeaders(String attack, Http.Answer answer) {
        boolean json = Set.of("application/json", "application/problem+json")
                .contains(answer.header("Content-Type").orElse("").split(";")[0]);
        boolean sniffed = !answer.header("X-Content-Type-Options").orElse("").equals("nosniff");
        String policy = answer.header("Content-Security-Policy").orElse("");
        boolean strict = policy.startsWith("default-src 'none'") && !policy.contains("unsafe");
        if (!json || sniffed || !strict) {
            wrong.add(attack + " -> " + answer);
        }
    }

    private static void expect(String attack, JsonObject json, String member, int longest) {
        if (json.get(member) == JsonValue.NULL) {
            assertEquals("", SafeHtml.plainText(attack), member);
        } else {
            expectPlain(attack, json.getString(member), longest);
        }
    }

    private static void expectLabel(String attack, JsonObject json) {
        expectPlain(attack, json.getJsonObject("fields").getJsonArray("labels").getString(0), LONGEST_LABEL);
    }

    /** Plain text as it is, neither escaped nor stripped of anything that can be seen. */
    private static void expectPlain(String sent, String shown, int longest) {
        String plain = SafeHtml.plainText(sent);
        assertEquals(plain.substring(0, Math.min(plain.length(), longest)), shown);
        assertTrue(shown.chars().noneMatch(Character::isISOControl), shown);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("\"", "&quot;").replace("<", "&lt;");
    }

    private String details(String path) {
        return "/api/details?url=" + Http.encoded(upstream.uri(path));
    }
}
