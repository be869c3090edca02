package org.bugloss.callers;

/** A token that proves nothing. The message is for the person who sent it, and never holds the token. */
public final class RefusedToken extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RefusedToken(String message) {
        super(message, null, false, false);
    }
}
