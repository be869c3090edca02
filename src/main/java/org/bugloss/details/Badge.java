package org.bugloss.details;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A small picture of a bug's id and status, for pages that can run no script. Its colours carry white text on any page, light or
 * dark; its shapes are those of the info icon, so that colour alone says nothing.
 */
final class Badge {

    private static final int HEIGHT = 20;
    private static final int ICON = 18;
    private static final int PADDING = 6;
    private static final int LONGEST = 32;

    private static final String DARK = "#3b404d";
    private static final String OPEN = "#a81f62";
    private static final String RESOLVED = "#4146c2";
    private static final String UNKNOWN = "#5c6270";

    private Badge() {}

    /** What is known of a bug, where the caller may see it. */
    static String of(ServedDetails details, String idOfUrl) {
        String id = details.id() == null ? idOfUrl : details.id();
        Boolean resolved = details.shown().resolved();
        String word = details.shown().status();
        if (word == null) {
            word = resolved == null ? "unknown" : resolved ? "resolved" : "open";
        }
        String colour = resolved == null ? UNKNOWN : resolved ? RESOLVED : OPEN;
        return picture(id, word, colour, shape(resolved) + (details.stale() ? CLOCK : ""), details.stale());
    }

    /** What the URL itself shows. */
    static String neutral(String idOfUrl) {
        return picture(idOfUrl, "", UNKNOWN, shape(null), false);
    }

    private static final String CLOCK = "<circle cx='14.5' cy='14.5' r='4' fill='#fff'/>"
            + "<path d='M14.5 12.3v2.4h1.8' stroke='#8a4b00' stroke-width='1.2' fill='none'/>";

    private static String shape(@Nullable Boolean resolved) {
        if (resolved == null) {
            return "<circle cx='10' cy='10' r='6' fill='none' stroke='#fff' stroke-width='1.5' stroke-dasharray='2.4 1.8'/>"
                    + "<path d='M8.3 8.4a1.7 1.7 0 1 1 2.4 1.6q-.7.4-.7 1.1' fill='none' stroke='#fff' stroke-width='1.3'/>"
                    + "<circle cx='10' cy='12.9' r='.9' fill='#fff'/>";
        }
        return resolved
                ? "<circle cx='10' cy='10' r='6.7' fill='#fff'/>"
                        + "<path d='M7 10.2l2.1 2.1 4-4.4' fill='none' stroke='#4146c2' stroke-width='1.8'/>"
                : "<circle cx='10' cy='10' r='6' fill='none' stroke='#fff' stroke-width='1.5'/>"
                        + "<path d='M10 9.2v4' stroke='#fff' stroke-width='1.6'/><circle cx='10' cy='7' r='1' fill='#fff'/>";
    }

    private static String picture(String id, String word, String colour, String icon, boolean stale) {
        String left = cut(id);
        String right = cut(word);
        int leftWidth = ICON + PADDING + (left.isEmpty() ? 0 : width(left) + PADDING);
        int rightWidth = right.isEmpty() ? 0 : width(right) + 2 * PADDING;
        String words = left.isEmpty() || right.isEmpty() ? left + right : left + ": " + right;
        String spoken = words + (stale ? " (not confirmed lately)" : "");
        String label = escaped(spoken.isEmpty() ? "bug" : spoken);
        int width = leftWidth + rightWidth;
        String text = "<text x='%d' y='14' fill='#fff' font-family='Verdana,DejaVu Sans,sans-serif' font-size='11'"
                + " textLength='%d' lengthAdjust='spacingAndGlyphs'>%s</text>";
        return "<svg xmlns='http://www.w3.org/2000/svg' width='" + width + "' height='" + HEIGHT + "' role='img'"
                + " aria-label='" + label + "'><title>" + label + "</title>"
                + "<clipPath id='c'><rect width='" + width + "' height='" + HEIGHT + "' rx='4'/></clipPath>"
                + "<g clip-path='url(#c)'><rect width='" + width + "' height='" + HEIGHT + "' fill='"
                + (right.isEmpty() ? colour : DARK) + "'/>"
                + "<rect x='" + leftWidth + "' width='" + rightWidth + "' height='" + HEIGHT + "' fill='" + colour
                + "'/></g>" + icon
                + (left.isEmpty() ? "" : String.format(Locale.ROOT, text, ICON + PADDING, width(left), escaped(left)))
                + (right.isEmpty()
                        ? ""
                        : String.format(Locale.ROOT, text, leftWidth + PADDING, width(right), escaped(right)))
                + "</svg>\n";
    }

    /** About as wide as Verdana is; the picture says the width itself, so that other fonts fit. */
    private static int width(String text) {
        return (int) Math.round(text.codePoints()
                .mapToDouble(
                        c -> c > 0x2E80 ? 11 : Character.isUpperCase(c) ? 7.8 : "il.,:;'|!".indexOf(c) >= 0 ? 3.6 : 6.7)
                .sum());
    }

    private static String cut(@Nullable String text) {
        String plain = text == null ? "" : text.strip();
        return plain.codePointCount(0, plain.length()) <= LONGEST
                ? plain
                : plain.substring(0, plain.offsetByCodePoints(0, LONGEST - 1)).strip() + "\u2026";
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().filter(Badge::isInXml).forEach(c -> {
            switch (c) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '\'' -> escaped.append("&#39;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.appendCodePoint(c);
            }
        });
        return escaped.toString();
    }

    private static boolean isInXml(int c) {
        return c >= 0x20 && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000;
    }
}
