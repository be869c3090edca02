package org.bugloss.trackers;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.UnaryOperator;
import org.bugloss.outbound.FetchException;
import org.jspecify.annotations.Nullable;

/**
 * What this node has seen of each system's API since it started: the last success and failure, what the API says of its
 * rate limit, and how its clock goes. Safe for use by several threads.
 */
@ApplicationScoped
public class SystemStates {

    @Inject
    Clock clock = Clock.systemUTC();

    private final ConcurrentMap<String, State> states = new ConcurrentHashMap<>();

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
    }

    void failed(TrackerSystem system, FetchException failure) {
        Instant now = clock.instant();
        change(system, state -> new State(state.lastSuccess(), now, failure, state.rateLimit(), state.skew()));
    }

    void replied(TrackerSystem system, ApiReply reply) {
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
