package org.bugloss.trackers;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bugloss.configuration.Keys;
import org.bugloss.html.PageMetadata;
import org.bugloss.html.PageReader;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.outbound.OutboundKeys;
import org.bugloss.outbound.OutboundRequest;

/**
 * The default behind all trackers: what the bug's web page says of itself in its Open Graph tags and their kin. Safe
 * for use by several threads.
 */
@ApplicationScoped
public class OpenGraph {

    /** The name under which details that no tracker gave are known. */
    public static final String NAME = "OpenGraph";

    private static final Pattern NUMBER = Pattern.compile("\\d+");

    /** Its digits are none of the URL's numbers. */
    private static final Pattern PERCENT_ESCAPE = Pattern.compile("%[0-9A-Fa-f]{2}");

    private final OutboundClient client;
    private final PageReader pages;
    private final int maxBytes;

    /** For CDI's proxy. */
    protected OpenGraph() {
        this.client = null;
        this.pages = null;
        this.maxBytes = 0;
    }

    @Inject
    public OpenGraph(OutboundClient client, Keys keys, Clock clock) {
        this.client = client;
        this.pages = new PageReader(clock);
        this.maxBytes = OutboundKeys.maxBytes(keys);
    }

    /**
     * Reads the page.
     *
     * @throws FetchException where there is no page, or it is a sign-in page, a bot wall or an error page
     */
    public BugDetails details(BugUrl url) {
        OutboundRequest request = OutboundRequest.get(url.url().uri(), maxBytes)
                .withHeader("Accept", "text/html, application/xhtml+xml;q=0.9, */*;q=0.1");
        PageMetadata page = client.exchange(request, exchange -> pages.read(request.uri(), exchange));
        return new BugDetails(
                lastNumber(url),
                page.title(),
                page.description() == null ? "" : SafeHtml.fromPlainText(page.description()),
                null,
                null,
                page.image(),
                page.siteName(),
                BugFields.NONE,
                true,
                null,
                Freshness.UNKNOWN);
    }

    /**
     * Reads the page because the tracker's API failed.
     *
     * @throws FetchException where the page does not serve either. It tells why the API failed, since that is what
     *     somebody must mend; but a page that is not there, behind an API that is merely out of order, is no bug.
     */
    BugDetails detailsInsteadOf(FetchException apiFailure, BugUrl url) {
        try {
            return details(url).insteadOf(apiFailure);
        } catch (FetchException pageFailure) {
            throw pageFailure.reason().equals(FailureReason.NOT_FOUND) && passes(apiFailure) ? pageFailure : apiFailure;
        }
    }

    /** Whether a failure passes without anybody mending anything. */
    private static boolean passes(FetchException failure) {
        FailureReason reason = failure.reason();
        return reason.equals(FailureReason.RATE_LIMITED)
                || reason.equals(FailureReason.TIMEOUT)
                || reason.equals(FailureReason.CONNECT)
                || reason.word().startsWith("http_5");
    }

    /** The last number in the path or the query; {@code null} where there is none. */
    private static String lastNumber(BugUrl url) {
        String both = url.url().path() + "?" + url.url().query().orElse("");
        Matcher numbers = NUMBER.matcher(PERCENT_ESCAPE.matcher(both).replaceAll(" "));
        String last = null;
        while (numbers.find()) {
            last = numbers.group();
        }
        return last;
    }
}
