package org.bugloss.trackers;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.bugloss.outbound.FetchException;

/**
 * What this node has seen of each system's API since it started: the last success and failure, and what the API says of
 * its rate limit. Safe for use by several threads.
 */
@ApplicationScoped
public class SystemStates {

    private final ConcurrentMap<String, State> states = new ConcurrentHashMap<>();

    /**
     * What was seen of one system; a {@code null} component where nothing was.
     *
     * @param lastSuccess when its API last answered
     * @param lastFailure when it last did not
     * @param failure why not
     * @param rateLimit what its last answer said of the rate limit
     */
    public record State(Instant lastSuccess, Instant lastFailure, FetchException failure, RateLimit rateLimit) {

        private static final State NOTHING = new State(null, null, null, null);
    }

    /**
     * A rate limit as an API tells it.
     *
     * @param limit requests in a window; {@code null} where it does not say
     * @param remaining requests that are left of it
     * @param resetAt when the window ends; {@code null} where it does not say
     */
    public record RateLimit(Long limit, long remaining, Instant resetAt) {}

    /** What was seen of a system. */
    public State of(TrackerSystem system) {
        return states.getOrDefault(system.name(), State.NOTHING);
    }

    void succeeded(TrackerSystem system, Instant now) {
        change(system, state -> new State(now, state.lastFailure(), state.failure(), state.rateLimit()));
    }

    void failed(TrackerSystem system, FetchException failure, Instant now) {
        change(system, state -> new State(state.lastSuccess(), now, failure, state.rateLimit()));
    }

    void replied(TrackerSystem system, ApiReply reply) {
        reply.rateLimit()
                .ifPresent(limit -> change(
                        system, state -> new State(state.lastSuccess(), state.lastFailure(), state.failure(), limit)));
    }

    private void change(TrackerSystem system, java.util.function.UnaryOperator<State> change) {
        states.compute(system.name(), (name, state) -> change.apply(state == null ? State.NOTHING : state));
    }
}
