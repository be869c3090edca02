package org.bugloss.html;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jsoup.nodes.Element;
import org.jsoup.parser.Tag;
import org.jspecify.annotations.Nullable;

/**
 * Addresses as pages write them, made absolute, and only those of the web.
 *
 * <p>They are read as browsers read them (<a href="https://url.spec.whatwg.org/#url-parsing">URL standard</a>): tabs and
 * line breaks inside do not count, nor control characters and spaces around, a backslash is a slash. What a browser would
 * take for {@code javascript:} must not be taken for anything else here.
 */
final class WebAddress {

    /** A longer address is not worth keeping; it is what Bugloss allows a URL. */
    private static final int MAX_LENGTH = 2048;

    private static final Pattern SCHEME = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]{0,30}:.*", Pattern.DOTALL);
    private static final Pattern WEB = Pattern.compile("(?i)https?://[^/?#\\s@]{1,255}(?:[/?#].*)?", Pattern.DOTALL);

    private WebAddress() {}

    /**
     * The absolute http or https address that was meant.
     *
     * @param written as it stands in the page
     * @param base what relative addresses are relative to, or {@code null} where they are to be dropped; it may be any text,
     *     since pages write their own
     * @return percent-encoded where it must be, safe in a quoted attribute; empty where it is no address of the web, has
     *     user info (which serves to make one host look like another), or is too long
     */
    static Optional<String> absolute(String written, @Nullable String base) {
        if (written.length() > 2 * MAX_LENGTH) {
            return Optional.empty();
        }
        String address = encoded(written);
        if (!SCHEME.matcher(address).matches()) {
            if (base == null || address.isEmpty()) {
                return Optional.empty();
            }
            address = resolved(base, address);
        }
        return address.length() <= MAX_LENGTH && WEB.matcher(address).matches()
                ? Optional.of(address)
                : Optional.empty();
    }

    /** By jsoup, since {@code URI.resolve} follows an older standard where the address is only a query. */
    private static String resolved(String base, String address) {
        return new Element(Tag.valueOf("a"), base).attr("href", address).absUrl("href");
    }

    private static String encoded(String written) {
        int start = 0;
        int end = written.length();
        while (start < end && written.charAt(start) <= ' ') {
            start++;
        }
        while (end > start && written.charAt(end - 1) <= ' ') {
            end--;
        }
        StringBuilder address = new StringBuilder(end - start);
        boolean inPath = true;
        for (int i = start; i < end; ) {
            int c = written.codePointAt(i);
            i += Character.charCount(c);
            if (c == '?' || c == '#') {
                inPath = false;
            }
            if (c == '\\' && inPath) {
                address.append('/');
            } else if (c <= ' ' || c >= 0x7F && c <= 0x9F || "\"<>`{}|\\^'".indexOf(c) >= 0) {
                percent(address, c);
            } else if (c < 0x80 || Character.isLetterOrDigit(c)) {
                address.appendCodePoint(c);
            } else {
                percent(address, c);
            }
        }
        return address.toString();
    }

    private static void percent(StringBuilder address, int c) {
        if (c == '\t' || c == '\n' || c == '\r') {
            return;
        }
        for (byte b : new String(Character.toChars(c)).getBytes(StandardCharsets.UTF_8)) {
            address.append(String.format(Locale.ROOT, "%%%02X", b));
        }
    }
}
