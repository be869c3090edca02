package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What authors of extensions see: the types that the package's documentation lists, their signatures in {@code
 * extension-api.txt}, the classes that the jar of the classifier {@code classes} shows, and the examples of {@code
 * extend.md}. Where one of them is changed on purpose, the others and the CHANGELOG are to be changed with it.
 */
class ExtensionApiTest {

    private static final Path DOCUMENTATION = Path.of("src/main/java/org/bugloss/trackers/package-info.java");
    private static final Path SIGNATURES = Path.of("src/test/resources/org/bugloss/trackers/extension-api.txt");
    private static final Path NOW = Path.of("target/extension-api.txt");
    private static final Path EXAMPLES = Path.of("src/site/markdown/extend.md");

    /** The types that the documentation lists, in its order, each followed by those inside it. */
    private static List<Class<?>> types() throws IOException, ClassNotFoundException {
        List<Class<?>> types = new ArrayList<>();
        for (String name : found("<li>\\{@link ([\\w.]+)}", Files.readString(DOCUMENTATION))) {
            Class<?> type = Class.forName(name);
            types.add(type);
            Arrays.stream(type.getDeclaredClasses())
                    .filter(inner -> isShown(inner.getModifiers()))
                    .sorted((one, other) -> one.getName().compareTo(other.getName()))
                    .forEach(types::add);
        }
        return types;
    }

    private static List<String> found(String pattern, String text) {
        return Pattern.compile(pattern, Pattern.DOTALL)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static boolean isShown(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static String signatures(Class<?> type) {
        List<String> lines = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) {
            if (isShown(field)) {
                lines.add(modifiers(field) + shortened(field.getGenericType().getTypeName()) + " " + field.getName());
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (isShown(constructor)) {
                lines.add(modifiers(constructor) + type.getSimpleName() + parameters(constructor));
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            if (isShown(method) && !method.isBridge()) {
                lines.add(modifiers(method)
                        + shortened(method.getGenericReturnType().getTypeName()) + " " + method.getName()
                        + parameters(method));
            }
        }
        String superclass = type.getSuperclass() == null
                ? ""
                : " extends " + shortened(type.getSuperclass().getName());
        String interfaces = Arrays.stream(type.getInterfaces())
                .map(implemented -> " implements " + shortened(implemented.getName()))
                .collect(Collectors.joining());
        String kind = (type.isInterface() ? "" : Modifier.toString(type.getModifiers() & ~Modifier.STATIC) + " class ");
        return kind + type.getName() + superclass + interfaces + "\n"
                + lines.stream().sorted().map(line -> "    " + line + "\n").collect(Collectors.joining());
    }

    private static boolean isShown(Member member) {
        return isShown(member.getModifiers()) && !member.isSynthetic();
    }

    private static String modifiers(Member member) {
        String modifiers = Modifier.toString(member.getModifiers() & ~Modifier.TRANSIENT & ~Modifier.VOLATILE);
        return modifiers.isEmpty() ? "" : modifiers + " ";
    }

    private static String parameters(Executable executable) {
        return Arrays.stream(executable.getParameters())
                .map(Parameter::getParameterizedType)
                .map(type -> shortened(type.getTypeName()))
                .collect(Collectors.joining(", ", "(", ")"));
    }

    private static String shortened(String type) {
        return type.replaceAll("\\bjava\\.(?:lang|util|util\\.function|time)\\.(?=[A-Z])", "");
    }

    @Test
    void theSignaturesAreThoseThatExtensionsWereCompiledAgainst() throws Exception {
        StringBuilder signatures = new StringBuilder();
        for (Class<?> type : types()) {
            signatures
                    .append(signatures(type).replaceAll("\\borg\\.bugloss\\.\\w+\\.", ""))
                    .append('\n');
        }
        Files.writeString(NOW, signatures);
        assertEquals(Files.readString(SIGNATURES), signatures.toString(), SIGNATURES + " is not " + NOW);
    }

    @Test
    void noSignatureHasATypeThatIsNotShown() throws Exception {
        Set<String> shown = types().stream().map(Class::getName).collect(Collectors.toCollection(TreeSet::new));
        Set<String> hidden = new TreeSet<>();
        for (Class<?> type : types()) {
            hidden.addAll(found("(org\\.bugloss\\.[\\w.$]+)", signatures(type)));
        }
        hidden.removeAll(shown);
        assertEquals(Set.of(), hidden);
    }

    @Test
    void aBuiltInTrackerShowsNothingThatNotEveryTrackerHas() throws Exception {
        Set<String> ofAll = Arrays.stream(IssueTracker.class.getDeclaredMethods())
                .filter(ExtensionApiTest::isShown)
                .map(Method::getName)
                .collect(Collectors.toSet());
        for (Class<?> tracker : BuiltInTrackers.all()) {
            List<String> own = Arrays.stream(tracker.getDeclaredMethods())
                    .filter(ExtensionApiTest::isShown)
                    .map(Method::getName)
                    .filter(name -> !ofAll.contains(name))
                    .toList();
            assertEquals(List.of(), own, tracker + " shows");
        }
    }

    @Test
    void theJarShowsTheTrackersAndTheListedTypesAndNothingElse() throws Exception {
        Set<String> expected = Stream.concat(types().stream(), BuiltInTrackers.all().stream())
                .map(type -> outermost(type.getName()))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> shown = inJar().stream()
                .map(file -> file.toString().replace('/', '.').replaceAll("\\.class$", ""))
                .filter(name -> !name.endsWith(".package-info"))
                .map(ExtensionApiTest::outermost)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(expected, shown, "to be mended in the pom: includes and excludes of the jar of classes");
    }

    @Test
    void theJavadocHasWhatTheJarShows() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        String jar = found("<artifactId>maven-jar-plugin</artifactId>(.*?)</plugin>", pom)
                .get(0);
        assertEquals(sources("<include>", jar), found("<sourceFileInclude>(.*?)</", pom));
        assertEquals(sources("<exclude>", jar), found("<sourceFileExclude>(.*?)</", pom));
    }

    private static List<String> sources(String tag, String jar) {
        return found(tag + "(.*?)\\.class</", jar).stream()
                .filter(name -> !name.contains("$"))
                .map(name -> name.replaceAll("(?<=\\w)\\*$", "") + ".java")
                .toList();
    }

    private static String outermost(String name) {
        return name.replaceAll("\\$.*", "");
    }

    /** The files, below the compiled classes, that the pom has the jar of classes hold. */
    private static List<Path> inJar() throws IOException, URISyntaxException {
        String jar = found(
                        "<artifactId>maven-jar-plugin</artifactId>(.*?)</plugin>", Files.readString(Path.of("pom.xml")))
                .get(0);
        List<String> included = found("<include>(.*?)</include>", jar);
        List<String> excluded = found("<exclude>(.*?)</exclude>", jar);
        Path classes = classes();
        try (Stream<Path> files = Files.walk(classes)) {
            return files.filter(Files::isRegularFile)
                    .map(classes::relativize)
                    .filter(file -> matches(included, file) && !matches(excluded, file))
                    .toList();
        }
    }

    private static boolean matches(List<String> patterns, Path file) {
        return patterns.stream()
                .anyMatch(pattern -> file.toString()
                        .matches(pattern.replace(".", "\\.").replace("$", "\\$").replace("*", "[^/]*")));
    }

    private static Path classes() throws URISyntaxException {
        return Path.of(IssueTracker.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    }

    /** An example: a class, or what stands inside one that extends {@link IssueTracker}. */
    private static final class Example extends SimpleJavaFileObject {

        private static final String IMPORTS = Stream.of(
                        "jakarta.enterprise.context",
                        "jakarta.inject",
                        "java.time",
                        "java.util",
                        "java.util.regex",
                        "java.util.stream",
                        "org.bugloss.outbound",
                        "org.bugloss.trackers")
                .map(name -> "import " + name + ".*;")
                .collect(Collectors.joining());

        private final String source;

        Example(String name, String source) {
            super(URI.create("string:///org/acme/" + name + ".java"), Kind.SOURCE);
            this.source = source;
        }

        static Example of(String code, int number) {
            List<String> classes = found("public class (\\w+)", code);
            String name = classes.isEmpty() ? "Example" + number : classes.get(0);
            String whole =
                    classes.isEmpty() ? "abstract class " + name + " extends IssueTracker {\n" + code + "}" : code;
            return new Example(name, code.startsWith("package ") ? code : "package org.acme;\n" + IMPORTS + whole);
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
        }
    }

    @Test
    void theExamplesCompileAgainstTheJarAlone(@TempDir Path folder) throws Exception {
        Path classes = classes();
        for (Path file : inJar()) {
            Files.createDirectories(folder.resolve(file).getParent());
            Files.copy(classes.resolve(file), folder.resolve(file));
        }
        String jakarta = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(jar -> jar.contains("jakarta"))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> code = Stream.of(EXAMPLES, Path.of("README.md"))
                .flatMap(page -> found("```java\n(.*?)```", read(page)).stream())
                .toList();
        List<Example> examples = new ArrayList<>();
        for (String each : code) {
            examples.add(Example.of(each, examples.size()));
        }
        assertTrue(examples.size() > 10, "examples");
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        Path out = Files.createDirectories(folder.resolve("out"));
        boolean compiled = compiler.getTask(
                        said,
                        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8),
                        null,
                        List.of(
                                "-Xlint:all",
                                "-Werror",
                                "-proc:none",
                                "-d",
                                out.toString(),
                                "-classpath",
                                folder + File.pathSeparator + jakarta),
                        null,
                        examples)
                .call();
        assertTrue(compiled, said::toString);
    }

    @Test
    void eachTypeHasAnExample() throws Exception {
        String code = String.join("\n", found("```java\n(.*?)```", read(EXAMPLES)));
        List<String> without = types().stream()
                .filter(type -> !type.isMemberClass())
                .map(Class::getSimpleName)
                .filter(name -> Pattern.compile("\\b" + name + "\\b")
                        .matcher(code)
                        .results()
                        .findAny()
                        .isEmpty())
                .toList();
        assertEquals(List.of(), without);
    }

    private static String read(Path page) {
        try {
            return Files.readString(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
