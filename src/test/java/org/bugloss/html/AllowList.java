package org.bugloss.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Attribute;
import org.jsoup.nodes.Comment;
import org.jsoup.nodes.DataNode;
import org.jsoup.nodes.Element;

/** What a safe fragment may consist of, written down a second time so that a slip in the first does not hide itself. */
public final class AllowList {

    private static final Set<String> TAGS = Set.of(
            "a",
            "p",
            "br",
            "hr",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "ul",
            "ol",
            "li",
            "dl",
            "dt",
            "dd",
            "blockquote",
            "pre",
            "code",
            "em",
            "strong",
            "b",
            "i",
            "u",
            "s",
            "del",
            "ins",
            "sub",
            "sup",
            "kbd",
            "samp",
            "var",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "details",
            "summary",
            "img");

    private static final Pattern WEB = Pattern.compile("(?i)https?://[^\\s\"'<>@/?#]+([/?#][^\\s\"'<>]*)?");

    private static final Map<String, Pattern> ATTRIBUTES = Map.of(
            "a href", WEB,
            "a rel", Pattern.compile("nofollow noopener noreferrer ugc"),
            "img src", WEB,
            "img alt", Pattern.compile("(?s).*"),
            "ol start", Pattern.compile("\\d{1,9}"),
            "td colspan", Pattern.compile("\\d{1,3}"),
            "td rowspan", Pattern.compile("\\d{1,3}"),
            "th colspan", Pattern.compile("\\d{1,3}"),
            "th rowspan", Pattern.compile("\\d{1,3}"));

    /** Any tag at all as a lenient scanner would find it, quoted attributes or not. */
    private static final Pattern TAG = Pattern.compile("<(/?)([a-z0-9]*)((?: [a-z]+=\"[^\"<>]*\")*)>");

    private AllowList() {}

    public static void assertSafe(String html, boolean images) {
        // As characters: outside of well-formed listed tags there is no < or > at all.
        Matcher tag = TAG.matcher(html);
        StringBuilder text = new StringBuilder();
        while (tag.find()) {
            assertTrue(TAGS.contains(tag.group(2)), () -> "<" + tag.group(2) + "> in " + html);
            tag.appendReplacement(text, "");
        }
        tag.appendTail(text);
        assertTrue(text.indexOf("<") < 0 && text.indexOf(">") < 0, () -> "stray < or > in " + html);
        // As a tree, the way a browser sees it.
        Element body = Jsoup.parseBodyFragment(html).body();
        for (Element element : body.select("body *")) {
            assertTrue(TAGS.contains(element.normalName()), () -> element.normalName() + " in " + html);
            assertTrue(images || !element.normalName().equals("img"), () -> "image in " + html);
            for (Attribute attribute : element.attributes()) {
                Pattern allowed = ATTRIBUTES.get(element.normalName() + " " + attribute.getKey());
                assertTrue(
                        allowed != null && allowed.matcher(attribute.getValue()).matches(),
                        () -> element.normalName() + " " + attribute + " in " + html);
            }
            assertEquals(element.normalName().equals("a"), element.hasAttr("href"));
        }
        body.traverse((node, depth) -> assertTrue(!(node instanceof Comment) && !(node instanceof DataNode), html));
        assertTrue(html.length() <= 100_000, "too long: " + html.length());
        assertEquals(html, SafeHtml.sanitise(html, images), "not idempotent");
    }
}
