package org.bugloss.database;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import org.bugloss.configuration.TestKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseFileTest {

    @TempDir
    private Path folder;

    @Test
    void nobodyButItsOwnerReadsTheFile() throws IOException, SQLException {
        DatabaseSettings settings = settings("jdbc:h2:file:" + folder.resolve("bugs"));
        settings.dataSource().getConnection().close();
        Path file = folder.resolve("bugs.mv.db");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        DatabaseFile.forItsOwnerOnly(settings);

        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void aDatabaseWithoutAFileIsLeftAlone() {
        DatabaseFile.forItsOwnerOnly(settings("jdbc:h2:mem:"));
    }

    private static DatabaseSettings settings(String url) {
        return DatabaseSettings.from(TestKeys.keys(DatabaseSettings.URL, url));
    }
}
