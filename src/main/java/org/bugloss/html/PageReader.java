package org.bugloss.html;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.Exchange;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.LeadsOn;
import org.bugloss.outbound.RetryAfter;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a web page says of itself, or says why it is not the page that was asked for. Safe for use by many threads.
 *
 * <p>The body is read no further than it must be: where the head of the page has title and description in the sources
 * that come first, what is behind the head is never fetched.
 */
public final class PageReader {

    private static final int CHUNK = 8192;

    /** As much as the MIME Sniffing standard looks at, rounded up so that a licence in a comment fits before {@code html}. */
    private static final int SNIFFED = 1024;

    /** Beginnings of HTML by the <a href="https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type">
     * MIME Sniffing standard</a>, and {@code meta}, which tag soup begins with. */
    private static final Pattern HTML_START = Pattern.compile(
            "(?i)\\s{0,512}<(?:!--|(?:!doctype html|html|head|body|meta|title|script|style|iframe|table|div|font|h1|br|a|b|p)"
                    + "[\\s>])[\\s\\S]*");

    private static final Pattern HTML_TAG = Pattern.compile("(?i)<(?:!doctype )?html[\\s>]");

    private final Clock clock;

    /** @param clock tells when {@code Retry-After: 30} is */
    public PageReader(Clock clock) {
        this.clock = clock;
    }

    /**
     * The metadata of the page that an exchange brings.
     *
     * @param requested what was asked for, before redirects
     * @param exchange the answer
     * @throws LeadsOn where the page only leads on to another
     * @throws FetchException where the answer is not the page: {@code sign_in_page}; {@code forbidden} for a bot wall as
     *     for status 403; {@code not_found}, {@code http_STATUS} and the like for a status or a page that says so;
     *     {@code not_html}; {@code unexpected_answer} where a page has no title at all, or is
     *     the empty shell of an application
     * @throws IOException where the body cannot be read
     */
    public PageMetadata read(URI requested, Exchange exchange) throws IOException {
        String host = String.valueOf(exchange.uri().getHost());
        // A sign-in that answers 404 says nothing of the bug. A server in trouble, or one that limits, is that first.
        int status = exchange.status();
        if ((status < 400 || status == 401 || status == 403 || status == 404)
                && SignInPage.redirected(requested, exchange.uri())) {
            throw signIn(host);
        }
        if (BotWall.announced(exchange)) {
            throw wall(host);
        }
        if (status < 200 || status > 299) {
            throw new FetchException(
                    FailureReason.ofStatus(status), host + " answered with status " + status, retryAt(exchange), null);
        }
        return metadata(exchange);
    }

    private static PageMetadata metadata(Exchange exchange) throws IOException {
        Optional<String> contentType = exchange.header("Content-Type");
        MediaType type = MediaType.of(contentType);
        if (type == MediaType.OTHER) {
            throw notHtml(exchange.uri(), contentType);
        }
        InputStream body = exchange.body();
        HeadEnd headEnd = new HeadEnd();
        byte[] bytes = new byte[4 * CHUNK];
        int length = 0;
        int head = -1;
        boolean sniffed = type == MediaType.HTML || type == MediaType.XHTML;
        try {
            for (int read = 0; read >= 0; length += Math.max(read, 0)) {
                if (!sniffed && length >= SNIFFED) {
                    sniff(bytes, length, type, exchange);
                    sniffed = true;
                }
                // In XHTML anything may be in a CDATA section.
                if (head < 0 && !type.isXml()) {
                    head = headEnd.find(bytes, length);
                    if (head >= 0 && sniffed) {
                        ParsedPage page = parsed(bytes, head, type, exchange);
                        boolean serves = !isSuspect(page, exchange);
                        if (serves && page.tags().suffice()) {
                            return page.metadata();
                        }
                        if (serves && !page.metadata().title().isEmpty() && !EmptyShell.isNamed(page)) {
                            exchange.enough();
                        }
                    }
                }
                if (length == bytes.length) {
                    bytes = Arrays.copyOf(bytes, bytes.length * 2);
                }
                read = body.read(bytes, length, Math.min(CHUNK, bytes.length - length));
            }
        } catch (IOException e) {
            return ofWhatArrived(bytes, length, sniffed, type, exchange).orElseThrow(() -> e);
        }
        if (!sniffed) {
            sniff(bytes, length, type, exchange);
        }
        return judged(parsed(bytes, length, type, exchange), exchange);
    }

    /** The metadata of a page that broke off, where what arrived has a title and cannot be anything but the page. */
    private static Optional<PageMetadata> ofWhatArrived(
            byte[] bytes, int length, boolean sniffed, MediaType type, Exchange exchange) {
        if (!sniffed) {
            return Optional.empty();
        }
        ParsedPage page = parsed(bytes, length, type, exchange);
        if (MetaRefresh.suspected(page, exchange)) {
            exchange.enough();
            return Optional.of(judged(page, exchange));
        }
        boolean serves = !page.metadata().title().isEmpty() && !isSuspect(page, exchange) && !EmptyShell.isNamed(page);
        if (!serves) {
            return Optional.empty();
        }
        exchange.enough();
        return Optional.of(page.metadata());
    }

    private static ParsedPage parsed(byte[] bytes, int length, MediaType type, Exchange exchange) {
        return ParsedPage.parse(
                PageCharset.decode(bytes, length, exchange.header("Content-Type")), exchange.uri(), type.isXml());
    }

    private static boolean isSuspect(ParsedPage page, Exchange exchange) {
        return SignInPage.suspected(page)
                || BotWall.suspected(page)
                || ErrorPage.suspected(page)
                || MetaRefresh.suspected(page, exchange);
    }

    private static PageMetadata judged(ParsedPage page, Exchange exchange) {
        if (BotWall.recognised(page)) {
            throw wall(page.host());
        }
        Optional<CanonicalUrl> next = MetaRefresh.target(page, exchange);
        if (next.isPresent()) {
            throw new LeadsOn(next.get());
        }
        Optional<FailureReason> error = ErrorPage.recognised(page);
        if (error.isPresent()) {
            throw new FetchException(
                    error.get(),
                    page.host() + " answered with an error page: "
                            + page.metadata().title());
        }
        if (SignInPage.recognised(page)) {
            throw signIn(page.host());
        }
        if (page.metadata().title().isEmpty()) {
            throw new FetchException(
                    FailureReason.UNEXPECTED_ANSWER, page.host() + " answered with a page that has no title");
        }
        // What broke off may have had a text.
        if (!exchange.cut() && EmptyShell.recognised(page)) {
            throw new FetchException(
                    FailureReason.UNEXPECTED_ANSWER,
                    page.host() + " answered with an empty page that a script fills: "
                            + page.metadata().title());
        }
        return page.metadata();
    }

    private static void sniff(byte[] bytes, int length, MediaType type, Exchange exchange) {
        Optional<String> contentType = exchange.header("Content-Type");
        String start = PageCharset.decode(bytes, Math.min(length, SNIFFED), contentType);
        boolean html = HTML_TAG.matcher(start).find()
                || type == MediaType.UNKNOWN && HTML_START.matcher(start).matches();
        if (!html) {
            throw notHtml(exchange.uri(), contentType);
        }
    }

    private static FetchException signIn(String host) {
        return new FetchException(FailureReason.SIGN_IN_PAGE, host + " answered with a page to sign in");
    }

    private static FetchException wall(String host) {
        return new FetchException(
                FailureReason.FORBIDDEN, host + " answered with a page that keeps automated visitors out");
    }

    private static FetchException notHtml(URI uri, Optional<String> contentType) {
        String type =
                contentType.map(SafeHtml::plainText).filter(t -> !t.isEmpty()).orElse("no Content-Type");
        return new FetchException(
                FailureReason.NOT_HTML,
                uri.getHost() + " answered with something else than a web page: " + SafeHtml.excerptOf(type, 80));
    }

    private @Nullable Instant retryAt(Exchange exchange) {
        return exchange.header("Retry-After")
                .flatMap(value -> RetryAfter.read(value, clock.instant()))
                .orElse(null);
    }

    private enum MediaType {
        HTML,
        XHTML,
        /** It may be XHTML, or a feed. */
        XML,
        /** It was not said, and must be seen from the bytes. */
        UNKNOWN,
        OTHER;

        boolean isXml() {
            return this == XHTML || this == XML;
        }

        static MediaType of(Optional<String> contentType) {
            String essence = contentType.orElse("").split("[;,]", 2)[0].strip().toLowerCase(Locale.ROOT);
            return switch (essence) {
                case "text/html" -> HTML;
                case "application/xhtml+xml" -> XHTML;
                case "application/xml", "text/xml" -> XML;
                case "", "unknown/unknown", "application/unknown", "*/*", "application/octet-stream" -> UNKNOWN;
                default -> OTHER;
            };
        }
    }
}
