package org.bugloss.web;

import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Answers with a problem document where a server would send a page of its own: JAX-RS implementations do so for headers
 * that they cannot read, before any exception mapper gets to see it.
 */
public final class ProblemResponse extends HttpServletResponseWrapper {

    private static final System.Logger LOG = System.getLogger(ProblemResponse.class.getName());

    /** As {@link Problem#MEDIA_TYPE}, whose text only JAX-RS can make. */
    private static final String MEDIA_TYPE = "application/problem+json";

    ProblemResponse(HttpServletResponse response) {
        super(response);
    }

    @Override
    public void sendError(int status, String message) throws IOException {
        sendError(status);
    }

    @Override
    public void sendError(int status) throws IOException {
        resetBuffer();
        send(this, Problems.ofStatus(status));
    }

    /** Sends a problem as the whole answer; nothing comes of it where whoever asked is gone. */
    public static void send(HttpServletResponse response, Problem problem) {
        send(response, problem, false);
    }

    /**
     * Sends a problem as the whole answer.
     *
     * @param wasProved whether the request showed a token: then a 401 says what is wrong with it (RFC 6750, 3)
     */
    static void send(HttpServletResponse response, Problem problem, boolean wasProved) {
        response.setStatus(problem.status());
        response.setContentType(MEDIA_TYPE);
        response.setHeader("Cache-Control", "no-store");
        if (problem.status() == 401) {
            response.setHeader(
                    "WWW-Authenticate",
                    "Bearer realm=\"bugloss\""
                            + (wasProved
                                    ? ", error=\"invalid_token\", error_description=\"" + quoted(problem) + "\""
                                    : ""));
        }
        problem.retryAfter().ifPresent(seconds -> response.setHeader("Retry-After", seconds));
        try {
            response.getOutputStream().write(problem.document().toString().getBytes(StandardCharsets.UTF_8));
            response.flushBuffer();
        } catch (IOException e) {
            // Thrown to Payara, it is 60 lines in the log for each body that a stranger breaks off.
            LOG.log(System.Logger.Level.DEBUG, "Whoever asked is gone", e);
        }
    }

    /** RFC 6750, 3: neither quotes nor backslashes, and ASCII alone. */
    private static String quoted(Problem problem) {
        return problem.detail().replaceAll("[^\\x20-\\x7e]|[\"\\\\]", "?");
    }
}
