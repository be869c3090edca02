package org.bugloss.outbound;

/**
 * What an answer was read for is elsewhere, as its content says: for pages that only lead on. {@link OutboundClient}
 * follows it as it follows a redirect, with the same guard and within the same limit.
 */
public final class LeadsOn extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient CanonicalUrl to;

    /** @param to where it is */
    public LeadsOn(CanonicalUrl to) {
        super("leads on to " + to.host(), null, false, false);
        this.to = to;
    }

    /** Where what was asked for is. */
    public CanonicalUrl to() {
        return to;
    }
}
