package org.bugloss.outbound;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Why a source of details did not give them, as one word that programs may rely on.
 *
 * <p>The words are part of the outside contract: the named constants, and {@code http_STATUS} for any other HTTP status.
 *
 * @param word the word, in snake_case
 */
public record FailureReason(String word) {

    /** Before the constants, whose making needs it. */
    private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9_]{1,31}");

    public static final FailureReason DNS = new FailureReason("dns");
    public static final FailureReason CONNECT = new FailureReason("connect");
    public static final FailureReason TLS = new FailureReason("tls");
    public static final FailureReason TIMEOUT = new FailureReason("timeout");
    public static final FailureReason REDIRECTS = new FailureReason("redirects");
    public static final FailureReason UNAUTHORIZED = new FailureReason("unauthorized");
    public static final FailureReason FORBIDDEN = new FailureReason("forbidden");
    public static final FailureReason NOT_FOUND = new FailureReason("not_found");
    public static final FailureReason RATE_LIMITED = new FailureReason("rate_limited");
    public static final FailureReason SIGN_IN_PAGE = new FailureReason("sign_in_page");
    public static final FailureReason NOT_HTML = new FailureReason("not_html");
    public static final FailureReason UNEXPECTED_ANSWER = new FailureReason("unexpected_answer");
    public static final FailureReason ADDRESS_NOT_ALLOWED = new FailureReason("address_not_allowed");
    public static final FailureReason PAUSED = new FailureReason("paused");

    /** @throws IllegalArgumentException where the word is not a short snake_case word */
    public FailureReason {
        Objects.requireNonNull(word, "word");
        if (!WORD.matcher(word).matches()) {
            throw new IllegalArgumentException("not a failure reason: " + word);
        }
    }

    /**
     * The reason that an HTTP status other than success stands for.
     *
     * @param status an HTTP status, 100 to 599
     */
    public static FailureReason ofStatus(int status) {
        return switch (status) {
            case 304 -> UNEXPECTED_ANSWER; // a failure only where nobody asked whether anything changed
            case 401, 407 -> UNAUTHORIZED;
            case 403 -> FORBIDDEN;
            case 404, 410 -> NOT_FOUND;
            case 408 -> TIMEOUT;
            case 429 -> RATE_LIMITED;
            default -> new FailureReason("http_" + status);
        };
    }

    /** Whether it passes without anybody mending anything, as far as one can tell. */
    public boolean passesByItself() {
        return equals(RATE_LIMITED) || equals(TIMEOUT) || equals(CONNECT) || word.startsWith("http_5");
    }

    /**
     * Whether what failed for one URL fails for every URL of the same source, for the time being: there is no getting at it,
     * it does not take the credentials, it has had enough, or it is broken.
     */
    public boolean isOfTheWholeSource() {
        return equals(DNS)
                || equals(CONNECT)
                || equals(TLS)
                || equals(TIMEOUT)
                || equals(UNAUTHORIZED)
                || equals(RATE_LIMITED)
                || word.startsWith("http_5");
    }

    @Override
    public String toString() {
        return word;
    }
}
