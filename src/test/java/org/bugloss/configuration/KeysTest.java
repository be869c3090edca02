package org.bugloss.configuration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bugloss.MapConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {

    @Test
    void aTimeIsWholeSeconds() {
        assertEquals(
                Duration.ofSeconds(7),
                TestKeys.keys("bugloss.details.ttl", " 7 ").seconds("bugloss.details.ttl", 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "1h", "abc", "99999999999", "315360001"})
    void aTimeThatIsNoneStopsWithTheKeyTheValueAndWhatIsAllowed(String value) {
        assertEquals(
                "bugloss.details.ttl=" + value + ": must be a whole number from 1 to 315360000",
                wrong(() -> TestKeys.keys("bugloss.details.ttl", value).seconds("bugloss.details.ttl", 1)));
    }

    @Test
    void aFlagIsTrueOrFalseAndNothingElse() {
        assertEquals(
                "bugloss.public-systems=yes: must be true or false",
                wrong(() -> TestKeys.keys("bugloss.public-systems", "yes").flag("bugloss.public-systems")));
    }

    @Test
    void aListIsTrimmedAndHasNoEmptyValues() {
        assertEquals(
                List.of("a", "b"), TestKeys.keys("bugloss.systems", " a, ,b,").list("bugloss.systems"));
    }

    @Test
    void aSecretMayStandInAFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), "s3cret\n");
        assertEquals(
                Optional.of("s3cret"),
                TestKeys.keys("bugloss.db.password-file", file.toString()).secret("bugloss.db.password"));
    }

    @Test
    void aSecretGivenTwiceIsRefusedWithoutShowingIt() {
        assertEquals(
                "bugloss.db.password and bugloss.db.password-file are both given: give one of them",
                wrong(() -> TestKeys.keys("bugloss.db.password", "s3cret", "bugloss.db.password-file", "/x")
                        .secret("bugloss.db.password")));
    }

    @Test
    void aSecretsFileThatIsNotThereIsNamed() {
        assertEquals(
                "bugloss.db.password-file=/no/such/file: the file can't be read",
                wrong(() -> TestKeys.keys("bugloss.db.password-file", "/no/such/file")
                        .secret("bugloss.db.password")));
    }

    @Test
    void aMisspeltKeyIsUnknownInEitherForm() {
        assertEquals(
                Set.of("bugloss.detials.ttl", "BUGLOSS_DETIALS_TTL", "bugloss.system.old.tracker"),
                TestKeys.keys(
                                "bugloss.detials.ttl", "1",
                                "BUGLOSS_DETIALS_TTL", "1",
                                "BUGLOSS_DETAILS_TTL", "1",
                                "bugloss.system.old.tracker", "GitHub",
                                "bugloss.system.new.tracker", "GitHub",
                                "BUGLOSS_SYSTEM_NEW_BASE_URL", "http://new",
                                "bugloss.system.new.base.url", "http://new")
                        .unknown(List.of("new")));
    }

    @Test
    void whatLooksLikeAKeyInAnotherCaseIsUnknownToo() {
        assertEquals(
                Set.of("Bugloss.details.ttl", "bugloss-details-ttl", "bugloss_details_tll"),
                new Keys(MapConfig.of(
                                "Bugloss.details.ttl", "5",
                                "bugloss-details-ttl", "5",
                                "bugloss_details_tll", "5",
                                "bugloss_details_ttl", "5",
                                "buglossy", "5"))
                        .unknown(List.of()));
    }

    @Test
    void everyKeyThatBuglossReadsIsListedWithItsDefault() {
        assertEquals(Set.of(), TestKeys.keys().unknown(List.of()));
        assertEquals(Duration.ofHours(1), TestKeys.keys().seconds("bugloss.details.ttl", 1));
    }

    private static String wrong(org.junit.jupiter.api.function.Executable read) {
        return assertThrows(WrongConfiguration.class, read).getMessage();
    }
}
