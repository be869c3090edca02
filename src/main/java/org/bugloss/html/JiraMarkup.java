package org.bugloss.html;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes HTML of the wiki markup that Jira Data Center keeps texts in, as its own <a
 * href="https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all">help</a> describes it: headings,
 * lists, tables, quotes, panels, code, links and the marks within a line. What is not known stays as it was typed.
 *
 * <p>The HTML is to be sanitised like any other. Any text takes time in proportion to its length: marks are looked for
 * within a line only, up to {@value #MAX_DEPTH} within each other, and what a line has no more of is not looked for again.
 */
public final class JiraMarkup {

    private static final int MAX_DEPTH = 8;

    private static final int NONE = Integer.MIN_VALUE;

    private static final Pattern LITERAL = Pattern.compile("\\{(code|noformat)(?::[^}\\n]{0,200})?\\}");
    private static final Pattern BLOCK = Pattern.compile("\\{(quote|panel)(?::([^}\\n]{0,200}))?\\}");
    private static final Pattern TITLE = Pattern.compile("(?:.*\\|)?title=([^|]*).*");

    /** What follows the mark of a heading or quote; without a space it is not the rest of a name such as h2.db.example. */
    private static final String MARKED = "\\.(?!\\p{Ll}[\\w-]*[.=:(/]\\S)[\\s\\p{Z}]*+(\\S.*)";

    private static final Pattern HEADING = Pattern.compile("\\s*h([1-6])" + MARKED);
    private static final Pattern QUOTE = Pattern.compile("\\s*bq" + MARKED);
    private static final Pattern RULE = Pattern.compile("\\s*-{4,5}\\s*");
    private static final Pattern ITEM = Pattern.compile("\\s*([*#]{1,8}|-)\\s+(.*)");
    private static final Pattern IGNORED =
            Pattern.compile("\\{(?:color|anchor|section|column|toc)(?::[^}]{0,100})?\\}");

    /** No space is part of an address, and the editor of Jira leaves no-break spaces and zero-width ones behind. */
    private static final Pattern ADDRESS = Pattern.compile("https?://[^\\s\\p{Z}\\u200B|\\]\\[<>\"{}]+");

    private static final Pattern IMAGE = Pattern.compile("[^\\s!|][^!|]*\\.\\w{1,5}|https?://[^\\s!|]+");

    private static final Map<Character, String> MARKS =
            Map.of('*', "strong", '_', "em", '-', "del", '+', "ins", '^', "sup", '~', "sub");

    /** Jira's <a href="https://confluence.atlassian.com/doc/add-emojis-and-symbols-1123716362.html">symbols</a>, but faces. */
    private static final Map<String, String> SYMBOLS = Map.ofEntries(
            Map.entry("/", "✅"),
            Map.entry("x", "❌"),
            Map.entry("!", "⚠️"),
            Map.entry("?", "❓"),
            Map.entry("+", "➕"),
            Map.entry("-", "➖"),
            Map.entry("i", "ℹ️"),
            Map.entry("y", "👍"),
            Map.entry("n", "👎"),
            Map.entry("on", "💡"),
            Map.entry("off", "🔅"),
            Map.entry("*", "⭐"),
            Map.entry("*y", "⭐"),
            Map.entry("*r", "⭐"),
            Map.entry("*g", "⭐"),
            Map.entry("*b", "⭐"),
            Map.entry("flag", "🚩"),
            Map.entry("flagoff", "🏳️"));

    private static final Pattern SYMBOL = Pattern.compile("\\(([/x!?+in-]|y|on|off|\\*[rgby]?|flag(?:off)?)\\)");

    private static final String ESCAPABLE = "*_-+^~{}[]!|?#\\";

    private final StringBuilder html = new StringBuilder();
    private final Deque<Character> lists = new ArrayDeque<>();
    private boolean inParagraph;
    private boolean inTable;
    private boolean inQuote;
    private boolean inPanel;

    private JiraMarkup() {}

    /** A text in Jira's wiki markup as an HTML fragment. */
    public static String toHtml(String markup) {
        JiraMarkup writer = new JiraMarkup();
        writer.text(SafeHtml.cleaned(markup));
        return writer.html.toString();
    }

    /** Takes out what is not to be read as markup first, since that may stand anywhere, even within a line. */
    private void text(String text) {
        Matcher literal = LITERAL.matcher(text);
        Set<String> unclosed = new HashSet<>();
        int from = 0;
        while (literal.find(from)) {
            String end = "{" + literal.group(1) + "}";
            int close = unclosed.contains(end) ? -1 : text.indexOf(end, literal.end());
            if (close < 0) {
                unclosed.add(end);
                lines(text.substring(from, literal.end()));
                from = literal.end();
            } else {
                lines(text.substring(from, literal.start()));
                literal(text.substring(literal.end(), close));
                from = endOfBlank(text, close + end.length());
            }
        }
        lines(text.substring(from));
        closeBlocks();
        html.append(inQuote ? "</blockquote>" : "").append(inPanel ? "</blockquote>" : "");
    }

    /** Right below an item of a list it belongs to the item, so that the list goes on after it. */
    private void literal(String inside) {
        if (lists.isEmpty()) {
            closeBlocks();
        }
        html.append("<pre>");
        html.append(escaped(inside.replaceFirst("^\\s*\\n", "").stripTrailing()));
        html.append("</pre>");
    }

    /** Where the next line begins if nothing but space is left on this one, else where we are. */
    private static int endOfBlank(String text, int from) {
        int end = from;
        while (end < text.length() && (text.charAt(end) == ' ' || text.charAt(end) == '\t')) {
            end++;
        }
        return end < text.length() && text.charAt(end) == '\n' ? end + 1 : from;
    }

    private boolean endsWith(String tag) {
        int start = html.length() - tag.length();
        return start >= 0 && html.substring(start).equals(tag);
    }

    private void lines(String text) {
        BLOCK.matcher(text)
                .replaceAll(found -> "\n" + Matcher.quoteReplacement(found.group()) + "\n")
                .lines()
                .forEach(this::line);
    }

    private void line(String line) {
        Matcher block = BLOCK.matcher(line);
        Matcher heading = HEADING.matcher(line);
        Matcher quote = QUOTE.matcher(line);
        Matcher item = ITEM.matcher(line);
        if (block.matches()) {
            closeBlocks();
            toggle(block.group(1).equals("quote"), block.group(2));
        } else if (line.isBlank() || RULE.matcher(line).matches()) {
            closeBlocks();
            html.append(line.isBlank() ? "" : "<hr>");
        } else if (heading.matches()) {
            closeBlocks();
            String tag = "h" + heading.group(1) + ">";
            html.append("<").append(tag);
            new Line(heading.group(2)).write(0);
            html.append("</").append(tag);
        } else if (quote.matches()) {
            closeBlocks();
            html.append("<blockquote>");
            new Line(quote.group(1)).write(0);
            html.append("</blockquote>");
        } else if (item.matches()) {
            item(item.group(1), item.group(2));
        } else if (line.strip().startsWith("|")) {
            row(line.strip());
        } else if (inParagraph || !lists.isEmpty()) {
            html.append(endsWith("</pre>") ? "" : "<br>");
            new Line(line.strip()).write(0);
        } else {
            closeBlocks();
            html.append("<p>");
            inParagraph = true;
            new Line(line.strip()).write(0);
        }
    }

    private void toggle(boolean quote, String parameters) {
        boolean open = quote ? inQuote : inPanel;
        html.append(open ? "</blockquote>" : "<blockquote>");
        if (quote) {
            inQuote = !inQuote;
        } else {
            inPanel = !inPanel;
        }
        Matcher title = TITLE.matcher(parameters == null ? "" : parameters);
        if (!open && title.matches()) {
            html.append("<p><strong>").append(escaped(title.group(1))).append("</strong></p>");
        }
    }

    private void item(String marker, String text) {
        if (lists.isEmpty()) {
            closeBlocks();
        }
        while (lists.size() > marker.length() || !lists.isEmpty() && lists.peek() != marker.charAt(lists.size() - 1)) {
            closeList();
        }
        if (lists.size() == marker.length()) {
            html.append("</li><li>");
        }
        while (lists.size() < marker.length()) {
            lists.push(marker.charAt(lists.size()));
            html.append(lists.peek() == '#' ? "<ol><li>" : "<ul><li>");
        }
        new Line(text).write(0);
    }

    private void closeList() {
        html.append(lists.pop() == '#' ? "</li></ol>" : "</li></ul>");
    }

    /** {@code ||heading||heading||} or {@code |cell|cell|}; a link within a cell has a bar of its own. */
    private void row(String row) {
        if (!inTable) {
            closeBlocks();
            html.append("<table><tbody>");
            inTable = true;
        }
        html.append("<tr>");
        int at = 0;
        while (at < row.length() - 1) {
            boolean heading = row.startsWith("||", at);
            int start = at + (heading ? 2 : 1);
            if (start == row.length()) {
                break; // the last bars close the last cell
            }
            int end = start;
            boolean inLink = false;
            while (end < row.length() && (inLink || row.charAt(end) != '|')) {
                inLink = row.charAt(end) == '[' || inLink && row.charAt(end) != ']';
                end++;
            }
            html.append(heading ? "<th>" : "<td>");
            new Line(row.substring(start, end).strip()).write(0);
            html.append(heading ? "</th>" : "</td>");
            at = end;
        }
        html.append("</tr>");
    }

    private void closeBlocks() {
        while (!lists.isEmpty()) {
            closeList();
        }
        html.append(inParagraph ? "</p>" : "").append(inTable ? "</tbody></table>" : "");
        inParagraph = false;
        inTable = false;
    }

    /** Without the spaces around, those that nobody sees included. */
    private static String stripped(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isSpace(text.charAt(start))) {
            start++;
        }
        while (end > start && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u200B';
    }

    private static String escaped(String text) {
        return FragmentWriter.escaped(text).replace("\"", "&quot;");
    }

    /** What stands within one line. */
    private final class Line {

        private final String text;
        private final boolean inLink;
        private final Map<String, Integer> next = new HashMap<>();
        private int at;

        Line(String text) {
            this(text, false);
        }

        Line(String text, boolean inLink) {
            this.text = text;
            this.inLink = inLink;
        }

        void write(int depth) {
            while (at < text.length()) {
                char c = text.charAt(at);
                boolean taken = depth < MAX_DEPTH
                        && switch (c) {
                            case '*', '_', '-', '+', '^', '~' -> mark(c, depth);
                            case '{' -> brace(depth);
                            case '[' -> link(depth);
                            case '(' -> symbol();
                            case '!' -> image();
                            case '?' -> between("??", "??", "em", depth);
                            case '\\' -> backslash();
                            case 'h' -> !inLink && address();
                            default -> false;
                        };
                if (!taken) {
                    html.append(escaped(String.valueOf(c)));
                    at++;
                }
            }
        }

        /**
         * Where this is next, or -1. Asked from further and further on, it looks at no character twice: what was passed
         * over, such as a mark that can't close anything, will not do later either.
         */
        private int find(String what, int from) {
            int known = next.getOrDefault(what, from - 1);
            int found = known >= from || known == NONE ? known : text.indexOf(what, from);
            next.put(what, found < 0 ? NONE : found);
            return next.get(what);
        }

        private boolean isWord(int index) {
            return index >= 0 && index < text.length() && Character.isLetterOrDigit(text.charAt(index));
        }

        private boolean isSpace(int index) {
            return index < 0 || index >= text.length() || Character.isWhitespace(text.charAt(index));
        }

        /** {@code *strong*}: at the edge of a word, and something that is no space within. */
        private boolean mark(char c, int depth) {
            if (isWord(at - 1) || isSpace(at + 1) || text.charAt(at + 1) == c) {
                return false;
            }
            String mark = String.valueOf(c);
            int end = find(mark, at + 2);
            while (end > 0 && (isSpace(end - 1) || isWord(end + 1))) {
                end = find(mark, end + 1);
            }
            return end > 0 && inside(at + 1, end, end + 1, Objects.requireNonNull(MARKS.get(c)), depth);
        }

        private boolean between(String open, String close, String tag, int depth) {
            if (!text.startsWith(open, at)) {
                return false;
            }
            int start = at + open.length();
            int end = find(close, start);
            return end > start && inside(start, end, end + close.length(), tag, depth);
        }

        private boolean inside(int start, int end, int next, String tag, int depth) {
            html.append("<").append(tag).append(">");
            new Line(text.substring(start, end), inLink).write(depth + 1);
            html.append("</").append(tag).append(">");
            at = next;
            return true;
        }

        /** <code>{{monospaced}}</code>, <code>{*}</code> within a word, and macros that only serve to look nice. */
        private boolean brace(int depth) {
            if (text.startsWith("{{", at)) {
                return between("{{", "}}", "code", depth);
            }
            String tag = at + 2 < text.length() && text.charAt(at + 2) == '}' ? MARKS.get(text.charAt(at + 1)) : null;
            if (tag != null) {
                String mark = text.substring(at, at + 3);
                return between(mark, mark, tag, depth);
            }
            Matcher ignored = IGNORED.matcher(text).region(at, text.length());
            if (ignored.lookingAt()) {
                at = ignored.end();
                return true;
            }
            return false;
        }

        /** {@code [text|address]}, {@code [address]}, {@code [~user]}, {@code [^file]}; else it is just brackets. */
        private boolean link(int depth) {
            int end = find("]", at);
            int another = find("[", at + 1);
            if (end < 0 || end - at > 4000 || another > 0 && another < end) {
                return false;
            }
            String inside = text.substring(at + 1, end);
            String[] parts = inside.split("\\|", 3);
            String target = stripped(parts.length > 1 ? parts[1] : inside);
            boolean toUserOrFile = inside.startsWith("~") || inside.startsWith("^");
            boolean toWeb = target.startsWith("http://") || target.startsWith("https://");
            if (!(toWeb || toUserOrFile || parts.length > 1)) {
                return false;
            }
            html.append(toWeb ? "<a href=\"" + escaped(target) + "\">" : "");
            html.append(inside.startsWith("~") ? "@" : "");
            if (parts.length > 1) {
                new Line(parts[0], toWeb).write(depth + 1);
            } else {
                html.append(escaped(toUserOrFile ? inside.substring(1) : target));
            }
            html.append(toWeb ? "</a>" : "");
            at = end + 1;
            return true;
        }

        /** {@code (x)}, but no argument as in {@code f(x)} and no {@code (n)th}. */
        private boolean symbol() {
            Matcher symbol = SYMBOL.matcher(text).region(at, text.length());
            if (isWord(at - 1)
                    || !symbol.lookingAt()
                    || Character.isLetter(text.charAt(at + 1)) && isWord(symbol.end())) {
                return false;
            }
            html.append(SYMBOLS.get(symbol.group(1)));
            at = symbol.end();
            return true;
        }

        /** {@code !address|width=300!}; the name of a file that is attached stands in for it. */
        private boolean image() {
            int end = find("!", at + 1);
            String inside = end < 0 || end - at > 2000 ? "" : text.substring(at + 1, end);
            String source = inside.split("\\|", 2)[0];
            if (!IMAGE.matcher(source).matches()) {
                return false;
            }
            String escaped = escaped(source);
            html.append(source.startsWith("http") ? "<img src=\"" + escaped + "\" alt=\"\">" : escaped);
            at = end + 1;
            return true;
        }

        private boolean backslash() {
            if (text.startsWith("\\\\", at)) {
                html.append("<br>");
            } else if (at + 1 < text.length()
                    && (ESCAPABLE.indexOf(text.charAt(at + 1)) >= 0
                            || SYMBOL.matcher(text)
                                    .region(at + 1, text.length())
                                    .lookingAt())) {
                html.append(escaped(text.substring(at + 1, at + 2)));
            } else {
                return false;
            }
            at += 2;
            return true;
        }

        private boolean address() {
            Matcher address = ADDRESS.matcher(text).region(at, text.length());
            if (isWord(at - 1) || !address.lookingAt()) {
                return false;
            }
            String url = address.group().replaceFirst("[.,;:!?)*_]+$", "");
            html.append("<a href=\"").append(escaped(url)).append("\">");
            html.append(escaped(url)).append("</a>");
            at += url.length();
            return true;
        }
    }
}
