package org.bugloss.outbound;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.function.Supplier;

/**
 * Counts what the client sends. The labels are words of a short list, never a host or a URL: of those there is no end,
 * and whoever reads the meters need not know them.
 */
final class Traffic {

    /** What becomes of a request, each told from the start: a rate needs to see the zero before the first one. */
    private static final List<String> OUTCOMES = List.of(
            "2xx",
            "3xx",
            "4xx",
            "429",
            "5xx",
            FailureReason.ADDRESS_NOT_ALLOWED.word(),
            FailureReason.DNS.word(),
            FailureReason.CONNECT.word(),
            FailureReason.TLS.word(),
            FailureReason.TIMEOUT.word(),
            FailureReason.UNEXPECTED_ANSWER.word());

    private final MeterRegistry meters;
    private final Timer exchanges;

    /** An array, since it is counted up in place; of a class of the JVM's, which keeps no deployment from ending. */
    private final ThreadLocal<long[]> sentHere = ThreadLocal.withInitial(() -> new long[1]);

    Traffic(MeterRegistry meters) {
        this.meters = meters;
        this.exchanges = Timer.builder("bugloss.outbound")
                .description("Exchanges as a whole, redirects and reading included")
                .register(meters);
        OUTCOMES.forEach(outcome -> requests(outcome, 0));
    }

    <T> T timed(Supplier<T> exchange) {
        return exchanges.record(exchange);
    }

    /** A request goes out, on the thread that calls this. */
    void sent() {
        sentHere.get()[0]++;
    }

    long sentHere() {
        return sentHere.get()[0];
    }

    void answered(int status) {
        if (status < 200 || status > 599) {
            failed(FailureReason.UNEXPECTED_ANSWER);
        } else {
            requests(status == 429 ? "429" : status / 100 + "xx", 1);
        }
    }

    void failed(FailureReason reason) {
        requests(reason.word(), 1);
    }

    private void requests(String outcome, int more) {
        Counter.builder("bugloss.outbound.requests")
                .description("HTTP requests, each redirect being one, by what became of them")
                .tag("outcome", outcome)
                .register(meters)
                .increment(more);
    }
}
