package org.bugloss.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the pages show of files is what is in the files. */
class DocumentationTest {

    private static final Path PROJECT = Path.of("src/examples/tracker");
    private static final Markdown EXTEND = Markdown.of("src/site/markdown/extend.md");

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
