package org.bugloss.html;

import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes HTML of the <a href="https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/">Atlassian
 * Document Format</a>, a tree of JSON nodes. Nodes that are not known give way to what is inside them.
 *
 * <p>The HTML is well formed, but what is linked and shown need not be safe: it is to be sanitised like any other.
 */
public final class AtlassianDocument {

    /** More is not written by people; what is deeper is left out. */
    private static final int MAX_DEPTH = 100;

    /** Nodes that are an element of HTML with the same inside. */
    private static final Map<String, String> ELEMENTS = Map.ofEntries(
            Map.entry("paragraph", "p"),
            Map.entry("caption", "p"),
            Map.entry("bulletList", "ul"),
            Map.entry("listItem", "li"),
            Map.entry("taskList", "ul"),
            Map.entry("decisionList", "ul"),
            Map.entry("decisionItem", "li"),
            Map.entry("blockquote", "blockquote"),
            Map.entry("panel", "blockquote"),
            Map.entry("tableRow", "tr"));

    private static final Map<String, String> MARKS =
            Map.of("strong", "strong", "em", "em", "code", "code", "strike", "s", "underline", "u");

    private final StringBuilder html = new StringBuilder();

    private AtlassianDocument() {}

    /**
     * A document as an HTML fragment.
     *
     * @param document the JSON of a document; a string is plain text; {@code null} and anything else is empty
     */
    public static String toHtml(@Nullable JsonValue document) {
        if (document instanceof JsonString text) {
            return SafeHtml.fromPlainText(text.getString());
        }
        AtlassianDocument writer = new AtlassianDocument();
        writer.node(document, 0);
        return writer.html.toString();
    }

    private void node(@Nullable JsonValue value, int depth) {
        if (!(value instanceof JsonObject node) || depth > MAX_DEPTH) {
            return;
        }
        String type = text(node, "type");
        JsonObject attributes = attributes(node);
        switch (type) {
            case "text" -> marked(node);
            case "hardBreak" -> html.append("<br>");
            case "rule" -> html.append("<hr>");
            case "heading" -> element("h" + level(attributes), node, depth);
            case "orderedList" -> element("ol", number(attributes, "order", "start"), node, depth);
            case "codeBlock" -> {
                html.append("<pre><code>");
                content(node, depth);
                html.append("</code></pre>");
            }
            case "taskItem" -> {
                html.append(text(attributes, "state").equals("DONE") ? "<li>☑ " : "<li>☐ ");
                content(node, depth);
                html.append("</li>");
            }
            case "expand", "nestedExpand" -> {
                html.append("<details><summary>")
                        .append(escaped(attributes, "title"))
                        .append("</summary>");
                content(node, depth);
                html.append("</details>");
            }
            case "table" -> {
                html.append("<table><tbody>");
                content(node, depth);
                html.append("</tbody></table>");
            }
            case "tableHeader" -> element("th", spans(attributes), node, depth);
            case "tableCell" -> element("td", spans(attributes), node, depth);
            case "mention", "status" -> html.append(escaped(attributes, "text"));
            case "emoji" -> html.append(escaped(attributes, attributes.containsKey("text") ? "text" : "shortName"));
            case "date" -> html.append(date(text(attributes, "timestamp")));
            case "inlineCard", "blockCard", "embedCard" -> link(text(attributes, "url"), escaped(attributes, "url"));
            case "media", "mediaInline" -> media(attributes);
            default -> element(ELEMENTS.get(type), node, depth);
        }
    }

    private void content(JsonObject node, int depth) {
        if (node.get("content") instanceof JsonArray content) {
            content.forEach(child -> node(child, depth + 1));
        }
    }

    private void element(@Nullable String tag, JsonObject node, int depth) {
        if (tag == null) {
            content(node, depth);
        } else {
            element(tag, "", node, depth);
        }
    }

    private void element(String tag, String attributes, JsonObject node, int depth) {
        html.append("<").append(tag).append(attributes).append(">");
        content(node, depth);
        html.append("</").append(tag).append(">");
    }

    private static String spans(JsonObject attributes) {
        return number(attributes, "colspan", "colspan") + number(attributes, "rowspan", "rowspan");
    }

    /** A number as an attribute of HTML, where it says anything: 1 is what goes without saying. */
    private static String number(JsonObject attributes, String name, String attribute) {
        return attributes.get(name) instanceof JsonNumber number && number.intValue() >= 0 && number.intValue() != 1
                ? " " + attribute + "=\"" + number.intValue() + "\""
                : "";
    }

    /** A text within its marks, the first one innermost. Colours and the like are left out. */
    private void marked(JsonObject node) {
        String marked = escaped(node, "text");
        if (node.get("marks") instanceof JsonArray marks) {
            for (JsonValue value : marks.subList(0, Math.min(marks.size(), 10))) {
                JsonObject mark = value instanceof JsonObject object ? object : JsonValue.EMPTY_JSON_OBJECT;
                String type = text(mark, "type");
                if (type.equals("link")) {
                    marked = "<a href=\"" + escaped(attributes(mark), "href") + "\">" + marked + "</a>";
                } else if (type.equals("subsup")) {
                    String tag = text(attributes(mark), "type").equals("sub") ? "sub" : "sup";
                    marked = "<" + tag + ">" + marked + "</" + tag + ">";
                } else if (MARKS.containsKey(type)) {
                    marked = "<" + MARKS.get(type) + ">" + marked + "</" + MARKS.get(type) + ">";
                }
            }
        }
        html.append(marked);
    }

    /** Files that are attached have no address that others could read: their names stand in for them. */
    private void media(JsonObject attributes) {
        if (text(attributes, "type").equals("external")) {
            html.append("<img src=\"").append(escaped(attributes, "url"));
            html.append("\" alt=\"").append(escaped(attributes, "alt")).append("\">");
        } else {
            html.append(escaped(attributes, "alt"));
        }
    }

    private void link(String url, String escaped) {
        html.append(url.isEmpty() ? "" : "<a href=\"" + escaped + "\">" + escaped + "</a>");
    }

    private static int level(JsonObject attributes) {
        int level = attributes.get("level") instanceof JsonNumber number ? number.intValue() : 1;
        return Math.max(1, Math.min(6, level));
    }

    /** Milliseconds since 1970, at midnight UTC. */
    private static String date(String timestamp) {
        return timestamp.matches("-?\\d{1,14}")
                ? Instant.ofEpochMilli(Long.parseLong(timestamp))
                        .atZone(ZoneOffset.UTC)
                        .toLocalDate()
                        .toString()
                : "";
    }

    private static JsonObject attributes(JsonObject node) {
        return node.get("attrs") instanceof JsonObject attributes ? attributes : JsonValue.EMPTY_JSON_OBJECT;
    }

    private static String text(JsonObject node, String name) {
        JsonValue value = node.get(name);
        if (value instanceof JsonString string) {
            return string.getString();
        }
        return value instanceof JsonNumber number ? number.toString() : "";
    }

    private static String escaped(JsonObject node, String name) {
        return FragmentWriter.escaped(text(node, name)).replace("\"", "&quot;");
    }
}
