package org.bugloss.hooks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.bugloss.Beans;
import org.bugloss.cache.TestClock;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.TestKeys;
import org.bugloss.configuration.WrongConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HookSecretsTest {

    private static final String KEY = "bugloss.system.acme.hook-secret";

    private final TestClock clock = new TestClock();

    private static Keys keys(String... more) {
        return TestKeys.keys(Stream.concat(Stream.of("bugloss.systems", "acme"), Stream.of(more))
                .toArray(String[]::new));
    }

    /** Which of these are secrets of the system. */
    private static List<String> known(HookSecrets secrets) {
        return Stream.of("one", "two", "three", " four ")
                .filter(text -> secrets.of("acme").stream().anyMatch(secret -> secret.is(text)))
                .toList();
    }

    @Test
    void aFileMayHaveSeveralALineEachAndIsReadAnewAfterAWhile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), "one\r\n\n two\n four \n");
        HookSecrets secrets = Beans.filled(new HookSecrets(), keys(KEY + "-file", file.toString()), clock);
        assertEquals(List.of("one", " four "), known(secrets));
        Files.writeString(file, "three\n");
        clock.advance(Duration.ofMillis(4999));
        assertEquals(List.of("one", " four "), known(secrets), "read no more often, however many messages come");
        clock.advance(Duration.ofMillis(1));
        assertEquals(List.of("three"), known(secrets));
    }

    @Test
    void whatCannotBeReadAnyMoreIsAsItWas(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), "one");
        HookSecrets secrets = Beans.filled(new HookSecrets(), keys(KEY + "-file", file.toString()), clock);
        assertEquals(List.of("one"), known(secrets));
        for (String broken : new String[] {"", " \n\n", "x\n".repeat(11)}) {
            Files.writeString(file, broken);
            clock.advance(Duration.ofSeconds(5));
            assertEquals(List.of("one"), known(secrets));
        }
        Files.delete(file);
        clock.advance(Duration.ofSeconds(5));
        assertEquals(List.of("one"), known(secrets));
    }

    @Test
    void aSystemWithoutASecretHasNone() {
        assertEquals(List.of(), Beans.filled(new HookSecrets(), keys(), clock).of("acme"));
        assertEquals(
                List.of(), Beans.filled(new HookSecrets(), keys(KEY, ""), clock).of("acme"));
    }

    private static String refused(String... more) {
        return assertThrows(WrongConfiguration.class, () -> HookSecrets.check(keys(more)))
                .getMessage();
    }

    @Test
    void whatIsWrongStopsTheDeploymentAndShowsNoSecret(@TempDir Path folder) throws IOException {
        Path empty = Files.writeString(folder.resolve("empty"), "\n \n");
        assertEquals(
                KEY + " and " + KEY + "-file are both given: give one of them",
                refused(KEY, "s3cret", KEY + "-file", "x"));
        assertEquals(KEY + " is blank: anybody could guess it", refused(KEY, "  "));
        assertEquals(
                KEY + "-file=" + empty + ": the file must have a secret a line, from 1 to 10 of them",
                refused(KEY + "-file", empty.toString()));
        assertEquals(KEY + "-file=/nowhere: the file can't be read", refused(KEY + "-file", "/nowhere"));
        HookSecrets.check(keys(KEY, "s3cret"));
    }
}
