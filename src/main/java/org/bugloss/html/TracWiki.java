package org.bugloss.html;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
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

    private static final Pattern ITEM =
            Pattern.compile("( {0,200})([-*•]|\\d{1,9}\\.|(?<= )(?:[a-zA-Z]|[ivxIVX]{2,5})\\.) +(.*)");
    private static final Pattern HEADING = Pattern.compile(" *(={1,6}) +(.*)");
    private static final Pattern CODE = Pattern.compile("\\{\\{\\{ *(#!.*)?");

    /** What is run on a block. {@code #!/bin/sh} is none. */
    private static final Pattern PROCESSOR = Pattern.compile(" *#!([\\w+-][\\w+./-]*).*");

    /** Those whose inside is markup as it is outside. */
    private static final Set<String> WIKI =
            Set.of("div", "span", "rtl", "table", "tr", "td", "th", "committicketreference", "text/x-trac-wiki");

    private static final Pattern QUOTE = Pattern.compile("(>{1,8}) ?(.*)");

    private final String base;
    private final String ticket;
    private final int depth;
    private final StringBuilder html = new StringBuilder();

    /** Lines that are read as one, since marks in one may end in the next. */
    private final StringBuilder lines = new StringBuilder();

    private final Deque<String> closing = new ArrayDeque<>();
    private final Deque<Integer> indents = new ArrayDeque<>();
    private String block = "";

    private TracWiki(String base, String ticket, int depth) {
        this.base = base;
        this.ticket = ticket;
        this.depth = depth;
    }

    /**
     * The text as an HTML fragment, which is not yet safe.
     *
     * @param base the URL of the environment, which links to its tickets and pages begin with
     * @param ticket the number of the ticket that the text stands in, which has the files and comments that it names
     */
    public static String toHtml(String wiki, String base, String ticket) {
        TracWiki fragment = new TracWiki(base.replaceFirst("/+$", ""), ticket, 0);
        String text = wiki.length() <= MAX_INPUT ? wiki : FragmentWriter.cut(wiki, MAX_INPUT) + "…";
        fragment.blocks(SafeHtml.cleaned(text).replace("\t", "    ").split("\n", -1));
        return fragment.html.toString();
    }

    private void blocks(String[] all) {
        for (int i = 0; i < all.length; i++) {
            String line = all[i].stripTrailing();
            String inner = line.strip();
            if (CODE.matcher(inner).matches() && !inner.contains("}}}")) {
                i = code(all, i);
            } else if (inner.isEmpty()) {
                end();
            } else if (inner.length() >= 4 && inner.chars().allMatch(c -> c == '-')) {
                end();
                write("<hr>");
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
            write("<" + tag);
            lines.append(withoutEnd(heading.group(2)));
            write("</" + tag);
        } else if (item.matches()) {
            item(item.group(1).length(), item.group(2), item.group(3));
        } else if (indent > 0 && defined > 0) {
            begin("dl", "<dl>", "</dl>");
            write("<dt>");
            lines.append(inner.substring(0, defined).strip());
            write("</dt>");
            if (defined + 2 < inner.length()) {
                definition(inner.substring(defined + 2).strip());
            }
        } else if (quote.matches()) {
            int marks = quote.group(1).length();
            text("quote" + marks, "<blockquote>".repeat(marks), "</blockquote>".repeat(marks), quote.group(2));
        } else if (block.equals("dl") && indent > 0) {
            definition(inner);
        } else if (continuesItem(indent)) {
            lines.append('\n').append(inner);
        } else if (indent > 0) {
            text("indented", "<blockquote>", "</blockquote>", inner);
        } else {
            text("p", "<p>", "</p>", inner);
        }
    }

    private void definition(String text) {
        write("<dd>");
        lines.append(text);
        write("</dd>");
    }

    /** A line that is indented goes on with the item of the innermost list that it is not left of. */
    private boolean continuesItem(int indent) {
        if (indents.isEmpty() || indent == 0 || indent < indents.getFirst()) {
            return false;
        }
        while (indents.getLast() > indent) {
            endList();
        }
        return true;
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
        lines.append(first ? "" : "\n").append(line);
    }

    private void item(int indent, String mark, String text) {
        if (!block.equals("list")) {
            end();
            block = "list";
        }
        String tag = "-*•".contains(mark) ? "ul" : "ol";
        String end = "</li></" + tag + ">";
        boolean same = !indents.isEmpty() && indents.getLast() >= indent;
        while (indents.size() > 1 && indents.getLast() > indent) {
            endList();
        }
        if (same && (!closing.getLast().equals(end) || indents.getLast() > indent)) {
            endList();
            same = false;
        }
        if (same || indents.size() == MAX_DEPTH) {
            write("</li><li>");
            indents.removeLast();
        } else {
            write("<" + tag + start(mark) + "><li>");
            closing.addLast(end);
        }
        indents.addLast(indent);
        lines.append(text);
    }

    /** The number that a list begins with, as a mark such as {@code 3.} or {@code c.} says; an {@code i.} is Roman. */
    private static String start(String mark) {
        char c = Character.toLowerCase(mark.charAt(0));
        if (c >= '0' && c <= '9') {
            int number = Integer.parseInt(mark.substring(0, mark.length() - 1));
            return number == 1 ? "" : " start=\"" + number + "\"";
        }
        return mark.length() == 2 && c > 'a' && c <= 'z' && c != 'i' ? " start=\"" + (c - 'a' + 1) + "\"" : "";
    }

    private void endList() {
        indents.removeLast();
        write(closing.removeLast());
    }

    private void row(String line) {
        begin("table", "<table>", "</table>");
        write("<tr>");
        String cells =
                line.endsWith("||") && line.length() > 3 ? line.substring(2, line.length() - 2) : line.substring(2);
        for (String cell : cells.split("\\|\\|", -1)) {
            String inner = cell.strip();
            boolean head = inner.length() > 1 && inner.startsWith("=") && inner.endsWith("=");
            String tag = head ? "th>" : "td>";
            write("<" + tag);
            lines.append(head ? inner.substring(1, inner.length() - 1).strip() : inner);
            write("</" + tag);
        }
        write("</tr>");
    }

    /** A block from <code>{{{</code> on; a list item that it is indented under goes on after it. */
    private int code(String[] all, int start) {
        boolean inItem = !indents.isEmpty() && all[start].startsWith(" ");
        if (!inItem) {
            end();
        }
        List<String> code = new ArrayList<>();
        String first = all[start].strip().substring(3).strip();
        if (!first.isEmpty()) {
            code.add(first);
        }
        int open = 1;
        int i = start + 1;
        for (; i < all.length; i++) {
            String inner = all[i].strip();
            open += inner.equals("}}}") ? -1 : CODE.matcher(inner).matches() && !inner.contains("}}}") ? 1 : 0;
            if (open == 0) {
                break;
            }
            code.add(all[i]);
        }
        Matcher processor = PROCESSOR.matcher(code.isEmpty() ? "" : code.get(0));
        String name = processor.matches() ? processor.group(1).toLowerCase(Locale.ROOT) : "";
        if (!name.isEmpty()) {
            code.remove(0);
        }
        block(name, withoutIndent(code, all[start].indexOf('{')));
        return i;
    }

    private void block(String name, List<String> inside) {
        if (WIKI.contains(name) && depth < MAX_DEPTH) {
            TracWiki inner = new TracWiki(base, ticket, depth + 1);
            inner.blocks(inside.toArray(String[]::new));
            write(inner.html.toString());
        } else if (name.equals("html")) {
            write(String.join("\n", inside));
        } else if (!name.equals("comment") && !name.equals("htmlcomment")) {
            write("<pre>" + FragmentWriter.escaped(String.join("\n", inside)) + "</pre>");
        }
    }

    /** The code without what its braces are indented by, where all of it is. */
    private static List<String> withoutIndent(List<String> code, int indent) {
        String prefix = " ".repeat(indent);
        return code.stream().allMatch(line -> line.isEmpty() || line.startsWith(prefix))
                ? code.stream()
                        .map(line -> line.isEmpty() ? line : line.substring(indent))
                        .toList()
                : code;
    }

    private boolean begin(String kind, String opening, String end) {
        if (block.equals(kind)) {
            return false;
        }
        end();
        block = kind;
        write(opening);
        closing.addLast(end);
        return true;
    }

    private void end() {
        while (!closing.isEmpty()) {
            write(closing.removeLast());
        }
        indents.clear();
        block = "";
    }

    /** Writes the lines so far, then this. */
    private void write(String tags) {
        html.append(new TracWikiLine(lines.toString(), base, ticket).toHtml()).append(tags);
        lines.setLength(0);
    }
}
