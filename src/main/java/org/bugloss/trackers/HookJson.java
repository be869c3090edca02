package org.bugloss.trackers;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import java.io.ByteArrayInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a hook, which may have 25 MB, most of it texts that nobody here needs: what can't name a bug is not kept, so
 * that memory is bounded by this class and not by who sends.
 */
final class HookJson {

    /** The longest URL that there can be. */
    private static final int LONGEST_TEXT = 2048;

    /** Deeper than all that a tracker names its bugs in. */
    private static final int DEEPEST = 8;

    private static final int TOO_DEEP = DEEPEST + 1;

    /** Members and elements that are kept of one body. */
    private static final int MOST_VALUES = 20_000;

    /** Elements that are kept of one list, so that it does not take the place of all that comes behind it. */
    static final int MOST_ELEMENTS = 5_000;

    private final JsonParser parser;
    private int values;

    private HookJson(JsonParser parser) {
        this.parser = parser;
    }

    /**
     * Reads a body; one with nothing in it holds nothing.
     *
     * @throws HookProblem where it is no well-formed JSON
     */
    static Json read(byte[] body) {
        try (JsonParser parser = JSON.createParser(new ByteArrayInputStream(body))) {
            HookJson reading = new HookJson(parser);
            JsonValue value = reading.value(parser.next(), 0);
            if (parser.hasNext()) {
                throw new HookProblem("there is more behind the JSON");
            }
            return new Json(value);
        } catch (HookProblem e) {
            throw e;
        } catch (RuntimeException | StackOverflowError e) {
            // Not only JsonException: each parser has other ones for wrong bytes, an empty text, nesting that is too
            // deep.
            throw new HookProblem("the body is no well-formed JSON");
        }
    }

    /** @return {@code null} for what is not kept */
    private @Nullable JsonValue value(Event event, int depth) {
        boolean kept = depth <= DEEPEST && ++values <= MOST_VALUES;
        switch (event) {
            case START_OBJECT -> {
                return kept ? object(depth) : skipped();
            }
            case START_ARRAY -> {
                return kept ? array(depth) : skipped();
            }
            case VALUE_STRING, VALUE_NUMBER -> {
                return kept ? scalar(event) : null;
            }
            case VALUE_TRUE -> {
                return kept ? JsonValue.TRUE : null;
            }
            case VALUE_FALSE -> {
                return kept ? JsonValue.FALSE : null;
            }
            default -> {
                return kept ? JsonValue.NULL : null;
            }
        }
    }

    /** By hand: Parsson's own skipping goes round for ever where the text ends within. */
    private @Nullable JsonValue skipped() {
        for (int open = 1; open > 0; ) {
            switch (parser.next()) {
                case START_OBJECT, START_ARRAY -> open++;
                case END_OBJECT, END_ARRAY -> open--;
                default -> {
                    // of no interest
                }
            }
        }
        return null;
    }

    private @Nullable JsonValue scalar(Event event) {
        String text = parser.getString();
        if (text.length() > LONGEST_TEXT) {
            return null;
        }
        // A number is kept as it is written: 1e999999999 would take a while to be made one.
        return event == Event.VALUE_STRING || text.length() > 18 ? JSON.createValue(text) : parser.getValue();
    }

    private JsonValue object(int depth) {
        JsonObjectBuilder object = JSON.createObjectBuilder();
        for (Event next = parser.next(); next != Event.END_OBJECT; next = parser.next()) {
            String name = parser.getString();
            JsonValue value = value(parser.next(), depth + 1);
            if (value != null) {
                object.add(name, value);
            }
        }
        return object.build();
    }

    private JsonValue array(int depth) {
        JsonArrayBuilder array = JSON.createArrayBuilder();
        int elements = 0;
        for (Event next = parser.next(); next != Event.END_ARRAY; next = parser.next()) {
            JsonValue value = value(next, ++elements <= MOST_ELEMENTS ? depth + 1 : TOO_DEEP);
            if (value != null) {
                array.add(value);
            }
        }
        return array.build();
    }
}
