package org.bugloss.html;

import java.net.URI;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.Exchange;
import org.bugloss.outbound.InvalidUrlException;
import org.jsoup.nodes.Element;
import org.jsoup.select.Evaluator;
import org.jsoup.select.QueryParser;

/**
 * Tells a page that only leads on to another, by {@code meta http-equiv=refresh} or the header of that name, and where to.
 *
 * <p>A page that describes itself, or that stays for a while, is a page. One that loads itself again is too, unless it
 * does so to see its cookie come back.
 */
final class MetaRefresh {

    /** Whoever wants a page to be read gives its readers longer. */
    private static final int MOST_SECONDS = 5;

    /** The "shared declarative refresh steps" of the HTML standard: time, then perhaps an address, perhaps in quotes. */
    private static final Pattern CONTENT = Pattern.compile(
            "\\s*+(?=[\\d.])(\\d*+)[\\d.]*+(?:(?:\\s*+[;,]|\\s)\\s*+(?:url\\s*+=\\s*+)?+(?:\"([^\"]*+).*|'([^']*+).*|(.*)))?+",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /** No page has more; hostile ones have a hundred thousand. */
    private static final int MOST = 10;

    private static final Evaluator REFRESH = QueryParser.parse("meta[http-equiv~=(?i)^\\s*refresh\\s*$][content]");
    private static final Evaluator NOT_OF_THE_PAGE = QueryParser.parse("template, svg");
    private static final Evaluator NOSCRIPT = QueryParser.parse("noscript");

    /** What pages are called that a script leads on from: nothing, their target, or what they do. */
    private static final Pattern NO_TITLE = Pattern.compile(
            "(?:https?://|www\\.).*|(?:\\S+ ){0,3}redirect(?:ing|ion|ed)?\\b.{0,20}|loading\\W*|please wait\\W*"
                    + "|(?:(?:object|document|page) )?moved\\W*|\\W*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private MetaRefresh() {}

    /** Whether a page may lead on, so that it takes all of it to know. */
    static boolean suspected(ParsedPage page, Exchange exchange) {
        return target(page, exchange).isPresent();
    }

    /** Where a page leads on to, if that is all that it is for. */
    static Optional<CanonicalUrl> target(ParsedPage page, Exchange exchange) {
        return Stream.concat(
                        exchange.header("Refresh").stream(),
                        page.elements()
                                .select(REFRESH)
                                .limit(MOST)
                                .filter(meta -> meta.closest(NOT_OF_THE_PAGE) == null)
                                .filter(meta -> meta.closest(NOSCRIPT) == null || hasNoTitle(page))
                                .map(MetaRefresh::content))
                .map(CONTENT::matcher)
                .filter(Matcher::matches)
                .filter(refresh -> seconds(refresh) <= MOST_SECONDS)
                .findFirst()
                .flatMap(refresh -> address(refresh, page, exchange))
                .filter(target -> !page.tags().describeThePage());
    }

    private static String content(Element meta) {
        return meta.attr("content");
    }

    private static boolean hasNoTitle(ParsedPage page) {
        return NO_TITLE.matcher(page.tags().documentTitle()).matches();
    }

    private static int seconds(Matcher refresh) {
        String digits = refresh.group(1);
        return digits.isEmpty() ? 0 : digits.length() > 6 ? Integer.MAX_VALUE : Integer.parseInt(digits);
    }

    private static Optional<CanonicalUrl> address(Matcher refresh, ParsedPage page, Exchange exchange) {
        String written = Stream.of(2, 3, 4)
                .map(refresh::group)
                .filter(group -> group != null && !group.isBlank())
                .findFirst()
                .orElse(exchange.uri().toString());
        try {
            // What a browser would not load, such as a script, is no address.
            return Optional.of(page.tags().absolute(written))
                    .filter(absolute -> !absolute.isEmpty())
                    .map(CanonicalUrl::parse)
                    .filter(target -> !isSame(target, exchange.uri()) || seconds(refresh) == 0 && setsCookie(exchange));
        } catch (InvalidUrlException e) {
            return Optional.empty();
        }
    }

    private static boolean isSame(CanonicalUrl target, URI here) {
        return target.uri().equals(here);
    }

    private static boolean setsCookie(Exchange exchange) {
        return !exchange.headers("Set-Cookie").isEmpty();
    }
}
