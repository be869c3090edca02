package org.bugloss.trackers;

import jakarta.inject.Named;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The trackers that come with Bugloss, found among the compiled classes. */
public final class BuiltInTrackers {

    private BuiltInTrackers() {}

    /** Their classes, by name. */
    public static List<Class<?>> all() {
        try {
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
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** Their names, as a message lists them. */
    public static List<String> names() {
        return all().stream()
                .map(BuiltInTrackers::name)
                .sorted(String.CASE_INSENSITIVE_ORDER)
                .toList();
    }

    /** The name of one. */
    static String name(Class<?> tracker) {
        return Optional.ofNullable(tracker.getAnnotation(Named.class))
                .map(Named::value)
                .orElseThrow(() -> new AssertionError(tracker + " has no name"));
    }

    private static Class<?> loaded(String name) {
        try {
            return Class.forName(IssueTracker.class.getPackageName() + "." + name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
