package org.bugloss.configuration;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this Bugloss, as Maven wrote it: servers differ in what they tell of a WAR's manifest. */
public final class Version {

    private static final String CURRENT = read();

    private Version() {}

    /** Such as {@code 1.0.0}. */
    public static String current() {
        return CURRENT;
    }

    private static String read() {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("/META-INF/bugloss/version.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }
}
