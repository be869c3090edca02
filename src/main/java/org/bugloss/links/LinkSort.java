package org.bugloss.links;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a list of link references is sorted by. */
record LinkSort(By by, boolean descending) {

    static final LinkSort BY_ID = new LinkSort(By.ID, false);

    /** Each has an index. */
    enum By {
        ID,
        /** When the tracker says that the bug was last changed. */
        UPDATED,
        /** When the details were last known to be so. */
        FETCHED
    }

    /**
     * Where a page ends, and the next begins.
     *
     * @param value of the last link reference that has one; {@code null} where those follow that have none, and with {@link By#ID}
     * @param id of the last link reference
     */
    record Cursor(@Nullable OffsetDateTime value, long id) {}

    /**
     * Reads the parameter {@code sort}.
     *
     * @throws IllegalArgumentException where it is not one of those there are; the message says so
     */
    static LinkSort parse(String text) {
        boolean descending = text.startsWith("-");
        By by = switch (descending ? text.substring(1) : text) {
            case "id" -> By.ID;
            case "updated" -> By.UPDATED;
            case "fetched" -> By.FETCHED;
            default ->
                throw new IllegalArgumentException(
                        "sort must be id, updated or fetched, or one of them with - before it");
        };
        return new LinkSort(by, descending);
    }

    private static final Pattern CURSOR = Pattern.compile("after:(?:([^,]*),)?(-?\\d{1,18})");

    /** A cursor as callers get it. */
    static String text(Cursor cursor) {
        String value = cursor.value() == null ? "" : cursor.value() + ",";
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(("after:" + value + cursor.id()).getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Reads the parameter {@code after}.
     *
     * @throws IllegalArgumentException where it is no cursor; the message says so
     */
    static Cursor cursor(String text) {
        return read(text)
                .orElseThrow(
                        () -> new IllegalArgumentException("after must be a cursor that an earlier page gave as next"));
    }

    private static Optional<Cursor> read(String text) {
        try {
            Matcher parts = CURSOR.matcher(new String(Base64.getUrlDecoder().decode(text), StandardCharsets.US_ASCII));
            if (!parts.matches()) {
                return Optional.empty();
            }
            String value = parts.group(1);
            return Optional.of(
                    new Cursor(value == null ? null : OffsetDateTime.parse(value), Long.parseLong(parts.group(2))));
        } catch (IllegalArgumentException | DateTimeException e) {
            return Optional.empty();
        }
    }
}
