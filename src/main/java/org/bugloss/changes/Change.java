package org.bugloss.changes;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A difference in what is known of a bug. Immutable.
 *
 * @param at when it was noticed
 * @param bug which bug
 * @param before what was last known
 * @param after what is known now
 * @param movedTo the URL at which it is now; {@code null} where it is none of the kind {@link ChangeKind#MOVED}
 */
public record Change(
        Instant at,
        ChangeKind kind,
        Bug bug,
        BugState before,
        BugState after,
        @Nullable String movedTo) {

    /**
     * A bug, by what the feed may be asked for.
     *
     * @param url the canonical URL
     * @param id the tracker's own number or key; {@code null} where that is unknown
     * @param system of which system; {@code null} where it is of none
     */
    public record Bug(
            String url,
            @Nullable String id,
            String tracker,
            @Nullable String system) {}

    /** What it has as its title: the newest that is known. */
    public @Nullable String title() {
        return after.title() == null ? before.title() : after.title();
    }

    /** The same as the log has room for. */
    Change cut() {
        return new Change(at, kind, bug, before.cut(), after.cut(), movedTo);
    }
}
