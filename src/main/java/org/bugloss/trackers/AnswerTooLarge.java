package org.bugloss.trackers;

import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;

/** The answer of an API is larger than what is read: with fewer bugs it may not be. */
final class AnswerTooLarge extends FetchException {

    private static final long serialVersionUID = 1L;

    AnswerTooLarge(String host, int maxBytes) {
        super(
                FailureReason.UNEXPECTED_ANSWER,
                "the answer of the API of " + host + " is larger than " + maxBytes + " bytes");
    }
}
