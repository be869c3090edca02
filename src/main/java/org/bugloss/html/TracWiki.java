package org.bugloss.html;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Trac's wiki markup, as people write it in tickets (<a href="https://trac.edgewall.org/wiki/WikiFormatting">its
 * documentation</a>): headings, lists, definitions, quotes, tables, code blocks, rules; bold, italic, code and their kin,
 * links and images; {@code !} before markup takes it for text. What is none of these is text. Line breaks stay, as in
 * tickets. Macros are not run: their text stays.
 *
 * <p>The fragment need not be safe, since {@code #!html} blocks go into it: {@link SafeHtml#sanitise} comes after. The time
 * it takes grows with the length of the text only. Not safe for use by several threads: one is made for each text.
 */
public final class TracWiki {

    /** More is not looked at; Trac's own limit for a ticket's description is 262,144, of which no more is kept. */
    private static final int MAX_INPUT = 100_000;

    private static final int MAX_DEPTH = 8;

    private static final Pattern ITEM = Pattern.compile("( {0,200})([-*]|\\d{1,9}\\.|(?<= )[a-zA-Z]\\.) +(.*)");
    private static final Pattern HEADING = Pattern.compile(" *(={1,6}) +(.*)");
    private static final Pattern QUOTE = Pattern.compile("(>{1,8}) ?(.*)");

    private final String base;
    private final StringBuilder html = new StringBuilder();
    private final Deque<String> closing = new ArrayDeque<>();
    private final Deque<Integer> indents = new ArrayDeque<>();
    private String block = "";

    private TracWiki(String base) {
        this.base = base.replaceFirst("/+$", "");
    }

    /**
     * The text as an HTML fragment, which is not yet safe.
     *
     * @param base the URL of the environment, which links to its tickets and pages begin with
     */
    public static String toHtml(String wiki, String base) {
        TracWiki fragment = new TracWiki(base);
        String text = wiki.length() <= MAX_INPUT ? wiki : FragmentWriter.cut(wiki, MAX_INPUT) + "…";
        fragment.blocks(SafeHtml.cleaned(text).replace("\t", "    ").split("\n", -1));
        return fragment.html.toString();
    }

    private void blocks(String[] lines) {
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i].stripTrailing();
            String inner = line.strip();
            if (inner.equals("{{{") || inner.startsWith("{{{#!") && !inner.contains("}}}")) {
                i = code(lines, i);
            } else if (inner.isEmpty()) {
                end();
            } else if (inner.length() >= 4 && inner.chars().allMatch(c -> c == '-')) {
                end();
                html.append("<hr>");
            } else if (inner.startsWith("||")) {
                row(inner);
            } else {
                line(line, inner);
            }
        }
        end();
    }

    private void line(String line, String inner) {
        int indent = line.length() - inner.length();
        Matcher heading = HEADING.matcher(line);
        Matcher item = ITEM.matcher(line);
        int defined = inner.endsWith("::") ? inner.length() - 2 : inner.indexOf(":: ");
        Matcher quote = QUOTE.matcher(line);
        if (heading.matches()) {
            end();
            String tag = "h" + heading.group(1).length() + ">";
            html.append('<').append(tag);
            html.append(inline(withoutEnd(heading.group(2))));
            html.append("</").append(tag);
        } else if (item.matches()) {
            item(item.group(1).length(), "-*".contains(item.group(2)) ? "ul" : "ol", item.group(3));
        } else if (indent > 0 && defined > 0) {
            begin("dl", "<dl>", "</dl>");
            html.append("<dt>")
                    .append(inline(inner.substring(0, defined).strip()))
                    .append("</dt>");
            if (defined + 2 < inner.length()) {
                html.append("<dd>")
                        .append(inline(inner.substring(defined + 2).strip()))
                        .append("</dd>");
            }
        } else if (quote.matches()) {
            int depth = quote.group(1).length();
            text("quote" + depth, "<blockquote>".repeat(depth), "</blockquote>".repeat(depth), quote.group(2));
        } else if (block.equals("dl") && indent > 0) {
            html.append("<dd>").append(inline(inner)).append("</dd>");
        } else if (!indents.isEmpty() && indent > indents.getLast()) {
            html.append("<br>").append(inline(inner));
        } else if (indent > 0) {
            text("indented", "<blockquote>", "</blockquote>", inner);
        } else {
            text("p", "<p>", "</p>", inner);
        }
    }

    /** A heading's text, without the equals signs and the anchor that may end it. */
    private static String withoutEnd(String heading) {
        int space = heading.lastIndexOf(' ');
        String text = space > 0 && heading.startsWith("#", space + 1) ? heading.substring(0, space) : heading;
        int end = text.stripTrailing().length();
        while (end > 0 && text.charAt(end - 1) == '=') {
            end--;
        }
        return text.substring(0, end).stripTrailing();
    }

    /** A line of text: the first of a block or the next of it. */
    private void text(String kind, String opening, String end, String line) {
        boolean first = begin(kind, opening, end);
        html.append(first ? "" : "<br>").append(inline(line));
    }

    private void item(int indent, String tag, String text) {
        if (!block.equals("list")) {
            end();
            block = "list";
        }
        while (!indents.isEmpty() && indents.getLast() > indent) {
            endList();
        }
        String end = "</li></" + tag + ">";
        boolean same = !indents.isEmpty() && indents.getLast() == indent;
        if (same && !closing.getLast().equals(end)) {
            endList();
            same = false;
        }
        if (same || indents.size() == MAX_DEPTH) {
            html.append("</li><li>");
        } else {
            html.append('<').append(tag).append("><li>");
            closing.addLast(end);
            indents.addLast(indent);
        }
        html.append(inline(text));
    }

    private void endList() {
        indents.removeLast();
        html.append(closing.removeLast());
    }

    private void row(String line) {
        begin("table", "<table>", "</table>");
        html.append("<tr>");
        String cells =
                line.endsWith("||") && line.length() > 3 ? line.substring(2, line.length() - 2) : line.substring(2);
        for (String cell : cells.split("\\|\\|", -1)) {
            String inner = cell.strip();
            boolean head = inner.length() > 1 && inner.startsWith("=") && inner.endsWith("=");
            String tag = head ? "th>" : "td>";
            html.append('<').append(tag);
            html.append(inline(head ? inner.substring(1, inner.length() - 1).strip() : inner));
            html.append("</").append(tag);
        }
        html.append("</tr>");
    }

    /** A block from <code>{{{</code> on; a list item that it is indented under goes on after it. */
    private int code(String[] lines, int start) {
        boolean inItem = !indents.isEmpty() && lines[start].startsWith(" ");
        if (!inItem) {
            end();
        }
        List<String> code = new ArrayList<>();
        String processor = lines[start].strip().substring(3);
        int depth = 1;
        int i = start + 1;
        for (; i < lines.length; i++) {
            String inner = lines[i].strip();
            depth += inner.equals("}}}") ? -1 : inner.equals("{{{") || inner.startsWith("{{{#!") ? 1 : 0;
            if (depth == 0) {
                break;
            }
            code.add(lines[i]);
        }
        if (processor.isEmpty() && !code.isEmpty() && code.get(0).strip().startsWith("#!")) {
            processor = code.remove(0).strip();
        }
        String text = String.join("\n", code);
        String name = processor.replaceFirst("^#!", "").split(" ", 2)[0].toLowerCase(Locale.ROOT);
        if (name.equals("html")) {
            html.append(text);
        } else if (!name.equals("comment") && !name.equals("htmlcomment")) {
            html.append("<pre>").append(FragmentWriter.escaped(text)).append("</pre>");
        }
        return i;
    }

    private boolean begin(String kind, String opening, String end) {
        if (block.equals(kind)) {
            return false;
        }
        end();
        block = kind;
        html.append(opening);
        closing.addLast(end);
        return true;
    }

    private void end() {
        while (!closing.isEmpty()) {
            html.append(closing.removeLast());
        }
        indents.clear();
        block = "";
    }

    private String inline(String line) {
        return new TracWikiLine(line, base).toHtml();
    }
}
