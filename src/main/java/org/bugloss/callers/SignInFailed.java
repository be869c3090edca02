package org.bugloss.callers;

/** Somebody could not be signed in. The message is for the log; people are told by a word, which the page explains. */
public final class SignInFailed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Why why;

    /** What people can do about it. */
    public enum Why {
        /** The issuer does not answer: later. */
        AWAY,
        /** It took too long, or was begun in another browser: once more. */
        AGAIN,
        /** They, or the issuer, did not want it. */
        DENIED,
        /** The issuer says who it is, and nobody let that person in: ask whoever runs this Bugloss. */
        NOT_ALLOWED,
        /** Something is wrong that whoever runs this Bugloss finds in the log. */
        FAILED
    }

    SignInFailed(Why why, String message) {
        super(message, null, false, false);
        this.why = why;
    }

    public Why why() {
        return why;
    }
}
