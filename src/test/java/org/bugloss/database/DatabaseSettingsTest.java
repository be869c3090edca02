package org.bugloss.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.bugloss.configuration.TestKeys;
import org.bugloss.configuration.WrongConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseSettingsTest {

    @Test
    void withoutConfigurationItIsAnH2FileInTheUsersHomeThatLosesNoCommit() {
        assertEquals(
                new DatabaseSettings(
                        DatabaseVendor.H2,
                        "jdbc:h2:file:~/.bugloss/bugloss;WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE",
                        Optional.empty(),
                        Optional.empty()),
                settings());
    }

    @Test
    void postgreSqlIsNotWaitedForForEver() {
        assertEquals(
                new DatabaseSettings(
                        DatabaseVendor.POSTGRESQL,
                        "jdbc:postgresql://db/bugloss?connectTimeout=2&loginTimeout=4&socketTimeout=30"
                                + "&tcpKeepAlive=true&ApplicationName=bugloss",
                        Optional.of("ann"),
                        Optional.of("s3cret")),
                settings(
                        "bugloss.db.url",
                        "jdbc:postgresql://db/bugloss",
                        "bugloss.db.user",
                        "ann",
                        "bugloss.db.password",
                        "s3cret"));
    }

    @Test
    void whatTheUrlSaysIsNotOverridden() {
        assertEquals(
                "jdbc:postgresql://db/bugloss?sslmode=require&sockettimeout=90&connectTimeout=2&loginTimeout=4"
                        + "&tcpKeepAlive=true&ApplicationName=bugloss",
                settings("bugloss.db.url", "jdbc:postgresql://db/bugloss?sslmode=require&sockettimeout=90")
                        .url());
        assertEquals(
                "jdbc:h2:mem:x;write_delay=100;INIT=SELECT 1\\;SELECT 2;DB_CLOSE_ON_EXIT=FALSE",
                settings("bugloss.db.url", "jdbc:h2:mem:x;write_delay=100;INIT=SELECT 1\\;SELECT 2")
                        .url());
    }

    @Test
    void aPasswordIsTakenOutOfTheUrl() {
        DatabaseSettings postgres =
                settings("bugloss.db.url", "jdbc:postgresql://db/b?user=ann&password=s%263cret&sslmode=require");

        assertEquals(Optional.of("ann"), postgres.user());
        assertEquals(Optional.of("s&3cret"), postgres.password());
        assertFalse(postgres.url().contains("3cret"), postgres.url());

        DatabaseSettings h2 = settings("bugloss.db.url", "jdbc:h2:mem:x;USER=ann;PASSWORD=s3cret");

        assertEquals(Optional.of("ann"), h2.user());
        assertEquals(Optional.of("s3cret"), h2.password());
        assertFalse(h2.url().contains("s3cret"), h2.url());
    }

    @Test
    void theKeysWinOverTheUrl() {
        DatabaseSettings settings = settings(
                "bugloss.db.url",
                "jdbc:h2:mem:x;USER=ann;PASSWORD=s3cret",
                "bugloss.db.user",
                "bob",
                "bugloss.db.password",
                "other");

        assertEquals(Optional.of("bob"), settings.user());
        assertEquals(Optional.of("other"), settings.password());
    }

    @Test
    void thePasswordMayBeInAFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("password"), "s3cret\r\n");

        assertEquals(
                Optional.of("s3cret"),
                settings("bugloss.db.password-file", file.toString()).password());
    }

    @Test
    void aPasswordFileThatCannotBeReadIsRefused() {
        assertRefused(
                "bugloss.db.password-file=/nowhere/x: the file can't be read",
                "bugloss.db.password-file",
                "/nowhere/x");
    }

    @Test
    void aPasswordAndAPasswordFileAreOneTooMany() {
        assertRefused(
                "bugloss.db.password and bugloss.db.password-file are both given: give one of them",
                "bugloss.db.password",
                "s3cret",
                "bugloss.db.password-file",
                "/run/secrets/db");
    }

    @ParameterizedTest
    @CsvSource({
        "jdbc:mysql://db/bugloss?user=ann&password=s3cret, jdbc:mysql://db/bugloss",
        "jdbc:mysql://ann:s3cret@db/bugloss, jdbc:mysql:***@db/bugloss",
        "jdbc:oracle:thin:scott/s3cret@//db:1521/x, jdbc:oracle:***@//db:1521/x",
        "jdbc:sqlserver://db;password={s3;cret}, jdbc:sqlserver://db",
        "postgres://ann:s3cret@db/bugloss, ***@db/bugloss",
        "s3cret@db, ***@db",
        "nonsense, nonsense"
    })
    void anotherDatabaseIsRefusedWithoutItsSecrets(String url, String shown) {
        assertRefused(
                "bugloss.db.url=" + shown + ": must begin with jdbc:h2: or jdbc:postgresql:", "bugloss.db.url", url);
    }

    @ParameterizedTest
    @CsvSource({
        "jdbc:postgresql://ann:s3cret@db/x?sslpassword=s3cret, jdbc:postgresql:***@db/x",
        "jdbc:postgresql://db:port/x?sslpassword=s3cret, jdbc:postgresql://db:port/x"
    })
    void aUrlThatTheDriverDoesNotUnderstandIsRefusedWithoutItsSecrets(String url, String shown) {
        assertRefused("bugloss.db.url=" + shown + ": is no URL that the driver understands", "bugloss.db.url", url);
    }

    @Test
    void nothingSecretIsShown() {
        assertEquals(
                "jdbc:postgresql://db/b as ann",
                settings("bugloss.db.url", "jdbc:postgresql://db/b?sslpassword=s3cret&user=ann&password=s3cret")
                        .toString());
    }

    private static DatabaseSettings settings(String... keysAndValues) {
        return DatabaseSettings.from(TestKeys.keys(keysAndValues));
    }

    private static void assertRefused(String message, String... keysAndValues) {
        assertEquals(
                message,
                assertThrows(WrongConfiguration.class, () -> settings(keysAndValues))
                        .getMessage());
    }
}
