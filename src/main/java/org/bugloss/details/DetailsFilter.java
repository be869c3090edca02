package org.bugloss.details;

import jakarta.inject.Inject;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.web.Caller;
import org.bugloss.web.Compression;
import org.bugloss.web.ProblemResponse;
import org.bugloss.web.Problems;

/**
 * Answers questions for details before JAX-RS, where the answer is there: what remains then is a fraction of what JAX-RS takes to
 * find and call a resource. Whatever is out of the ordinary, and whoever has to wait, is left to {@link DetailsResource}, which
 * says the same in the same words ({@link DetailsAnswers}).
 */
public class DetailsFilter extends HttpFilter {

    private static final long serialVersionUID = 1L;

    private static final String ONE = "/api/details";
    private static final String MANY = "/api/details/query";
    private static final String PARAMETER = "url=";
    private static final String JSON = "application/json";

    @Inject
    private transient DetailsLookup lookup;

    @Inject
    private transient DetailsSettings settings;

    @Inject
    private transient Clock clock;

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!answered(request, response)) {
            chain.doFilter(request, response);
        }
    }

    private boolean answered(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!acceptsJson(request.getHeader("Accept"))) {
            return false;
        }
        String method = request.getMethod();
        if ((method.equals("GET") || method.equals("HEAD")) && isAt(request, ONE)) {
            return answeredOne(request, response);
        }
        return method.equals("POST")
                && isAt(request, MANY)
                && isJson(request.getContentType())
                && answeredMany(request, response);
    }

    private boolean answeredOne(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Optional<ReadyDetails> ready;
        try {
            ready = url(request.getQueryString())
                    .flatMap(url -> lookup.atOnce(url, Caller.of(request).viewer()));
        } catch (RuntimeException e) {
            ProblemResponse.send(response, Problems.of(e));
            return true;
        }
        if (ready.isEmpty()) {
            return false;
        }
        Instant now = clock.instant();
        ReadyDetails.Body body = ready.get().whole();
        boolean compressed = body.isWorthCompressing() && Compression.isAccepted(request);
        response.setHeader("ETag", body.etag(compressed));
        response.setHeader("Cache-Control", DetailsAnswers.cacheControl(ready.get(), now));
        response.setHeader("Vary", DetailsAnswers.VARY);
        if (DetailsAnswers.isKnown(body, request.getHeader("If-None-Match"))) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return true;
        }
        if (compressed) {
            response.setHeader("Content-Encoding", "gzip");
        }
        send(request, response, compressed ? body.compressed() : body.bytes());
        return true;
    }

    private boolean answeredMany(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            DetailsQuery query = DetailsQuery.read(request.getInputStream(), settings.deadline());
            CompletableFuture<Map<String, Outcome>> outcomes =
                    lookup.details(query.urls(), Caller.of(request).viewer(), query.patience());
            if (!outcomes.isDone()) {
                new DetailsQuery.Begun(query, outcomes).pass(request);
                return false;
            }
            byte[] answer = DetailsAnswers.query(outcomes.join(), query.brief(), clock);
            response.setHeader("Cache-Control", "no-store");
            response.setHeader("Vary", DetailsAnswers.VARY);
            boolean compressed = Compression.isWorthIt(answer.length) && Compression.isAccepted(request);
            if (compressed) {
                response.setHeader("Content-Encoding", "gzip");
            }
            send(request, response, compressed ? Compression.gzip(answer) : answer);
        } catch (CompletionException e) {
            ProblemResponse.send(response, Problems.of(e));
        } catch (RuntimeException e) {
            ProblemResponse.send(response, Problems.of(e));
        }
        return true;
    }

    private static void send(HttpServletRequest request, HttpServletResponse response, byte[] body) throws IOException {
        response.setContentType(JSON);
        response.setContentLength(body.length);
        if (!request.getMethod().equals("HEAD")) {
            response.getOutputStream().write(body);
        }
    }

    /** As it was sent, letter by letter: what servers and JAX-RS make of encoded or doubled characters is not known here. */
    private static boolean isAt(HttpServletRequest request, String path) {
        String context = request.getContextPath();
        String uri = request.getRequestURI();
        return uri.length() == context.length() + path.length() && uri.startsWith(context) && uri.endsWith(path);
    }

    /** The one parameter of the query string; empty where there are others, or where it has more than one reading. */
    private static Optional<String> url(String query) {
        if (query == null || !query.startsWith(PARAMETER) || !isOneReading(query)) {
            return Optional.empty();
        }
        try {
            return Optional.of(URLDecoder.decode(query.substring(PARAMETER.length()), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean isOneReading(String query) {
        for (int i = 0; i < query.length(); i++) {
            if (query.charAt(i) == '&' || query.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    /** Whether JSON is accepted without any weighing, which is JAX-RS's to do. */
    private static boolean acceptsJson(String accept) {
        return accept == null
                || accept.equals("*/*")
                || accept.equals(JSON)
                || accept.indexOf(';') < 0
                        && Arrays.stream(accept.split(","))
                                .map(String::strip)
                                .anyMatch(type -> type.equals("*/*") || type.equals(JSON));
    }

    private static boolean isJson(String contentType) {
        return contentType != null
                && (contentType.equalsIgnoreCase(JSON)
                        || contentType.regionMatches(true, 0, JSON + ";", 0, JSON.length() + 1));
    }
}
