package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bugloss.scripts.Markdown;
import org.bugloss.scripts.Script;

/**
 * The project of the page about extensions, built and put into a WAR by the commands of that page, as they stand there. Maven is
 * the one that runs the tests, offline, with what it has downloaded for Bugloss itself.
 *
 * @param war with the project's jar in it
 * @param environment what the commands export for the server
 * @param check the command that asks the server about a bug
 */
record ExtensionProject(Path war, Map<String, String> environment, String check) {

    private static final Markdown CHAPTER =
            Markdown.of("src/site/markdown/extend.md").chapter("The first one, in ten minutes");

    /** Installs nothing: where the page does that, the test has laid down what would be installed. */
    private static final String MAVEN = """
            #!/bin/sh
            case "$*" in
              'install -DskipTests -DskipITs') ;;
              *) exec "%s" -o -q -B -ntp "-Dmaven.repo.local=%s" "$@" ;;
            esac
            """;

    static ExtensionProject built() throws Exception {
        Script.assumeThere("bash");
        String maven = System.getProperty("bugloss.it.maven", "");
        assumeTrue(Files.isExecutable(Path.of(maven)), "the build says which Maven there is, see pom.xml");
        Path folder = Suite.current().newFolder("extension");
        Path checkout = Files.createDirectories(folder.resolve("bugloss"));
        Files.createSymbolicLink(checkout.resolve("src"), Path.of("src").toAbsolutePath());
        Path target = Files.createDirectory(checkout.resolve("target"));
        Files.createSymbolicLink(target.resolve("bugloss.war"), Suite.current().war());
        Path tool = Files.createDirectory(folder.resolve("bin")).resolve("mvn");
        Files.writeString(tool, MAVEN.formatted(maven, repository(folder.resolve("repository"))));
        assertEquals(true, tool.toFile().setExecutable(true));

        List<String> commands = CHAPTER.blocks("sh");
        assertEquals(4, commands.size());
        String java = System.getProperty("java.home");
        Script.Ran ran = Script.run(
                folder,
                Map.of(
                        "PATH",
                        String.join(File.pathSeparator, tool.getParent() + "", java + "/bin", System.getenv("PATH")),
                        "JAVA_HOME",
                        java,
                        "MAVEN_OPTS",
                        "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"),
                List.of(
                        "bash",
                        "-c",
                        "set -e\ncd \"$0\"\nexec 3>&1 >&2\n" + String.join("", commands.subList(0, 3)) + "printenv >&3",
                        checkout.toString()));
        assertEquals(0, ran.code(), ran::toString);
        Map<String, String> exported = new LinkedHashMap<>();
        ran.out().lines().map(line -> line.split("=", 2)).forEach(pair -> {
            if (pair[0].startsWith("BUGLOSS_") || pair[0].equals("EXTERNAL_BUG_TRACKERS")) {
                exported.put(pair[0], pair[1]);
            }
        });
        return new ExtensionProject(checkout.resolve("bugloss.war"), exported, commands.get(3));
    }

    /** Maven's local repository as it is, but for Bugloss: of that it has what this build has just made. */
    private static Path repository(Path folder) throws IOException {
        Path downloaded = Path.of(System.getProperty("bugloss.it.repository"));
        link(downloaded, Files.createDirectory(folder), Set.of("org"));
        link(downloaded.resolve("org"), Files.createDirectory(folder.resolve("org")), Set.of("bugloss"));
        String pom = Files.readString(Path.of("pom.xml"));
        Matcher version = Pattern.compile("<version>(.*?)</version>").matcher(pom);
        assertEquals(true, version.find());
        String name = "bugloss-" + version.group(1);
        Path installed = Files.createDirectories(folder.resolve("org/bugloss/bugloss/" + version.group(1)));
        Files.writeString(installed.resolve(name + ".pom"), pom);
        Files.copy(
                Suite.current().war().resolveSibling("bugloss-classes.jar"), installed.resolve(name + "-classes.jar"));
        return folder;
    }

    private static void link(Path from, Path to, Set<String> without) throws IOException {
        try (Stream<Path> all = Files.list(from)) {
            for (Path one : all.collect(Collectors.toList())) {
                if (!without.contains(one.getFileName().toString())) {
                    Files.createSymbolicLink(to.resolve(one.getFileName()), one);
                }
            }
        }
    }
}
