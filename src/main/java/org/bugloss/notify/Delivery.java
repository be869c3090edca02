package org.bugloss.notify;

import java.time.Clock;
import java.time.Instant;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.outbound.OutboundRequest;
import org.bugloss.outbound.RetryAfter;
import org.jspecify.annotations.Nullable;

/** Sends one message to one endpoint, and says what came of it. Safe for use by several threads. */
final class Delivery {

    private static final int GONE = 410;

    /** Of the answer only the status counts. */
    private static final int MAX_BYTES = 1_024;

    private final OutboundClient client;
    private final Clock clock;

    Delivery(OutboundClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    /**
     * What came of it.
     *
     * @param failure why it did not arrive, with nothing of the endpoint but its host; {@code null} where it did
     * @param gone whether the endpoint wants no more
     * @param notBefore when the endpoint wants to be tried again; {@code null} where it did not say
     */
    record Result(
            @Nullable String failure,
            boolean gone,
            @Nullable Instant notBefore) {

        private static final Result ARRIVED = new Result(null, false, null);

        boolean arrived() {
            return failure == null;
        }
    }

    Result send(NotifySettings.Endpoint endpoint, Message message) {
        OutboundRequest request = OutboundRequest.post(endpoint.url().uri(), message.body(), MAX_BYTES)
                .withCredentials(endpoint.signature().headers(message.id(), clock.instant(), message.body()))
                .withoutRedirects();
        try {
            return client.exchange(request, answer -> {
                int status = answer.status();
                if (status >= 200 && status < 300) {
                    return Result.ARRIVED;
                }
                return new Result(
                        endpoint.url().host() + " answers with status " + status,
                        status == GONE,
                        answer.header("Retry-After")
                                .flatMap(value -> RetryAfter.read(value, clock.instant()))
                                .orElse(null));
            });
        } catch (FetchException e) {
            return new Result(
                    e.reason() + ": " + e.getMessage(), false, e.retryAt().orElse(null));
        }
    }
}
