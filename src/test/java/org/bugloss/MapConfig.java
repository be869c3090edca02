package org.bugloss;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigValue;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.eclipse.microprofile.config.spi.Converter;

/** A configuration that holds these strings and nothing else. As in MicroProfile, an empty one reads as absent. */
public record MapConfig(Map<String, String> values) implements Config {

    public MapConfig {
        values = Map.copyOf(values);
    }

    public static MapConfig of(String... keysAndValues) {
        Map<String, String> values = new java.util.HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            values.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return new MapConfig(values);
    }

    @Override
    public <T> Optional<T> getOptionalValue(String key, Class<T> type) {
        return Optional.ofNullable(values.get(key))
                .filter(value -> !value.isEmpty())
                .map(value -> getConverter(type)
                        .orElseThrow(() -> new IllegalArgumentException("no converter to " + type))
                        .convert(value));
    }

    @Override
    public <T> T getValue(String key, Class<T> type) {
        return getOptionalValue(key, type).orElseThrow();
    }

    @Override
    public <T> Optional<Converter<T>> getConverter(Class<T> type) {
        if (type == String.class) {
            return Optional.of(type::cast);
        }
        if (type == Integer.class) {
            return Optional.of(value -> type.cast(Integer.valueOf(value)));
        }
        if (type == Boolean.class) {
            return Optional.of(value -> type.cast(Boolean.valueOf(value)));
        }
        return Optional.empty();
    }

    @Override
    public ConfigValue getConfigValue(String key) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<String> getPropertyNames() {
        return List.copyOf(values.keySet());
    }

    @Override
    public List<ConfigSource> getConfigSources() {
        return List.of();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        throw new IllegalArgumentException("not a " + type);
    }
}
