package org.bugloss.outbound;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the headers of an answer say of how long it holds, and the headers that ask whether it still does. Servers may send
 * anything: what is not as it should be counts as not said.
 *
 * <p>As RFC 9111 has it for a cache that many share:
 *
 * <ul>
 *   <li>An answer is fresh for {@code s-maxage}, else for {@code max-age}, else from {@code Date} until {@code Expires}; in
 *       each case less its {@code Age}. For a year at most.
 *   <li>{@code no-cache}, {@code private} and {@code no-store} outdo these, with or without the names of headers behind
 *       them: nothing is said of how long the answer is fresh then.
 *   <li>With {@code no-store}, not even that by which one could ask again is kept.
 *   <li>The first of several directives of one name counts. One that is no number makes the answer one that is not fresh.
 * </ul>
 *
 * <p>An answer that is not fresh for any time at all is as one that does not say.
 */
public final class CacheHeaders {

    private static final String IF_NONE_MATCH = "If-None-Match";
    private static final String IF_MODIFIED_SINCE = "If-Modified-Since";

    private static final int LONGEST_TAG = 300;
    private static final int LONGEST_DATE = 100;
    private static final long YEAR = Duration.ofDays(365).toSeconds();

    /** RFC 9111, 1.2.2: what stands for all numbers that are larger. */
    private static final long MOST_SECONDS = 1L << 31;

    private static final Pattern TAG = Pattern.compile("(?:W/)?\"[ !#-~]*\"");

    /** What Mantis sends, and compares as it stands. A lone {@code *} is none: it would match whatever there is. */
    private static final Pattern BARE_TAG = Pattern.compile("[\\w.:+/=-]+");

    private static final Pattern DIRECTIVE = Pattern.compile("([\\w-]+)(?:=(?:\"([^\"]*)\"|([^\\s,\"]*)))?");

    private CacheHeaders() {}

    /**
     * What an answer says.
     *
     * @param before what holds of its {@code ETag} and {@code Last-Modified} where this answer has none: at a 304, what was
     *     asked with
     * @param now what counts as the answer's {@code Date} where it has none
     */
    public static Freshness of(Exchange exchange, Freshness before, Instant now) {
        Map<String, String> said = directives(exchange.headers("Cache-Control"));
        if (said.containsKey("no-store")) {
            return Freshness.UNKNOWN;
        }
        return new Freshness(
                exchange.header("ETag")
                        .map(String::strip)
                        .filter(CacheHeaders::isTag)
                        .orElse(before.etag()),
                exchange.header("Last-Modified")
                        .map(String::strip)
                        .filter(CacheHeaders::isDate)
                        .orElse(before.lastModified()),
                maxAge(said, exchange, now));
    }

    /** The tag that an API's {@code ETag} header holds; empty where it holds none. Not all APIs put it into quotes. */
    public static Optional<String> tagOfApi(String header) {
        return Optional.of(header.strip()).filter(tag -> isTag(tag) || isBareTag(tag));
    }

    /** The request that is only answered in full where the answer is another than that of which this was said. */
    public static OutboundRequest unlessSame(OutboundRequest request, Freshness known) {
        OutboundRequest asking = request;
        if (known.etag() != null && (isTag(known.etag()) || isBareTag(known.etag()))) {
            asking = asking.withHeader(IF_NONE_MATCH, known.etag());
        }
        if (known.lastModified() != null && isDate(known.lastModified())) {
            asking = asking.withHeader(IF_MODIFIED_SINCE, known.lastModified());
        }
        return asking;
    }

    /** Whether a request asks by a tag, against which a date does not count (RFC 9110, 13.1.3). */
    public static boolean asksByTag(OutboundRequest request) {
        return request.headers().containsKey(IF_NONE_MATCH);
    }

    /** Whether a request asks by a date and nothing better. */
    public static boolean asksByDate(OutboundRequest request) {
        return !asksByTag(request) && request.headers().containsKey(IF_MODIFIED_SINCE);
    }

    private static @Nullable Duration maxAge(Map<String, String> said, Exchange exchange, Instant now) {
        if (said.containsKey("no-cache") || said.containsKey("private")) {
            return null;
        }
        Optional<Long> lifetime;
        if (said.containsKey("s-maxage")) {
            lifetime = seconds(said.get("s-maxage"));
        } else if (said.containsKey("max-age")) {
            lifetime = seconds(said.get("max-age"));
        } else {
            Instant date = exchange.header("Date").flatMap(CacheHeaders::date).orElse(now);
            lifetime = exchange.header("Expires")
                    .flatMap(CacheHeaders::date)
                    .map(end -> Duration.between(date, end).toSeconds());
        }
        long age = exchange.header("Age").flatMap(CacheHeaders::seconds).orElse(0L);
        return lifetime.map(seconds -> seconds - age)
                .filter(left -> left > 0)
                .map(left -> Duration.ofSeconds(Math.min(left, YEAR)))
                .orElse(null);
    }

    private static Map<String, String> directives(List<String> headers) {
        Map<String, String> directives = new HashMap<>();
        for (String header : headers) {
            Matcher directive = DIRECTIVE.matcher(header);
            while (directive.find()) {
                String value = directive.group(2) == null ? directive.group(3) : directive.group(2);
                directives.putIfAbsent(directive.group(1).toLowerCase(Locale.ROOT), value == null ? "" : value);
            }
        }
        return directives;
    }

    private static Optional<Long> seconds(String value) {
        String digits = value.strip().replaceFirst("^0+(?=.)", "");
        if (!digits.matches("[0-9]+")) {
            return Optional.empty();
        }
        return Optional.of(digits.length() > 10 ? MOST_SECONDS : Math.min(Long.parseLong(digits), MOST_SECONDS));
    }

    private static boolean isTag(String value) {
        return value.length() <= LONGEST_TAG && TAG.matcher(value).matches();
    }

    private static boolean isBareTag(String value) {
        return value.length() <= LONGEST_TAG && BARE_TAG.matcher(value).matches();
    }

    private static boolean isDate(String value) {
        return value.length() <= LONGEST_DATE
                && value.endsWith(" GMT")
                && date(value).isPresent();
    }

    /** In the one form that RFC 9110, 5.6.7 lets servers send; the two of last century are not worth their lines. */
    private static Optional<Instant> date(String value) {
        try {
            return Optional.of(ZonedDateTime.parse(value.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
