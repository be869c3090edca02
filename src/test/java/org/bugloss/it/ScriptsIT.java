package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bugloss.scripts.Markdown;
import org.bugloss.scripts.Script;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that come with the project, as they stand, against a server that lets in whom it knows only. */
class ScriptsIT {

    private static final String TOKEN = "a-scripts-token";

    /** Plays a Kiwi TCMS with two link references, and imports them. */
    private static final String IMPORT = """
            import os
            import sys
            sys.path[:0] = ["src/kiwitcms", "src/kiwitcms/tests"]
            import import_links, servers
            kiwi = servers.Kiwi()
            kiwi.add(1, "http://10.0.0.9/bug?id=1&x=y", 12, "crash & burn")
            kiwi.add(2, "http://10.0.0.9/bug?id=2", 13)
            os.environ["KIWI_URL"] = kiwi.url
            sys.argv = ["import_links.py", "--compare"]
            code = import_links.main()
            del kiwi.links[2]
            sys.exit(code or import_links.main())
            """;

    @TempDir
    Path scratch;

    @Test
    void linksAreImportedFromKiwiAndOverriddenWithWhatAnotherSystemKnows() throws Exception {
        Script.assumeThere("bash", "curl", "jq", "python3");
        Upstream upstream = Upstream.shared();
        upstream.on("/scripts/notes", Route.json("{\"title\": \"Known & noted\", \"description\": \"<b>Wait</b>\"}"));
        String digest = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(TOKEN.getBytes(StandardCharsets.UTF_8)));
        try (ServerProcess server = ServerProcess.configured()
                .without("bugloss.anonymous")
                .with("bugloss.tokens", "scripts:editor:" + digest)
                .start()) {
            Http bugloss = server.http();
            String[] caller = {"Authorization", "Bearer " + TOKEN};
            String token = file("editor-token", TOKEN);
            Map<String, String> ofKiwi = cronJob(Map.of(
                    "BUGLOSS_URL",
                    bugloss.base().toString(),
                    "BUGLOSS_TOKEN_FILE",
                    token,
                    "BUGLOSS_STATE",
                    scratch.resolve("state.sqlite").toString(),
                    "KIWI_USERNAME",
                    "ann",
                    "KIWI_PASSWORD_FILE",
                    file("kiwi-password", "kiwi-secret")));

            assertEquals(
                    new Script.Ran(0, "2 added, 0 removed, 0 refused\n0 added, 1 removed, 0 refused\n", ""),
                    Script.run(scratch, ofKiwi, List.of("python3", "-c", IMPORT)));
            JsonObject link = bugloss.get("/api/link-references", caller)
                    .json()
                    .getJsonArray("items")
                    .getJsonObject(0);
            assertEquals("TE-12", link.getString("execution_id"));
            assertEquals("crash & burn", link.getString("name"));
            assertEquals("http://10.0.0.9/bug?id=1&x=y", link.getString("url"));

            String shell = Markdown.replaced(
                    Markdown.of("src/site/markdown/overrides.md").block("sh"),
                    "https://bugloss.example",
                    bugloss.base().toString(),
                    "/etc/bugloss/token",
                    token,
                    "https://notes.example/bugs",
                    upstream.uri("/scripts/notes").toString());
            for (String script : List.of(shell, shell.replace("overrides.sh", "overrides.py"))) {
                String path = "/api/details?url=" + Http.encoded(link.getString("url"));
                assertEquals(
                        new Script.Ran(0, "1 bugs, 1 overrides sent, 0 failed\n", ""),
                        Script.run(scratch, Map.of(), List.of("bash", "-c", script)));
                JsonObject details = bugloss.get(path, caller).json();
                assertEquals("Known & noted", details.getString("title"));
                assertEquals("<b>Wait</b>", details.getString("description"));
                assertEquals("release-notes", details.getString("supplied_by"));
                assertEquals(204, bugloss.delete(path, caller).status());
            }
        }
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(scratch.resolve(name), text + "\n").toString();
    }

    /** The variables of the cron job as its page has them, some with other values. */
    private static Map<String, String> cronJob(Map<String, String> others) {
        Map<String, String> variables = new TreeMap<>();
        Markdown.of("src/site/markdown/kiwi.md")
                .chapter("Importing link references")
                .block("")
                .lines()
                .filter(line -> line.matches("[A-Z_]+=.*"))
                .map(line -> line.split("=", 2))
                .forEach(pair -> variables.put(pair[0], others.getOrDefault(pair[0], pair[1])));
        assertEquals(6, variables.size(), variables::toString);
        assertTrue(variables.values().containsAll(others.values()), variables::toString);
        return variables;
    }
}
