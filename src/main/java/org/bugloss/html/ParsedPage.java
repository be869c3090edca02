package org.bugloss.html;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.TextNode;
import org.jsoup.parser.Parser;
import org.jsoup.select.NodeFilter;

/**
 * A page, or its head, with what is asked about it when it is judged.
 *
 * @param document the parsed tree
 * @param elements those of the tree that may say what it is
 * @param uri where the page was, after redirects
 * @param tags its metadata tags
 * @param metadata what the tags say
 * @param titles what the page calls itself, in lower case: what its {@code <title>} says and, where they differ, the metadata
 */
record ParsedPage(
        Document document,
        TellingElements elements,
        URI uri,
        PageTags tags,
        PageMetadata metadata,
        List<String> titles) {

    /** Deeper nesting is put side by side, since it costs quadratic time; browsers do so from 512 on. */
    private static final int MAX_DEPTH = 256;

    private static final int COUNTED = 10_000;

    /** No page is told by a longer title to be an error or a wall: it is one that lacks its end. */
    private static final int LONGEST_TITLE = 2_000;

    private static final Set<String> NOT_SHOWN =
            Set.of("header", "nav", "footer", "script", "style", "noscript", "template", "svg", "select");

    private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");

    private static final Pattern BETWEEN_PARTS = Pattern.compile("\\s+[-–—:«»›/]\\s+|\\s*[|·•]\\s*");

    /**
     * @param xml whether the page was sent as XHTML, where {@code <script/>} is all of a script and {@code CDATA} is text
     */
    static ParsedPage parse(String html, URI uri, boolean xml) {
        Parser parser = xml ? Parser.xmlParser() : Parser.htmlParser();
        Document document = parser.setMaxDepth(MAX_DEPTH).parseInput(html, uri.toString());
        TellingElements elements = TellingElements.of(document);
        PageTags tags = new PageTags(elements, uri);
        PageMetadata metadata = tags.metadata();
        return new ParsedPage(document, elements, uri, tags, metadata, titles(tags.documentTitle(), metadata.title()));
    }

    private static List<String> titles(String document, String metadata) {
        return Stream.of(document, metadata)
                .filter(title -> !title.isEmpty() && title.length() <= LONGEST_TITLE)
                .map(title -> title.toLowerCase(Locale.ROOT))
                .distinct()
                .toList();
    }

    /** The parts that a title has where it names the site as well: {@code "sign in · gitlab"} has two. */
    static List<String> parts(String title) {
        return BETWEEN_PARTS
                .splitAsStream(title)
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    /**
     * How many characters of text the page shows besides navigation, counted up to a few thousand. A page that only
     * stands in for another has few.
     */
    int shownCharacters() {
        return shownText().length();
    }

    /** What the page shows besides navigation, up to a few thousand characters. */
    String shownText() {
        StringBuilder shown = new StringBuilder();
        Element body = document.selectFirst("body");
        (body == null ? document : body).filter((node, depth) -> {
            if (node instanceof TextNode text && !text.isBlank()) {
                shown.append(text.text()).append(' ');
            }
            boolean notShown = node instanceof Element element
                    && (NOT_SHOWN.contains(element.normalName()) || element.hasAttr("hidden"));
            return notShown
                    ? NodeFilter.FilterResult.SKIP_ENTIRELY
                    : shown.length() < COUNTED ? NodeFilter.FilterResult.CONTINUE : NodeFilter.FilterResult.STOP;
        });
        return shown.toString();
    }

    /** The words of a text, in lower case: letters and digits. */
    static List<String> words(String text) {
        return NO_WORD.splitAsStream(text.toLowerCase(Locale.ROOT))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    String host() {
        return String.valueOf(uri.getHost());
    }
}
