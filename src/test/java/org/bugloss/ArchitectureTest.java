package org.bugloss;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bugloss.outbound.OutboundClient;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may know whom, and who may reach the network: read from the compiled classes. */
class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .importUrl(
                    OutboundClient.class.getProtectionDomain().getCodeSource().getLocation());

    /** Each package, and those of ours that it may know. A new one is put where its dependencies go one way. */
    private static final Map<String, List<String>> MAY_KNOW = Map.ofEntries(
            Map.entry("audience", List.of("configuration")),
            Map.entry("audit", List.of()),
            Map.entry("configuration", List.of()),
            Map.entry("json", List.of()),
            Map.entry("outbound", List.of("audit", "configuration")),
            Map.entry("database", List.of("configuration", "outbound")),
            Map.entry("html", List.of("json", "outbound")),
            Map.entry("trackers", List.of("audit", "configuration", "html", "json", "outbound")),
            Map.entry("changes", List.of("configuration", "database", "json")),
            Map.entry(
                    "cache",
                    List.of("audit", "changes", "configuration", "database", "html", "json", "outbound", "trackers")),
            Map.entry("refresh", List.of("cache", "configuration", "database", "html", "json", "outbound", "trackers")),
            Map.entry("callers", List.of("configuration", "outbound")),
            Map.entry("web", List.of("audience", "audit", "callers", "configuration", "database", "json", "outbound")),
            Map.entry("page", List.of("configuration", "web")),
            Map.entry("openapi", List.of("configuration", "json", "web")),
            Map.entry(
                    "hooks",
                    List.of("audit", "cache", "configuration", "database", "json", "refresh", "trackers", "web")),
            Map.entry(
                    "details",
                    List.of(
                            "audience",
                            "audit",
                            "cache",
                            "changes",
                            "configuration",
                            "database",
                            "hooks",
                            "html",
                            "json",
                            "outbound",
                            "trackers",
                            "web")),
            Map.entry("feed", List.of("audience", "changes", "database", "details", "json", "web")),
            Map.entry(
                    "notify",
                    List.of("changes", "configuration", "database", "details", "feed", "json", "outbound", "web")),
            Map.entry(
                    "links",
                    List.of("audience", "cache", "database", "details", "json", "outbound", "trackers", "web")));

    static Stream<String> packages() {
        return MAY_KNOW.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("packages")
    void aPackageKnowsNoOtherThanItMay(String name) {
        List<String> allowed = new ArrayList<>(MAY_KNOW.get(name));
        allowed.add(name);

        noClasses()
                .that()
                .resideInAPackage(of(name))
                .should()
                .dependOnClassesThat(describe(
                        "are of another package than " + allowed,
                        known -> known.getPackageName().startsWith("org.bugloss")
                                && !allowed.contains(nameOf(known.getPackage()))))
                .check(CLASSES);
    }

    @Test
    void everyPackageHasItsPlace() {
        Set<String> names = CLASSES.getPackage("org.bugloss").getSubpackagesInTree().stream()
                .map(ArchitectureTest::nameOf)
                .collect(Collectors.toCollection(TreeSet::new));

        assertEquals(new TreeSet<>(MAY_KNOW.keySet()), names);
    }

    @Test
    void packagesKnowEachOtherOneWay() {
        slices().matching("org.bugloss.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    /** See {@link org.bugloss.database.InTransaction} for what is wrong with it. */
    @Test
    void transactionsAreNotTheContainersOwn() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("jakarta.transaction.Transactional")
                .check(CLASSES);
    }

    @Test
    void theRowOfTheCacheDoesNotLeaveIt() {
        noClasses()
                .that()
                .resideOutsideOfPackage(of("cache"))
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("org.bugloss.cache.CachedDetails")
                .check(CLASSES);
    }

    /** Where HTTP is spoken beside {@code web}, {@code page} and {@code feed}: resources, filters, servlets, and the words of theirs that they share. */
    private static final DescribedPredicate<JavaClass> EDGE = describe(
            "are at the edge",
            type -> outermost(type).getPackageName().startsWith("org.bugloss")
                    && outermost(type)
                            .getSimpleName()
                            .matches(
                                    ".*Resource|.*Filter|.*Servlet|DetailsAnswers|DetailsQuery|LinksQuery|HookBodies"));

    /** Details are kept as compressed as they are sent. */
    private static final String EXCEPTIONS = "org\\.bugloss\\.details\\.ReadyDetails(\\$.*)?";

    @Test
    void nothingBelowTheResourcesSpeaksHttp() {
        noClasses()
                .that()
                .resideInAnyPackage(packages()
                        .filter(name -> !Set.of("web", "page", "feed").contains(name))
                        .map(ArchitectureTest::of)
                        .toArray(String[]::new))
                .and(not(EDGE))
                .and()
                .haveNameNotMatching(EXCEPTIONS)
                .should()
                .dependOnClassesThat(resideInAnyPackage("jakarta.ws.rs..", "jakarta.servlet..", of("web"))
                        .or(EDGE))
                .check(CLASSES);
    }

    /** What opens a connection: for the package of the guarded client alone. */
    private static final Pattern CONNECTIONS = Pattern.compile(String.join(
            "|",
            "java\\.net\\.http\\..*",
            "java\\.net\\.(Server|Datagram|Multicast)?Socket(Impl)?",
            "java\\.net\\.(Http|Jar)?URLConnection",
            "java\\.nio\\.channels\\.(Asynchronous)?(Server)?(Socket|Datagram)Channel",
            "javax\\.net\\..*",
            "javax\\.naming\\.directory\\..*",
            "jakarta\\.ws\\.rs\\.client\\..*",
            "jakarta\\.mail\\..*",
            "org\\.apache\\.(hc|http)\\..*"));

    /** What opens a connection or looks a name up in a type that has other uses too. */
    private static final Pattern CALLS = Pattern.compile("java\\.net\\.URL\\.(openConnection|openStream|getContent)"
            + "|java\\.net\\.InetAddress\\.(get(All)?By(Name|Address)|isReachable)");

    /** What fetches by itself, past every check: for nobody. */
    private static final Pattern FETCHES = Pattern.compile("org\\.jsoup\\.Jsoup\\.(connect|newSession)");

    private static final ArchRule ONLY_OUTBOUND_CONNECTS = noClasses()
            .that()
            .resideOutsideOfPackage(of("outbound"))
            .should()
            .dependOnClassesThat(named(CONNECTIONS))
            .orShould()
            .accessTargetWhere(reaches(CALLS));

    private static final ArchRule NOBODY_FETCHES_BY_ITSELF = noClasses()
            .should()
            .dependOnClassesThat(named(Pattern.compile("org\\.jsoup\\.Connection(\\$.*)?")))
            .orShould()
            .accessTargetWhere(reaches(FETCHES));

    @Test
    void nothingOutsideTheOutboundPackageOpensAConnection() {
        ONLY_OUTBOUND_CONNECTS.check(CLASSES);
        NOBODY_FETCHES_BY_ITSELF.check(CLASSES);
    }

    @Test
    void withinThePackageOnlyTheClientSends() {
        classes()
                .that(
                        describe(
                                "send",
                                type -> type.getDirectDependenciesFromSelf().stream()
                                        .anyMatch(
                                                used -> used.getTargetClass()
                                                        .getName()
                                                        .matches(
                                                                "org\\.apache\\.hc\\.client5\\.http\\.impl\\.classic\\..*|java\\.net\\.Socket"))))
                .should()
                .be(OutboundClient.class)
                .check(CLASSES);
    }

    @Test
    void theRulesSeeWhatIsThere() {
        assertEquals(
                Map.of(
                        "OpensAUrl", true,
                        "OpensASocket", true,
                        "SendsARequest", true,
                        "LooksANameUp", true,
                        "FetchesAPage", true,
                        "DoesNoHarm", false),
                Stream.of(Probe.class.getDeclaredClasses())
                        .collect(Collectors.toMap(Class::getSimpleName, ArchitectureTest::isFound)));
    }

    private static boolean isFound(Class<?> probe) {
        JavaClasses one = new ClassFileImporter().importClasses(probe);
        return ONLY_OUTBOUND_CONNECTS.evaluate(one).hasViolation()
                || NOBODY_FETCHES_BY_ITSELF.evaluate(one).hasViolation();
    }

    /** Never run. */
    @SuppressWarnings("unused")
    private static final class Probe {

        private static final class OpensAUrl {
            static Object probe() throws IOException {
                return URI.create("http://127.0.0.1/").toURL().openStream();
            }
        }

        private static final class OpensASocket {
            static Object probe() {
                return new Socket();
            }
        }

        private static final class SendsARequest {
            static Object probe() {
                return HttpClient.newHttpClient();
            }
        }

        private static final class LooksANameUp {
            static Object probe() throws IOException {
                return InetAddress.getByName("localhost");
            }
        }

        private static final class FetchesAPage {
            static Object probe() {
                return Jsoup.connect("http://127.0.0.1/");
            }
        }

        private static final class DoesNoHarm {
            static Object probe() throws IOException {
                if (Jsoup.parse(URI.create("http://127.0.0.1/").toString()).hasText()) {
                    throw new SocketTimeoutException();
                }
                return InetAddress.getLoopbackAddress();
            }
        }
    }

    private static String of(String name) {
        return "org.bugloss." + name + "..";
    }

    private static String nameOf(JavaPackage any) {
        String[] names = any.getName().split("\\.");
        return names.length < 3 ? "" : names[2];
    }

    private static JavaClass outermost(JavaClass type) {
        return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type);
    }

    private static DescribedPredicate<JavaClass> named(Pattern name) {
        return describe(
                "are named " + name,
                type -> name.matcher(type.getBaseComponentType().getName()).matches());
    }

    private static DescribedPredicate<JavaAccess<?>> reaches(Pattern member) {
        return describe(
                "reaches " + member,
                access -> member.matcher(access.getTargetOwner().getName() + "." + access.getName())
                        .matches());
    }
}
