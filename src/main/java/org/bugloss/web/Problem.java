package org.bugloss.web;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
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

    private Problem(int status, String detail, @Nullable String reason, @Nullable Duration retryAfter) {
        super(detail, null, false, false);
        this.status = status;
        this.detail = detail;
        this.reason = reason;
        this.retryAfter = retryAfter;
    }

    /** A problem of an HTTP status, with what the caller should know. */
    public static Problem of(int status, String detail) {
        return new Problem(status, detail, null, null);
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
        return new Problem(status, detail, word, retryAfter);
    }

    /** The same problem with {@code Retry-After}: whole seconds, at least one. */
    public Problem retryAfter(Duration wait) {
        return new Problem(status, detail, reason, wait);
    }

    public int status() {
        return status;
    }

    /** The document: {@code type}, {@code title}, {@code status}, {@code detail}, and {@code reason} where there is one. */
    public JsonObject document() {
        JsonObjectBuilder document = JSON.createObjectBuilder()
                .add("type", "about:blank")
                .add("title", title())
                .add("status", status)
                .add("detail", detail);
        if (reason != null) {
            document.add("reason", reason);
        }
        return document.build();
    }

    /** The answer. */
    public Response response() {
        Response.ResponseBuilder response = Response.status(status)
                .type(MEDIA_TYPE)
                .header("Cache-Control", "no-store")
                .entity(document().toString());
        if (retryAfter != null) {
            response.header("Retry-After", Math.max(1, (retryAfter.toMillis() + 999) / 1000));
        }
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
