package org.bugloss.feed;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bugloss.changes.ChangeKind;
import org.bugloss.changes.ChangeLog;
import org.bugloss.changes.ChangeReader;
import org.bugloss.changes.ChangeSelection;
import org.bugloss.changes.ChangeSight;
import org.bugloss.changes.Cursor;
import org.bugloss.changes.CursorTooOld;
import org.bugloss.web.JsonBody;
import org.bugloss.web.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asks of the feed, checked. Immutable.
 *
 * @param after a cursor, or {@code now}; {@code null} for the oldest that is kept
 * @param limit how many items a page has at most
 * @param patience how long to wait at most where there is none
 */
record ChangesQuery(ChangeSelection selection, @Nullable String after, int limit, Duration patience) {

    private static final int USUAL_LIMIT = 100;
    private static final int LONGEST_WAIT_SECONDS = 30;
    private static final int MOST_VALUES = 100;
    private static final String NOW = "now";

    /**
     * @param parameter tells the value of a parameter; {@code null} where it is not given
     * @throws Problem where one is not as it should be
     */
    static ChangesQuery read(Function<String, @Nullable String> parameter) {
        return new ChangesQuery(
                new ChangeSelection(
                        kinds(values(parameter, "kind")),
                        values(parameter, "system"),
                        values(parameter, "tracker"),
                        values(parameter, "execution_id")),
                text(parameter, "after").orElse(null),
                whole(parameter, "limit", 1, ChangeReader.MOST, USUAL_LIMIT),
                Duration.ofSeconds(whole(parameter, "wait", 0, LONGEST_WAIT_SECONDS, 0)));
    }

    /** The same, which goes on from what was last seen of a stream. */
    ChangesQuery goingOnFrom(@Nullable String lastEventId) {
        return lastEventId == null || lastEventId.isEmpty()
                ? this
                : new ChangesQuery(selection, lastEventId, limit, patience);
    }

    /** The place from which to go on. */
    long place(ChangeLog.Extent extent) {
        if (after == null) {
            return extent.forgotten();
        }
        return after.equals(NOW) ? extent.last() : Cursor.place(after);
    }

    /** Reads a page, and says what is wrong with the cursor where that is so. */
    static ChangeReader.Page page(
            ChangeReader reader, ChangeSelection selection, ChangeSight sight, long after, int limit) {
        return checked(() -> reader.page(selection, sight, after, limit));
    }

    interface Reading<T> {
        T read();
    }

    /** A problem for the caller, of what is wrong with a cursor. */
    static <T> T checked(Reading<T> reading) {
        try {
            return reading.read();
        } catch (CursorTooOld e) {
            throw Problem.of(410, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static Set<ChangeKind> kinds(Set<String> words) {
        return words.stream()
                .map(word -> ChangeKind.of(word)
                        .orElseThrow(() -> Problem.badRequest("kind must be of "
                                + Stream.of(ChangeKind.values())
                                        .map(ChangeKind::word)
                                        .collect(Collectors.joining(", ")))))
                .collect(Collectors.toSet());
    }

    private static Set<String> values(Function<String, @Nullable String> parameter, String name) {
        Set<String> values = text(parameter, name).stream()
                .flatMap(text -> Stream.of(text.split(",")))
                .map(String::strip)
                .filter(value -> !value.isEmpty())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        if (values.size() > MOST_VALUES) {
            throw Problem.badRequest(name + " may have at most " + MOST_VALUES + " values");
        }
        return values;
    }

    private static int whole(
            Function<String, @Nullable String> parameter, String name, int least, int most, int usual) {
        return text(parameter, name)
                .map(text -> {
                    int value = text.matches("\\d{1,9}") ? Integer.parseInt(text) : -1;
                    if (value < least || value > most) {
                        throw Problem.badRequest(name + " must be a whole number from " + least + " to " + most);
                    }
                    return value;
                })
                .orElse(usual);
    }

    /** PostgreSQL takes no zero character, and nothing that is looked for has a control character. */
    private static Optional<String> text(Function<String, @Nullable String> parameter, String name) {
        return Optional.ofNullable(parameter.apply(name)).map(text -> JsonBody.clean(name, text));
    }
}
