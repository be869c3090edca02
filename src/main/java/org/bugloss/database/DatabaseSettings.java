package org.bugloss.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * Which database, and who we are there.
 *
 * @param url a JDBC URL without a password in it
 * @param user absent where the driver's own default serves
 * @param password never shown in {@link #toString()}
 */
public record DatabaseSettings(DatabaseVendor vendor, String url, Optional<String> user, Optional<String> password) {

    /** A JDBC URL; {@value #DEFAULT_URL} where it is not given. */
    public static final String URL = "bugloss.db.url";

    /** The database's user. */
    public static final String USER = "bugloss.db.user";

    /** The user's password. */
    public static final String PASSWORD = "bugloss.db.password";

    /** A file that holds the password and perhaps a line end, as container secrets do. */
    public static final String PASSWORD_FILE = "bugloss.db.password-file";

    /** A file below the home of the user that the server runs as: it outlives the server and its installation. */
    public static final String DEFAULT_URL = "jdbc:h2:file:~/.bugloss/bugloss";

    /**
     * The settings of this deployment, whatever thread asks.
     *
     * @throws IllegalArgumentException where a value is wrong; the message is one line that names the key, the value
     *     without secrets, and what is allowed
     */
    public static DatabaseSettings current() {
        // A pool's thread has the server's context class loader, which knows nothing of the WAR's own properties.
        return from(ConfigProvider.getConfig(DatabaseSettings.class.getClassLoader()));
    }

    static DatabaseSettings from(Config config) {
        String url =
                config.getOptionalValue(URL, String.class).orElse(DEFAULT_URL).strip();
        DatabaseVendor vendor = DatabaseVendor.of(url).orElseThrow(() -> new IllegalArgumentException(refusal(url)));
        Map<String, String> parameters = vendor.parameters(url);
        if (vendor == DatabaseVendor.POSTGRESQL && redacted(url).contains("@")) {
            // Its driver takes no password there: it would read it as a port, and log it.
            throw new IllegalArgumentException(notUnderstood(url));
        }
        DatabaseSettings settings = new DatabaseSettings(
                vendor,
                vendor.complete(url),
                config.getOptionalValue(USER, String.class).or(() -> Optional.ofNullable(parameters.get("user"))),
                password(config).or(() -> Optional.ofNullable(parameters.get("password"))));
        try {
            settings.dataSource();
        } catch (IllegalArgumentException e) {
            // Without the cause: its message may hold the whole URL.
            throw new IllegalArgumentException(notUnderstood(url));
        }
        return settings;
    }

    /** Connections that no container pools or enlists: every one is new, and its commits are its own. */
    DataSource dataSource() {
        return vendor.dataSource(this);
    }

    private static String refusal(String url) {
        return URL + " is " + redacted(url) + ": allowed are URLs that begin with " + DatabaseVendor.H2.prefix()
                + " or " + DatabaseVendor.POSTGRESQL.prefix();
    }

    private static String notUnderstood(String url) {
        return URL + " is " + redacted(url) + ": not a URL that the driver understands";
    }

    private static Optional<String> password(Config config) {
        Optional<String> password = config.getOptionalValue(PASSWORD, String.class);
        Optional<String> file = config.getOptionalValue(PASSWORD_FILE, String.class);
        if (password.isPresent() && file.isPresent()) {
            throw new IllegalArgumentException(
                    PASSWORD_FILE + " is " + file.get() + ": not allowed where " + PASSWORD + " is given too");
        }
        return file.map(DatabaseSettings::read).or(() -> password);
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file)).stripTrailing();
        } catch (IOException | InvalidPathException e) {
            throw new IllegalArgumentException(
                    PASSWORD_FILE + " is " + file + ": allowed is a file that can be read as UTF-8 text", e);
        }
    }

    /**
     * What may be shown of a URL. Any driver's parameters may hold a secret, under any name, and some drivers take a
     * password before the host: neither is shown.
     */
    static String redacted(String url) {
        String shown = url.split("[?;&]", 2)[0];
        int at = shown.lastIndexOf('@');
        if (at < 0) {
            return shown;
        }
        String[] scheme = shown.substring(0, at).split(":", 3);
        return (scheme[0].equals("jdbc") && scheme.length == 3 ? "jdbc:" + scheme[1] + ":" : "") + "***"
                + shown.substring(at);
    }

    @Override
    public String toString() {
        return redacted(url) + user.map(name -> " as " + name).orElse("");
    }
}
