package org.bugloss.callers;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a token says.
 *
 * @param members its JSON, as maps, lists, strings, numbers and booleans
 */
record Claims(Map<String, Object> members) {

    /** The last second of the year 9999: a later time is as good as none, and no time of Java's own is exceeded. */
    private static final double LAST_SECOND = 253_402_300_799d;

    /** A string; empty where it is none. */
    Optional<String> text(String name) {
        return Optional.ofNullable(members.get(name))
                .filter(String.class::isInstance)
                .map(String.class::cast);
    }

    /** All that are strings. */
    Map<String, String> texts() {
        Map<String, String> texts = new HashMap<>();
        members.forEach((name, value) -> {
            if (value instanceof String text) {
                texts.put(name, text);
            }
        });
        return texts;
    }

    boolean has(String name) {
        return members.get(name) != null;
    }

    /** Seconds since 1970 (RFC 7519, 2: NumericDate); empty where there are none. */
    Optional<Instant> time(String name) {
        return Optional.ofNullable(members.get(name))
                .filter(Number.class::isInstance)
                .map(value -> ((Number) value).doubleValue())
                .filter(seconds -> seconds >= 0)
                .map(seconds -> Instant.ofEpochSecond((long) Math.min(seconds, LAST_SECOND)));
    }

    /**
     * The values at a path: a name with dots and slashes in it as it stands ({@code https://example/roles}), else the members
     * that the dots lead to ({@code realm_access.roles}). Numbers and booleans are their text; other values are none.
     */
    List<String> values(String path) {
        Object value = at(members, path);
        Stream<?> all = value instanceof List<?> list ? list.stream() : Stream.ofNullable(value);
        return all.filter(one -> one instanceof String || one instanceof Number || one instanceof Boolean)
                .map(String::valueOf)
                .toList();
    }

    /** As {@link #values}, where a string may be several with spaces between, as in {@code scope}: itself, and each of them. */
    List<String> words(String path) {
        List<String> words = new ArrayList<>();
        boolean isList = at(members, path) instanceof List<?>;
        for (String value : values(path)) {
            words.add(value);
            if (!isList && value.indexOf(' ') >= 0) {
                words.addAll(Stream.of(value.split(" ", -1))
                        .filter(word -> !word.isEmpty())
                        .toList());
            }
        }
        return words;
    }

    private static @Nullable Object at(Map<?, ?> members, String path) {
        if (members.containsKey(path)) {
            return members.get(path);
        }
        for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
            if (members.get(path.substring(0, dot)) instanceof Map<?, ?> inner) {
                Object found = at(inner, path.substring(dot + 1));
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }
}
