package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What CDI and the registry want of every tracker that comes with Bugloss, found among the compiled classes. */
class BuiltInTrackersTest {

    private static final List<String> NAMES = List.of(
            "AzureBoards",
            "Bugzilla",
            "GitHub",
            "GitLab",
            "Gitea",
            "JIRA",
            "KiwiTCMS",
            "Launchpad",
            "Mantis",
            "OpenProject",
            "Redmine",
            "Trac",
            "YouTrack");

    static List<Class<?>> trackers() throws IOException, URISyntaxException {
        Path classes = Path.of(IssueTracker.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        String folder = IssueTracker.class.getPackageName().replace('.', '/');
        try (Stream<Path> files = Files.list(classes.resolve(folder))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".class") && !file.equals("package-info.class"))
                    .sorted()
                    .<Class<?>>map(file -> loaded(file.substring(0, file.length() - ".class".length())))
                    .filter(type ->
                            IssueTracker.class.isAssignableFrom(type) && !Modifier.isAbstract(type.getModifiers()))
                    .toList();
        }
    }

    private static Class<?> loaded(String name) {
        try {
            return Class.forName(IssueTracker.class.getPackageName() + "." + name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static String name(Class<?> tracker) {
        Named named = tracker.getAnnotation(Named.class);
        assertNotNull(named, tracker + " has no name");
        return named.value();
    }

    @Test
    void theNamesAreThoseThatAreKnownAndEachIsOnce() throws Exception {
        List<String> names =
                trackers().stream().map(BuiltInTrackersTest::name).sorted().toList();
        assertEquals(NAMES, names);
    }

    @Test
    void theNamesDifferInMoreThanCase() throws Exception {
        TreeSet<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (Class<?> tracker : trackers()) {
            assertTrue(names.add(name(tracker)), "the registry can't tell apart who is called " + name(tracker));
        }
    }

    @ParameterizedTest
    @MethodSource("trackers")
    void eachIsABeanOfTheApplicationWithAName(Class<?> tracker) {
        assertFalse(name(tracker).isBlank());
        assertTrue(tracker.isAnnotationPresent(ApplicationScoped.class));
    }

    @ParameterizedTest
    @MethodSource("trackers")
    void eachCanBeProxied(Class<?> tracker) throws Exception {
        assertFalse(Modifier.isFinal(tracker.getModifiers()), "the class is final");
        Constructor<?> constructor = tracker.getDeclaredConstructor();
        assertTrue(
                Modifier.isPublic(constructor.getModifiers()) || Modifier.isProtected(constructor.getModifiers()),
                "the constructor without arguments is neither public nor protected");
        List<Method> fixed = Stream.<Class<?>>iterate(
                        tracker, type -> !type.equals(Object.class), type -> type.getSuperclass())
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(method -> Modifier.isFinal(method.getModifiers()))
                .filter(method ->
                        !Modifier.isStatic(method.getModifiers()) && !Modifier.isPrivate(method.getModifiers()))
                .toList();
        assertEquals(List.of(), fixed, "methods that are final");
    }

    @ParameterizedTest
    @MethodSource("trackers")
    void eachHasARowInTheTableOfTheReadme(Class<?> tracker) throws IOException {
        String row = "| `" + name(tracker) + "`";
        try (Stream<String> lines = Files.lines(Path.of("README.md"))) {
            List<String> rows = lines.filter(line -> line.startsWith(row)).toList();
            assertEquals(1, rows.size(), "rows of the README that begin with " + row);
        }
    }
}
