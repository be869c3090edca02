package org.bugloss.html;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.select.Evaluator;

/**
 * The elements of a page that may say what it is, found in one walk: to look for each kind by itself, and there are a dozen,
 * takes as long as to parse the page. In the order of the document.
 */
final class TellingElements {

    private static final Set<String> NAMES =
            Set.of("base", "meta", "title", "link", "script", "h1", "h2", "h3", "input");

    private final Document page;
    private final List<Element> elements = new ArrayList<>();

    private TellingElements(Document page) {
        this.page = page;
    }

    static TellingElements of(Document page) {
        TellingElements telling = new TellingElements(page);
        page.traverse((node, depth) -> {
            if (node instanceof Element element && isTelling(element)) {
                telling.elements.add(element);
            }
        });
        return telling;
    }

    /** @param wanted asks for elements with a name of those above, with {@code itemprop}, or with a title's class */
    Stream<Element> select(Evaluator wanted) {
        return elements.stream().filter(element -> wanted.matches(page, element));
    }

    /** The first of those that {@link #select} gives. */
    Optional<Element> first(Evaluator wanted) {
        return select(wanted).findFirst();
    }

    private static boolean isTelling(Element element) {
        return NAMES.contains(element.normalName())
                || element.attributesSize() > 0 && (element.hasAttr("itemprop") || isTitleClass(element.attr("class")));
    }

    private static boolean isTitleClass(String names) {
        return names.indexOf('-') >= 0 && names.toLowerCase(Locale.ROOT).contains("-title");
    }
}
