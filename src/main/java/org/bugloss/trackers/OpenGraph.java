package org.bugloss.trackers;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bugloss.configuration.Keys;
import org.bugloss.html.PageMetadata;
import org.bugloss.html.PageReader;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.CacheHeaders;
import org.bugloss.outbound.Exchange;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.outbound.OutboundKeys;
import org.bugloss.outbound.OutboundRequest;
import org.jspecify.annotations.Nullable;

/**
 * The default behind all trackers: what the bug's web page says of itself in its Open Graph tags and their kin. Safe
 * for use by several threads.
 */
@ApplicationScoped
public class OpenGraph {

    /** The name under which details that no tracker gave are known. */
    public static final String NAME = "OpenGraph";

    private static final Pattern NUMBER = Pattern.compile("((?<![A-Za-z0-9])[A-Za-z]\\w*-)?(\\d+)");

    /** Its digits are none of the URL's numbers. */
    private static final Pattern PERCENT_ESCAPE = Pattern.compile("%[0-9A-Fa-f]{2}");

    private final OutboundClient client;
    private final PageReader pages;
    private final int maxBytes;
    private final Clock clock;

    /** For CDI's proxy. */
    @SuppressWarnings("NullAway")
    protected OpenGraph() {
        this.client = null;
        this.pages = null;
        this.maxBytes = 0;
        this.clock = null;
    }

    @Inject
    public OpenGraph(OutboundClient client, Keys keys, Clock clock) {
        this.client = client;
        this.pages = new PageReader(clock);
        this.maxBytes = OutboundKeys.maxBytes(keys);
        this.clock = clock;
    }

    /**
     * Reads the page, unless it is the one whose details are cached.
     *
     * @throws NotModified where the server says that the page is still the one that {@link BugUrl#cached()} tells of
     * @throws FetchException where there is no page, or it is a sign-in page, a bot wall or an error page
     */
    public BugDetails details(BugUrl url) {
        // What an API said is of another answer than the page.
        Freshness known =
                url.cached().byApi() ? Freshness.UNKNOWN : url.cached().freshness();
        return page(url, known).or(() -> page(url, Freshness.UNKNOWN)).orElseThrow();
    }

    /** Empty where the server says that the page did not change, but may mean another one: never where nothing is known. */
    private Optional<BugDetails> page(BugUrl url, Freshness known) {
        OutboundRequest request = CacheHeaders.unlessSame(
                OutboundRequest.get(url.read().uri(), maxBytes)
                        .withHeader("Accept", "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"),
                known);
        boolean byDate = CacheHeaders.asksByDate(request);
        return client.exchange(request, exchange -> {
            boolean redirected = !exchange.uri().equals(request.uri());
            if (exchange.status() == 304 && byDate && redirected) {
                return Optional.empty();
            }
            if (exchange.status() == 304 && (byDate || CacheHeaders.asksByTag(request))) {
                // Also where another URL answers than last time: its tag would be another, unless it is the same page.
                throw new NotModified(said(exchange, known, redirected));
            }
            PageMetadata page = pages.read(request.uri(), exchange);
            return Optional.of(of(url, page).withFreshness(said(exchange, Freshness.UNKNOWN, redirected)));
        });
    }

    /**
     * What an answer says of how long it holds. After a redirect it is another URL's, and how long the redirect holds is
     * not said, nor when it changed: a page to sign in that is older than the bug's would seem to be the bug's, unchanged.
     * What is left is the tag.
     */
    private Freshness said(Exchange exchange, Freshness before, boolean redirected) {
        Freshness said = CacheHeaders.of(exchange, before, clock.instant());
        return redirected ? new Freshness(said.etag(), null, null) : said;
    }

    private static BugDetails of(BugUrl url, PageMetadata page) {
        return BugDetails.of(lastNumber(url), page.title())
                .withDescription(page.description() == null ? "" : SafeHtml.fromPlainText(page.description()))
                .withImage(page.image())
                .withSiteName(page.siteName())
                .asOpenGraph();
    }

    /**
     * Reads the page because the tracker's API failed. All of it, whatever is cached: that the page did not change would
     * hide that the API failed.
     *
     * @throws FetchException where the page does not serve either. It tells why the API failed, since that is what
     *     somebody must mend; but a page that is not there, behind an API that is merely out of order, is no bug.
     */
    BugDetails detailsInsteadOf(FetchException apiFailure, BugUrl url) {
        try {
            return details(url.withCached(BugUrl.Cached.NOTHING)).insteadOf(apiFailure);
        } catch (FetchException pageFailure) {
            boolean isNoBug = pageFailure.reason().equals(FailureReason.NOT_FOUND)
                    && apiFailure.reason().passesByItself();
            throw isNoBug ? pageFailure : apiFailure;
        }
    }

    /**
     * The last number in the path or the query; {@code null} where there is none. Of a tracker's URL that is not understood,
     * a number that is part of a key ({@code OP-382}) is none: it may be another bug's.
     */
    static @Nullable String lastNumber(BugUrl url) {
        String both = url.url().path() + "?" + url.url().query().orElse("");
        Matcher numbers = NUMBER.matcher(PERCENT_ESCAPE.matcher(both).replaceAll(" "));
        String last = null;
        while (numbers.find()) {
            boolean ofKey = url.system().isPresent() && numbers.group(1) != null;
            last = ofKey ? null : numbers.group(2);
        }
        return last;
    }
}
