package org.bugloss.callers;

/** A token is good, but not of those that the configuration lets in. The message says which claim, not its value. */
public final class NotAllowed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NotAllowed(String message) {
        super(message, null, false, false);
    }
}
