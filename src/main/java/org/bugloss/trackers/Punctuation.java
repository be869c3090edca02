package org.bugloss.trackers;

import java.util.Optional;
import java.util.regex.Pattern;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;

/** What is pasted with a URL out of a text, and is none of it: the full stop, the closing bracket, the quotation mark. */
final class Punctuation {

    /**
     * Marks that may end a sentence, close a bracket or a quotation, or are markup, as they stand in a key: characters that
     * no URL may have are percent-encoded there. So are those of other scripts: quotation marks (U+2018 to U+201F, U+00AB,
     * U+00BB), the ellipsis (U+2026), ideographic commas, stops and brackets (U+3001 to U+3011) and those of full width.
     */
    private static final Pattern BEHIND = Pattern.compile(
            "(?:[.,;:!?'()*_~$&]|%(?:22|3[CE]|5[BDC]|60|7[BCD])"
                    + "|(?i:%3C/?[a-z]{1,10}/?%3E)|(?i:&(?:amp|gt|lt|quot|apos|nbsp|#\\d{2,4}|#x[0-9a-f]{2,4});)"
                    + "|(?i:%C2%(?:A0|AB|BB)|%E2%80%(?:9[89A-F]|A6|BA)|%E3%80%(?:8[1-9A-F]|9[01])|%EF%BC%(?:81|89|8C|8E|9A|9B|9F)))+$");

    private Punctuation() {}

    /** The URL without what stands behind it; empty where nothing does. */
    static Optional<CanonicalUrl> without(CanonicalUrl url) {
        if (endsPlainly(url.key())) {
            return Optional.empty();
        }
        String meant = BEHIND.matcher(url.key()).replaceFirst("");
        try {
            return meant.equals(url.key()) ? Optional.empty() : Optional.of(CanonicalUrl.parse(meant));
        } catch (InvalidUrlException e) {
            return Optional.empty();
        }
    }

    /** Nearly all URLs end in a letter or a digit that is not part of what is encoded: this is told so in no time. */
    private static boolean endsPlainly(String key) {
        int end = key.length() - 1;
        return isLetterOrDigit(key.charAt(end)) && key.charAt(Math.max(0, end - 2)) != '%';
    }

    private static boolean isLetterOrDigit(char c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }
}
