package org.bugloss.audience;

import java.util.Set;

/**
 * Who looks. Immutable.
 *
 * @param name by which the viewer is counted and logged
 * @param names by which audiences may name the viewer: {@code token:ci}, {@code group:corp:qa}, {@code notify:chat}; none for a
 *     stranger
 */
public record Viewer(String name, Set<String> names) {

    public Viewer {
        names = Set.copyOf(names);
    }

    /** Somebody whom no audience names. */
    public static Viewer stranger(String name) {
        return new Viewer(name, Set.of());
    }

    /** An endpoint that changes are sent to. */
    public static Viewer endpoint(String name) {
        return new Viewer(Readers.ENDPOINT + name, Set.of(Readers.ENDPOINT + name));
    }
}
