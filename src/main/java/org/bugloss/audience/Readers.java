package org.bugloss.audience;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.WrongConfiguration;

/**
 * Those who may see something, as one key names them. Immutable.
 *
 * @param everybody whether whoever may read is one
 * @param names of those who are else
 */
record Readers(boolean everybody, Set<String> names) {

    static final String TOKEN = "token:";
    static final String GROUP = "group:";
    static final String ENDPOINT = "notify:";

    static final Readers EVERYBODY = new Readers(true, Set.of());

    private static final String ALL = "*";
    private static final String NOBODY = "none";

    /** Of groups whatever an issuer calls them, but for commas, which no key can have in a value. */
    private static final Pattern NAME = Pattern.compile(
            "(?:token:[A-Za-z0-9._-]{1,64}|group:[A-Za-z0-9_-]{1,64}:.{1,300}|notify:[A-Za-z0-9_-]{1,64})");

    /**
     * Those whom a key names; empty where it has no value.
     *
     * @throws WrongConfiguration where a value is none
     */
    static Optional<Readers> of(Keys keys, String key) {
        List<String> values = keys.list(key);
        if (values.isEmpty()) {
            return Optional.empty();
        }
        if (values.equals(List.of(ALL))) {
            return Optional.of(EVERYBODY);
        }
        if (values.equals(List.of(NOBODY))) {
            return Optional.of(new Readers(false, Set.of()));
        }
        Set<String> names = new TreeSet<>();
        for (String value : values) {
            if (!NAME.matcher(value).matches()) {
                throw new WrongConfiguration(
                        key,
                        value,
                        "must be * or none alone, or names such as token:ci, group:corp:qa (the group qa of the issuer corp)"
                                + " and notify:chat, with commas between them");
            }
            names.add(value);
        }
        return Optional.of(new Readers(false, Set.copyOf(names)));
    }

    boolean include(Viewer viewer) {
        if (everybody) {
            return true;
        }
        for (String name : viewer.names()) {
            if (names.contains(name)) {
                return true;
            }
        }
        return false;
    }
}
