package org.bugloss.changes;

import java.util.Collection;
import java.util.function.Predicate;

/** Which changes somebody may see. */
@FunctionalInterface
public interface ChangeSight {

    /** Everything. */
    ChangeSight ALL = changes -> change -> true;

    /**
     * Tells of these changes whether they may be seen now. Whatever must be read for that is read at once for all of them, before
     * this returns.
     */
    Predicate<Change> among(Collection<Change> changes);
}
