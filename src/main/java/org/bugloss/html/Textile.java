package org.bugloss.html;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Renders Textile, as Redmine understands it, as HTML.
 *
 * <p>Known are headings, paragraphs, quotes ({@code bq.} and {@code >}), lists, tables, {@code <pre>}, rules, links, bare
 * addresses, images, and {@code *strong*}, {@code _emphasised_}, {@code -deleted-}, {@code +inserted+}, {@code @code@} and
 * their like. Everything else is text, HTML included. The result is yet to be sanitised. Its making takes time in
 * proportion to the input: no mark is looked for farther than {@value #REACH} characters ahead, and nesting is bounded.
 */
public final class Textile {

    /** More input than this, in UTF-16 units, is not looked at. */
    private static final int MAX_INPUT = 65_536;

    /** How far the end of a phrase may be from its beginning. */
    private static final int REACH = 1_000;

    private static final int MAX_DEPTH = 8;

    private static final Pattern BLOCK = Pattern.compile(
            "(h[1-6]|bq|bc|pre|p)(?:[<>=]|\\([^)\\s]{0,99}\\)|\\{[^}]{0,199}\\}){0,9}+\\.{1,2}(?:\\s+(.*))?");
    private static final Pattern PRE = Pattern.compile("<pre(?:\\s[^>]{0,99})?>");
    private static final Pattern CODE = Pattern.compile("^\\s*<code[^>]{0,99}>");
    private static final Pattern MARKS_OF_QUOTE = Pattern.compile("^[>\\s]+");
    private static final Pattern ITEM = Pattern.compile("\\s{0,9}([*#]{1,9})\\s+(.*)");

    /** As <a href="https://textile-lang.com/doc/numbered-ordered-lists">Textile</a> has it; alone it is an issue of Redmine. */
    private static final Pattern FIRST_ITEM = Pattern.compile("#(\\d{1,9})\\s+(.*)");

    private static final Pattern CELL = Pattern.compile("(_)?(?:\\\\(\\d)|/(\\d)|[<>=^~]){0,9}+\\.\\s(.*)");
    private static final Pattern LINK_TAG = Pattern.compile("</?a\\b[^>]*>");
    private static final Pattern RULE = Pattern.compile("\\s*(?:-{3,}|\\*{3,}|_{3,})\\s*");
    private static final Pattern ADDRESS = Pattern.compile("https?://[^\\s\\p{Z}\\u200B<>\"|]{1,2000}");
    private static final Pattern STYLE = Pattern.compile("\\{[^}]{0,199}\\}");
    private static final Pattern IMAGE = Pattern.compile("[<>=]?(https?://[^\\s!(]{1,2000})(?:\\(([^)]{0,200})\\))?");

    /** Marks of phrases and what becomes of them, the longer ones first. */
    private static final List<Phrase> PHRASES = List.of(
            new Phrase("**", "b"),
            new Phrase("__", "i"),
            new Phrase("??", "i"),
            new Phrase("*", "strong"),
            new Phrase("_", "em"),
            new Phrase("-", "del"),
            new Phrase("+", "ins"),
            new Phrase("^", "sup"),
            new Phrase("~", "sub"),
            new Phrase("%", ""));

    private static final String TABLE_END = "</table>\n";
    private static final String MARKED_QUOTE_END = "</p>\n</blockquote>\n";

    private record Phrase(String mark, String tag) {}

    /** A part of a line that is more than text: where it ends and what becomes of it. */
    private record Span(int end, String html) {}

    private final StringBuilder html = new StringBuilder();

    /** The end tags of what is open, the innermost first. */
    private final Deque<String> open = new ArrayDeque<>();

    /** What the lists that are open consist of: {@code *} or {@code #}. */
    private String lists = "";

    private Textile() {}

    /** The text as an HTML fragment, which is yet to be sanitised. */
    public static String toHtml(String textile) {
        String text = textile.length() <= MAX_INPUT ? textile : FragmentWriter.cut(textile, MAX_INPUT) + "…";
        Textile rendering = new Textile();
        rendering.blocks(text.replace("\r\n", "\n").replace('\r', '\n'));
        return rendering.html.toString();
    }

    private void blocks(String text) {
        int from = 0;
        while (from < text.length()) {
            int end = text.indexOf('\n', from);
            String line = text.substring(from, end < 0 ? text.length() : end);
            Matcher pre = PRE.matcher(line);
            Matcher first = FIRST_ITEM.matcher(line);
            if (pre.find()) {
                if (pre.start() > 0) {
                    line(line.substring(0, pre.start()));
                }
                from = preformatted(text, from + pre.end());
            } else {
                if (lists.isEmpty() && first.matches() && text.startsWith("# ", from + line.length() + 1)) {
                    item("#", " start=\"" + first.group(1) + "\"", first.group(2));
                } else {
                    line(line);
                }
                from += line.length() + 1;
            }
        }
        closeAll();
    }

    /** @return where the text goes on behind the end tag */
    private int preformatted(String text, int from) {
        int end = text.indexOf("</pre>", from);
        String code = CODE.matcher(text.substring(from, end < 0 ? text.length() : end))
                .replaceFirst("")
                .stripTrailing();
        code = code.endsWith("</code>")
                ? code.substring(0, code.length() - "</code>".length()).stripTrailing()
                : code;
        // Right below an item of a list it belongs to the item, so that the list goes on after it.
        if (lists.isEmpty()) {
            closeAll();
        }
        html.append("<pre>")
                .append(escaped(code.startsWith("\n") ? code.substring(1) : code))
                .append("</pre>\n");
        int next = end < 0 ? text.length() : end + "</pre>".length();
        return text.startsWith("\n", next) ? next + 1 : next;
    }

    private void line(String line) {
        if (line.isBlank()) {
            closeAll();
            return;
        }
        Matcher block = BLOCK.matcher(line);
        Matcher item = ITEM.matcher(line);
        if (block.matches() && block.group(2) != null) {
            block(block.group(1), block.group(2));
        } else if (RULE.matcher(line).matches()) {
            closeAll();
            html.append("<hr>\n");
        } else if (item.matches()) {
            item(item.group(1), "", item.group(2));
        } else if (line.startsWith("|")
                && line.strip().endsWith("|")
                && line.strip().length() > 1) {
            row(line.strip());
        } else if (line.startsWith(">")) {
            // Unlike that of bq., such a quote ends with the first line that has no mark.
            paragraphIn(
                    "<blockquote><p>",
                    MARKED_QUOTE_END,
                    MARKS_OF_QUOTE.matcher(line).replaceFirst(""));
        } else {
            paragraph(line.strip());
        }
    }

    private void block(String kind, String text) {
        closeAll();
        switch (kind) {
            case "p" -> paragraph(text);
            case "bq" -> paragraphIn("<blockquote><p>", "</p></blockquote>\n", text);
            case "bc", "pre" -> html.append("<pre>").append(escaped(text)).append("</pre>\n");
            default -> {
                html.append('<').append(kind).append('>');
                html.append(inline(text, 0));
                html.append("</").append(kind).append(">\n");
            }
        }
    }

    /** A line that goes on with what is open, or else is a paragraph. */
    private void paragraph(String text) {
        if (open.isEmpty() || open.peek().equals(TABLE_END) || open.peek().equals(MARKED_QUOTE_END)) {
            paragraphIn("<p>", "</p>\n", text);
        } else {
            html.append("<br>\n");
            html.append(inline(text, 0));
        }
    }

    private void paragraphIn(String start, String end, String text) {
        if (end.equals(open.peek())) {
            html.append("<br>\n");
        } else {
            closeAll();
            html.append(start);
            open.push(end);
        }
        html.append(inline(text, 0));
    }

    private void item(String marks, String attributes, String text) {
        if (lists.isEmpty()) {
            closeAll();
        }
        while (lists.length() > marks.length() || !lists.isEmpty() && last(lists) != marks.charAt(lists.length() - 1)) {
            html.append(open.pop());
            lists = lists.substring(0, lists.length() - 1);
        }
        if (lists.length() == marks.length()) {
            html.append("</li>\n<li>");
        }
        while (lists.length() < marks.length()) {
            char mark = marks.charAt(lists.length());
            html.append(mark == '*' ? "<ul" : "<ol").append(attributes).append(">\n<li>");
            open.push(mark == '*' ? "</li>\n</ul>\n" : "</li>\n</ol>\n");
            lists += mark;
        }
        html.append(inline(text, 0));
    }

    private static char last(String marks) {
        return marks.charAt(marks.length() - 1);
    }

    private void row(String line) {
        if (!TABLE_END.equals(open.peek())) {
            closeAll();
            html.append("<table>\n");
            open.push(TABLE_END);
        }
        html.append("<tr>");
        for (String cell : line.substring(1, line.length() - 1).split("\\|", -1)) {
            Matcher marked = CELL.matcher(cell);
            boolean special = marked.matches();
            String tag = special && marked.group(1) != null ? "th" : "td";
            html.append('<').append(tag);
            if (special && marked.group(2) != null) {
                html.append(" colspan=\"").append(marked.group(2)).append('"');
            }
            if (special && marked.group(3) != null) {
                html.append(" rowspan=\"").append(marked.group(3)).append('"');
            }
            html.append('>');
            html.append(inline((special ? marked.group(4) : cell).strip(), 0));
            html.append("</").append(tag).append('>');
        }
        html.append("</tr>\n");
    }

    private void closeAll() {
        while (!open.isEmpty()) {
            html.append(open.pop());
        }
        lists = "";
    }

    private static String inline(String text, int depth) {
        StringBuilder line = new StringBuilder(text.length() + 16);
        int plain = 0;
        int i = 0;
        while (i < text.length()) {
            Span span = startsWord(text, i) ? span(text, i, depth) : null;
            if (span == null) {
                i++;
            } else {
                line.append(escaped(text.substring(plain, i))).append(span.html());
                i = span.end();
                plain = i;
            }
        }
        return line.append(escaped(text.substring(plain))).toString();
    }

    /** What is marked here and is more than text; {@code null} where nothing is. */
    private static @Nullable Span span(String text, int start, int depth) {
        return switch (text.charAt(start)) {
            case 'h' -> address(text, start);
            case '"' -> link(text, start, depth);
            case '@' -> code(text, start, "@", "@");
            case '<' -> code(text, start, "<code>", "</code>");
            case '!' -> image(text, start);
            case '*', '_', '?', '-', '+', '^', '~', '%' -> phrase(text, start, depth);
            default -> null;
        };
    }

    private static @Nullable Span address(String text, int start) {
        String url = urlAt(text, start);
        return url == null ? null : new Span(start + url.length(), anchor(url, escaped(url)));
    }

    private static @Nullable Span link(String text, int start, int depth) {
        int end = find(text, "\":", start + 1);
        String url = end <= start + 1 ? null : urlAt(text, end + 2);
        if (url == null) {
            return null;
        }
        // There is no link within a link, as an address that is the text of one would be.
        String label =
                LINK_TAG.matcher(nested(text.substring(start + 1, end), depth)).replaceAll("");
        return new Span(end + 2 + url.length(), anchor(url, label));
    }

    private static @Nullable Span code(String text, int start, String mark, String endMark) {
        int from = start + mark.length();
        int end = text.startsWith(mark, start) ? find(text, endMark, from) : -1;
        if (end <= from || mark.equals("@") && !endsPhrase(text, end, 1)) {
            return null;
        }
        return new Span(end + endMark.length(), "<code>" + escaped(text.substring(from, end)) + "</code>");
    }

    private static @Nullable Span image(String text, int start) {
        int end = find(text, "!", start + 1);
        Matcher image = IMAGE.matcher(end < 0 ? "" : text.substring(start + 1, end));
        if (!image.matches()) {
            return null;
        }
        String name = image.group(2) == null ? "" : image.group(2);
        return new Span(end + 1, "<img src=\"" + quoted(image.group(1)) + "\" alt=\"" + quoted(name) + "\">");
    }

    private static @Nullable Span phrase(String text, int start, int depth) {
        for (Phrase phrase : PHRASES) {
            int length = phrase.mark().length();
            int from = start + length;
            boolean begins = text.startsWith(phrase.mark(), start)
                    && from < text.length()
                    && !Character.isWhitespace(text.charAt(from));
            Matcher style = STYLE.matcher(text).region(Math.min(from, text.length()), text.length());
            boolean styled = begins && style.lookingAt();
            int end = begins && (styled || !phrase.tag().isEmpty()) ? find(text, phrase.mark(), from + 1) : -1;
            while (end >= 0 && !endsPhrase(text, end, length)) {
                int next = find(text, phrase.mark(), end + 1);
                end = next < from + REACH ? next : -1;
            }
            if (end >= 0) {
                String inside = nested(text.substring(styled ? Math.min(style.end(), end) : from, end), depth);
                String tag = phrase.tag();
                return new Span(end + length, tag.isEmpty() ? inside : "<" + tag + ">" + inside + "</" + tag + ">");
            }
        }
        return null;
    }

    private static String nested(String text, int depth) {
        return depth < MAX_DEPTH ? inline(text, depth + 1) : escaped(text);
    }

    private static boolean startsWord(String text, int i) {
        return i == 0 || !Character.isLetterOrDigit(text.charAt(i - 1));
    }

    private static boolean endsPhrase(String text, int end, int length) {
        return !Character.isWhitespace(text.charAt(end - 1))
                && (end + length >= text.length() || !Character.isLetterOrDigit(text.charAt(end + length)));
    }

    /** Where a mark is next, within reach; -1 where it is not. */
    private static int find(String text, String mark, int from) {
        int limit = Math.min(text.length(), from + REACH);
        for (int i = from; i + mark.length() <= limit; i++) {
            if (text.startsWith(mark, i)) {
                return i;
            }
        }
        return -1;
    }

    /** The address here, without the punctuation of the sentence around it; {@code null} where there is none. */
    private static @Nullable String urlAt(String text, int start) {
        Matcher address = ADDRESS.matcher(text).region(start, text.length());
        if (!address.lookingAt()) {
            return null;
        }
        String url = address.group();
        int end = url.length();
        boolean brackets = url.indexOf('(') >= 0;
        while (".,;:!?'*_".indexOf(url.charAt(end - 1)) >= 0 || url.charAt(end - 1) == ')' && !brackets) {
            end--;
        }
        return url.substring(0, end);
    }

    private static String anchor(String url, String inside) {
        return "<a href=\"" + quoted(url) + "\">" + inside + "</a>";
    }

    private static String escaped(String text) {
        return FragmentWriter.escaped(text);
    }

    private static String quoted(String text) {
        return escaped(text).replace("\"", "&quot;");
    }
}
