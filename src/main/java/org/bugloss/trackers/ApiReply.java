package org.bugloss.trackers;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.bugloss.outbound.CacheHeaders;
import org.bugloss.outbound.Exchange;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.bugloss.outbound.RetryAfter;

/**
 * What an API answered, whatever its status: for trackers that tell more with a status or a header than most do.
 * Immutable.
 *
 * @param host who answered
 * @param status the HTTP status
 * @param headers those that trackers are known to tell something with, by name, case ignored
 * @param text the body, as UTF-8
 */
public record ApiReply(String host, int status, Map<String, String> headers, String text) {

    /** After a rate limit that does not say until when: GitHub's documentation asks for a minute at least. */
    private static final long RATE_LIMIT_SECONDS = 60;

    private static final List<String> TELLING = List.of(
            "Content-Type",
            "Date",
            "Retry-After",
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-RateLimit-Reset",
            "RateLimit-Limit",
            "RateLimit-Remaining",
            "RateLimit-Reset",
            "ETag",
            "Last-Modified",
            "Link",
            "X-Total-Count",
            "WWW-Authenticate",
            "X-Seraph-LoginReason",
            "X-Authentication-Denied-Reason");

    /**
     * What routers write who know no such path, in JSON: those of Grape (GitLab), JAX-RS and Jersey (Jira, YouTrack), Spring,
     * ASP.NET (Azure) and Kong; and Atlassian's Cloud for a site that there is not.
     */
    private static final Pattern ROUTERS = Pattern.compile("^\\s*\\{\\s*\"error\"\\s*:\\s*\"404 Not Found\"\\s*\\}"
            + "|HTTP 404 Not Found|\\bnull for uri|\\bno Route matched|No HTTP resource was found"
            + "|\\b[Cc]ontroller\\b[^\\n]{0,300}\\bwas not found|Site temporarily unavailable"
            + "|\"timestamp\"\\s*:[^{}]{0,1000}\"path\"\\s*:");

    static ApiReply of(Exchange exchange, int maxBytes) throws IOException {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String name : TELLING) {
            exchange.header(name).ifPresent(value -> headers.put(name, value));
        }
        String text = new String(exchange.body().readAllBytes(), StandardCharsets.UTF_8);
        String host = exchange.uri().getHost();
        if (exchange.cut()) {
            throw new AnswerTooLarge(host, maxBytes);
        }
        return new ApiReply(host, exchange.status(), headers, text);
    }

    /** The first header of this name, of those that are kept. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** Whether the API says that there is no such thing: 404 or 410. */
    public boolean isMissing() {
        return status == 404 || status == 410;
    }

    /**
     * Whether a web server says with a page of its own that there is nothing at this URL: there is no API there then,
     * which is something else than an API that does not know a bug.
     */
    public boolean isMissingPage() {
        return isMissing() && isWebPage() && !text.isBlank();
    }

    /**
     * Whether the API itself says that there is no such bug: 404 or 410, with a JSON object or nothing at all. What a proxy,
     * a web server or the router in front of the API has to say, says nothing of a bug.
     */
    public boolean isNoSuchBug() {
        return isMissing()
                && (text.isBlank()
                        || text.stripLeading().startsWith("{")
                                && !ROUTERS.matcher(text).find());
    }

    /** Whether the API did as it was asked: 200 to 299. */
    public boolean isSuccess() {
        return status >= 200 && status <= 299;
    }

    /** Whether this is a web page rather than an answer of an API: what proxies, portals and sign-in pages answer. */
    public boolean isWebPage() {
        return header("Content-Type").orElse("").toLowerCase(Locale.ROOT).startsWith("text/html");
    }

    /** Whether this is a page of a list that goes on, as the header {@code Link} says (RFC 8288). */
    public boolean hasNextPage() {
        return header("Link").orElse("").contains("rel=\"next\"");
    }

    /** What time it was by the server's clock when it answered, to the second; empty where it does not say. */
    Optional<Instant> date() {
        try {
            return header("Date")
                    .map(date -> ZonedDateTime.parse(date.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /**
     * This reply, where it is a success of an API.
     *
     * @throws FetchException that tells apart: credentials, permission, rate limit (until when), web page, other status
     */
    public ApiReply orFail() {
        if (!isSuccess()) {
            throw refusal();
        }
        if (isWebPage()) {
            throw new FetchException(
                    FailureReason.UNEXPECTED_ANSWER,
                    host + " answered with a web page where its API was expected:"
                            + " check the API's URL, and whether the credentials are still good");
        }
        return this;
    }

    /**
     * The body as JSON.
     *
     * @throws FetchException where it is none
     */
    public Json json() {
        try (JsonReader reader = JSON.createReader(new StringReader(text))) {
            return new Json(reader.readValue());
        } catch (RuntimeException e) {
            // Not only JsonException: nesting that is too deep is another exception with each parser.
            throw new FetchException(
                    FailureReason.UNEXPECTED_ANSWER, "the answer of the API of " + host + " is no JSON");
        }
    }

    /**
     * By what the API tells whether this answer still holds, for {@link BugDetails#withFreshness} where it is the only answer
     * that the details are made of. Its {@code ETag} and no more. How long an API lets answers be kept is meant for browsers
     * (GitHub says 60 seconds with each, Mantis that none may be kept, and both honour the tag); how long details are fresh
     * is a setting of the system.
     */
    public Freshness freshness() {
        return new Freshness(header("ETag").flatMap(CacheHeaders::tagOfApi).orElse(null), null, null);
    }

    private FetchException refusal() {
        boolean noneLeft = header("X-RateLimit-Remaining")
                .filter(left -> left.strip().equals("0"))
                .isPresent();
        boolean limited = status == 429 || status == 403 && (noneLeft || headers.containsKey("Retry-After"));
        if (limited) {
            return new FetchException(
                    FailureReason.RATE_LIMITED, "the API of " + host + " limits the rate of requests", until(), null);
        }
        String hint = switch (status) {
            case 401 -> ": it does not know the credentials, or wants some";
            case 403 -> ": the credentials do not suffice";
            case 404, 410 -> ": check the API's URL, and whether this version of the tracker has such an API";
            default -> "";
        };
        return new FetchException(
                isMissing() ? FailureReason.UNEXPECTED_ANSWER : FailureReason.ofStatus(status),
                "the API of " + host + " answered with status " + status + hint,
                headers.containsKey("Retry-After") ? until() : null,
                null);
    }

    /** What the API says of its rate limit, where it does: how much is left at least. */
    Optional<SystemStates.RateLimit> rateLimit() {
        return number("Remaining")
                .map(remaining -> new SystemStates.RateLimit(
                        number("Limit").orElse(null),
                        remaining,
                        header("X-RateLimit-Reset")
                                .or(() -> header("RateLimit-Reset"))
                                .flatMap(value -> moment(value.strip()))
                                .orElse(null)));
    }

    private Optional<Long> number(String which) {
        return header("X-RateLimit-" + which)
                .or(() -> header("RateLimit-" + which))
                .map(String::strip)
                .filter(value -> value.matches("\\d{1,15}"))
                .map(Long::valueOf);
    }

    /**
     * When the API wants to be asked again: {@link RetryAfter}, or the end of
     * the rate limit in seconds since 1970, as GitHub, Gitea and GitLab give it, or as a time, as Jira does. A minute from
     * now where it does not say.
     */
    public Instant until() {
        Instant now = Instant.now();
        return header("Retry-After")
                .flatMap(value -> RetryAfter.read(value, now))
                .or(() -> header("X-RateLimit-Reset")
                        .or(() -> header("RateLimit-Reset"))
                        .flatMap(value -> moment(value.strip())))
                .orElse(now.plusSeconds(RATE_LIMIT_SECONDS));
    }

    private static Optional<Instant> moment(String value) {
        if (value.matches("\\d{9,11}")) {
            return Optional.of(Instant.ofEpochSecond(Long.parseLong(value)));
        }
        return Json.time(value);
    }
}
