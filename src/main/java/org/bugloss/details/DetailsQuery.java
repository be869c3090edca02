package org.bugloss.details;

import jakarta.servlet.http.HttpServletRequest;
import java.io.InputStream;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.bugloss.web.JsonBody;
import org.bugloss.web.Problem;

/**
 * The body of a query, checked.
 *
 * @param urls as they were typed, each once
 * @param patience how long to wait at most for what is not cached
 * @param brief whether to leave descriptions out
 */
record DetailsQuery(List<String> urls, Duration patience, boolean brief) {

    /** How many URLs one query may have. */
    private static final int MOST_URLS = 500;

    /** A URL that is too long is a problem of its own among the answers; what is far too long is one of the request. */
    private static final int LONGEST_ASKED = 10_000;

    /** @throws Problem where the body is not as it should be */
    static DetailsQuery read(InputStream body, Duration deadline) {
        JsonBody query = JsonBody.read(body).only("urls", "wait", "brief");
        List<String> urls = query.texts("urls", MOST_URLS, LONGEST_ASKED)
                .orElseThrow(() -> Problem.badRequest("urls must be given, an array of strings"));
        Duration wait = query.whole("wait", 0, Integer.MAX_VALUE)
                .map(Duration::ofSeconds)
                .filter(asked -> asked.compareTo(deadline) < 0)
                .orElse(deadline);
        return new DetailsQuery(
                List.copyOf(new LinkedHashSet<>(urls)),
                wait,
                query.flag("brief").orElse(false));
    }

    /** A query that was begun before JAX-RS, since that is where it can be answered quickest, and has not ended yet. */
    record Begun(DetailsQuery query, CompletableFuture<Map<String, Outcome>> outcomes) {

        private static final String ATTRIBUTE = Begun.class.getName();

        /** Leaves it to whoever answers the request. */
        void pass(HttpServletRequest request) {
            request.setAttribute(ATTRIBUTE, this);
        }

        static Optional<Begun> of(HttpServletRequest request) {
            return Optional.ofNullable((Begun) request.getAttribute(ATTRIBUTE));
        }
    }
}
