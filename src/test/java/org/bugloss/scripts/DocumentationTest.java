package org.bugloss.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the pages show of files is what is in the files. */
class DocumentationTest {

    private static final Path PROJECT = Path.of("src/examples/tracker");
    private static final Markdown EXTEND = Markdown.of("src/site/markdown/extend.md");

    private static final Pattern LINK =
            Pattern.compile("(?<!!)\\[[^\\]]*\\]\\(([^)\\s]+)\\)|(?:src|srcset|href)=\"([^\"]+)\"");

    /** Not packages, files, hosts, and what else begins so. */
    private static final Pattern KEY = Pattern.compile(
            "(?<![\\w./-])bugloss\\.(?!(?:example|js|mv|war|env|test|pictures)\\b)[A-Za-z][A-Za-z0-9-]*(?:\\.[A-Za-z][A-Za-z0-9-]*)*");

    private static final Path KEYS = Path.of("src/main/resources/META-INF/microprofile-config.properties");

    /** The names of what users look at, in the place of which the configuration has {@code NAME}. */
    private static final Pattern NAMED = Pattern.compile("bugloss\\.(system|oidc|notify)\\.[A-Za-z0-9-]+(?=\\.)");

    private static List<Path> pages() throws IOException {
        try (Stream<Path> site = Files.list(Path.of("src/site/markdown"))) {
            return Stream.concat(Stream.of(Path.of("README.md"), Path.of("CHANGELOG.md")), site)
                    .sorted()
                    .toList();
        }
    }

    /** As GitHub makes them of headings. */
    private static Set<String> anchors(Path page) throws IOException {
        Set<String> anchors = new TreeSet<>();
        for (String line : prose(page)) {
            if (line.matches("#+ .*")) {
                anchors.add(line.replaceFirst("#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\w\\s-]", "")
                        .replace(' ', '-'));
            }
        }
        return anchors;
    }

    /** The lines that are no code. */
    private static List<String> prose(Path page) throws IOException {
        List<String> prose = new ArrayList<>();
        boolean code = false;
        for (String line : Files.readAllLines(page)) {
            if (line.strip().startsWith("```")) {
                code = !code;
            } else if (!code) {
                prose.add(line);
            }
        }
        return prose;
    }

    @Test
    void theReadmeIsAFrontPage() throws IOException {
        assertTrue(Files.readAllLines(Path.of("README.md")).size() <= 300);
    }

    @Test
    void whatNamesTheVersionNamesThisOne() throws IOException {
        Pattern named =
                Pattern.compile("<version>(1\\.[^<]*)</version>\\s*<classifier>classes|Version: (1\\.\\S*)\\. ");
        Matcher own = Pattern.compile("<artifactId>bugloss</artifactId>\\s*<version>([^<]+)<")
                .matcher(Files.readString(Path.of("pom.xml")));
        assertTrue(own.find());
        for (String file : List.of("README.md", "src/site/markdown/extend.md", "src/examples/tracker/pom.xml")) {
            Matcher version = named.matcher(Files.readString(Path.of(file)));
            assertTrue(version.find(), file);
            assertEquals(own.group(1), version.group(1) == null ? version.group(2) : version.group(1), file);
        }
    }

    @Test
    void noLinkIsDead() throws IOException {
        List<String> dead = new ArrayList<>();
        for (Path page : pages()) {
            String prose = String.join("\n", prose(page)).replaceAll("`[^`\n]*`", "");
            for (MatchResult link : LINK.matcher(prose).results().toList()) {
                String target = link.group(1) == null ? link.group(2) : link.group(1);
                if (target.matches("(https?|mailto):.*")) {
                    continue;
                }
                String[] parts = target.split("#", 2);
                Path file = parts[0].isEmpty()
                        ? page
                        : page.resolveSibling(parts[0]).normalize();
                if (!Files.exists(file) || parts.length == 2 && !anchors(file).contains(parts[1])) {
                    dead.add(page + ": " + target);
                }
            }
        }
        assertEquals(List.of(), dead);
    }

    @Test
    void thePagesNameEachKeyThatThereIsAndNoOther() throws IOException {
        Set<String> there = new TreeSet<>();
        for (String line : Files.readAllLines(KEYS)) {
            Matcher key = Pattern.compile("^(?:#   )?(bugloss\\.[A-Za-z.-]+)(?: {2,}|=).*")
                    .matcher(line);
            if (key.matches()) {
                there.add(key.group(1));
            }
        }
        assertTrue(there.size() > 60, there::toString);
        Set<String> named = new TreeSet<>();
        Set<String> wrong = new TreeSet<>();
        for (Path page : pages()) {
            if (page.endsWith("CHANGELOG.md")) {
                continue;
            }
            for (String line : prose(page)) {
                for (MatchResult code :
                        Pattern.compile("`([^`]*)`").matcher(line).results().toList()) {
                    // Tables leave out what a line's first key has already.
                    named.add(code.group(1).replaceFirst("^\\.", ""));
                    KEY.matcher(code.group(1)).results().map(MatchResult::group).forEach(key -> {
                        String known = NAMED.matcher(key).replaceFirst("bugloss.$1.NAME");
                        named.add(known);
                        if (!isKey(known, there)) {
                            wrong.add(page + ": " + key);
                        }
                    });
                }
            }
        }
        assertEquals(Set.of(), wrong);
        Set<String> missing = new TreeSet<>(there);
        missing.removeIf(key -> named.contains(key) || named.contains(key.substring(key.lastIndexOf('.') + 1)));
        assertEquals(Set.of(), missing);
    }

    /** A key, or what several begin with. */
    private static boolean isKey(String named, Set<String> keys) {
        return keys.contains(named) || keys.stream().anyMatch(key -> key.startsWith(named + "."));
    }

    /** The versions of plugins, by their names. */
    private static Map<String, String> plugins(Path pom) throws Exception {
        Map<String, String> versions = new TreeMap<>();
        Pattern.compile("<artifactId>(maven-\\S+-plugin)</artifactId>\\s*<version>(.*?)</version>")
                .matcher(Files.readString(pom))
                .results()
                .forEach(plugin -> versions.put(plugin.group(1), plugin.group(2)));
        return versions;
    }

    @Test
    void theProjectToCopyIsTheOneThatThePagesShow() throws Exception {
        Path sources = PROJECT.resolve("src/main/java/org/acme");
        assertEquals(
                Markdown.of("README.md").chapter("Extension").block("java"),
                Files.readString(sources.resolve("ExtendedBugTracker.java")));
        assertEquals(
                EXTEND.chapter("A whole new tracker").block("java"), Files.readString(sources.resolve("Acme.java")));
        assertEquals(EXTEND.chapter("pom.xml").block("xml"), Files.readString(PROJECT.resolve("pom.xml")));
    }

    @Test
    void theProjectToCopyHasThePluginsOfThisOneSoThatItIsBuiltOffline() throws Exception {
        Map<String, String> ours = plugins(Path.of("pom.xml"));
        Map<String, String> its = plugins(PROJECT.resolve("pom.xml"));
        assertEquals(4, its.size());
        its.forEach((name, version) -> assertEquals(ours.get(name), version, name));
    }

    @Test
    void theImageOfAnExtensionChangesTheWarThatItsBaseHas() throws Exception {
        List<String> lines = EXTEND.chapter("The first one, in ten minutes")
                .block("dockerfile")
                .lines()
                .toList();
        assertEquals(3, lines.size());
        String base = Files.readString(Path.of("docker/wildfly.Dockerfile"));
        assertTrue(base.contains("docker build -f docker/wildfly.Dockerfile -t bugloss "), base);
        String war = lines.get(2).replaceAll(".*--file (\\S+) .*", "$1");
        assertTrue(base.contains(" " + war + "\n"), war);
    }
}
