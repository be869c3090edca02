package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bugloss.outbound.OutboundClient;
import org.junit.jupiter.api.Test;

class ExitsTest {

    /** They say nothing of any bug, by their nature, and to anybody. */
    private static final String OF_NO_BUG = "GET /health.*|GET /openapi.*|GET /sign-in.*|POST /sign-out|POST /hooks/.*"
            + "|GET /demo.*|.* /notifications.*";

    /** Whoever adds a way by which something gets out says in {@link Exits} what it tells of bugs, and to whom. */
    @Test
    void everyMethodOfEveryResourceIsInTheTableOfExits() {
        assertEquals(
                new TreeSet<>(Exits.names()),
                resources()
                        .flatMap(resource -> resource.getMethods().stream().flatMap(ExitsTest::exits))
                        .filter(exit -> !exit.matches(OF_NO_BUG))
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    private static Stream<JavaClass> resources() {
        return new ClassFileImporter()
                        .importUrl(OutboundClient.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation())
                        .stream()
                        .filter(type -> type.isAnnotatedWith(Path.class));
    }

    private static Stream<String> exits(JavaMethod method) {
        String path = method.getOwner().getAnnotationOfType(Path.class).value()
                + path(method).orElse("");
        boolean ofLines = Arrays.stream(method.reflect().getAnnotations())
                .anyMatch(annotation -> annotation.toString().contains("x-ndjson"));
        return Arrays.stream(method.reflect().getAnnotations())
                .flatMap(annotation ->
                        Stream.ofNullable(annotation.annotationType().getAnnotation(HttpMethod.class)))
                .map(verb -> verb.value() + " " + path + (ofLines ? " ndjson" : ""));
    }

    private static Optional<String> path(JavaMethod method) {
        return method.isAnnotatedWith(Path.class)
                ? Optional.of(method.getAnnotationOfType(Path.class).value())
                : Optional.empty();
    }
}
