package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bugloss.Logged;
import org.bugloss.configuration.TestKeys;
import org.bugloss.configuration.WrongConfiguration;
import org.bugloss.trackers.elsewhere.Acme;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a list of trackers means. There are GitHub, GitLab and Trac, which are built in, and Acme, which is not. */
class SelectionTest {

    private final List<String> started = new ArrayList<>();

    private NamedTracker tracker(String name, Class<? extends IssueTracker> type) {
        return new NamedTracker(name, type, () -> {
            started.add(name);
            return new Acme();
        });
    }

    private List<NamedTracker> all(NamedTracker... more) {
        return Stream.concat(
                        Stream.of(
                                tracker("Trac", Trac.class),
                                tracker("Acme", Acme.class),
                                tracker("GitLab", GitLab.class),
                                tracker("GitHub", GitHub.class)),
                        Arrays.stream(more))
                .toList();
    }

    private Selection selection(String list, NamedTracker... more) {
        return Selection.of(all(more), TestKeys.keys("EXTERNAL_BUG_TRACKERS", list));
    }

    private static List<String> names(Selection selection) {
        return selection.enabled().stream().map(NamedTracker::name).toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GitHub                                | GitHub",
                "gITHUB                                | GitHub",
                "Trac,Acme                             | Trac,Acme",
                "Trac, GitHub ,,                       | Trac,GitHub",
                "trac,GitHub,Trac,trac                 | Trac,GitHub",
                "org.bugloss.trackers.elsewhere.Acme                 | Acme",
                "org.bugloss.trackers.elsewhere.Acme,acme            | Acme",
                "org.bugloss.trackers.GitLab           | GitLab",
                "*                                     | GitHub,GitLab,Trac",
                "''                                    | GitHub,GitLab,Trac",
                "' , '                                 | GitHub,GitLab,Trac",
                "*,Acme                                | GitHub,GitLab,Trac,Acme",
                "Acme,*                                | Acme,GitHub,GitLab,Trac",
                "Trac,*,*,GitHub                       | Trac,GitHub,GitLab",
                "none                                  | ''",
                "None                                  | ''",
                "none,none                             | ''",
            })
    void aListMeans(String list, String enabled) {
        assertEquals(enabled, String.join(",", names(selection(list))));
    }

    @Test
    void withoutAListTheBuiltInOnesAreEnabled() {
        assertEquals(List.of("GitHub", "GitLab", "Trac"), names(Selection.of(all(), TestKeys.keys())));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Trac,Nonsense          | Nonsense",
                "none,Trac              | none",
                "Trac,none              | none",
                "*,**                   | **",
                "GitHub GitLab          | GitHub GitLab",
                "ORG.BUGLOSS.trackers.elsewhere.Acme  | ORG.BUGLOSS.trackers.elsewhere.Acme",
                "trackers.GitHub        | trackers.GitHub",
            })
    void whatIsNoTrackerIsNamedWithThoseThatThereAre(String list, String word) {
        assertEquals(
                "EXTERNAL_BUG_TRACKERS=" + list + ": there is no tracker " + word
                        + "; there are Acme, GitHub, GitLab, Trac, * for every built-in one, or none alone",
                refusal(list).getMessage());
        assertEquals(List.of(), started);
    }

    private WrongConfiguration refusal(String list, NamedTracker... more) {
        return assertThrows(WrongConfiguration.class, () -> selection(list, more));
    }

    // What is started

    @Test
    void whatIsNotEnabledIsNotStarted() {
        selection("Trac,GitHub");
        assertEquals(List.of("Trac", "GitHub"), started);
    }

    private static NamedTracker broken(Throwable failure) {
        Supplier<IssueTracker> bean = () -> {
            throw SelectionTest.<RuntimeException>sneaky(failure);
        };
        return new NamedTracker("Broken", Acme.class, bean);
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T sneaky(Throwable failure) throws T {
        throw (T) failure;
    }

    private static IllegalStateException wrapped(Throwable thrown) {
        return new IllegalStateException("the container: can't call init()", new InvocationTargetException(thrown));
    }

    private void isRefused(Throwable failure, String reason) {
        WrongConfiguration refusal = refusal("*,broken", broken(failure));
        assertEquals(
                "EXTERNAL_BUG_TRACKERS=*,broken: the tracker Broken (org.bugloss.trackers.elsewhere.Acme) can't start: "
                        + reason,
                refusal.getMessage());
        assertSame(failure, refusal.getCause());
    }

    @Test
    void oneThatCannotStartIsNamedWithWhatItSaysItself() {
        IllegalArgumentException ofItsOwn = new IllegalArgumentException("acme.licence has no value");
        String said = "java.lang.IllegalArgumentException: acme.licence has no value";
        isRefused(ofItsOwn, said);
        isRefused(wrapped(ofItsOwn), said);
        isRefused(wrapped(wrapped(ofItsOwn)), said);
    }

    @Test
    void oneThatCannotStartIsNamedWithItsLastCauseToo() {
        isRefused(
                wrapped(new IllegalStateException(
                        "no licence", new IllegalStateException(new java.io.FileNotFoundException("/etc/acme")))),
                "java.lang.IllegalStateException: no licence (java.io.FileNotFoundException: /etc/acme)");
    }

    @Test
    void theReasonIsOneLineOfBoundedLength() {
        isRefused(
                new IllegalStateException("one\r\ntwo" + "x".repeat(1_000)),
                "java.lang.IllegalStateException: one two" + "x".repeat(460) + "...");
    }

    @Test
    void aClassThatIsMissingIsAReasonToo() {
        isRefused(new NoClassDefFoundError("org/acme/Client"), "java.lang.NoClassDefFoundError: org/acme/Client");
    }

    @Test
    void oneThatCannotStartAndIsNotEnabledIsOfNoMatter() {
        assertEquals(List.of("Trac"), names(selection("Trac", broken(new IllegalStateException("no licence")))));
    }

    // Names

    @Test
    void twoOfOneNameAreRefusedSinceNobodyCouldSayWhichIsMeant() {
        assertEquals(
                "two trackers are called github: org.bugloss.trackers.GitHub and org.bugloss.trackers.elsewhere.Acme;"
                        + " give one of them another name with @Named",
                refusal("Trac", tracker("github", Acme.class)).getMessage());
    }

    @Test
    void aTrackerIsFoundEnabledOrNot() {
        Selection selection = selection("Trac");
        assertEquals(GitHub.class, selection.find("github").orElseThrow().type());
        assertEquals(
                Acme.class,
                selection
                        .find("org.bugloss.trackers.elsewhere.Acme")
                        .orElseThrow()
                        .type());
        assertEquals("Acme, GitHub, GitLab, Trac", selection.names());
    }

    @Test
    void oneLineNamesWhatIsThereAndNotEnabled() {
        Map.of(
                        "Trac,gitlab",
                        List.of("INFO EXTERNAL_BUG_TRACKERS does not enable these trackers of the WAR: Acme"
                                + " (org.bugloss.trackers.elsewhere.Acme), GitHub"),
                        "*,Acme",
                        List.<String>of())
                .forEach((list, lines) -> assertEquals(lines, logged(selection(list)::tellWhatIsNotEnabled)));
    }

    private static List<String> logged(Runnable task) {
        try (Logged log = new Logged(Selection.class)) {
            task.run();
            return log.lines();
        }
    }
}
