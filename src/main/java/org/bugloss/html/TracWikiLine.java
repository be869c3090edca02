package org.bugloss.html;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is in the lines of a paragraph in Trac's wiki markup: marks go on over line breaks, all else ends with its line.
 * It is read once, from left to right; where each mark comes next is looked for
 * once, so that a line full of marks that nothing ends takes no longer than any other. Not safe for use by several threads.
 */
final class TracWikiLine {

    /** Longer marks before those that they begin with. Each is there twice, or it is text. */
    private static final Map<String, String> STYLES =
            Map.of("'''", "b", "**", "b", "''", "i", "//", "i", "__", "u", "~~", "del", ",,", "sub", "^", "sup");

    private static final String[] MARKS = {"'''''", "'''", "''", "**", "//", "__", "~~", ",,", "^"};

    private static final int MAX_LINK = 4000;

    private static final String ESCAPED = "'`[{#~^_*,/";

    /** Places whose address ends with what names them. */
    private static final Map<String, String> PLACES = Map.of(
            "wiki", "/wiki/",
            "milestone", "/milestone/",
            "report", "/report/",
            "changeset", "/changeset/",
            "log", "/log/");

    private static final String NAMES =
            "(?:ticket|bug|issue|wiki|milestone|report|changeset|source|browser|log|query|comment"
                    + "|(?:raw-)?attachment)";

    private static final String QUOTED = "\"[^\"]+\"|'[^']+'";

    private static final Pattern URL = Pattern.compile("(?:https?|ftp)://[^\\s\\p{Z}\\u200B<>\"'|`{}\\[\\]^]{1,2000}");
    private static final Pattern TICKET = Pattern.compile("(?:#|ticket:)([1-9]\\d{0,17})\\b");

    /** Without brackets a link ends with its word, and not with the dot behind it. */
    private static final Pattern BARE =
            Pattern.compile(NAMES + ":(?:" + QUOTED + "|(?=[\\w/?#@])[^|<>\\s\\[\\]\"'`]{0,150}[\\w/=])");

    private static final Pattern WIKI_NAME =
            Pattern.compile("[A-Z][a-z]{1,50}[A-Z][a-z]\\w{0,100}|" + NAMES + ":\\S{1,2000}|https?://\\S{1,2000}");

    /** <a href="https://trac.edgewall.org/wiki/WikiPageNames">Two words or more</a>, a version, a place in the page. */
    private static final Pattern PAGE =
            Pattern.compile("(?:\\p{Lu}\\p{Ll}{1,50}/?){2,30}(?:@\\d{1,9})?(?:#[\\w:.-]{1,200})?");

    private static final Pattern RELATIVE = Pattern.compile("/(?!/)[^\\s\\]]*|[#?][^\\s\\]]+");
    private static final Pattern BREAK = Pattern.compile("(?i)br(?:\\([^)]*\\))?");

    /** Not what a shell or an array has in double brackets, nor what is a macro. */
    private static final Pattern FREE_PAGE = Pattern.compile("(?!(?:TOC|PageOutline|TitleIndex|RecentChanges|MacroList"
            + "|TicketQuery|TracGuideToc|InterTrac|InterWiki|RepositoryIndex|KnownMimeTypes|TracIni|Timestamp)$)"
            + "\\p{L}[\\p{L}\\d _./@#'-]*");

    private static final Pattern SOURCE =
            Pattern.compile("([^@:?#]*)(?:[@:]([^:?#]+))?(?::([\\d,-]+))?(\\?[^#]*)?(#.*)?");
    private static final Pattern SEVERAL = Pattern.compile("\\d{1,18}(?:[-,]\\d{1,18}){1,99}");
    private static final Pattern CRITERION = Pattern.compile("(\\w+)([!~^$]*)=(.*)");
    private static final Pattern IMAGE = Pattern.compile("Image\\(([^,()]{1,2000}).*\\)");
    private static final Pattern PLACE = Pattern.compile("(" + NAMES + "):(" + QUOTED + "|.+)");
    private static final Pattern TARGET = Pattern.compile("((?:[a-z-]{3,14}:)?(?:" + QUOTED + ")|\\S+)(?: +(.*))?");

    private final String line;
    private final String base;
    private final String ticket;
    private final StringBuilder html = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();
    private final Map<String, Integer> next = new HashMap<>();

    TracWikiLine(String line, String base, String ticket) {
        this.line = line;
        this.base = base;
        this.ticket = ticket;
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
            case '#', 'a', 'b', 'c', 'f', 'h', 'i', 'l', 'm', 'q', 'r', 's', 't', 'w' -> isInWord(i) ? -1 : bareLink(i);
            case '\n' -> lineBreak(i);
            default -> -1;
        };
    }

    private int lineBreak(int i) {
        html.append("<br>");
        return i + 1;
    }

    private int escaped(int i) {
        if (i + 1 == line.length() || isInWord(i)) {
            return -1;
        }
        char marked = line.charAt(i + 1);
        int end = i + 1;
        int bracket = marked == '[' ? nextInLine("]", i + 1) : -1;
        if (bracket > 0 && bracket < i + MAX_LINK) {
            end = bracket + 1;
        } else if (ESCAPED.indexOf(marked) >= 0) {
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
        int at = nextInLine(end, start);
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
        Matcher bare = BARE.matcher(line).region(i, line.length());
        if (!isAfter(i, ':') && bare.lookingAt() && target(bare.group(), bare.group())) {
            return bare.end();
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
        int end = nextInLine("]]", i + 2);
        if (end < 0 || end > i + MAX_LINK) {
            return -1;
        }
        String inner = line.substring(i + 2, end).strip();
        Matcher image = IMAGE.matcher(inner);
        int bar = inner.indexOf('|');
        if (BREAK.matcher(inner).matches()) {
            html.append("<br>");
        } else if (image.matches()) {
            String source = image.group(1).strip();
            String name = FragmentWriter.escaped(source);
            html.append(
                    URL.matcher(source).matches()
                            ? "<img src=\"" + name + "\" alt=\"" + name + "\">"
                            : "<em>" + name + "</em>");
        } else if (!doubleTarget(
                inner.substring(0, bar < 0 ? inner.length() : bar).strip(), inner.substring(bar + 1))) {
            html.append(FragmentWriter.escaped(line.substring(i, end + 2)));
        }
        return end + 2;
    }

    private int bracket(int i) {
        int end = nextInLine("]", i + 1);
        if (end < 0 || end > i + MAX_LINK) {
            return -1;
        }
        Matcher inner = TARGET.matcher(line.substring(i + 1, end));
        if (!inner.matches()) {
            return -1;
        }
        String target = inner.group(1);
        String label = inner.group(2);
        // A page needs no name of a place before it where it looks like one and has a label, or is quoted.
        boolean page =
                target.matches(QUOTED) || label != null && PAGE.matcher(target).matches();
        String shown = label == null ? unquoted(target.replaceFirst("^wiki:", "")) : label;
        return target(page ? "wiki:" + target : target, shown) ? end + 1 : -1;
    }

    private boolean doubleTarget(String target, String label) {
        return target(target, label)
                || (FREE_PAGE.matcher(target).matches() || target.matches(QUOTED)) && target("wiki:" + target, label);
    }

    /** Writes a link to a URL or a place in Trac; {@code false} where it is none that is known. */
    private boolean target(String target, String label) {
        String href = href(target);
        if (href.isEmpty()) {
            return false;
        }
        link(href, unquoted(label.strip()));
        return true;
    }

    /** Where a link leads, as Trac makes it of what is written; empty where it leads nowhere. */
    private String href(String target) {
        Matcher place = PLACE.matcher(target);
        if (URL.matcher(target).matches()) {
            return target;
        }
        if (TICKET.matcher(target).matches()) {
            return base + "/ticket/" + target.replaceFirst("^\\D+", "");
        }
        if (RELATIVE.matcher(target).matches()) {
            return base + (target.startsWith("/") ? "" : "/ticket/" + ticket) + target;
        }
        if (!place.matches()) {
            return "";
        }
        String name = unquoted(place.group(2));
        return switch (place.group(1)) {
            case "attachment", "raw-attachment" -> attachment("/" + place.group(1) + "/", name);
            case "ticket", "bug", "issue" -> ticket(name);
            case "comment" -> comment(name.split(":", 4));
            case "source", "browser" -> source(name);
            case "query" -> base + "/query?" + query(name);
            default -> base + PLACES.get(place.group(1)) + name.replaceFirst("^/+", "");
        };
    }

    /** {@code 12}, {@code 12#comment:3}, or several as {@code 1-3,7}. */
    private String ticket(String name) {
        if (SEVERAL.matcher(name).matches()) {
            return base + "/query?id=" + name;
        }
        return name.matches("[1-9]\\d{0,17}(?:[?#].*)?") ? base + "/ticket/" + name : "";
    }

    /** {@code file}, {@code file:realm:id}, or {@code realm:id:file} as before Trac 0.11. */
    private String attachment(String place, String name) {
        String[] parts = name.split(":", 3);
        List<String> realms = List.of("ticket", "wiki", "milestone");
        if (parts.length == 3 && realms.contains(parts[1])) {
            return base + place + parts[1] + "/" + parts[2] + "/" + parts[0];
        }
        if (parts.length == 3 && realms.contains(parts[0])) {
            return base + place + parts[0] + "/" + parts[1] + "/" + parts[2];
        }
        return base + place + "ticket/" + ticket + "/" + name;
    }

    /** {@code 3}, {@code 3:ticket:12}, or {@code ticket:12:3} as before Trac 0.11; {@code description} is one too. */
    private String comment(String[] parts) {
        boolean older = parts.length == 3 && parts[0].equals("ticket");
        String number = older ? parts[2] : parts[0];
        String id = parts.length == 3 ? parts[older ? 1 : 2] : ticket;
        boolean known = parts.length == 1
                || older
                || parts.length == 3 && List.of("ticket", "bug", "issue").contains(parts[1]);
        return known && number.matches("\\d{1,9}|description") && id.matches("\\d{1,18}")
                ? base + "/ticket/" + id + "#comment:" + number
                : "";
    }

    /** {@code path@revision:lines#anchor}. */
    private String source(String name) {
        Matcher source = SOURCE.matcher(name);
        if (!source.matches()) {
            return base + "/browser/" + name.replaceFirst("^/+", "");
        }
        StringBuilder query = new StringBuilder(Objects.requireNonNullElse(source.group(4), ""));
        if (source.group(2) != null) {
            query.append(query.isEmpty() ? '?' : '&').append("rev=").append(source.group(2));
        }
        if (source.group(3) != null) {
            query.append(query.isEmpty() ? '?' : '&').append("marks=").append(source.group(3));
        }
        return base + "/browser/" + source.group(1).replaceFirst("^/+", "") + query
                + Objects.requireNonNullElse(source.group(5), "");
    }

    /**
     * <a href="https://trac.edgewall.org/wiki/TracQuery#QueryLanguage">What is asked for</a>, {@code a!=b|c}, as the
     * parameters of the page of queries, {@code a=!b&a=!c}. After a question mark they are written as they are.
     */
    private static String query(String query) {
        String asked = query.replace(' ', '+');
        if (asked.startsWith("?")) {
            return asked.substring(1);
        }
        StringJoiner parameters = new StringJoiner("&");
        for (String criterion : asked.split("&", -1)) {
            Matcher parts = CRITERION.matcher(criterion);
            if (parts.matches()) {
                for (String value : parts.group(3).split("\\|", -1)) {
                    parameters.add(parts.group(1) + "=" + parts.group(2) + value);
                }
            } else {
                parameters.add(criterion);
            }
        }
        return parameters + (("&" + asked).contains("&order=") ? "" : "&order=priority");
    }

    private static String unquoted(String text) {
        return text.matches(QUOTED) ? text.substring(1, text.length() - 1) : text;
    }

    private void link(String href, String shown) {
        html.append("<a href=\"")
                .append(FragmentWriter.escaped(href).replace("\"", "%22"))
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

    private int nextInLine(String mark, int from) {
        int at = next(mark, from);
        int lineEnd = next("\n", from);
        return lineEnd >= 0 && lineEnd < at ? -1 : at;
    }

    private boolean isInWord(int i) {
        return i > 0 && (Character.isLetterOrDigit(line.charAt(i - 1)) || "_&/".indexOf(line.charAt(i - 1)) >= 0);
    }

    private boolean isAfter(int i, char c) {
        return i > 0 && line.charAt(i - 1) == c;
    }
}
