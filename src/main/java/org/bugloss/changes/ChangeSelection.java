package org.bugloss.changes;

import java.util.Set;

/**
 * Which changes somebody wants; an empty set is all. Immutable.
 *
 * @param executions of bugs that one of these test executions has now
 */
public record ChangeSelection(
        Set<ChangeKind> kinds, Set<String> systems, Set<String> trackers, Set<String> executions) {

    /** All there are. */
    public static final ChangeSelection ALL = new ChangeSelection(Set.of(), Set.of(), Set.of(), Set.of());

    public ChangeSelection {
        kinds = Set.copyOf(kinds);
        systems = Set.copyOf(systems);
        trackers = Set.copyOf(trackers);
        executions = Set.copyOf(executions);
    }

    /** Whether a change may be among those: what executions have its bug is not looked at. */
    public boolean mayHave(Change change) {
        return (kinds.isEmpty() || kinds.contains(change.kind()))
                && (systems.isEmpty()
                        || change.bug().system() != null
                                && systems.contains(change.bug().system()))
                && (trackers.isEmpty() || trackers.contains(change.bug().tracker()));
    }
}
