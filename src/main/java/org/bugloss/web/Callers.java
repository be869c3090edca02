package org.bugloss.web;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.enterprise.context.Dependent;
import jakarta.inject.Inject;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import org.bugloss.callers.BearerTokens;
import org.bugloss.callers.NotAllowed;
import org.bugloss.callers.ProviderAway;
import org.bugloss.callers.RefusedToken;
import org.bugloss.callers.Sessions;
import org.jspecify.annotations.Nullable;

/**
 * Tells who sends a request: by what its {@code Authorization} proves, else by the cookie of who signed in, else by nothing but
 * the address. Thread-safe.
 */
@Dependent
class Callers {

    /** The cookie of who signed in. */
    static final String COOKIE = "bugloss-session";

    private static final String SCHEME = "Bearer ";
    private static final int LONGEST = 16 * 1024;

    /** Whose tokens these are: a hash and its comparison with all there are, once for each. */
    private final Cache<String, Caller> holders =
            Caffeine.newBuilder().maximumSize(1_000).executor(Runnable::run).build();

    private final AccessSettings access;
    private final BearerTokens issued;
    private final Sessions sessions;

    @Inject
    Callers(AccessSettings access, BearerTokens issued, Sessions sessions) {
        this.access = access;
        this.issued = issued;
        this.sessions = sessions;
    }

    /** @throws Problem 401 where what the request shows proves nothing, 403 or 503 where it proves not enough */
    Caller of(HttpServletRequest request) {
        String header = request.getHeader("Authorization");
        if (header == null) {
            return signedIn(request).orElseGet(() -> Caller.stranger(request.getRemoteAddr(), access.anonymous()));
        }
        String token = header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? header.substring(SCHEME.length()).strip()
                : "";
        if (token.length() > LONGEST) {
            throw Problem.of(401, "this token is longer than " + LONGEST + " characters");
        }
        return holder(token)
                .or(() -> issued.isOne(token) ? Optional.of(issued(token)) : Optional.empty())
                .orElseThrow(() -> Problem.of(401, "this token is not known"));
    }

    /** Only tokens that are known are remembered: a stranger's guesses take no room, and as long as ever. */
    private Optional<Caller> holder(String token) {
        Caller known = holders.getIfPresent(token);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<Caller> caller = access.holder(token).map(holder -> Caller.token(holder.name(), holder.role()));
        caller.ifPresent(one -> holders.put(token, one));
        return caller;
    }

    private Caller issued(String token) {
        try {
            return Caller.of(issued.holder(token), Caller.Kind.ISSUED);
        } catch (RefusedToken e) {
            throw Problem.of(401, String.valueOf(e.getMessage()));
        } catch (NotAllowed e) {
            throw Problem.of(403, String.valueOf(e.getMessage()));
        } catch (ProviderAway e) {
            throw Problem.of(503, String.valueOf(e.getMessage())).retryAfter(e.retryAfter());
        }
    }

    /** Browsers send a cookie unasked: one that is over, or not ours, is as good as none. */
    private Optional<Caller> signedIn(HttpServletRequest request) {
        @Nullable Cookie[] cookies = request.getCookies();
        if (cookies == null) {
            return Optional.empty();
        }
        for (Cookie cookie : cookies) {
            if (cookie.getName().equals(COOKIE)) {
                return sessions.holder(cookie.getValue()).map(person -> Caller.of(person, Caller.Kind.SESSION));
            }
        }
        return Optional.empty();
    }
}
