package org.bugloss.html;

import java.net.URI;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jsoup.nodes.Element;
import org.jsoup.select.Evaluator;
import org.jsoup.select.QueryParser;
import org.jspecify.annotations.Nullable;

/**
 * The metadata that a parsed page has, from the sources where pages keep them.
 *
 * <p>What was written to be shown elsewhere comes first: <a href="https://ogp.me/">Open Graph</a>, then Twitter cards.
 * After them what was written for search engines: {@code title} and {@code meta name=description} of the HTML standard,
 * which all but every page has and which are right where they are there; then microdata and JSON-LD, which often
 * describe more than the page; and headings last. Of several tags of one kind the first that is not empty counts. Tags
 * count wherever they stand, except in {@code template}, {@code noscript} and {@code svg}.
 */
final class PageTags {

    private static final int MAX_TITLE = 1024;
    private static final int MAX_DESCRIPTION = 10_000;
    private static final int MAX_SITE_NAME = 256;

    private static final Evaluator NOT_SHOWN = QueryParser.parse("template, noscript, svg");

    private static final Pattern SPACES = Pattern.compile("\\s+");
    private static final Evaluator BASE = QueryParser.parse("base[href]");
    private static final Evaluator METAS = QueryParser.parse("meta[property], meta[name], meta[itemprop]");
    private static final Evaluator TITLE = QueryParser.parse("title");
    private static final Evaluator POST_TITLE = QueryParser.parse("[class~=(?i)(^|\\s)(post|entry)-title(\\s|$)]");
    private static final Evaluator TITLE_HEADING = QueryParser.parse("h1[class*=title]");
    private static final Evaluator HEADING = QueryParser.parse("h1");
    private static final Evaluator IMAGE_LINK = QueryParser.parse("link[rel~=(?i)(^|\\s)image_src(\\s|$)]");
    private static final Evaluator IMAGE_ITEM = QueryParser.parse("img[itemprop=image]");

    private static final Evaluator HEADLINE_ITEM = item("headline");
    private static final Evaluator NAME_ITEM = item("name");
    private static final Evaluator DESCRIPTION_ITEM = item("description");

    private final TellingElements elements;
    private final String base;
    private final Map<String, Element> metas = new HashMap<>();
    private @Nullable LinkedData linkedData;

    /** @param address where the page was, after redirects */
    PageTags(TellingElements elements, URI address) {
        this.elements = elements;
        this.base = elements.first(BASE)
                .flatMap(element -> WebAddress.absolute(element.attr("href"), address.toString()))
                .orElse(address.toString());
        elements.select(METAS).forEach(meta -> {
            if (!content(meta).isEmpty() && meta.closest(NOT_SHOWN) == null) {
                // Open Graph says property, Twitter says name; pages confuse them, and RDFa allows several in one.
                names(meta, "property").forEach(name -> metas.putIfAbsent(name, meta));
                names(meta, "name").forEach(name -> metas.putIfAbsent(name, meta));
                names(meta, "itemprop").forEach(name -> metas.putIfAbsent("itemprop " + name, meta));
            }
        });
    }

    /** Whether the page says what it is in the sources that come first, so that nothing after them could matter. */
    boolean suffice() {
        return !(meta("og:title").isEmpty() && meta("twitter:title").isEmpty())
                && !(meta("og:description").isEmpty()
                        && meta("twitter:description").isEmpty());
    }

    /** Whether the page was made to be shown elsewhere under a title of its own. */
    boolean hasOpenGraphTitle() {
        return !meta("og:title").isEmpty();
    }

    /** Whether the page has metadata that somebody wrote for this page, rather than a title alone. */
    boolean describeThePage() {
        return hasOpenGraphTitle()
                || !meta("twitter:title").isEmpty()
                || !linkedData().isEmpty();
    }

    /** What {@code <title>} says, or the empty string. */
    String documentTitle() {
        return firstText(TITLE);
    }

    /** @return the metadata; its title is empty where the page has none at all */
    PageMetadata metadata() {
        return new PageMetadata(
                limited(title(), MAX_TITLE),
                nullIfEmpty(limited(description(), MAX_DESCRIPTION)),
                nullIfEmpty(image()),
                nullIfEmpty(limited(siteName(), MAX_SITE_NAME)));
    }

    private String title() {
        return first(
                () -> meta("og:title"),
                () -> meta("twitter:title"),
                this::documentTitle,
                () -> meta("title"),
                () -> linked("headline"),
                () -> itemprop("headline", HEADLINE_ITEM),
                () -> firstText(POST_TITLE),
                () -> firstText(TITLE_HEADING),
                () -> firstText(HEADING),
                () -> linked("name"),
                () -> itemprop("name", NAME_ITEM));
    }

    private String description() {
        return first(
                () -> meta("og:description"),
                () -> meta("twitter:description"),
                () -> meta("description"),
                () -> itemprop("description", DESCRIPTION_ITEM),
                () -> linked("description"),
                () -> linked("articleBody"));
    }

    private String siteName() {
        return first(
                () -> meta("og:site_name"),
                () -> meta("application-name"),
                () -> linked("publisher", "name"),
                () -> meta("apple-mobile-web-app-title"));
    }

    private String image() {
        Stream<Supplier<String>> sources = Stream.of(
                () -> absolute(contentOf("og:image")),
                () -> absolute(contentOf("og:image:secure_url")),
                () -> absolute(contentOf("og:image:url")),
                () -> absolute(contentOf("twitter:image")),
                () -> absolute(contentOf("twitter:image:src")),
                () -> absolute(attributeOf(IMAGE_LINK, "href")),
                () -> absolute(linked("image", "url")),
                () -> absolute(attributeOf(IMAGE_ITEM, "src")),
                () -> absolute(contentOf("itemprop image")));
        return sources.map(Supplier::get)
                .filter(image -> !image.isEmpty())
                .findFirst()
                .orElse("");
    }

    @SafeVarargs
    private static String first(Supplier<String>... sources) {
        for (Supplier<String> source : sources) {
            String text = source.get();
            if (!text.isEmpty()) {
                return text;
            }
        }
        return "";
    }

    private String meta(String name) {
        return SafeHtml.plainText(contentOf(name));
    }

    private String contentOf(String name) {
        Element meta = metas.get(name);
        return meta == null ? "" : content(meta);
    }

    /** A few pages give twitter tags a {@code value} instead of the {@code content} that HTML knows. */
    private static String content(Element meta) {
        return (meta.hasAttr("content") ? meta.attr("content") : meta.attr("value")).strip();
    }

    private String itemprop(String name, Evaluator item) {
        String content = meta("itemprop " + name);
        return content.isEmpty() ? firstText(item) : content;
    }

    /** An item inside another item describes that one: the author's name is not the page's. */
    private static Evaluator item(String name) {
        return QueryParser.parse("[itemprop~=(?i)(^|\\s)" + name + "(\\s|$)]:not([itemscope] [itemscope] *)");
    }

    private String linked(String name) {
        return SafeHtml.plainText(linkedData().text(name).orElse(""));
    }

    private String linked(String name, String inner) {
        return SafeHtml.plainText(linkedData().text(name, inner).orElse(""));
    }

    private LinkedData linkedData() {
        if (linkedData == null) {
            linkedData = LinkedData.of(elements);
        }
        return linkedData;
    }

    private String firstText(Evaluator wanted) {
        return elements.select(wanted)
                .filter(element -> element.closest(NOT_SHOWN) == null)
                .map(element -> SafeHtml.plainText(element.text()))
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
    }

    private String attributeOf(Evaluator wanted, String attribute) {
        return elements.first(wanted).map(element -> element.attr(attribute)).orElse("");
    }

    /** The address resolved against {@code <base>} or where the page was; empty where it is not one of the web. */
    String absolute(String address) {
        return address.isBlank() ? "" : WebAddress.absolute(address, base).orElse("");
    }

    private static Stream<String> names(Element meta, String attribute) {
        return meta.hasAttr(attribute)
                ? SPACES.splitAsStream(meta.attr(attribute).toLowerCase(Locale.ROOT))
                        .filter(name -> !name.isEmpty())
                : Stream.empty();
    }

    private static String limited(String text, int codePoints) {
        return SafeHtml.excerptOf(text, codePoints);
    }

    private static @Nullable String nullIfEmpty(String text) {
        return text.isEmpty() ? null : text;
    }
}
