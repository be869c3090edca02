package org.bugloss.outbound;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a source says of how long its answer holds, and by what it tells whether it still does (RFC 9110, 8.8; RFC 9111,
 * 5.2). Immutable.
 *
 * @param etag the {@code ETag}, quotes and all; {@code null} where there is none
 * @param lastModified the {@code Last-Modified} date as it came; {@code null} where there is none
 * @param maxAge how long the source says that the answer is fresh; {@code null} where it does not say, or says that it is
 *     not to be kept
 */
public record Freshness(
        @Nullable String etag,
        @Nullable String lastModified,
        @Nullable Duration maxAge) {

    /** The source says nothing. */
    public static final Freshness UNKNOWN = new Freshness(null, null, null);

    /** Whether the source can be asked if its answer still holds. */
    public boolean canBeRevalidated() {
        return etag != null || lastModified != null;
    }
}
