package org.bugloss.trackers;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.UnaryOperator;
import org.bugloss.audit.Trail;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.jspecify.annotations.Nullable;

/**
 * What this node has seen of each system's API since it started: the last success and failure, what the API says of its
 * rate limit, and how its clock goes. Safe for use by several threads.
 */
@ApplicationScoped
public class SystemStates {

    private static final System.Logger LOG = System.getLogger(SystemStates.class.getName());

    /** For so long a system that fails and works by turns has no more than two lines in the log. */
    private static final Duration QUIET = Duration.ofMinutes(5);

    @Inject
    Clock clock = Clock.systemUTC();

    @Inject
    MeterRegistry meters = new CompositeMeterRegistry();

    /** What becomes of a request: the class of the status, 429 apart, or why there was none. */
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
            FailureReason.REDIRECTS.word(),
            FailureReason.UNEXPECTED_ANSWER.word());

    private final ConcurrentMap<String, State> states = new ConcurrentHashMap<>();

    private final ConcurrentMap<String, Told> told = new ConcurrentHashMap<>();

    /** What the log said last of a system, and when. */
    private record Told(boolean fails, Instant at) {}

    /**
     * What was seen of one system; a {@code null} component where nothing was.
     *
     * @param lastSuccess when its API last answered
     * @param lastFailure when it last did not
     * @param failure why not
     * @param rateLimit what its last answer said of the rate limit
     * @param skew how far its clock is ahead of ours, as its last answer said: negative where it is behind
     */
    public record State(
            @Nullable Instant lastSuccess,
            @Nullable Instant lastFailure,
            @Nullable FetchException failure,
            @Nullable RateLimit rateLimit,
            @Nullable Duration skew) {

        private static final State NOTHING = new State(null, null, null, null, null);
    }

    /**
     * A rate limit as an API tells it.
     *
     * @param limit requests in a window; {@code null} where it does not say
     * @param remaining requests that are left of it
     * @param resetAt when the window ends; {@code null} where it does not say
     */
    public record RateLimit(
            @Nullable Long limit, long remaining, @Nullable Instant resetAt) {}

    /** What was seen of a system. */
    public State of(TrackerSystem system) {
        return states.getOrDefault(system.name(), State.NOTHING);
    }

    /** How far a system's clock is ahead of ours; nothing where its answers did not say. */
    Duration skew(TrackerSystem system) {
        return Optional.ofNullable(of(system).skew()).orElse(Duration.ZERO);
    }

    /** What time it is by a system's clock. */
    Instant now(TrackerSystem system) {
        return clock.instant().plus(skew(system));
    }

    void succeeded(TrackerSystem system) {
        Instant now = clock.instant();
        change(system, state -> new State(now, state.lastFailure(), state.failure(), state.rateLimit(), state.skew()));
        Told last = told.get(system.name());
        if (last != null && last.fails() && told.replace(system.name(), last, new Told(false, now))) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "The system {0} answers again, {1} s after that was logged",
                    system.name(),
                    String.valueOf(Duration.between(last.at(), now).toSeconds()));
        }
    }

    void failed(TrackerSystem system, FetchException failure) {
        Instant now = clock.instant();
        change(system, state -> new State(state.lastSuccess(), now, failure, state.rateLimit(), state.skew()));
        if (failure.reason().isOfTheWholeSource() && isNews(told.get(system.name()), now)) {
            Told last = told.put(system.name(), new Told(true, now));
            // Of several threads that come here at once, the first tells it.
            if (isNews(last, now)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "The system {0} fails: {1} ({2}){3}",
                        system.name(),
                        failure.getMessage(),
                        failure.reason(),
                        Trail.mark());
            }
        }
    }

    private static boolean isNews(@Nullable Told last, Instant now) {
        return last == null || !last.fails() && !now.isBefore(last.at().plus(QUIET));
    }

    /** Has all counters of a system there before the first request. */
    public void countFromZero(TrackerSystem system) {
        OUTCOMES.forEach(outcome -> requests(system, outcome));
    }

    private Counter requests(TrackerSystem system, String outcome) {
        return Counter.builder("bugloss.upstream.requests")
                .description("Requests to the APIs of systems, by what became of them")
                .tag("system", system.name())
                .tag("outcome", OUTCOMES.contains(outcome) ? outcome : FailureReason.UNEXPECTED_ANSWER.word())
                .register(meters);
    }

    void unanswered(TrackerSystem system, FetchException failure) {
        requests(system, failure.reason().word()).increment();
    }

    void replied(TrackerSystem system, ApiReply reply) {
        int status = reply.status();
        requests(system, status == 429 ? "429" : status / 100 + "xx").increment();
        Instant now = clock.instant();
        Optional<RateLimit> limit = reply.rateLimit();
        Optional<Duration> skew = reply.date().map(date -> Duration.between(now, date));
        change(
                system,
                state -> new State(
                        state.lastSuccess(),
                        state.lastFailure(),
                        state.failure(),
                        limit.orElse(state.rateLimit()),
                        skew.orElse(state.skew())));
    }

    private void change(TrackerSystem system, UnaryOperator<State> change) {
        states.compute(system.name(), (name, state) -> change.apply(state == null ? State.NOTHING : state));
    }
}
