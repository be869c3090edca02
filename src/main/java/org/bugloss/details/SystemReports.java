package org.bugloss.details;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bugloss.audience.Audience;
import org.bugloss.audience.Viewer;
import org.bugloss.cache.DetailsCache;
import org.bugloss.cache.DueDetails;
import org.bugloss.cache.HookAccounts;
import org.bugloss.hooks.HookInbox;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Gate;
import org.bugloss.outbound.Gates;
import org.bugloss.trackers.PausedSystems;
import org.bugloss.trackers.SystemStates;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;
import org.jspecify.annotations.Nullable;

/** How the systems are, as JSON. Never a credential. Safe for use by several threads. */
@ApplicationScoped
public class SystemReports {

    @Inject
    private Trackers trackers;

    @Inject
    private SystemStates states;

    @Inject
    private PausedSystems paused;

    @Inject
    private DetailsCache cache;

    @Inject
    private DueDetails due;

    @Inject
    private HookInbox inbox;

    @Inject
    private Gates gates;

    @Inject
    private Audience audience;

    @Inject
    private Clock clock;

    /** All systems. */
    public JsonArray all(Viewer viewer) {
        return of(trackers.systems(), viewer);
    }

    /** One of them. */
    public JsonObject of(TrackerSystem system, Viewer viewer) {
        return of(List.of(system), viewer).getJsonObject(0);
    }

    private JsonArray of(List<TrackerSystem> systems, Viewer viewer) {
        Map<String, Long> references = cache.referencesBySystem();
        Map<String, Instant> overdue = due.lanes(clock.instant());
        Map<String, HookAccounts.Account> hooks = inbox.accounts();
        JsonArrayBuilder reports = JSON.createArrayBuilder();
        for (TrackerSystem system : systems) {
            SystemStates.State state = states.of(system);
            Optional<Gate> gate = gates.known(system.name());
            HookAccounts.Account account = hooks.getOrDefault(system.name(), HookAccounts.Account.NOTHING);
            reports.add(JSON.createObjectBuilder()
                    .add("name", system.name())
                    .add("tracker", system.trackerName())
                    .add("base_url", system.base().key())
                    .add("authenticated", system.credentials().given())
                    .add("references", references.getOrDefault(system.name(), 0L))
                    .add("last_success", time(state.lastSuccess()))
                    .add("last_failure", failure(state, audience.mayRead(viewer, system.name(), true)))
                    .add("rate_limit", rateLimit(state.rateLimit()))
                    .add(
                            "state",
                            gate.map(Gate::state)
                                    .orElse(Gate.State.WORKING)
                                    .name()
                                    .toLowerCase(Locale.ROOT))
                    .add("paused", paused.isPaused(system.name()))
                    .add(
                            "asked_again_at",
                            time(gate.filter(one -> !one.isPaused())
                                    .map(Gate::opensAt)
                                    .filter(clock.instant()::isBefore)
                                    .orElse(null)))
                    .add("overdue_since", time(overdue.get(system.name())))
                    .add("last_hook", time(account.lastHook()))
                    .add("hooks_refused", account.refused()));
        }
        return reports.build();
    }

    /** @param told whether the caller may read what may be about any of its bugs */
    private static JsonValue failure(SystemStates.State state, boolean told) {
        if (state.lastFailure() == null || state.failure() == null) {
            return JsonValue.NULL;
        }
        JsonObjectBuilder failure = JSON.createObjectBuilder(failure(state.failure()));
        return (told ? failure : failure.addNull("message"))
                .add("at", time(state.lastFailure()))
                .build();
    }

    /** Why a source failed. */
    static JsonObject failure(FetchException failure) {
        return JSON.createObjectBuilder()
                .add("reason", failure.reason().word())
                .add("message", String.valueOf(failure.getMessage()))
                .build();
    }

    private static JsonValue rateLimit(SystemStates.@Nullable RateLimit rateLimit) {
        if (rateLimit == null) {
            return JsonValue.NULL;
        }
        JsonObjectBuilder json = JSON.createObjectBuilder();
        if (rateLimit.limit() == null) {
            json.addNull("limit");
        } else {
            json.add("limit", rateLimit.limit());
        }
        return json.add("remaining", rateLimit.remaining())
                .add("reset_at", time(rateLimit.resetAt()))
                .build();
    }

    private static JsonValue time(@Nullable Instant time) {
        return time == null ? JsonValue.NULL : JSON.createValue(time.toString());
    }
}
