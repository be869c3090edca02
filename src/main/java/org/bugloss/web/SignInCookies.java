package org.bugloss.web;

import java.time.Duration;
import org.bugloss.callers.OidcSettings;
import org.bugloss.callers.PublicUrl;

/**
 * The cookies of signing in. No script reads them; they go nowhere but to Bugloss, and along with no request that another site
 * makes, but for a link that somebody follows, as the way back from an issuer is.
 */
enum SignInCookies {
    /** Who is signed in. */
    SESSION(Callers.COOKIE, "/"),
    /** A sign-in that began; for the way back alone. */
    ATTEMPT(SignInCookies.ATTEMPT_NAME, "/api/sign-in/callback");

    static final String ATTEMPT_NAME = "bugloss-sign-in";

    private final String name;
    private final String below;

    SignInCookies(String name, String below) {
        this.name = name;
        this.below = below;
    }

    /** The header {@code Set-Cookie} that sets it. */
    String set(OidcSettings settings, String value, Duration maxAge) {
        PublicUrl root = settings.publicUrl().orElseThrow();
        return name + "=" + value + "; Path=" + root.path() + below + "; Max-Age=" + maxAge.toSeconds()
                + "; HttpOnly; SameSite=Lax" + (root.isSecure() ? "; Secure" : "");
    }

    /** The header {@code Set-Cookie} that takes it away. */
    String clear(OidcSettings settings) {
        return set(settings, "", Duration.ZERO);
    }
}
