package org.bugloss.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The file of the embedded database: for nobody but its owner, since whoever reads it reads all bugs. */
final class DatabaseFile {

    private static final System.Logger LOG = System.getLogger(DatabaseFile.class.getName());

    private static final Set<PosixFilePermission> OWNERS =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private DatabaseFile() {}

    /** Takes it from everybody else, where the file system knows owners; a database without a file is left alone. */
    static void forItsOwnerOnly(DatabaseSettings settings) {
        if (settings.vendor().isRemote()) {
            return;
        }
        try {
            Path file = of(settings);
            if (file != null && Files.exists(file) && Files.getFileStore(file).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(file, OWNERS);
            }
        } catch (IOException | SQLException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "Others may read the file of the database: its permissions can''t be changed: {0}",
                    e.getMessage());
        }
    }

    /** {@code null} where there is none. */
    private static @Nullable Path of(DatabaseSettings settings) throws SQLException {
        try (var connection = settings.dataSource().getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery("select database_path()")) {
            row.next();
            String path = row.getString(1);
            return path == null ? null : Path.of(path + ".mv.db");
        }
    }
}
