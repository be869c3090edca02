package org.bugloss.configuration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.bugloss.MapConfig;

/** Keys for tests: some values, over the defaults that the WAR has. */
public final class TestKeys {

    private TestKeys() {}

    /** Keys with these values, name and value in turn, and the defaults for all others. */
    public static Keys keys(String... namesAndValues) {
        Properties defaults = new Properties();
        try (var in = Keys.class.getClassLoader().getResourceAsStream("META-INF/microprofile-config.properties")) {
            defaults.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, String> values = new HashMap<>();
        defaults.stringPropertyNames().forEach(name -> values.put(name, defaults.getProperty(name)));
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new Keys(new MapConfig(values));
    }
}
