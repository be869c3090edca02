package org.bugloss.details;

import java.time.Instant;

/** What becomes of a question about one bug. It knows no HTTP: whoever asked puts it into words of its own. Immutable. */
sealed interface Outcome {

    /** There are details. */
    record Shown(ReadyDetails details) implements Outcome {}

    /** They are being fetched, and are there later, or the reason why not. */
    record NotYet(Instant retryAt) implements Outcome {}

    /** The caller has caused as many lookups lately as one may. */
    record OverLimit(int perMinute, Instant retryAt) implements Outcome {}

    /**
     * There are none.
     *
     * @param reason as in the outside contract
     * @param retryAt when the source is asked again
     */
    record Missing(String reason, String message, Instant retryAt) implements Outcome {}

    /** The URL is refused by its form. */
    record Refused(String why) implements Outcome {}

    /** Something that is not the source's fault: too many fetches are waiting, the database is away. */
    record Broken(Throwable failure) implements Outcome {}
}
