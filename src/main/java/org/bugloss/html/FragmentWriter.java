package org.bugloss.html;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.parser.Parser;
import org.jsoup.select.NodeFilter;
import org.jspecify.annotations.Nullable;

/**
 * Writes a parsed fragment again, with nothing in it but a fixed list of tags and attributes.
 *
 * <p>It does not take out what is bad, it writes down what is known to be good: every tag, attribute and character of
 * the output is put there by this class. Elements that are not listed give way to what is inside them, except those
 * whose inside is not text to be read (scripts, styles, embedded documents, SVG and MathML, whose other parsing rules
 * are what most attacks on sanitisers use).
 */
final class FragmentWriter implements NodeFilter {

    /** How long a fragment is at most, in UTF-16 units. */
    static final int MAX_LENGTH = 100_000;

    /** How deep its tags are nested at most. */
    static final int MAX_DEPTH = 64;

    /** Deeper nesting in the input is put side by side by the parser. */
    private static final int MAX_PARSED_DEPTH = 256;

    private static final Set<String> TAGS = words("a p br hr h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre code em"
            + " strong b i u s del ins sub sup kbd samp var table thead tbody tr th td details summary");

    private static final Set<String> VOID_TAGS = words("br hr img");

    /** Elements that go with everything in them. */
    private static final Set<String> NOT_TEXT = words("script style template noscript noembed noframes iframe frame"
            + " frameset object embed applet param svg math head title meta link base textarea select option datalist"
            + " audio video canvas map");

    /** Where text has no place: the parser moves it out, before the table. */
    private static final Set<String> NO_TEXT_IN = words("table thead tbody tr");

    /** Attributes of cells that are kept where they are a number as HTML allows it. */
    private static final List<String> SPANS = List.of("colspan", "rowspan");

    private static final Pattern SPAN = Pattern.compile("[1-9]\\d{0,2}");

    /** The number that a list begins with, as long as <a href="https://spec.commonmark.org/0.31.2/#list-items">CommonMark</a> allows. */
    private static final Pattern START = Pattern.compile("\\d{1,9}");

    /** The page is not to lend its good name, nor its window, nor its address to what strangers link to. */
    private static final String REL = " rel=\"nofollow noopener noreferrer ugc\"";

    private final boolean images;
    private final @Nullable String base;
    private final StringBuilder html = new StringBuilder();
    private final Deque<Element> open = new ArrayDeque<>();
    private int closingLength;

    /** Whether something on the line precedes, so that the end of an unlisted block must break the line. */
    private boolean onLine;

    private boolean breakDue;

    private FragmentWriter(boolean images, @Nullable String base) {
        this.images = images;
        this.base = base;
    }

    static String write(String html, boolean images, @Nullable String base) {
        FragmentWriter writer = new FragmentWriter(images, base);
        Element body = parsed(html);
        body.filter(writer);
        // Where the room ran out the traversal stopped with tags open.
        while (!writer.open.isEmpty()) {
            writer.close();
        }
        return writer.html.toString();
    }

    static Element parsed(String html) {
        return Parser.htmlParser()
                .setMaxDepth(MAX_PARSED_DEPTH)
                .parseInput("<body>" + html, "")
                .body();
    }

    @Override
    public FilterResult head(Node node, int depth) {
        if (node instanceof TextNode text) {
            return text(SafeHtml.cleaned(text.getWholeText()));
        }
        if (!(node instanceof Element element)) {
            return FilterResult.CONTINUE;
        }
        String tag = element.normalName();
        if (NOT_TEXT.contains(tag)) {
            return FilterResult.SKIP_ENTIRELY;
        }
        if (tag.equals("img")) {
            return image(element);
        }
        if (tag.equals("input")) {
            return checkbox(element);
        }
        if (!isWritten(element)) {
            breakDue |= element.isBlock() && onLine;
            return FilterResult.CONTINUE;
        }
        return open(element);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // this very element, not one like it
    public FilterResult tail(Node node, int depth) {
        if (node == open.peek()) {
            close();
        } else if (node instanceof Element element && element.isBlock() && !isWritten(element)) {
            breakDue |= onLine;
        }
        return FilterResult.CONTINUE;
    }

    private boolean isWritten(Element element) {
        String tag = element.normalName();
        return TAGS.contains(tag)
                && (!tag.equals("a") || link(element).isPresent())
                && (open.size() < MAX_DEPTH || VOID_TAGS.contains(tag));
    }

    private FilterResult open(Element element) {
        String tag = element.normalName();
        boolean isVoid = VOID_TAGS.contains(tag);
        StringBuilder start = new StringBuilder("<").append(tag);
        if (tag.equals("a")) {
            start.append(attribute("href", link(element).orElseThrow())).append(REL);
        } else if (tag.equals("td") || tag.equals("th")) {
            SPANS.forEach(span -> start.append(number(element, span, SPAN)));
        } else if (tag.equals("ol")) {
            start.append(number(element, "start", START));
        }
        start.append('>');
        if (tag.equals("pre") && element.wholeText().startsWith("\n")) {
            // The parser drops the first line break in pre.
            start.append('\n');
        }
        boolean block = element.isBlock() || tag.equals("br");
        if (block) {
            breakDue = false;
        }
        int closing = isVoid ? 0 : closingLength(tag);
        if (!fits(lineBreak().length() + start.length() + closing)) {
            return full();
        }
        html.append(lineBreak()).append(start);
        breakDue = false;
        onLine = !block;
        if (!isVoid) {
            open.push(element);
            closingLength += closing;
        }
        return FilterResult.CONTINUE;
    }

    private void close() {
        Element element = open.pop();
        String tag = element.normalName();
        html.append("</").append(tag).append('>');
        closingLength -= closingLength(tag);
        if (element.isBlock()) {
            onLine = false;
            breakDue = false;
        }
    }

    private FilterResult image(Element image) {
        String alternative = SafeHtml.plainText(image.attr("alt"));
        Optional<String> source = images ? WebAddress.absolute(image.attr("src"), base) : Optional.empty();
        if (source.isEmpty()) {
            return alternative.isEmpty() ? FilterResult.CONTINUE : text(alternative);
        }
        String tag = "<img" + attribute("src", source.get()) + attribute("alt", alternative) + ">";
        if (!fits(lineBreak().length() + tag.length())) {
            return full();
        }
        html.append(lineBreak()).append(tag);
        breakDue = false;
        onLine = true;
        return FilterResult.CONTINUE;
    }

    /** What a box for a task says stays; one that stands close to its text is set apart, as a box is on its page. */
    private FilterResult checkbox(Element input) {
        if (!input.attr("type").equalsIgnoreCase("checkbox")) {
            return FilterResult.CONTINUE;
        }
        boolean apart = input.nextSibling() instanceof TextNode text
                && text.getWholeText().matches("(?s)\\s.*");
        return text((input.hasAttr("checked") ? "☑" : "☐") + (apart ? "" : " "));
    }

    private FilterResult text(String text) {
        String escaped = escaped(text);
        boolean blank = text.isBlank();
        String before = blank ? "" : lineBreak();
        if (!fits(before.length() + escaped.length())) {
            html.append(before.length() < room() ? before : "")
                    .append(cut(escaped, Math.max(0, room() - before.length())));
            return full();
        }
        html.append(before).append(escaped);
        if (!blank) {
            breakDue = false;
            onLine = true;
        }
        return FilterResult.CONTINUE;
    }

    private String lineBreak() {
        return breakDue && onLine ? "<br>" : "";
    }

    private FilterResult full() {
        if (open.isEmpty() || !NO_TEXT_IN.contains(open.peek().normalName())) {
            html.append('…');
        }
        return FilterResult.STOP;
    }

    private boolean fits(int length) {
        return length <= room();
    }

    /** What is left when all open tags are closed and {@code …} is written. */
    private int room() {
        return MAX_LENGTH - html.length() - closingLength - 1;
    }

    private Optional<String> link(Element a) {
        return WebAddress.absolute(a.attr("href"), base);
    }

    private static int closingLength(String tag) {
        return tag.length() + "</>".length();
    }

    private static String number(Element element, String name, Pattern allowed) {
        String value = element.attr(name).strip();
        return allowed.matcher(value).matches() ? attribute(name, value) : "";
    }

    private static String attribute(String name, String value) {
        return " " + name + "=\"" + escaped(value).replace("\"", "&quot;") + "\"";
    }

    /** The text as it is written between tags. */
    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /** The first characters of a text or of an escaped one, with no surrogate pair, tag or entity cut in two. */
    static String cut(String escaped, int length) {
        int end = Math.min(length, escaped.length());
        if (end > 0 && end < escaped.length() && Character.isHighSurrogate(escaped.charAt(end - 1))) {
            end--;
        }
        // The longest entity has five characters, and so has the only tag that may be cut, <br>, at most.
        for (int start = end - 1; start >= 0 && start > end - 6; start--) {
            char c = escaped.charAt(start);
            if (c == ';' || c == '>') {
                break;
            }
            if (c == '&' || c == '<') {
                return escaped.substring(0, start);
            }
        }
        return escaped.substring(0, end);
    }

    private static Set<String> words(String words) {
        return Set.of(words.split(" "));
    }
}
