package org.bugloss.changes;

import java.util.regex.Pattern;

/**
 * A place in the feed as callers have it: a text that they shall take for nothing but a cursor. Whoever has it has seen all up to
 * that place.
 */
public final class Cursor {

    private static final int RADIX = 36;

    /** As many digits as the largest number has. */
    private static final Pattern FORM = Pattern.compile("c[0-9a-z]{1,13}");

    private Cursor() {}

    public static String text(long place) {
        return "c" + Long.toString(place, RADIX);
    }

    /** @throws IllegalArgumentException where it is no cursor: the message is for the caller */
    public static long place(String text) {
        if (FORM.matcher(text).matches()) {
            try {
                return Long.parseLong(text.substring(1), RADIX);
            } catch (NumberFormatException e) {
                // said below
            }
        }
        throw new IllegalArgumentException(
                "after is no cursor: it must be now, the next of a page or the id of an item");
    }
}
