package org.bugloss.web;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.inject.Inject;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The door of the REST interface: who calls, and may they? A servlet filter, because that needs no configuration of any
 * server.
 */
public class CallerFilter extends HttpFilter {

    private static final long serialVersionUID = 1L;

    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");
    /** They say themselves what they tell to whom. */
    private static final Set<String> OPEN = Set.of("/api/me", "/api/details/badge");

    private static final String SCHEME = "Bearer ";
    private static final Pattern NO_NUMBER =
            Pattern.compile(";\\s*[qQ]\\s*=(?!\\s*(\\d+(\\.\\d*)?|\\.\\d+)\\s*([;,]|$))");

    /** Whose tokens these are: a hash and its comparison with all there are, once for each. */
    private final transient Cache<String, Caller> callers =
            Caffeine.newBuilder().maximumSize(1_000).executor(Runnable::run).build();

    @Inject
    private transient AccessSettings access;

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        String origin = request.getHeader("Origin");
        boolean welcome = origin != null && access.origins().contains(origin);
        if (welcome) {
            response.setHeader("Access-Control-Allow-Origin", origin);
            response.setHeader("Access-Control-Expose-Headers", "ETag, Link, Location, Retry-After");
        }
        response.setHeader("Vary", "Accept-Encoding");
        if (!access.origins().isEmpty()) {
            response.addHeader("Vary", "Origin");
        }
        if (request.getMethod().equals("OPTIONS") && request.getHeader("Access-Control-Request-Method") != null) {
            answerPreflight(response, welcome);
            return;
        }
        try {
            admit(request, origin, welcome);
        } catch (Problem problem) {
            ProblemResponse.send(response, problem);
            return;
        }
        chain.doFilter(request, new ProblemResponse(response));
    }

    /** Lets a request in, or throws why not. */
    private void admit(HttpServletRequest request, @Nullable String origin, boolean welcome) {
        Caller caller = caller(request);
        caller.standBehind(request);
        AccessSettings.Role needed = needed(request);
        if (caller.role() == AccessSettings.Role.NONE && needed != AccessSettings.Role.NONE) {
            throw Problem.of(401, "a token is needed: send the header Authorization: Bearer TOKEN");
        }
        if (!caller.role().suffices(needed)) {
            throw Problem.of(403, "the role editor is needed for this, and the caller has the role reader");
        }
        // An anonymous editor (mvn wildfly:dev) must not be anybody's web page that the developer happens to look at.
        if (needed == AccessSettings.Role.EDITOR && origin != null && !welcome && !isOwn(request, origin)) {
            throw Problem.of(403, "pages of this origin may not call; bugloss.cors.origins lists those that may");
        }
        if (isUnreadable(request.getHeader("Accept")) || isUnreadable(request.getContentType())) {
            throw Problem.badRequest("a media type of this request has a q that is no number");
        }
        long limit = isNdjson(request) ? Ndjson.MAX_BYTES : JsonBody.MAX_BYTES;
        if (request.getContentLengthLong() > limit) {
            throw Problem.of(413, "the body is over " + limit + " bytes");
        }
    }

    private Caller caller(HttpServletRequest request) {
        String header = request.getHeader("Authorization");
        if (header == null) {
            return new Caller(request.getRemoteAddr(), access.anonymous(), false);
        }
        return Optional.of(header)
                .filter(value -> value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                .flatMap(value -> holder(value.substring(SCHEME.length()).strip()))
                .orElseThrow(() -> Problem.of(401, "this token is not known"));
    }

    /** Only tokens that are known are remembered: a stranger's guesses take no room, and as long as ever. */
    private Optional<Caller> holder(String token) {
        Caller known = callers.getIfPresent(token);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<Caller> caller = access.holder(token).map(holder -> new Caller(holder.name(), holder.role(), true));
        caller.ifPresent(one -> callers.put(token, one));
        return caller;
    }

    private static AccessSettings.Role needed(HttpServletRequest request) {
        if (isAt(request, "/api/health") || isReading(request) && OPEN.stream().anyMatch(path -> isAt(request, path))) {
            return AccessSettings.Role.NONE;
        }
        return isReading(request) ? AccessSettings.Role.READER : AccessSettings.Role.EDITOR;
    }

    /** Whether the request changes nothing. */
    static boolean isReading(HttpServletRequest request) {
        return READING.contains(request.getMethod())
                || request.getMethod().equals("POST") && isAt(request, "/api/details/query");
    }

    /**
     * Whether the request's path is this one, letter by letter, as it was sent. Servlets and JAX-RS read encoded dots and
     * slashes and path parameters differently, so what needs less than the rest must not be in doubt.
     */
    private static boolean isAt(HttpServletRequest request, String path) {
        return request.getRequestURI().equals(request.getContextPath() + path);
    }

    private static boolean isOwn(HttpServletRequest request, String origin) {
        String host = request.getHeader("Host");
        return host != null && (origin.equals("http://" + host) || origin.equals("https://" + host));
    }

    /** JAX-RS implementations fail at such a header as if the fault were ours. */
    private static boolean isUnreadable(@Nullable String mediaTypes) {
        return mediaTypes != null && NO_NUMBER.matcher(mediaTypes).find();
    }

    private static boolean isNdjson(HttpServletRequest request) {
        return request.getContentType() != null && request.getContentType().startsWith(Ndjson.MEDIA_TYPE);
    }

    private static void answerPreflight(HttpServletResponse response, boolean welcome) {
        if (welcome) {
            response.setHeader("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
            response.setHeader("Access-Control-Allow-Headers", "Authorization, Content-Type, If-None-Match, Accept");
            response.setHeader("Access-Control-Max-Age", "600");
        }
        response.setStatus(204);
    }
}
