package org.bugloss.trackers;

import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.jspecify.annotations.Nullable;

/**
 * A place in a tracker's JSON answer, read leniently: trackers leave members out, set them to {@code null}, or answer
 * with a string where they documented an object. What is not there or is of another type is empty, never an error.
 * Immutable.
 */
public final class Json {

    /** ISO 8601 with any offset form that trackers write: {@code Z}, {@code +00:00}, {@code +0000} (JIRA). */
    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
            .optionalStart()
            .appendOffset("+HH:MM", "Z")
            .optionalEnd()
            .optionalStart()
            .appendOffset("+HHMM", "Z")
            .optionalEnd()
            .toFormatter();

    /** Of Redmine before 1.1: {@code 2011/01/17 21:28:45 -0800}. */
    private static final DateTimeFormatter OLD_TIME =
            DateTimeFormatter.ofPattern("uuuu/MM/dd HH:mm:ss xx", Locale.ROOT);

    private final @Nullable JsonValue value;

    Json(@Nullable JsonValue value) {
        this.value = value;
    }

    /** The member at the end of this path of names; a place that holds nothing where there is none. */
    public Json at(String... names) {
        JsonValue place = value;
        for (String name : names) {
            place = place instanceof JsonObject object ? object.get(name) : null;
        }
        return new Json(place);
    }

    /** What is here, as it stands; {@code null} where there is nothing. */
    @Nullable
    JsonValue value() {
        return value;
    }

    /** Whether there is something other than {@code null} here. */
    public boolean present() {
        return value != null && value != JsonValue.NULL;
    }

    /** A string that is not empty, or a number as it is written. */
    public Optional<String> text() {
        if (value instanceof JsonString string && !string.getString().isEmpty()) {
            return Optional.of(string.getString());
        }
        return value instanceof JsonNumber number ? Optional.of(number.toString()) : Optional.empty();
    }

    /**
     * A bug's title, which may be empty, but must be there. {@link BugDetails} has the id in its place then.
     *
     * @throws FetchException where there is no such member, or one that is no title
     */
    public String title() {
        return value instanceof JsonString title ? title.getString() : needed(text());
    }

    /** {@code true} or {@code false}. */
    public Optional<Boolean> flag() {
        if (value == JsonValue.TRUE || value == JsonValue.FALSE) {
            return Optional.of(value == JsonValue.TRUE);
        }
        return Optional.empty();
    }

    /** A moment, from an ISO 8601 string. */
    public Optional<Instant> time() {
        return text().flatMap(Json::time);
    }

    static Optional<Instant> time(String text) {
        try {
            boolean old = text.length() > 4 && text.charAt(4) == '/';
            return Optional.of(OffsetDateTime.parse(text, old ? OLD_TIME : TIME).toInstant());
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /**
     * What an answer must hold to be one of the API that was expected.
     *
     * @throws FetchException where it is not there
     */
    public static <T> T needed(Optional<T> what) {
        return what.orElseThrow(() -> new FetchException(
                FailureReason.UNEXPECTED_ANSWER, "the answer of the API lacks what it should tell of a bug"));
    }

    /** The elements of an array; none where this is no array. */
    public List<Json> each() {
        return value instanceof JsonArray array ? array.stream().map(Json::new).toList() : List.of();
    }

    /**
     * The elements of an array that must be there: where it is not, the answer is not of the API that was expected, rather
     * than one without elements.
     *
     * @throws FetchException where this is no array
     */
    public List<Json> elements() {
        if (value instanceof JsonArray) {
            return each();
        }
        throw new FetchException(FailureReason.UNEXPECTED_ANSWER, "the answer of the API has no list of bugs");
    }

    /** The text at a path in each element of an array, where there is one. */
    public List<String> texts(String... names) {
        return each().stream()
                .flatMap(element -> element.at(names).text().stream())
                .toList();
    }

    /** The same as {@link #texts}, joined with a comma; {@code null} where there is none. */
    public @Nullable String joined(String... names) {
        List<String> texts = texts(names);
        return texts.isEmpty() ? null : texts.stream().collect(Collectors.joining(", "));
    }
}
