package org.bugloss.trackers;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import org.bugloss.outbound.Exchange;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.outbound.OutboundRequest;

/**
 * The API of one system: sends requests through the guarded client, with that system's credentials, and tells the ways
 * apart in which an API does not answer. Safe for use by several threads.
 */
public final class TrackerApi {

    /** A hundred bugs with long descriptions fit; a body without an end does not. */
    private static final int MAX_BYTES = 20 * 1024 * 1024;

    /** After a rate limit that does not say until when: GitHub's documentation asks for a minute at least. */
    private static final long RATE_LIMIT_SECONDS = 60;

    private static final JsonReaderFactory READERS = Json.createReaderFactory(Map.of());

    private final OutboundClient client;
    private final String base;
    private final Map<String, String> headers;
    private final Map<String, String> credentials;

    /** @param base where the API's paths begin, with or without a slash at the end */
    TrackerApi(OutboundClient client, String base, Map<String, String> headers, Map<String, String> credentials) {
        this.client = client;
        this.base = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        this.headers = headers;
        this.credentials = credentials;
    }

    /**
     * Asks for a resource.
     *
     * @param path with a slash in front, percent-encoded, with its query
     * @return the JSON answer; empty where the API says 404 or 410
     * @throws FetchException where the API can't be asked or does not answer with JSON
     */
    public Optional<org.bugloss.trackers.Json> get(String path) {
        OutboundRequest request = OutboundRequest.get(URI.create(base + path), MAX_BYTES);
        return exchange(request);
    }

    /**
     * Sends a JSON document and reads the JSON answer.
     *
     * @throws FetchException as {@link #get}, and where the API says 404: the API itself is not there then
     */
    public org.bugloss.trackers.Json post(String path, JsonObject body) {
        OutboundRequest request = OutboundRequest.post(URI.create(base + path), body.toString(), MAX_BYTES);
        return exchange(request)
                .orElseThrow(() -> new FetchException(
                        FailureReason.UNEXPECTED_ANSWER, "there is no API at " + request.uri() + " (status 404)"));
    }

    private Optional<org.bugloss.trackers.Json> exchange(OutboundRequest request) {
        OutboundRequest complete = request.withCredentials(credentials);
        for (Map.Entry<String, String> header : headers.entrySet()) {
            complete = complete.withHeader(header.getKey(), header.getValue());
        }
        return client.exchange(complete, TrackerApi::read);
    }

    private static Optional<org.bugloss.trackers.Json> read(Exchange exchange) throws IOException {
        int status = exchange.status();
        if (status == 404 || status == 410) {
            return Optional.empty();
        }
        if (status < 200 || status > 299) {
            throw refused(exchange);
        }
        String type = exchange.header("Content-Type").orElse("");
        if (type.startsWith("text/html")) {
            throw new FetchException(
                    FailureReason.UNEXPECTED_ANSWER,
                    exchange.uri().getHost() + " answered with a web page where its API was expected:"
                            + " check the API's URL, and whether the credentials are still good");
        }
        try (JsonReader reader = READERS.createReader(exchange.body())) {
            return Optional.of(new org.bugloss.trackers.Json(reader.readValue()));
        } catch (RuntimeException e) {
            if (e.getCause() instanceof IOException broken) {
                throw broken;
            }
            // Not only JsonException: nesting that is too deep is another exception with each parser.
            String why = exchange.cut() ? "is larger than " + MAX_BYTES + " bytes" : "is no JSON";
            throw new FetchException(
                    FailureReason.UNEXPECTED_ANSWER,
                    "the answer of the API of " + exchange.uri().getHost() + " " + why);
        }
    }

    private static FetchException refused(Exchange exchange) {
        int status = exchange.status();
        String host = exchange.uri().getHost();
        boolean noneLeft = exchange.header("X-RateLimit-Remaining")
                .filter(left -> left.strip().equals("0"))
                .isPresent();
        boolean limited = status == 429
                || status == 403 && (noneLeft || exchange.header("Retry-After").isPresent());
        if (limited) {
            return new FetchException(
                    FailureReason.RATE_LIMITED,
                    "the API of " + host + " limits the rate of requests",
                    until(exchange),
                    null);
        }
        String hint = switch (status) {
            case 401 -> ": it does not know the credentials, or wants some";
            case 403 -> ": the credentials do not suffice";
            default -> "";
        };
        return new FetchException(
                FailureReason.ofStatus(status),
                "the API of " + host + " answered with status " + status + hint,
                exchange.header("Retry-After").isPresent() ? until(exchange) : null,
                null);
    }

    /** RFC 9110, 10.2.3: seconds or a date. GitHub, Gitea and GitLab give the limit's end in seconds since 1970. */
    private static Instant until(Exchange exchange) {
        Instant now = Instant.now();
        Optional<Instant> retryAfter = exchange.header("Retry-After").flatMap(value -> moment(value.strip(), now));
        Optional<Instant> reset = exchange.header("X-RateLimit-Reset")
                .or(() -> exchange.header("RateLimit-Reset"))
                .filter(value -> value.strip().matches("\\d{9,11}"))
                .map(value -> Instant.ofEpochSecond(Long.parseLong(value.strip())));
        return retryAfter.or(() -> reset).orElse(now.plusSeconds(RATE_LIMIT_SECONDS));
    }

    private static Optional<Instant> moment(String value, Instant now) {
        if (value.matches("\\d{1,9}")) {
            return Optional.of(now.plusSeconds(Long.parseLong(value)));
        }
        try {
            return Optional.of(ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant());
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
