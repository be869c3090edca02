package org.bugloss.openapi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.CookieParam;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bugloss.changes.ChangeKind;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.junit.jupiter.api.Test;

/** The document says what the code does: compared both ways, so that neither can be changed alone. */
class OpenApiDocumentTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .importUrl(CanonicalUrl.class.getProtectionDomain().getCodeSource().getLocation());

    private static final OpenApi OPEN_API = OpenApi.ofBuild();

    /** Who reads parameters without annotations; tests of theirs compare them: LinksQueryTest, ChangesQueryTest. */
    private static final Set<String> READ_BY_THEMSELVES =
            Set.of("GET /link-references", "GET /link-references/summary", "GET /changes", "GET /sign-in/callback");

    /** What a method takes and gives. Media types are without parameters. */
    private record Shape(Set<String> consumes, Set<String> produces, Set<String> parameters) {

        Shape and(Shape other) {
            return new Shape(
                    both(consumes, other.consumes), both(produces, other.produces), both(parameters, other.parameters));
        }

        private static Set<String> both(Set<String> some, Set<String> others) {
            Set<String> both = new TreeSet<>(some);
            both.addAll(others);
            return both;
        }
    }

    /** What filters and servlets answer before any resource. */
    private static final Map<String, Shape> WITHOUT_RESOURCE = Map.of(
            "GET /changes", new Shape(Set.of(), Set.of("text/event-stream"), Set.of("header Last-Event-ID")),
            "POST /hooks/{system}", new Shape(Set.of("*/*"), Set.of("application/json"), Set.of("path system")));

    @Test
    void everyMethodOfEveryResourceIsDescribedAndNoOther() {
        Map<String, Shape> made = new TreeMap<>(WITHOUT_RESOURCE);
        resources()
                .forEach(resource -> Arrays.stream(resource.getMethods())
                        .forEach(method -> verb(method)
                                .forEach(verb -> made.merge(
                                        verb + " " + path(resource, method),
                                        shape(verb, resource, method),
                                        Shape::and))));
        Map<String, Shape> described = new TreeMap<>();
        OPEN_API.operations().forEach(operation -> described.put(operation.name(), shape(operation)));

        assertEquals(lines(made), lines(described));
    }

    @Test
    void nobodyElseReadsParametersWithoutAnnotations() {
        assertEquals(
                Set.of(
                        // They read, and a test compares it with the document.
                        "LinkReferencesResource",
                        "ChangesResource",
                        "EventStreamFilter",
                        // What an issuer answers.
                        "SignInResource",
                        // The one parameter that the resource behind it has too.
                        "DetailsFilter",
                        // A secret of JIRA before 10, described as a security scheme.
                        "HooksServlet",
                        // Notes the query.
                        "AuditLog"),
                CLASSES.stream()
                        .filter(type ->
                                type.getMethodCallsFromSelf().stream().anyMatch(call -> isOfParameters(call.getName()))
                                        || type.getMethodReferencesFromSelf().stream()
                                                .anyMatch(reference -> isOfParameters(reference.getName())))
                        .filter(type -> type.getPackageName().startsWith("org.bugloss"))
                        .map(JavaClass::getSimpleName)
                        .collect(Collectors.toSet()));
    }

    private static boolean isOfParameters(String method) {
        return Set.of("getQueryParameters", "getParameter", "getParameterMap", "getQueryString")
                .contains(method);
    }

    /** A new one that answers below {@code /api} must be described, and be put into {@link #WITHOUT_RESOURCE}. */
    @Test
    void nothingButTheseFiltersAndServletsAnswersBeforeTheResources() throws IOException {
        String descriptor = Files.readString(java.nio.file.Path.of("src/main/webapp/WEB-INF/web.xml"));

        assertEquals(
                List.of("proxies", "headers", "demonstration", "files", "caller", "details", "changes"),
                Pattern.compile("<filter>\\s*<filter-name>(.*?)</filter-name>")
                        .matcher(descriptor)
                        .results()
                        .map(found -> found.group(1))
                        .toList());
        assertEquals(
                Set.of("HooksServlet", "LastServlet"),
                CLASSES.stream()
                        .filter(type -> type.isAssignableTo(HttpServlet.class) || type.isAssignableTo(Servlet.class))
                        .map(JavaClass::getSimpleName)
                        .collect(Collectors.toSet()));
    }

    @Test
    void theParametersOfAPathAreThoseInIt() {
        OPEN_API.operations()
                .forEach(operation -> assertEquals(
                        Pattern.compile("\\{(.*?)}")
                                .matcher(operation.path())
                                .results()
                                .map(found -> found.group(1))
                                .collect(Collectors.toSet()),
                        operation.parameters("path"),
                        operation::name));
    }

    @Test
    void whatEveryOperationMayAnswerIsSaidOfEach() {
        for (OpenApi.Operation operation : OPEN_API.operations()) {
            Set<String> said = operation.responses().keySet();
            assertEquals(true, said.contains("default"), operation::name);
            // Whether it lives hangs not even on who asks.
            assertEquals(!operation.path().equals("/health/live"), said.contains("401"), operation::name);
            boolean takesBody = !operation.requests().isEmpty();
            assertEquals(takesBody, said.contains("413"), operation::name);
        }
    }

    @Test
    void theWordsOfFailuresAndChangesAreThoseThatThereAre() {
        Set<String> reasons = Arrays.stream(FailureReason.class.getFields())
                .map(OpenApiDocumentTest::word)
                .collect(Collectors.toCollection(TreeSet::new));
        // Of no constant: any other status.
        reasons.add("http_500");

        assertEquals(reasons, new TreeSet<>(texts("/components/schemas/FailureReason/examples")));
        assertEquals(
                Stream.of(ChangeKind.values()).map(ChangeKind::word).toList(),
                texts("/components/schemas/ChangeKind/enum"));
    }

    private static List<String> texts(String pointer) {
        return OPEN_API.document().getValue(pointer).asJsonArray().getValuesAs(jakarta.json.JsonString::getString);
    }

    private static String word(java.lang.reflect.Field constant) {
        try {
            return ((FailureReason) constant.get(null)).word();
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static Stream<Class<?>> resources() {
        return CLASSES.stream().filter(type -> type.isAnnotatedWith(Path.class)).map(JavaClass::reflect);
    }

    private static Stream<String> verb(Method method) {
        return Arrays.stream(method.getAnnotations())
                .map(annotation -> annotation.annotationType().getAnnotation(HttpMethod.class))
                .filter(Objects::nonNull)
                .map(HttpMethod::value);
    }

    private static String path(Class<?> resource, Method method) {
        Path own = method.getAnnotation(Path.class);
        return Stream.of(resource.getAnnotation(Path.class).value(), own == null ? "" : own.value())
                .map(part -> part.replaceFirst("^/", ""))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining("/", "/", ""));
    }

    private static Shape shape(String verb, Class<?> resource, Method method) {
        return new Shape(
                types(method, resource, Consumes.class, consumes -> ((Consumes) consumes).value()),
                verb.equals("DELETE")
                        ? Set.of()
                        : types(method, resource, Produces.class, produces -> ((Produces) produces).value()),
                READ_BY_THEMSELVES.contains(verb + " " + path(resource, method))
                        ? Set.of()
                        : Arrays.stream(method.getParameterAnnotations())
                                .flatMap(Arrays::stream)
                                .flatMap(OpenApiDocumentTest::parameter)
                                .collect(Collectors.toCollection(TreeSet::new)));
    }

    private static <A extends Annotation> Set<String> types(
            Method method,
            Class<?> resource,
            Class<A> annotation,
            java.util.function.Function<Annotation, String[]> value) {
        return Stream.<AnnotatedElement>of(method, resource)
                .map(element -> element.getAnnotation(annotation))
                .filter(Objects::nonNull)
                .findFirst()
                .stream()
                .flatMap(found -> Arrays.stream(value.apply(found)))
                .map(type -> type.replaceFirst(";.*", ""))
                .filter(type -> !type.equals("application/problem+json"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<String> parameter(Annotation annotation) {
        if (annotation instanceof QueryParam query) {
            return Stream.of("query " + query.value());
        }
        if (annotation instanceof HeaderParam header) {
            return Stream.of("header " + header.value());
        }
        if (annotation instanceof CookieParam cookie) {
            return Stream.of("cookie " + cookie.value());
        }
        return annotation instanceof PathParam path ? Stream.of("path " + path.value()) : Stream.empty();
    }

    private static Shape shape(OpenApi.Operation operation) {
        Set<String> parameters = new TreeSet<>();
        for (String in : List.of("query", "header", "cookie", "path")) {
            boolean isReadByItself = READ_BY_THEMSELVES.contains(operation.name()) && !in.equals("header");
            if (!isReadByItself) {
                operation.parameters(in).forEach(name -> parameters.add(in + " " + name));
            }
        }
        return new Shape(operation.requests().keySet(), operation.answers(), parameters);
    }

    /** One a line, so that the difference can be seen. */
    private static String lines(Map<String, Shape> shapes) {
        return shapes.entrySet().stream()
                .map(entry -> entry.getKey() + ": takes "
                        + new TreeSet<>(entry.getValue().consumes()) + " and "
                        + new TreeSet<>(entry.getValue().parameters()) + ", gives "
                        + new TreeSet<>(entry.getValue().produces()))
                .collect(Collectors.joining("\n"));
    }
}
