package org.bugloss.changes;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What differs between two looks at a bug, of which each told something. A difference of several kinds is a change of each, so
 * that who asks for one kind misses none.
 */
public final class Differences {

    private Differences() {}

    /**
     * Compares what was last known with what is known now.
     *
     * @param sameSource whether both looks were at a source of the same kind: a page has another title than the API has for the
     *     same bug, and knows of no assignee
     */
    public static List<Change> between(
            Change.Bug bug, BugState before, BugState after, boolean sameSource, Instant now) {
        List<Change> changes = new ArrayList<>();
        kindOfStatus(before, after).ifPresent(kind -> changes.add(new Change(now, kind, bug, before, after, null)));
        if (sameSource && differ(before.title(), after.title())) {
            changes.add(new Change(now, ChangeKind.TITLE, bug, before, after, null));
        }
        if (sameSource && !Objects.equals(before.assignee(), after.assignee())) {
            changes.add(new Change(now, ChangeKind.ASSIGNEE, bug, before, after, null));
        }
        return changes;
    }

    private static Optional<ChangeKind> kindOfStatus(BugState before, BugState after) {
        if (differ(before.resolved(), after.resolved())) {
            return Optional.of(Boolean.TRUE.equals(after.resolved()) ? ChangeKind.RESOLVED : ChangeKind.REOPENED);
        }
        return differ(before.status(), after.status()) ? Optional.of(ChangeKind.STATUS) : Optional.empty();
    }

    /** What is not known differs from nothing. */
    private static boolean differ(@Nullable Object before, @Nullable Object after) {
        return before != null && after != null && !before.equals(after);
    }
}
