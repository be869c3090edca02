package org.bugloss.html;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is in a line of Trac's wiki markup. It is read once, from left to right; where each mark comes next is looked for
 * once, so that a line full of marks that nothing ends takes no longer than any other. Not safe for use by several threads.
 */
final class TracWikiLine {

    /** Longer marks before those that they begin with. Each is there twice, or it is text. */
    private static final Map<String, String> STYLES =
            Map.of("'''", "b", "**", "b", "''", "i", "//", "i", "__", "u", "~~", "del", ",,", "sub", "^", "sup");

    private static final String[] MARKS = {"'''''", "'''", "''", "**", "//", "__", "~~", ",,", "^"};

    private static final int MAX_LINK = 4000;

    private static final String ESCAPED = "'`[{#~^_*,/";

    private static final Map<String, String> PLACES = Map.of(
            "ticket", "/ticket/",
            "wiki", "/wiki/",
            "milestone", "/milestone/",
            "report", "/report/",
            "changeset", "/changeset/",
            "source", "/browser/",
            "browser", "/browser/",
            "attachment", "/attachment/");

    private static final Pattern URL = Pattern.compile("(?:https?|ftp)://[^\\s<>\"'|`{}\\[\\]^]{1,2000}");
    private static final Pattern TICKET = Pattern.compile("(?:#|ticket:)([1-9]\\d{0,17})\\b");
    private static final Pattern WIKI_NAME =
            Pattern.compile("[A-Z][a-z]{1,50}[A-Z][a-z]\\w{0,100}|ticket:\\d+|https?://\\S+");
    private static final Pattern IMAGE = Pattern.compile("Image\\(([^,()]{1,2000}).*\\)");
    private static final Pattern PLACE = Pattern.compile("([a-z]{4,10}):(\"[^\"]+\"|\\S+)");
    private static final Pattern TARGET = Pattern.compile("([a-z]{4,10}:\"[^\"]+\"|\\S+)(?: +(.*))?");

    private final String line;
    private final String base;
    private final StringBuilder html = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();
    private final Map<String, Integer> next = new HashMap<>();

    TracWikiLine(String line, String base) {
        this.line = line;
        this.base = base;
    }

    String toHtml() {
        for (int i = 0; i < line.length(); ) {
            int end = markup(i);
            if (end < 0) {
                end = line.offsetByCodePoints(i, 1);
                html.append(FragmentWriter.escaped(line.substring(i, end)));
            }
            i = end;
        }
        while (!open.isEmpty()) {
            html.append("</").append(open.removeLast()).append('>');
        }
        return html.toString();
    }

    /** Writes the markup that begins here; the index after it, or -1 where there is none. */
    private int markup(int i) {
        return switch (line.charAt(i)) {
            case '!' -> escaped(i);
            case '{' -> line.startsWith("{{{", i) ? code(i, "{{{", "}}}") : -1;
            case '`' -> code(i, "`", "`");
            case '[' -> line.startsWith("[[", i) ? doubleBracket(i) : bracket(i);
            case '\'', '*', '/', '_', '~', ',', '^' -> style(i);
            case 'h', 'f', '#', 't' -> isInWord(i) ? -1 : bareLink(i);
            default -> -1;
        };
    }

    private int escaped(int i) {
        if (i + 1 == line.length() || isInWord(i)) {
            return -1;
        }
        char marked = line.charAt(i + 1);
        int end = i + 1;
        if (ESCAPED.indexOf(marked) >= 0) {
            while (end < line.length() && line.charAt(end) == marked) {
                end++;
            }
        } else {
            Matcher name = WIKI_NAME.matcher(line).region(i + 1, line.length());
            if (!name.lookingAt()) {
                return -1;
            }
            end = name.end();
        }
        html.append(FragmentWriter.escaped(line.substring(i + 1, end)));
        return end;
    }

    private int code(int i, String mark, String end) {
        int start = i + mark.length();
        int at = next(end, start);
        if (at <= start) {
            return -1;
        }
        // Of many closing braces in a row the last three close.
        while (end.length() == 3 && line.startsWith("}", at + 3)) {
            at++;
        }
        html.append("<code>")
                .append(FragmentWriter.escaped(line.substring(start, at)))
                .append("</code>");
        return at + end.length();
    }

    private int style(int i) {
        for (String mark : MARKS) {
            if (line.startsWith(mark, i)) {
                int after = i + mark.length();
                if (mark.equals("'''''")) {
                    boolean italicFirst = open.contains("i")
                            && (!open.contains("b") || open.getLast().equals("i"));
                    if (!open.contains("b") && !open.contains("i") && next("''", after) < 0) {
                        return -1;
                    }
                    toggle(italicFirst ? "i" : "b");
                    toggle(italicFirst ? "b" : "i");
                    return after;
                }
                String tag = Objects.requireNonNull(STYLES.get(mark), mark);
                if (!open.contains(tag) && (next(mark, after) <= after || mark.equals("//") && isAfter(i, ':'))) {
                    return -1;
                }
                toggle(tag);
                return after;
            }
        }
        return -1;
    }

    /** Tags inside the one that ends are ended before it and begun again. There is one of each at most. */
    private void toggle(String tag) {
        if (!open.contains(tag)) {
            open.addLast(tag);
            html.append('<').append(tag).append('>');
            return;
        }
        Deque<String> inside = new ArrayDeque<>();
        while (!open.getLast().equals(tag)) {
            inside.addFirst(open.removeLast());
            html.append("</").append(inside.getFirst()).append('>');
        }
        html.append("</").append(open.removeLast()).append('>');
        for (String again : inside) {
            open.addLast(again);
            html.append('<').append(again).append('>');
        }
    }

    private int bareLink(int i) {
        Matcher ticket = TICKET.matcher(line).region(i, line.length());
        if (ticket.lookingAt()) {
            link(base + "/ticket/" + ticket.group(1), ticket.group());
            return ticket.end();
        }
        Matcher url = URL.matcher(line).region(i, line.length());
        if (!url.lookingAt()) {
            return -1;
        }
        int end = url.end();
        boolean parenthesis = url.group().indexOf('(') >= 0;
        while (".,;:!?".indexOf(line.charAt(end - 1)) >= 0 || line.charAt(end - 1) == ')' && !parenthesis) {
            end--;
        }
        link(line.substring(i, end), line.substring(i, end));
        return end;
    }

    private int doubleBracket(int i) {
        int end = next("]]", i + 2);
        if (end < 0 || end > i + MAX_LINK) {
            return -1;
        }
        String inner = line.substring(i + 2, end).strip();
        Matcher image = IMAGE.matcher(inner);
        int bar = inner.indexOf('|');
        if (inner.equalsIgnoreCase("BR")) {
            html.append("<br>");
        } else if (image.matches()) {
            String source = image.group(1).strip();
            String name = FragmentWriter.escaped(source);
            html.append(
                    URL.matcher(source).matches()
                            ? "<img src=\"" + name + "\" alt=\"" + name + "\">"
                            : "<em>" + name + "</em>");
        } else if (!target(bar < 0 ? inner : inner.substring(0, bar), bar < 0 ? inner : inner.substring(bar + 1))) {
            html.append(FragmentWriter.escaped(line.substring(i, end + 2)));
        }
        return end + 2;
    }

    private int bracket(int i) {
        int end = next("]", i + 1);
        if (end < 0 || end > i + MAX_LINK) {
            return -1;
        }
        Matcher inner = TARGET.matcher(line.substring(i + 1, end));
        if (!inner.matches()) {
            return -1;
        }
        String label = inner.group(2) == null ? inner.group(1).replaceFirst("^wiki:", "") : inner.group(2);
        return target(inner.group(1), label) ? end + 1 : -1;
    }

    /** Writes a link to a URL or a place in Trac; {@code false} where it is none that is known. */
    private boolean target(String target, String label) {
        String shown = label.strip().replaceFirst("^\"(.*)\"$", "$1");
        Matcher place = PLACE.matcher(target);
        if (URL.matcher(target).matches()) {
            link(target, shown);
            return true;
        }
        if (place.matches() && PLACES.containsKey(place.group(1))) {
            String name = place.group(2).replace("\"", "");
            link(base + PLACES.get(place.group(1)) + name.replaceFirst("^/+", ""), shown);
            return true;
        }
        if (TICKET.matcher(target).matches()) {
            link(base + "/ticket/" + target.substring(1), shown);
            return true;
        }
        return false;
    }

    private void link(String href, String shown) {
        html.append("<a href=\"")
                .append(FragmentWriter.escaped(href))
                .append("\">")
                .append(FragmentWriter.escaped(shown))
                .append("</a>");
    }

    /** Where a mark comes next, -1 for nowhere. Asked for ever later places, so each part of the line is read once. */
    private int next(String mark, int from) {
        int known = next.getOrDefault(mark, 0);
        if (known < 0 || known >= from && known > 0) {
            return known;
        }
        int at = line.indexOf(mark, from);
        next.put(mark, at);
        return at;
    }

    private boolean isInWord(int i) {
        return i > 0 && (Character.isLetterOrDigit(line.charAt(i - 1)) || "_&/".indexOf(line.charAt(i - 1)) >= 0);
    }

    private boolean isAfter(int i, char c) {
        return i > 0 && line.charAt(i - 1) == c;
    }
}
