package org.bugloss.database;

import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.WrongConfiguration;

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

    /** The user's password; {@code bugloss.db.password-file} may name a file that holds it. */
    public static final String PASSWORD = "bugloss.db.password";

    /** A file below the home of the user that the server runs as: it outlives the server and its installation. */
    public static final String DEFAULT_URL = "jdbc:h2:file:~/.bugloss/bugloss";

    /**
     * The settings of this deployment, whatever thread asks.
     *
     * @throws WrongConfiguration where a value is wrong; it shows no secret that is in a URL
     */
    public static DatabaseSettings current() {
        return from(new Keys());
    }

    static DatabaseSettings from(Keys keys) {
        String url = keys.text(URL).orElse(DEFAULT_URL);
        DatabaseVendor vendor = DatabaseVendor.of(url).orElseThrow(() -> refusal(url));
        Map<String, String> parameters = vendor.parameters(url);
        if (vendor == DatabaseVendor.POSTGRESQL && redacted(url).contains("@")) {
            // Its driver takes no password there: it would read it as a port, and log it.
            throw notUnderstood(url);
        }
        DatabaseSettings settings = new DatabaseSettings(
                vendor,
                vendor.complete(url),
                keys.text(USER).or(() -> Optional.ofNullable(parameters.get("user"))),
                keys.secret(PASSWORD).or(() -> Optional.ofNullable(parameters.get("password"))));
        try {
            settings.dataSource();
        } catch (IllegalArgumentException e) {
            // Without the cause: its message may hold the whole URL.
            throw notUnderstood(url);
        }
        return settings;
    }

    /** Connections that no container pools or enlists: every one is new, and its commits are its own. */
    DataSource dataSource() {
        return vendor.dataSource(this);
    }

    private static WrongConfiguration refusal(String url) {
        return new WrongConfiguration(
                URL,
                redacted(url),
                "must begin with " + DatabaseVendor.H2.prefix() + " or " + DatabaseVendor.POSTGRESQL.prefix());
    }

    private static WrongConfiguration notUnderstood(String url) {
        return new WrongConfiguration(URL, redacted(url), "is no URL that the driver understands");
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
