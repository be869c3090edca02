package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
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

    static List<Class<?>> trackers() {
        return BuiltInTrackers.all();
    }

    private static String name(Class<?> tracker) {
        return BuiltInTrackers.name(tracker);
    }

    @Test
    void theTableOfThePageHasARowForEachAndNoOther() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("src/site/markdown/trackers.md"))) {
            List<String> rows = lines.dropWhile(line -> !line.startsWith("| tracker |"))
                    .skip(2)
                    .takeWhile(line -> line.startsWith("|"))
                    .map(line -> line.split("`")[1])
                    .sorted(String.CASE_INSENSITIVE_ORDER)
                    .toList();
            assertEquals(BuiltInTrackers.names(), rows);
        }
    }

    @ParameterizedTest
    @MethodSource("trackers")
    void eachHasATestBesideIt(Class<?> tracker) throws ClassNotFoundException {
        assertNotNull(Class.forName(tracker.getName() + "Test"));
    }

    @Test
    void theNamesDifferInMoreThanCase() {
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
}
