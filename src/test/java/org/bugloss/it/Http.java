package org.bugloss.it;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonStructure;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Speaks HTTP to a deployment. It follows no redirects, and waits a minute at most.
 *
 * @param base the context root, with no slash at its end
 */
public record Http(URI base) {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    /** For a query: {@code "/api/details?url=" + Http.encoded(url)}. */
    public static String encoded(Object value) {
        return URLEncoder.encode(value.toString(), StandardCharsets.UTF_8);
    }

    /**
     * @param path from the context root, as {@code /api/health}, with the query
     * @param headers names and values in turn
     */
    public Answer get(String path, String... headers) {
        return send(request(path, headers).GET());
    }

    public Answer delete(String path, String... headers) {
        return send(request(path, headers).DELETE());
    }

    /** Sends JSON, or what a {@code Content-Type} in the headers says. */
    public Answer post(String path, String body, String... headers) {
        return send("POST", path, body, headers);
    }

    /** Sends JSON, or what a {@code Content-Type} in the headers says. */
    public Answer put(String path, String body, String... headers) {
        return send("PUT", path, body, headers);
    }

    /** Sends JSON, or what a {@code Content-Type} in the headers says. */
    public Answer patch(String path, String body, String... headers) {
        return send("PATCH", path, body, headers);
    }

    /** Any method. Sends JSON, or what a {@code Content-Type} in the headers says. */
    public Answer send(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = request(path, headers).method(method, BodyPublishers.ofString(body));
        if (request.copy().build().headers().firstValue("Content-Type").isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        return send(request);
    }

    /** A request to this path, to be completed. */
    public HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(PATIENCE);
        return headers.length == 0 ? request : request.headers(headers);
    }

    public Answer send(HttpRequest.Builder request) {
        try {
            var response = CLIENT.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.headers(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new InterruptedIOException());
        }
    }

    /**
     * Asks again until the answer is as wanted, for what happens behind an answer. The last one is returned in any
     * case: assert on it.
     */
    public static Answer eventually(Supplier<Answer> ask, Predicate<Answer> wanted) {
        return Until.holds(ask, wanted, Duration.ofSeconds(30));
    }

    /** What came back. */
    public record Answer(int status, HttpHeaders headers, String body) {

        public Optional<String> header(String name) {
            return headers.firstValue(name);
        }

        /** The body, which must be a JSON object. */
        public JsonObject json() {
            return (JsonObject) structure();
        }

        /** The body, which must be JSON. */
        public JsonStructure structure() {
            try (JsonReader reader = Json.createReader(new StringReader(body))) {
                return reader.read();
            } catch (jakarta.json.JsonException e) {
                throw new AssertionError("not JSON: " + this, e);
            }
        }

        @Override
        public String toString() {
            return status + " " + headers.map() + "\n" + body;
        }
    }
}
