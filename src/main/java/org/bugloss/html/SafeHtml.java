package org.bugloss.html;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.strikethrough.StrikethroughExtension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.jspecify.annotations.Nullable;

/**
 * Makes HTML fragments that are safe to show, and plain text, of what strangers wrote.
 *
 * <p>A fragment that comes from here consists of the tags and attributes that {@link FragmentWriter} lists, with links
 * and images that lead to http and https only; all tags are closed. It is at most {@value FragmentWriter#MAX_LENGTH}
 * characters long and at most {@value FragmentWriter#MAX_DEPTH} tags deep; what is cut off is marked with {@code …}. Any
 * input is taken in bounded time. To sanitise a fragment again changes nothing.
 */
public final class SafeHtml {

    /** How long an excerpt is at most, in characters (code points). */
    public static final int EXCERPT = 280;

    /** More input than this, in UTF-16 units, is not looked at; it is several times what is kept. */
    private static final int MAX_INPUT = 500_000;

    /** How long a text on GitHub may be, the longest that trackers with Markdown are known to allow by default. */
    private static final int MAX_MARKDOWN = 65_536;

    /**
     * How often a fragment is read again until it stays as it is. The HTML parser moves what is out of place, such as
     * text in a table, so that it may take a second reading until what is written is what is read.
     */
    private static final int READINGS = 6;

    private static final List<Extension> GITHUB_FLAVOUR =
            List.of(StrikethroughExtension.create(), TablesExtension.create());

    private static final Parser MARKDOWN = Parser.builder()
            .extensions(GITHUB_FLAVOUR)
            .postProcessor(new GitHubText())
            .maxOpenBlockParsers(FragmentWriter.MAX_DEPTH)
            .maxInlineNesting(FragmentWriter.MAX_DEPTH)
            .build();

    /** GitHub shows a line break in an issue as a line break. */
    private static final HtmlRenderer RENDERER = HtmlRenderer.builder()
            .extensions(GITHUB_FLAVOUR)
            .softbreak("<br>\n")
            .build();

    private SafeHtml() {}

    /**
     * The fragment without anything that could do harm. Relative links and images are dropped; their text stays.
     *
     * @param html any text, read as a browser reads the inside of {@code body}
     * @param images whether images stay; else their alternative text takes their place
     */
    public static String sanitise(String html, boolean images) {
        return sanitise(html, images, null);
    }

    /**
     * As {@link #sanitise(String, boolean)}, but relative links and images are resolved.
     *
     * @param base an absolute http or https URI that relative addresses in the fragment are relative to
     */
    public static String sanitise(String html, boolean images, @Nullable URI base) {
        String baseUrl = base == null ? null : base.toString();
        String before = FragmentWriter.write(beginning(html, MAX_INPUT), images, baseUrl);
        for (int reading = 1; reading < READINGS; reading++) {
            String after = FragmentWriter.write(before, images, baseUrl);
            if (after.equals(before)) {
                return after;
            }
            before = after;
        }
        // Nobody is known to get here. Text has no structure that could move.
        return fromPlainText(textOf(before));
    }

    /**
     * The text as a fragment: line breaks stay, blank lines part paragraphs, and nothing in it is taken for markup. A
     * text of one paragraph is just escaped. But for white space and for what {@link #plainText(String)} removes, the
     * text of the fragment is the text.
     */
    public static String fromPlainText(String text) {
        List<String> paragraphs = Arrays.stream(
                        cleaned(beginning(text, MAX_INPUT)).split("\\n\\s*\\n"))
                .filter(paragraph -> !paragraph.isBlank())
                .toList();
        boolean many = paragraphs.size() > 1;
        StringBuilder html = new StringBuilder();
        int room = FragmentWriter.MAX_LENGTH - "</p><p>…</p>".length();
        for (String paragraph : paragraphs) {
            html.append(many ? "<p>" : "");
            String escaped = FragmentWriter.escaped(paragraph.strip()).replace("\n", "<br>");
            boolean fits = html.length() + escaped.length() <= room;
            html.append(fits ? escaped : FragmentWriter.cut(escaped, Math.max(0, room - html.length())) + "…");
            html.append(many ? "</p>" : "");
            if (!fits) {
                break;
            }
        }
        return html.toString();
    }

    /**
     * GitHub-flavoured Markdown as a fragment: CommonMark with tables, strikethrough, tasks and bare links; line breaks stay.
     * Images stay: whoever shows the fragment decides on them with {@link #sanitise(String, boolean)}. HTML in the
     * Markdown is sanitised like any other.
     */
    public static String fromMarkdown(String markdown) {
        return fromMarkdown(markdown, null);
    }

    /**
     * As {@link #fromMarkdown(String)}, but relative links and images are resolved.
     *
     * @param base an absolute http or https URI that relative addresses are relative to
     */
    public static String fromMarkdown(String markdown, @Nullable URI base) {
        return sanitise(RENDERER.render(MARKDOWN.parse(beginning(markdown, MAX_MARKDOWN))), true, base);
    }

    /**
     * The beginning of a fragment's text, at most {@value #EXCERPT} characters (code points) with the {@code …} that
     * tells that there is more. It ends with a word where there are words.
     */
    public static String excerpt(String html) {
        return excerptOf(textOf(beginning(html, MAX_INPUT)), EXCERPT);
    }

    /**
     * The text on one line, neither escaped nor stripped: {@code <b>} stays {@code <b>}.
     *
     * <p>White space is folded. Removed is what cannot be seen and can mislead: control characters, the embeddings,
     * overrides and isolates that turn the direction of the text around them (U+202A–202E, U+2066–2069, as in
     * <a href="https://trojansource.codes/">Trojan Source</a>), byte order marks, and surrogates that have lost their
     * other half. Marks that single words need in right-to-left scripts, and joiners in emoji, stay; but a text in which
     * there is nothing to be seen is no text.
     */
    public static String plainText(String text) {
        StringBuilder plain = new StringBuilder(Math.min(text.length(), 256));
        boolean space = false;
        boolean seen = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (isSpace(c)) {
                space = true;
            } else if (isShown(c)) {
                if (space && !plain.isEmpty()) {
                    plain.append(' ');
                }
                space = false;
                plain.appendCodePoint(c);
                seen = seen || isSeen(c);
            }
        }
        return seen ? plain.toString() : "";
    }

    /**
     * The beginning of a text on one line.
     *
     * @param codePoints how long it is at most, {@code …} included, from 1 up
     */
    static String excerptOf(String text, int codePoints) {
        if (text.length() <= codePoints || text.codePointCount(0, text.length()) <= codePoints) {
            return text;
        }
        int end = text.offsetByCodePoints(0, codePoints - 1);
        int word = text.lastIndexOf(' ', end);
        // A word that takes up half of the room is an address or a script without spaces: it is cut.
        int cut = word > end / 2 ? word : end;
        return text.substring(0, cut).stripTrailing() + "…";
    }

    /** The text without what {@link #plainText(String)} removes; of white space, line breaks and tabs stay. */
    static String cleaned(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c == '\r') {
                // Alone it is a line break; before \n it is half of one.
                if (i >= text.length() || text.charAt(i) != '\n') {
                    clean.append('\n');
                }
            } else if (c == '\n' || c == '\t' || isShown(c)) {
                clean.appendCodePoint(c);
            }
        }
        return clean.toString();
    }

    private static String textOf(String html) {
        return plainText(FragmentWriter.parsed(html).text());
    }

    private static String beginning(String text, int length) {
        return text.length() <= length ? text : FragmentWriter.cut(text, length) + "…";
    }

    /** What Unicode calls white space, the no-break spaces included. */
    private static boolean isSpace(int c) {
        return c >= '\t' && c <= '\r' || c == 0x85 || Character.isSpaceChar(c);
    }

    private static boolean isShown(int c) {
        return !Character.isISOControl(c)
                && !(c >= 0x202A && c <= 0x202E)
                && !(c >= 0x2066 && c <= 0x2069)
                && c != 0xFEFF
                && Character.getType(c) != Character.SURROGATE;
    }

    /**
     * Whether a character leaves a mark: not one of those that Unicode calls format characters or
     * <a href="https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point">default ignorable</a>, nor the blank of
     * Braille.
     */
    private static boolean isSeen(int c) {
        return Character.getType(c) != Character.FORMAT
                && c != 0x034F // combining grapheme joiner
                && c != 0x115F
                && c != 0x1160 // fillers of Hangul
                && c != 0x3164
                && c != 0xFFA0
                && c != 0x17B4
                && c != 0x17B5 // inherent vowels of Khmer
                && !(c >= 0x180B && c <= 0x180F) // selectors of Mongolian
                && c != 0x2065
                && c != 0x2800
                && !(c >= 0xFE00 && c <= 0xFE0F) // variation selectors
                && !(c >= 0xFFF0 && c <= 0xFFF8)
                && !(c >= 0xE0000 && c <= 0xE0FFF); // tags and more variation selectors
    }
}
