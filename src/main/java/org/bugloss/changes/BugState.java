package org.bugloss.changes;

import org.jspecify.annotations.Nullable;

/**
 * What of a bug is compared, as it was at some moment. Immutable; {@code null} is what is not known.
 *
 * @param assignee {@code null} also where there is none
 */
public record BugState(
        @Nullable String status,
        @Nullable Boolean resolved,
        @Nullable String title,
        @Nullable String assignee) {

    /** Of what is gone. */
    public static final BugState NOTHING = new BugState(null, null, null, null);

    private static final int LONGEST_STATUS = 300;
    private static final int LONGEST_TITLE = 2000;
    private static final int LONGEST_ASSIGNEE = 1000;

    /** The same as the log has room for. */
    BugState cut() {
        return new BugState(
                cut(status, LONGEST_STATUS), resolved, cut(title, LONGEST_TITLE), cut(assignee, LONGEST_ASSIGNEE));
    }

    /** Never half of a character that takes two. */
    private static @Nullable String cut(@Nullable String text, int most) {
        if (text == null || text.length() <= most) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most);
    }
}
