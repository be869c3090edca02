package org.bugloss.trackers;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message that a tracker sent by itself, as it came: headers, query and the bytes of its body. It is a stranger's until it is
 * proved, and a hint only after that. Safe for use by several threads.
 */
public final class HookRequest {

    private static final String BASIC = "Basic ";
    private static final String BEARER = "Bearer ";

    /** What Standard Webhooks 1.0.0 allows a clock to be wrong, or a message to be under way. */
    private static final Duration TOLERANCE = Duration.ofMinutes(5);

    private final TrackerSystem system;
    private final Map<String, String> headers;
    private final @Nullable String query;
    private final byte[] body;
    private final Instant received;
    private volatile @Nullable Json json;

    /**
     * A message to a system.
     *
     * @param headers by their names in lower case; the values of one that came several times are joined with commas
     * @param query behind the question mark, encoded; {@code null} where there is none
     * @param body not to be changed any more
     * @param received when it came
     */
    public HookRequest(
            TrackerSystem system, Map<String, String> headers, @Nullable String query, byte[] body, Instant received) {
        this.system = system;
        this.headers = Map.copyOf(headers);
        this.query = query;
        this.body = body;
        this.received = received;
    }

    /** The system that it was sent to the hook of. */
    public TrackerSystem system() {
        return system;
    }

    /** A header, case ignored; empty where it did not come, or is empty. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)))
                .map(String::strip)
                .filter(value -> !value.isEmpty());
    }

    /** The first value of a parameter of the query, decoded; empty where there is none. */
    public Optional<String> parameter(String name) {
        return FormText.first(query == null ? "" : query, name);
    }

    /**
     * The body, be it JSON itself, whatever type it is said to be, or a form with JSON in its field {@code payload}. Of a
     * large one there is only what can name bugs: texts and lists that are too long for that are left out. Of an empty one
     * there is nothing.
     *
     * @throws HookProblem where it is no JSON
     */
    public Json json() {
        Json read = json;
        if (read == null) {
            read = isWithoutBody() ? new Json(null) : HookJson.read(isForm() ? payload() : body);
            json = read;
        }
        return read;
    }

    private boolean isForm() {
        return !beginsAsObject()
                && header("Content-Type")
                        .filter(type -> type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded"))
                        .isPresent();
    }

    /** No form does; but curl says of whatever it sends that it is a form. */
    private boolean beginsAsObject() {
        for (byte each : body) {
            if (each > ' ' || each < 0) {
                return each == '{';
            }
        }
        return false;
    }

    private byte[] payload() {
        return FormText.first(new String(body, StandardCharsets.UTF_8), "payload")
                .orElse("")
                .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Whether a header has the signature of the body in hexadecimal digits.
     *
     * @param algorithm as {@link javax.crypto.Mac} names it: {@code HmacSHA256}
     * @param prefix what stands before the digits: {@code sha256=}, or nothing
     */
    public boolean isSigned(String header, String algorithm, String prefix, HookSecret secret) {
        return header(header)
                .filter(value -> value.regionMatches(true, 0, prefix, 0, prefix.length()))
                .flatMap(value -> digest(value.substring(prefix.length())))
                .filter(digest -> MessageDigest.isEqual(secret.sign(algorithm, body), digest))
                .isPresent();
    }

    private static Optional<byte[]> digest(String digits) {
        try {
            return Optional.of(HexFormat.of().parseHex(digits));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Whether it is signed as Standard Webhooks 1.0.0 has it, no longer ago than five minutes. */
    public boolean isSignedAsStandard(HookSecret secret) {
        String id = header("webhook-id").orElse("");
        String time = header("webhook-timestamp").orElse("");
        if (id.isEmpty() || !isRecent(time)) {
            return false;
        }
        Optional<byte[]> expected =
                secret.signAsStandard((id + "." + time + ".").getBytes(StandardCharsets.UTF_8), body);
        return expected.isPresent()
                && Arrays.stream(header("webhook-signature").orElse("").split("[ ,]+(?=v1a?,)"))
                        .filter(signature -> signature.startsWith("v1,"))
                        .flatMap(signature -> base64(signature.substring(3)).stream())
                        .anyMatch(signature -> MessageDigest.isEqual(expected.get(), signature));
    }

    private boolean isRecent(String seconds) {
        try {
            Instant signed = Instant.ofEpochSecond(Long.parseLong(seconds));
            return Duration.between(signed, received).abs().compareTo(TOLERANCE) <= 0;
        } catch (NumberFormatException | DateTimeException | ArithmeticException e) {
            return false;
        }
    }

    private static Optional<byte[]> base64(String text) {
        try {
            return Optional.of(Base64.getDecoder().decode(text.strip()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Whether a header is the secret itself. */
    public boolean hasToken(String header, HookSecret secret) {
        return header(header).filter(secret::is).isPresent();
    }

    /** Whether the secret is the bearer token: {@code Authorization: Bearer SECRET}. */
    public boolean hasBearer(HookSecret secret) {
        return authorization(BEARER).filter(secret::is).isPresent();
    }

    /** Whether the secret is the password of Basic, whoever the user is. */
    public boolean hasPassword(HookSecret secret) {
        return authorization(BASIC)
                .flatMap(HookRequest::base64)
                .map(pair -> new String(pair, StandardCharsets.UTF_8))
                .filter(pair -> pair.indexOf(':') >= 0)
                .filter(pair -> secret.is(pair.substring(pair.indexOf(':') + 1)))
                .isPresent();
    }

    private Optional<String> authorization(String scheme) {
        return header("Authorization")
                .filter(value -> value.regionMatches(true, 0, scheme, 0, scheme.length()))
                .map(value -> value.substring(scheme.length()).strip());
    }

    /** Whether there is nothing in the body. */
    boolean isWithoutBody() {
        for (byte each : body) {
            if (each > ' ' || each < 0) {
                return false;
            }
        }
        return true;
    }

    /** Never a header, a query or a body: there are secrets in them. */
    @Override
    public String toString() {
        return "HookRequest[" + system.name() + ", " + body.length + " bytes]";
    }
}
