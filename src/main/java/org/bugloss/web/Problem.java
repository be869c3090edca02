package org.bugloss.web;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An error as callers get it: a problem document (RFC 9457). Thrown anywhere below a resource, it becomes the answer.
 *
 * <p>The detail is for the caller: what is wrong, with which value, what is allowed. It never holds a secret, a stack
 * trace or an upstream's body.
 */
public final class Problem extends RuntimeException {

    /** The media type of problem documents. */
    public static final MediaType MEDIA_TYPE = new MediaType("application", "problem+json");

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String detail;
    private final @Nullable String reason;
    private final @Nullable Duration retryAfter;
    private final @Nullable Instant retryAt;

    private Problem(
            int status,
            String detail,
            @Nullable String reason,
            @Nullable Duration retryAfter,
            @Nullable Instant retryAt) {
        super(detail, null, false, false);
        this.status = status;
        this.detail = detail;
        this.reason = reason;
        this.retryAfter = retryAfter;
        this.retryAt = retryAt;
    }

    /** A problem of an HTTP status, with what the caller should know. */
    public static Problem of(int status, String detail) {
        return new Problem(status, detail, null, null, null);
    }

    /** 400: the request itself is wrong. */
    public static Problem badRequest(String detail) {
        return of(400, detail);
    }

    /** 404: there is no such thing. */
    public static Problem notFound(String detail) {
        return of(404, detail);
    }

    /** The same problem with the word that says why a source failed (a member {@code reason}). */
    public Problem because(String word) {
        return new Problem(status, detail, word, retryAfter, retryAt);
    }

    /** The same problem with {@code Retry-After}: whole seconds, at least one. */
    public Problem retryAfter(Duration wait) {
        return new Problem(status, detail, reason, wait, retryAt);
    }

    /** The same problem with a member that says when to come again, for a problem that is a part of an answer. */
    public Problem retryAt(Instant moment) {
        return new Problem(status, detail, reason, retryAfter, moment);
    }

    /** What {@code Retry-After} is to be: whole seconds, at least one; empty where there is none. */
    public Optional<String> retryAfter() {
        return Optional.ofNullable(retryAfter).map(wait -> Long.toString(Math.max(1, (wait.toMillis() + 999) / 1000)));
    }

    public int status() {
        return status;
    }

    String detail() {
        return detail;
    }

    /**
     * The document: {@code type}, {@code title}, {@code status}, {@code detail}, and {@code reason} and {@code retry_at} where
     * there are such.
     */
    public JsonObject document() {
        JsonObjectBuilder document = JSON.createObjectBuilder()
                .add("type", "about:blank")
                .add("title", title())
                .add("status", status)
                .add("detail", detail);
        if (reason != null) {
            document.add("reason", reason);
        }
        if (retryAt != null) {
            document.add("retry_at", retryAt.truncatedTo(ChronoUnit.MILLIS).toString());
        }
        return document.build();
    }

    /** The answer. */
    public Response response() {
        Response.ResponseBuilder response = Response.status(status)
                .type(MEDIA_TYPE)
                .header("Cache-Control", "no-store")
                .entity(document().toString());
        retryAfter().ifPresent(seconds -> response.header("Retry-After", seconds));
        return response.build();
    }

    private String title() {
        Response.Status known = Response.Status.fromStatusCode(status);
        return switch (status) {
            case 202 -> "Not there yet";
            case 422 -> "Unprocessable Content";
            default -> known == null ? "Error" : known.getReasonPhrase();
        };
    }
}
