package org.bugloss.web;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.JsonException;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.json.stream.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A JSON object that a caller sent, read strictly: unknown members, wrong types and malformed text are a 400 that names
 * the member. JSON-B is too lax for that: it turns 5 into "5" and lets unknown members vanish.
 */
public final class JsonBody {

    /** The largest body that is taken, in bytes. */
    public static final int MAX_BYTES = 1024 * 1024;

    /** Controls but tab and line ends, and halves of surrogate pairs: PostgreSQL refuses some, nobody wants the rest. */
    private static final Pattern UNWANTED = Pattern.compile("[\\p{Cc}\\p{Cs}&&[^\\t\\n\\r]]");

    private final JsonObject object;
    private final String prefix;

    private JsonBody(JsonObject object, String prefix) {
        this.object = object;
        this.prefix = prefix;
    }

    /**
     * Reads a whole body.
     *
     * @throws Problem 413 where it is too large, 400 where it is no JSON object
     */
    public static JsonBody read(InputStream body) {
        byte[] bytes;
        try {
            bytes = body.readNBytes(MAX_BYTES + 1);
        } catch (IOException e) {
            // Servers stop reading by themselves at a limit of their own.
            throw Problem.of(413, "the body could not be read to its end; at most " + MAX_BYTES + " bytes are taken");
        }
        if (bytes.length > MAX_BYTES) {
            throw Problem.of(413, "the body is over " + MAX_BYTES + " bytes");
        }
        return parse(bytes);
    }

    /** Reads an object from its bytes, which are UTF-8. */
    public static JsonBody parse(byte[] bytes) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Problem.badRequest("the body is no UTF-8 text");
        }
        if (parse(text) instanceof JsonObject object) {
            return new JsonBody(object, "");
        }
        throw Problem.badRequest("the body must be a JSON object");
    }

    private static JsonValue parse(String text) {
        try (JsonParser parser = JSON.createParser(new StringReader(text))) {
            parser.next();
            JsonValue value = parser.getValue();
            if (parser.hasNext()) {
                throw new JsonException("there is more behind the value");
            }
            return value;
        } catch (RuntimeException e) {
            // Not only JsonException: nesting that is too deep, or an empty text, is another exception with each
            // parser.
            throw Problem.badRequest("the body is no well-formed JSON");
        }
    }

    /** Refuses members other than these. */
    public JsonBody only(String... allowed) {
        TreeSet<String> unknown = new TreeSet<>(object.keySet());
        unknown.removeAll(List.of(allowed));
        if (!unknown.isEmpty()) {
            throw Problem.badRequest(
                    "unknown member " + shown(prefix + unknown.first()) + "; there are " + String.join(", ", allowed));
        }
        return this;
    }

    /** Whether the member is there, be it {@code null}. */
    public boolean has(String member) {
        return object.containsKey(member);
    }

    /** Whether the member is there and {@code null}. */
    public boolean isNull(String member) {
        return object.get(member) == JsonValue.NULL;
    }

    /**
     * A string; empty where it is absent or {@code null}.
     *
     * @param longest how many characters (code points) it may have
     */
    public Optional<String> text(String member, int longest) {
        return value(member).map(value -> text(member, value, longest));
    }

    /** A string that must be there and must not be blank. */
    public String requiredText(String member, int longest) {
        return text(member, longest)
                .filter(text -> !text.isBlank())
                .orElseThrow(() -> Problem.badRequest(prefix + member + " must be given, a string that is not blank"));
    }

    /** {@code true} or {@code false}; empty where it is absent or {@code null}. */
    public Optional<Boolean> flag(String member) {
        return value(member).map(value -> {
            if (value != JsonValue.TRUE && value != JsonValue.FALSE) {
                throw wrongType(member, "true or false");
            }
            return value == JsonValue.TRUE;
        });
    }

    /** A whole number within bounds, both included; empty where it is absent or {@code null}. */
    public Optional<Integer> whole(String member, int least, int most) {
        return value(member).map(value -> {
            if (value instanceof JsonNumber number && number.isIntegral()) {
                try {
                    int whole = number.intValueExact();
                    if (whole >= least && whole <= most) {
                        return whole;
                    }
                } catch (ArithmeticException e) {
                    // said below, as for a number out of bounds
                }
            }
            throw wrongType(member, "a whole number from " + least + " to " + most);
        });
    }

    /** An object; empty where it is absent or {@code null}. */
    public Optional<JsonBody> object(String member) {
        return value(member).map(value -> {
            if (value instanceof JsonObject inner) {
                return new JsonBody(inner, prefix + member + ".");
            }
            throw wrongType(member, "an object");
        });
    }

    /** An array of strings; empty where it is absent or {@code null}. */
    public Optional<List<String>> texts(String member, int most, int longest) {
        return value(member).map(value -> {
            if (value.getValueType() != JsonValue.ValueType.ARRAY) {
                throw wrongType(member, "an array of strings");
            }
            if (value.asJsonArray().size() > most) {
                throw Problem.badRequest(prefix + member + " has "
                        + value.asJsonArray().size() + " elements; at most " + most + " are taken");
            }
            return value.asJsonArray().stream()
                    .map(element -> text(member, element, longest))
                    .toList();
        });
    }

    private Optional<JsonValue> value(String member) {
        return Optional.ofNullable(object.get(member)).filter(value -> value != JsonValue.NULL);
    }

    private String text(String member, JsonValue value, int longest) {
        if (!(value instanceof JsonString string)) {
            throw wrongType(member, "a string");
        }
        String text = string.getString();
        if (text.codePointCount(0, text.length()) > longest) {
            throw Problem.badRequest(prefix + member + " has " + text.codePointCount(0, text.length())
                    + " characters; at most " + longest + " are allowed");
        }
        return clean(prefix + member, text);
    }

    /**
     * A text without what no database takes and nobody wants; for parameters too.
     *
     * @throws Problem 400 where it holds a control character or half a surrogate pair
     */
    public static String clean(String name, String text) {
        // Nearly all texts are of plain characters: 500 URLs are told so in no time.
        if (!isPlain(text) && UNWANTED.matcher(text).find()) {
            throw Problem.badRequest(name + " holds a control character or half a surrogate pair");
        }
        return text;
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~') {
                return false;
            }
        }
        return true;
    }

    private Problem wrongType(String member, String allowed) {
        return Problem.badRequest(prefix + member + " must be " + allowed);
    }

    private static String shown(String name) {
        String clean = UNWANTED.matcher(name).replaceAll("?");
        return clean.length() <= 100 ? clean : clean.substring(0, 100) + "...";
    }
}
