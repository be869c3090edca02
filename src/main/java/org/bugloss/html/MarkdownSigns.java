package org.bugloss.html;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells Markdown from Textile by what people write in one of them only, for trackers that keep either and do not say which.
 *
 * <p>Every sign has a weight, and counts twice at most: many dashes at the beginning of lines are no proof, one {@code
 * "link":https://…} is. What is code says nothing, but for how it is marked. The time that it takes is in proportion to the
 * length of the text.
 */
public final class MarkdownSigns {

    /** More than this, in UTF-16 units, is not looked at. */
    private static final int MAX_INPUT = 20_000;

    private static final int MAX_COUNT = 2;

    /**
     * For Markdown above zero, for Textile below. Only lines with the part are looked at more closely, since most have none.
     */
    private record Sign(int weight, String part, Place place, Pattern pattern) {

        static Sign of(int weight, String part, String pattern) {
            return new Sign(
                    weight, part, pattern.startsWith("^") ? Place.BEGIN : Place.ANYWHERE, Pattern.compile(pattern));
        }

        /** One that begins with its part: what else is in the line need not be gone through. */
        static Sign at(int weight, String before, String part, String after) {
            return new Sign(weight, part, Place.PART, Pattern.compile(before + Pattern.quote(part) + after));
        }

        boolean isIn(String line) {
            int at = line.indexOf(part);
            if (at < 0) {
                return false;
            }
            Matcher matcher = pattern.matcher(line);
            return switch (place) {
                case BEGIN -> matcher.lookingAt();
                case ANYWHERE -> matcher.find();
                case PART -> {
                    // What is before it is looked at too.
                    matcher.useTransparentBounds(true);
                    while (at >= 0 && !matcher.region(at, line.length()).lookingAt()) {
                        at = line.indexOf(part, at + 1);
                    }
                    yield at >= 0;
                }
            };
        }
    }

    /** Where in a line a sign is looked for. */
    private enum Place {
        BEGIN,
        PART,
        ANYWHERE
    }

    private static final Sign FENCE = Sign.of(5, "", "^\\s*(```|~~~)");
    private static final Sign PRE = Sign.at(-3, "", "<pre", "[\\s>]");
    private static final Sign SPAN = Sign.at(2, "", "`", "[^`]{1,200}`");
    private static final Sign TEXTILE_SPAN = Sign.at(-3, "(?<![\\w@])", "@", "[^@\\s](?:[^@]{0,98}[^@\\s])?@(?!\\w)");

    /** A heading in Markdown and an item in Textile, where a list of one item is rare. */
    private static final Sign NUMBER = Sign.of(2, "# ", "^#{1,6} +\\S");

    private static final Sign NUMBERS = Sign.of(-2, "#", "^#");
    private static final Sign INDENTED = Sign.of(2, "", "^(?: {4}|\\t)\\s*\\S");
    private static final Sign UNDERLINE = Sign.of(3, "", "^(?:={2,}|-{3,})\\s*$");
    private static final Sign SEPARATOR =
            Sign.of(5, "|", "^\\s*\\|?[ :]*-{2,}[ :]*(?:\\|[ :]*-{2,}[ :]*){0,99}\\|?\\s*$");
    private static final Sign ROWS = Sign.of(-2, "|", "^\\|.*\\|\\s*$");

    private static final Pattern ITEM = Pattern.compile("^\\s*(?:[-*+]|#+|\\d{1,9}[.)]) ");

    private static final List<Sign> IN_A_LINE = List.of(
            // Textile
            Sign.of(
                    -5,
                    ".",
                    "^(?:h[1-6]|bq|bc|p|pre|fn\\d)(?:\\([^)]{0,50}\\)|\\{[^}]{0,99}\\}|[<>=]){0,3}\\.{1,2}(?: |$)"),
            Sign.at(-4, "", "|", "(?:_[\\\\/\\d<>=^~]{0,4}|[\\\\/]\\d|[<>=])\\. ?"),
            Sign.of(-5, "\":", "\"[^\"]{1,200}\":(?:https?://|ftp://|mailto:|/|#)\\S"),
            Sign.at(
                    -4,
                    "(?<!\\w)",
                    "!",
                    "(?:[<>=]|\\{[^}]{0,99}\\}){0,2}[^\\s!(\\[]{1,200}\\.(?i:png|jpe?g|gif|svg|bmp|webp)(?:\\([^)]{0,99}\\))?!"),
            Sign.at(-4, "", "%{", "[^}]{1,99}\\}"),
            Sign.of(-3, "* ", "^(?:\\*\\*+|#+\\*+) \\S"),
            Sign.of(-3, "*# ", "^\\*+#+ \\S"),
            Sign.at(-1, "(?<!\\S)", "??", "\\S[^?]{0,99}\\?\\?"),
            Sign.at(-1, "(?<!\\S)", "-", "\\w(?:[^-]{0,60}\\w)?-(?![\\w+-])"),
            Sign.at(-1, "(?<!\\S)", "+", "\\w(?:[^+]{0,60}\\w)?\\+(?![\\w+-])"),
            // Labels are strong and begin with a capital, what is only stressed does not.
            Sign.at(-1, "(?<![\\w*])", "*", "\\p{Lu}[^*]{0,80}(?<!\\s)\\*(?![\\w*])"),
            Sign.of(-1, ":*", "^\\*[^*\\s][^*]{0,80}:\\*"),
            Sign.at(1, "(?<=\\s|\\()", "*", "[\\p{Ll}\\d](?:[^*]{0,80}[^*\\s])?\\*(?![\\w*])"),
            // Markdown
            Sign.of(5, "](", "!?\\[[^\\]]{0,200}\\]\\([^\\s)]"),
            Sign.of(5, "] ", "^\\s*(?:[-*+]|\\d{1,9}[.)]) \\[[ xX]\\] "),
            Sign.at(3, "(?<![\\w*/])", "**", "\\*?[^\\s*/]"),
            Sign.of(3, "]:", "^ {0,3}\\[[^\\]]{1,99}\\]:\\s+\\S"),
            Sign.at(2, "(?<![\\w~])", "~~", "[^\\s~]"),
            Sign.at(1, "", "<http", "s?://[^>\\s]{1,2000}>"),
            Sign.at(1, "", "<", "(?:br|details|summary|kbd)\\b"),
            Sign.at(1, "", "\\", "[*_`#\\[\\]>]"),
            Sign.of(1, ". ", "^\\s{0,9}\\d{1,3}\\. "),
            Sign.of(1, ") ", "^\\s{0,9}\\d{1,3}\\) "),
            Sign.of(1, " ", "^\\s{0,9}[-+] "));

    private final String[] lines;
    private final Map<Sign, Integer> counts = new HashMap<>();

    private MarkdownSigns(String text) {
        // By a pattern, to split them took half as long as to read them.
        lines = text.substring(0, Math.min(text.length(), MAX_INPUT)).lines().toArray(String[]::new);
    }

    /** Whether the text looks more like Markdown than like Textile; what looks like neither is not Markdown. */
    public static boolean outweigh(String text) {
        MarkdownSigns signs = new MarkdownSigns(text);
        signs.read();
        return signs.counts.entrySet().stream()
                        .mapToInt(sign -> sign.getKey().weight() * Math.min(sign.getValue(), MAX_COUNT))
                        .sum()
                > 0;
    }

    private void read() {
        String codeEnd = "";
        for (int i = 0; i < lines.length; i++) {
            Matcher fence = FENCE.pattern().matcher(lines[i]);
            if (!codeEnd.isEmpty()) {
                codeEnd = lines[i].contains(codeEnd) ? "" : codeEnd;
            } else if (fence.lookingAt()) {
                count(FENCE);
                codeEnd = fence.group(1);
            } else {
                codeEnd = found(PRE, lines[i]) && !lines[i].contains("</pre>") ? "</pre>" : "";
                line(i);
            }
        }
        if (counts.containsKey(SEPARATOR)) {
            counts.remove(ROWS);
        }
    }

    private void line(int i) {
        String line = lines[i];
        boolean blankBefore = i == 0 || lines[i - 1].isBlank();
        if (NUMBER.isIn(line)) {
            count(isBesideNumber(i) ? NUMBERS : NUMBER);
        } else if (found(SEPARATOR, line) || found(ROWS, line)) {
            cells(line);
        } else if (INDENTED.isIn(line)) {
            if (blankBefore && !ITEM.matcher(textBefore(i)).lookingAt()) {
                count(INDENTED);
            }
            cells(line.strip());
        } else if (blankBefore || !found(UNDERLINE, line)) {
            cells(line);
        }
    }

    private void cells(String line) {
        String rest = found(SPAN, line) ? SPAN.pattern().matcher(line).replaceAll("x") : line;
        String plain =
                found(TEXTILE_SPAN, rest) ? TEXTILE_SPAN.pattern().matcher(rest).replaceAll("x") : rest;
        IN_A_LINE.forEach(sign -> found(sign, plain));
    }

    /** Whether the line next to it begins with a number sign too, but not as a title is followed by a smaller one. */
    private boolean isBesideNumber(int i) {
        boolean before = i > 0 && lines[i - 1].startsWith("#");
        boolean after = i + 1 < lines.length && lines[i + 1].startsWith("#");
        return before || after && !lines[i].startsWith("##");
    }

    /** The last line above that is not blank, as far as one looks up. */
    private String textBefore(int i) {
        for (int above = i - 1; above >= 0 && above > i - 5; above--) {
            if (!lines[above].isBlank()) {
                return lines[above];
            }
        }
        return "";
    }

    private boolean found(Sign sign, String line) {
        boolean found = sign.isIn(line);
        if (found) {
            count(sign);
        }
        return found;
    }

    private void count(Sign sign) {
        counts.merge(sign, 1, Integer::sum);
    }
}
