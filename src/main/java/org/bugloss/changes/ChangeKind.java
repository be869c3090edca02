package org.bugloss.changes;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What kind of difference a change is. The words are part of the outside contract. */
public enum ChangeKind {
    /** It was not resolved, and is. */
    RESOLVED,
    /** It was resolved, and is not. */
    REOPENED,
    /** Another status, and neither of the two. */
    STATUS,
    TITLE,
    ASSIGNEE,
    /** Its source says that there is no such bug any more. */
    GONE,
    /** Its tracker says that it is elsewhere now. */
    MOVED;

    /** As callers write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The kind of a word, as callers write it. */
    public static Optional<ChangeKind> of(String word) {
        return Stream.of(values()).filter(kind -> kind.word().equals(word)).findFirst();
    }
}
