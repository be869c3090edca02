package org.bugloss.outbound;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A source of details could not be asked, or did not answer with details.
 *
 * <p>The message is for the person who must act and is shown to callers: it names what is wrong and with which host or
 * value. It never holds a credential, and never the upstream's body.
 */
public class FetchException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient FailureReason reason;
    private final transient @Nullable Instant retryAt;

    public FetchException(FailureReason reason, String message) {
        this(reason, message, null, null);
    }

    public FetchException(FailureReason reason, String message, @Nullable Throwable cause) {
        this(reason, message, null, cause);
    }

    /**
     * @param retryAt when the source itself asked to be tried again ({@code Retry-After}, a rate limit's reset), or
     *     {@code null} where it did not say
     */
    public FetchException(FailureReason reason, String message, @Nullable Instant retryAt, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = Objects.requireNonNull(reason, "reason");
        this.retryAt = retryAt;
    }

    public FailureReason reason() {
        return reason;
    }

    /** When the source asked to be tried again, where it said so. */
    public Optional<Instant> retryAt() {
        return Optional.ofNullable(retryAt);
    }
}
