package org.bugloss.callers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bugloss.cache.TestClock;
import org.bugloss.configuration.TestKeys;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionsTest {

    private static final String KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    private static final String OTHER_KEY = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    private static final Person ANN = person("qa", "dev");

    @TempDir
    Path folder;

    private final TestClock clock = new TestClock();
    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("keys");
        Files.writeString(file, KEY);
    }

    @Test
    void aCookieIsGoodOnEveryNodeOfTheSameKey() {
        assertEquals(Optional.of(ANN), node().holder(node().sealed(ANN)));
    }

    @Test
    void nobodyReadsIt() {
        String cookie = node().sealed(ANN);
        assertTrue(cookie.matches("[A-Za-z0-9_.-]+"), cookie);
        assertNotEquals(cookie, node().sealed(ANN));
    }

    @Test
    void whatWasChangedIsNone() {
        Sessions node = node();
        String cookie = node.sealed(ANN);
        for (int i = 0; i < cookie.length() - 1; i++) {
            char other = cookie.charAt(i) == 'A' ? 'B' : 'A';
            String changed = cookie.substring(0, i) + other + cookie.substring(i + 1);
            assertEquals(Optional.empty(), node.holder(changed), changed);
        }
        for (String nonsense :
                new String[] {"", ".", "....", "e.e.e.e.e", "x".repeat(100_000), cookie + "." + cookie}) {
            assertEquals(Optional.empty(), node.holder(nonsense));
        }
    }

    @Test
    void whatIsSealedForOneUseOpensForNoOther() {
        Sessions node = node();
        assertEquals(Optional.empty(), node.holder(node.seal("bugloss-sign-in", Map.of("name", "ann"))));
        assertEquals(Optional.empty(), node.open("bugloss-sign-in", node.sealed(ANN)));
        assertEquals(
                Optional.of(Map.of("name", "ann")),
                node.open("bugloss-sign-in", node.seal("bugloss-sign-in", Map.of("name", "ann"))));
    }

    @Test
    void keysChangeWithoutSigningAnybodyOut() throws IOException {
        String old = node().sealed(ANN);
        Files.writeString(file, OTHER_KEY + KEY);
        Sessions changing = node();
        assertEquals(Optional.of(ANN), changing.holder(old));
        String renewed = changing.sealed(ANN);
        Files.writeString(file, OTHER_KEY);
        assertEquals(Optional.empty(), node().holder(old));
        assertEquals(Optional.of(ANN), node().holder(renewed));
    }

    @Test
    void withoutAFileTheKeyIsOfOneStart() {
        String cookie = new Sessions(settings("", "readers", "*"), clock).sealed(ANN);
        assertEquals(Optional.empty(), new Sessions(settings("", "readers", "*"), clock).holder(cookie));
    }

    @Test
    void itEndsByItsTime() {
        Sessions node = node();
        String cookie = node.sealed(ANN);
        clock.advance(Duration.ofHours(8).minusSeconds(1));
        assertEquals(Optional.of(ANN), node.holder(cookie));
        clock.advance(Duration.ofSeconds(1));
        assertEquals(Optional.empty(), node.holder(cookie));
        assertEquals(Optional.empty(), node().holder(cookie));
    }

    @Test
    void whatItsGroupsMayDoIsAsItIsConfiguredNow() {
        String cookie = node().sealed(ANN);
        assertEquals(
                Optional.of(Role.EDITOR), node("editors", "dev").holder(cookie).map(Person::role));
        assertEquals(Optional.of(Role.NONE), node("readers", "x").holder(cookie).map(Person::role));
    }

    @Test
    void whoSignedInAtAnotherIssuerOfTheNameOrByOtherDemandsSignsInAgain() {
        String cookie = node().sealed(ANN);
        assertEquals(
                Optional.empty(),
                node("readers", "*", "issuer", "https://other.example").holder(cookie));
        assertEquals(
                Optional.empty(),
                node("readers", "*", "require", "hd:corp.example").holder(cookie));
        assertEquals(
                Optional.empty(), node("readers", "*", "client-id", "other").holder(cookie));
    }

    @Test
    void ofManyGroupsThoseThatDecideAreKept() {
        Person busy = person(IntStream.range(0, 1_000)
                .mapToObj(i -> i == 999 ? "qa" : "a-group-that-nobody-mentions-" + i)
                .toArray(String[]::new));
        Sessions node = node("editors", "qa");
        String cookie = node.sealed(busy);
        assertTrue(cookie.length() < 3_800, () -> cookie.length() + " characters");
        assertEquals(Optional.of(List.of("qa")), node.holder(cookie).map(Person::groups));
        assertEquals(Optional.of(Role.EDITOR), node.holder(cookie).map(Person::role));
    }

    private static Person person(String... groups) {
        return new Person("corp", "ann", List.of(groups), Role.READER, TestClock.START.plus(Sessions.LONGEST));
    }

    private Sessions node() {
        return node("readers", "*");
    }

    private Sessions node(String... more) {
        return new Sessions(settings(file.toString(), more), clock);
    }

    private static OidcSettings settings(String keyFile, String... more) {
        List<String> keys = new ArrayList<>(List.of(
                "bugloss.oidc", "corp",
                "bugloss.oidc.corp.issuer", "https://sso.example",
                "bugloss.oidc.corp.client-id", "bugloss",
                "bugloss.public-url", "https://bugs.example",
                "bugloss.session.key-file", keyFile));
        for (int i = 0; i < more.length; i += 2) {
            keys.add("bugloss.oidc.corp." + more[i]);
            keys.add(more[i + 1]);
        }
        return OidcSettings.from(TestKeys.keys(keys.toArray(String[]::new)));
    }
}
