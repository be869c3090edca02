package org.bugloss.web;

import jakarta.inject.Inject;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import java.util.regex.Pattern;
import org.bugloss.callers.OidcSettings;
import org.bugloss.callers.Role;
import org.jspecify.annotations.Nullable;

/**
 * The door of the REST interface: who calls, and may they? A servlet filter, because that needs no configuration of any
 * server.
 */
public class CallerFilter extends HttpFilter {

    private static final long serialVersionUID = 1L;

    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");
    /** Whether the application runs at all: so it hangs on nothing, not even on who asks. */
    private static final String LIVE = "/api/health/live";

    private static final Set<String> HEALTH = Set.of("/api/health", "/api/health/ready");

    /** They say themselves what they tell to whom. */
    private static final Set<String> OPEN = Set.of("/api/me", "/api/details/badge", "/api/openapi.json");

    /** The way in begins at the name of an issuer, and ends at the callback. */
    private static final Pattern SIGN_IN = Pattern.compile("/api/sign-in/[A-Za-z0-9_-]+");

    private static final String SIGN_OUT = "/api/sign-out";

    /** What a form of another site cannot send: a header of its own. */
    private static final String OWN_PAGE = "X-Requested-With";

    /** Letter by letter, as it was sent: servlets and JAX-RS read encoded letters and path parameters differently. */
    private static final Pattern HOOK = Pattern.compile("/api/hooks/[A-Za-z0-9_-]{1,64}");

    private static final Pattern NO_NUMBER =
            Pattern.compile(";\\s*[qQ]\\s*=(?!\\s*(\\d+(\\.\\d*)?|\\.\\d+)\\s*([;,]|$))");

    @Inject
    private transient AccessSettings access;

    @Inject
    private transient OidcSettings oidc;

    @Inject
    private transient Callers callers;

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (isHook(request)) {
            // They prove themselves in another way, no page sends them, and their bodies have limits of their own.
            chain.doFilter(request, new ProblemResponse(response));
            return;
        }
        if (path(request).equals(LIVE)) {
            chain.doFilter(request, new ProblemResponse(response));
            return;
        }
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
            if (AuditLog.isOfTheCaller(problem.status())) {
                AuditLog.refused(request, problem.status());
            }
            ProblemResponse.send(response, problem, request.getHeader("Authorization") != null);
            return;
        }
        chain.doFilter(request, new ProblemResponse(response));
    }

    /** Lets a request in, or throws why not. */
    private void admit(HttpServletRequest request, @Nullable String origin, boolean welcome) {
        Caller caller = callers.of(request);
        caller.standBehind(request);
        Role needed = needed(request);
        if (caller.role() == Role.NONE && needed != Role.NONE) {
            throw caller.isKnown()
                    ? Problem.of(403, nothing(caller))
                    : Problem.of(401, "a token is needed: send the header Authorization: Bearer TOKEN");
        }
        if (!caller.role().suffices(needed)) {
            throw Problem.of(403, "the role editor is needed for this, and the caller has the role reader");
        }
        if (caller.kind() == Caller.Kind.SESSION && !isReading(request)) {
            requireOwnPage(request, origin);
        }
        // An anonymous editor (mvn wildfly:dev) must not be anybody's web page that the developer happens to look at.
        if (needed == Role.EDITOR && origin != null && !welcome && !isOwn(request, origin)) {
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

    private static String nothing(Caller caller) {
        if (caller.issuer().isEmpty()) {
            return "this token has the role none";
        }
        String keys = "bugloss.oidc." + caller.issuer().get();
        return "the caller may do nothing here: none of the caller's groups is in " + keys + ".readers or " + keys
                + ".editors";
    }

    /** Browsers send a cookie whoever made them send the request. */
    private void requireOwnPage(HttpServletRequest request, @Nullable String origin) {
        if (request.getHeader(OWN_PAGE) == null) {
            throw Problem.of(
                    403, "who is signed in by a cookie writes with the header " + OWN_PAGE + ", as the page does");
        }
        if (origin == null || !isPublic(origin)) {
            throw Problem.of(
                    403,
                    "who is signed in by a cookie writes from the page at "
                            + oidc.publicUrl().map(url -> url.at("/")).orElse("bugloss.public-url")
                            + ", and this request is of another origin");
        }
    }

    /** The least role that a request needs. */
    static Role needed(HttpServletRequest request) {
        String path = path(request);
        if (HEALTH.contains(path)
                || path.equals(SIGN_OUT) && request.getMethod().equals("POST")) {
            return Role.NONE;
        }
        if (isReading(request)) {
            return OPEN.contains(path) || SIGN_IN.matcher(path).matches() ? Role.NONE : Role.READER;
        }
        return Role.EDITOR;
    }

    /** Whether the request changes nothing. */
    static boolean isReading(HttpServletRequest request) {
        return READING.contains(request.getMethod())
                || request.getMethod().equals("POST") && path(request).equals("/api/details/query");
    }

    /**
     * The request's path, letter by letter, as it was sent. Servlets and JAX-RS read encoded dots and slashes and path
     * parameters differently, so what needs less than the rest must not be in doubt.
     */
    private static String path(HttpServletRequest request) {
        String uri = request.getRequestURI();
        String context = request.getContextPath();
        return uri.startsWith(context) ? uri.substring(context.length()) : uri;
    }

    private boolean isOwn(HttpServletRequest request, String origin) {
        String host = request.getHeader("Host");
        return isPublic(origin)
                || host != null && (origin.equals("http://" + host) || origin.equals("https://" + host));
    }

    private boolean isPublic(String origin) {
        return oidc.publicUrl().filter(url -> url.origin().equals(origin)).isPresent();
    }

    /** Whether a tracker sends it by itself, or whoever says so. */
    static boolean isHook(HttpServletRequest request) {
        return HOOK.matcher(request.getRequestURI()
                        .substring(request.getContextPath().length()))
                .matches();
    }

    /** JAX-RS implementations fail at such a header as if the fault were ours. */
    private static boolean isUnreadable(@Nullable String mediaTypes) {
        return mediaTypes != null
                && mediaTypes.indexOf(';') >= 0
                && NO_NUMBER.matcher(mediaTypes).find();
    }

    private static boolean isNdjson(HttpServletRequest request) {
        return request.getContentType() != null && request.getContentType().startsWith(Ndjson.MEDIA_TYPE);
    }

    private static void answerPreflight(HttpServletResponse response, boolean welcome) {
        if (welcome) {
            response.setHeader("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
            response.setHeader(
                    "Access-Control-Allow-Headers",
                    "Authorization, Content-Type, If-None-Match, Accept, Last-Event-ID");
            response.setHeader("Access-Control-Max-Age", "600");
        }
        response.setStatus(204);
    }
}
