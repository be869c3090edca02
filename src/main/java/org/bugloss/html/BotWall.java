package org.bugloss.html;

import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.bugloss.outbound.Exchange;
import org.jsoup.nodes.DataNode;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeFilter;

/**
 * Tells a page that keeps programs out from the page that was asked for.
 *
 * <p>Some walls say so in a header. The others are known by their titles, as their makers ship them, or by their code;
 * both count only on a page that shows little text, so that a page about such a wall stays a page.
 */
final class BotWall {

    /** The most text that a wall was seen to show, Cloudflare's "Attention Required!", and as much again. */
    private static final int MOST_TEXT = 2000;

    private static final int MOST_TEXT_WITHOUT_TITLE = 500;

    private static final Set<String> TITLES = lines("""
            just a moment...
            just a moment…
            one moment, please...
            please wait...
            please wait... | cloudflare
            attention required! | cloudflare
            access denied | cloudflare
            ddos-guard
            checking your browser
            checking your browser...
            checking your browser before accessing
            making sure you're not a bot!
            making sure you’re not a bot!
            oh noes!
            access to this page has been denied
            access to this page has been denied.
            pardon our interruption
            pardon our interruption...
            are you a robot?
            are you a human?
            are you human?
            are you not a robot?
            robot or human?
            robot check
            bot verification
            bot check
            human verification
            human check
            verify you are human
            verifying you are human
            verify that you are human
            security check
            security check required
            security verification
            vercel security checkpoint
            client challenge
            captcha
            captcha challenge
            captcha check
            recaptcha
            radware bot manager captcha
            verification required
            validating your browser
            browser check
            request rejected
            request blocked
            request unsuccessful
            you have been blocked
            sorry, you have been blocked
            unusual traffic
            unusual traffic detected
            before you continue
            before you continue to google
            before you continue to google search
            before you continue to youtube
            """);

    /** What the code or the text of walls has that hardly have a title: DataDome, PerimeterX, Imperva, AWS, Cloudflare. */
    private static final Set<String> MARKS = lines("""
            captcha-delivery.com
            px-captcha
            _incapsula_resource
            awswafintegration
            window._cf_chl_opt
            please enable js and disable any ad blocker
            enable javascript and cookies to continue
            /.within.website/x/cmd/anubis
            """);

    private BotWall() {}

    /** Whether the headers alone say that a bot was challenged instead of answered. */
    static boolean announced(Exchange exchange) {
        return exchange.header("cf-mitigated")
                        .filter("challenge"::equalsIgnoreCase)
                        .isPresent()
                || exchange.header("x-amzn-waf-action").isPresent();
    }

    /** Whether a page may be a wall by its titles, so that it takes its body to know. */
    static boolean suspected(ParsedPage page) {
        return page.titles().stream()
                .anyMatch(title -> TITLES.contains(title)
                        || title.startsWith("access denied | ")
                        || ParsedPage.parts(title).stream().limit(1).anyMatch(TITLES::contains)
                                && ParsedPage.parts(title).size() == 2);
    }

    /** Whether a page, read to its end, is a wall. */
    static boolean recognised(ParsedPage page) {
        return page.shownCharacters() < MOST_TEXT && (suspected(page) || isMarked(page));
    }

    private static boolean isMarked(ParsedPage page) {
        // The same code is loaded by pages that are let through.
        if (page.tags().hasOpenGraphTitle()
                || page.metadata().description() != null
                || page.shownCharacters() > MOST_TEXT_WITHOUT_TITLE) {
            return false;
        }
        boolean[] marked = {false};
        page.document().filter((node, depth) -> {
            marked[0] = isMarked(node);
            return marked[0] ? NodeFilter.FilterResult.STOP : NodeFilter.FilterResult.CONTINUE;
        });
        return marked[0];
    }

    /** Marks are whole in a text, a script or an attribute's value: no need to write the page out in order to find them. */
    private static boolean isMarked(Node node) {
        if (node instanceof TextNode text) {
            return isMarked(text.text());
        }
        if (node instanceof DataNode data) {
            return isMarked(data.getWholeData());
        }
        return isMarked(node.nodeName())
                || node.attributesSize() > 0
                        && node.attributes().asList().stream()
                                .anyMatch(attribute -> isMarked(attribute.getKey()) || isMarked(attribute.getValue()));
    }

    private static boolean isMarked(String code) {
        String lowerCase = code.toLowerCase(Locale.ROOT);
        return MARKS.stream().anyMatch(lowerCase::contains);
    }

    private static Set<String> lines(String text) {
        return text.lines().collect(Collectors.toUnmodifiableSet());
    }
}
