package org.bugloss.cache;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.bugloss.changes.BugState;
import org.bugloss.changes.Change;
import org.bugloss.changes.ChangeKind;
import org.bugloss.changes.Differences;
import org.jspecify.annotations.Nullable;

/**
 * What was last known of a bug, to compare it with what is known later: of what is not known any more, what it was. Immutable.
 *
 * @param hasDetails whether anything was ever known
 * @param fromOpenGraph whether it is a page's metadata
 * @param movedTo where its tracker says that it is now; {@code null} where it did not move
 * @param gone whether its source says that there is no such bug
 */
record LastKnown(
        Change.Bug bug,
        boolean hasDetails,
        BugState state,
        boolean fromOpenGraph,
        @Nullable String movedTo,
        boolean gone) {

    /** What became of the bug. The first time that it is seen is no change, nor is a failure but that it is gone. */
    List<Change> changesTo(LastKnown now, Instant at) {
        if (!hasDetails) {
            return List.of();
        }
        if (now.gone) {
            return gone ? List.of() : List.of(new Change(at, ChangeKind.GONE, bug, state, BugState.NOTHING, null));
        }
        List<Change> changes =
                new ArrayList<>(Differences.between(now.bug, state, now.state, fromOpenGraph == now.fromOpenGraph, at));
        if (now.movedTo != null && !now.movedTo.equals(movedTo)) {
            changes.add(new Change(at, ChangeKind.MOVED, now.bug, state, now.state, now.movedTo));
        }
        return changes;
    }
}
