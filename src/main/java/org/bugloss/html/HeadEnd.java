package org.bugloss.html;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Finds where the head of a page ends while its bytes arrive, so that the rest need not be fetched.
 *
 * <p>The head ends before {@code </head} or {@code <body} as a tag: not in a comment, not in an attribute's value, not
 * in the text of a {@code script}, {@code style}, {@code title} or {@code textarea}, which the
 * <a href="https://html.spec.whatwg.org/multipage/parsing.html#parsing-html-fragments">HTML standard</a> tokenises as
 * text. Each byte is looked at once, whatever the page is like. Where it errs, it errs towards reading on.
 */
final class HeadEnd {

    /** The longest tag that matters and one byte behind it. */
    private static final int LOOK_AHEAD = "</textarea ".length();

    private static final String[] TEXT_ELEMENTS = {"script", "style", "title", "textarea"};

    private int position;
    private byte @Nullable [] textEnd;
    private boolean inTag;
    private byte quote;

    /**
     * Looks at what has arrived since the last call.
     *
     * @param bytes the page from its first byte
     * @param length how many of the bytes have arrived
     * @return how many bytes the head has, or -1 where its end has not arrived
     */
    int find(byte[] bytes, int length) {
        while (position + LOOK_AHEAD <= length) {
            if (textEnd != null) {
                if (bytes[position] == textEnd[0] && at(bytes, textEnd)) {
                    textEnd = null;
                }
                position++;
            } else if (inTag) {
                insideTag(bytes[position++]);
            } else if (bytes[position] != '<') {
                position++;
            } else if (atTag(bytes, "</head") || atTag(bytes, "<body")) {
                return position;
            } else {
                open(bytes);
            }
        }
        return -1;
    }

    private void open(byte[] bytes) {
        if (at(bytes, ascii("<!--"))) {
            textEnd = ascii("-->");
            // "<!-->" is a whole comment.
            position += 2;
            return;
        }
        for (String name : TEXT_ELEMENTS) {
            if (atTag(bytes, "<" + name)) {
                textEnd = ascii("</" + name);
            }
        }
        int letter = bytes[position + 1] | 0x20;
        inTag = textEnd == null && letter >= 'a' && letter <= 'z';
        position++;
    }

    private void insideTag(byte b) {
        if (quote != 0) {
            quote = b == quote ? 0 : quote;
        } else if (b == '"' || b == '\'') {
            quote = b;
        } else if (b == '>') {
            inTag = false;
        }
    }

    private boolean atTag(byte[] bytes, String tag) {
        return at(bytes, ascii(tag)) && " \t\n\f\r/>".indexOf(bytes[position + tag.length()]) >= 0;
    }

    private boolean at(byte[] bytes, byte[] lowerCase) {
        for (int i = 0; i < lowerCase.length; i++) {
            byte b = bytes[position + i];
            if ((b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b) != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
