package org.bugloss.callers;

import java.time.Duration;

/** An issuer could not be asked for what is needed to go on. */
public final class ProviderAway extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    ProviderAway(String message, Duration retryAfter) {
        super(message, null, false, false);
        this.retryAfter = retryAfter;
    }

    /** After how long it is asked again. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
