package org.bugloss.trackers;

import org.bugloss.outbound.Freshness;

/**
 * Says that what is cached still holds: the source answered 304. An exception, so that it passes an extension's {@link
 * IssueTracker#details}, which has nothing to work on then: what it made of the same answer earlier is what is cached.
 */
public final class NotModified extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Freshness freshness;

    /** @param freshness what the source says of it now */
    public NotModified(Freshness freshness) {
        super("not modified", null, false, false);
        this.freshness = freshness;
    }

    /** What the source says of its answer now. */
    public Freshness freshness() {
        return freshness == null ? Freshness.UNKNOWN : freshness;
    }
}
