package org.bugloss.audience;

import java.util.List;

/**
 * What somebody sees of all systems, each by its name. Immutable.
 *
 * @param shown systems whose details the viewer sees
 * @param hidden all others
 * @param publicOnly those of the shown ones of which the viewer does not see what is confidential
 * @param pages whether the viewer sees pages that no system covers
 */
public record Sight(List<String> shown, List<String> hidden, List<String> publicOnly, boolean pages) {

    /** Nothing is hidden. */
    public static final Sight ALL = new Sight(List.of(), List.of(), List.of(), true);

    public boolean isOfAll() {
        return pages && hidden.isEmpty() && publicOnly.isEmpty();
    }
}
