package org.bugloss.html;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.JsonException;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParserFactory;
import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jsoup.nodes.Element;
import org.jsoup.parser.Parser;
import org.jsoup.select.Evaluator;
import org.jsoup.select.QueryParser;
import org.jspecify.annotations.Nullable;

/**
 * The JSON-LD of a page, as <a href="https://schema.org/docs/gs.html">schema.org</a> words describe it.
 *
 * <p>It is read as far as it makes sense: of a broken script, what stands before the fault; of a huge or deep one, what
 * stands within the limits. Wrappings in comments or CDATA and raw line breaks in strings, both wrong but common, are
 * put up with.
 */
final class LinkedData {

    private static final int MAX_DEPTH = 32;
    private static final int MAX_EVENTS = 100_000;

    /** Pages have a handful; more than this is an attempt to keep us busy. */
    private static final int MAX_SCRIPTS = 50;

    /** Made once, since to look for the JSON provider takes longer than to parse a script. */
    private static final JsonParserFactory PARSERS = JSON.createParserFactory(Map.of());

    /** Types that describe where the page is, not what it is about. */
    private static final Set<String> SURROUNDINGS = Set.of(
            "Organization",
            "NewsMediaOrganization",
            "Corporation",
            "Person",
            "WebSite",
            "BreadcrumbList",
            "ListItem",
            "ImageObject",
            "SearchAction",
            "SiteNavigationElement",
            "WPHeader",
            "WPFooter");

    private static final Evaluator SCRIPTS = QueryParser.parse("script[type~=(?i)^\\s*application/ld\\+json]");
    private static final Pattern WRAPPING = Pattern.compile("<!\\[CDATA\\[|]]>|<!--|-->");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    private final List<Map<?, ?>> items = new ArrayList<>();

    private LinkedData() {}

    /** The items of all scripts of a page, in their order, those of a {@code @graph} included. */
    static LinkedData of(TellingElements page) {
        LinkedData data = new LinkedData();
        page.select(SCRIPTS).limit(MAX_SCRIPTS).forEach(script -> data.add(parse(textOf(script)), 0));
        return data;
    }

    /**
     * The first text that an item about the page has under this name.
     *
     * @param name a schema.org property such as {@code headline}
     * @return entities decoded, since publishing systems escape for HTML what is not HTML
     */
    Optional<String> text(String name) {
        return items.stream()
                .map(item -> textOf(item.get(name), "@value"))
                .filter(text -> text != null && !text.isBlank())
                .map(text -> Parser.unescapeEntities(text, false))
                .findFirst();
    }

    /**
     * The first text under this name, where what is under it may be an object that has it in turn.
     *
     * @param inner the property of that object, such as {@code url} of an {@code image}
     */
    Optional<String> text(String name, String inner) {
        return items.stream()
                .map(item -> textOf(item.get(name), inner))
                .filter(text -> text != null && !text.isBlank())
                .map(text -> Parser.unescapeEntities(text, false))
                .findFirst();
    }

    /** In XHTML, the content of a script is text like any other. */
    private static String textOf(Element script) {
        String data = script.data();
        return data.isEmpty() ? script.wholeText() : data;
    }

    /** Whether nothing in it is about the page. */
    boolean isEmpty() {
        return items.isEmpty();
    }

    private static @Nullable String textOf(@Nullable Object value, String inner) {
        Object one = value instanceof List<?> list && !list.isEmpty() ? list.get(0) : value;
        Object text = one instanceof Map<?, ?> object ? object.get(inner) : one;
        return text instanceof String string ? string : null;
    }

    private void add(@Nullable Object value, int depth) {
        if (depth > 3) {
            return;
        }
        if (value instanceof List<?> list) {
            list.forEach(item -> add(item, depth + 1));
        } else if (value instanceof Map<?, ?> item) {
            if (!isSurroundings(item.get("@type"))) {
                items.add(item);
            }
            add(item.get("@graph"), depth + 1);
            add(item.get("mainEntity"), depth + 1);
        }
    }

    private static boolean isSurroundings(@Nullable Object type) {
        return type instanceof List<?> types ? SURROUNDINGS.containsAll(types) : SURROUNDINGS.contains(type + "");
    }

    /** The value that a script holds, as maps, lists and strings; what is not of these is left out. */
    private static Object parse(String script) {
        String json = CONTROL.matcher(WRAPPING.matcher(script).replaceAll(" ")).replaceAll(" ");
        List<Object> top = new ArrayList<>();
        Deque<Object> open = new ArrayDeque<>(List.of(top));
        Deque<String> names = new ArrayDeque<>(List.of(""));
        try (JsonParser parser = PARSERS.createParser(new StringReader(fromFirstBracket(json)))) {
            for (int events = 0; events < MAX_EVENTS && parser.hasNext(); events++) {
                switch (parser.next()) {
                    case START_OBJECT -> {
                        open.push(put(open.peek(), names.peek(), new LinkedHashMap<String, Object>()));
                        names.push("");
                    }
                    case START_ARRAY -> {
                        open.push(put(open.peek(), names.peek(), new ArrayList<>()));
                        names.push("");
                    }
                    case END_OBJECT, END_ARRAY -> {
                        open.pop();
                        names.pop();
                    }
                    case KEY_NAME -> {
                        names.pop();
                        names.push(parser.getString());
                    }
                    case VALUE_STRING -> put(open.peek(), names.peek(), parser.getString());
                    default -> {
                        // Numbers, booleans and null describe nothing that is shown.
                    }
                }
                if (open.size() > MAX_DEPTH) {
                    break;
                }
            }
        } catch (JsonException broken) {
            // What was read up to the fault is in place.
            return top;
        }
        return top;
    }

    private static String fromFirstBracket(String json) {
        int start = 0;
        while (start < json.length() && json.charAt(start) != '{' && json.charAt(start) != '[') {
            start++;
        }
        return json.substring(start);
    }

    @SuppressWarnings("unchecked") // both kinds of container are made above, with these type arguments
    private static <T> T put(Object container, String name, T value) {
        if (container instanceof Map<?, ?> object) {
            ((Map<String, Object>) object).putIfAbsent(name, value);
        } else {
            ((List<Object>) container).add(value);
        }
        return value;
    }
}
