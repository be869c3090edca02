package org.bugloss;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Locale;
import org.bugloss.changes.ChangeLog;
import org.bugloss.configuration.Version;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.details.DetailsLookup;
import org.bugloss.hooks.HookInbox;
import org.bugloss.outbound.Gate;
import org.bugloss.outbound.Gates;
import org.bugloss.trackers.SystemStates;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;

/**
 * What there is to see of the whole, and of each system. Each series is there from the start: a rate needs to see the zero before
 * the first one, and an alert must be able to tell nothing from never. Labels are the names of systems and words of short lists, so
 * that there are no more series than the configuration has systems.
 */
@ApplicationScoped
public class Measures {

    private static final String PAUSED = "paused";

    @Inject
    private MeterRegistry meters;

    @Inject
    private Trackers trackers;

    @Inject
    private Gates gates;

    @Inject
    private SystemStates states;

    @Inject
    private HookInbox hooks;

    @Inject
    private ChangeLog changes;

    @Inject
    private DetailsLookup lookup;

    @Inject
    private DatabaseWatch database;

    /** To be called once, at deployment. */
    public void begin() {
        Gauge.builder("bugloss.build.info", () -> 1)
                .description("Which version this is")
                .tag("version", Version.current())
                .register(meters);
        Gauge.builder("bugloss.database.up", database, watch -> watch.isAway() ? 0 : 1)
                .description("Whether the database answers and is migrated")
                .register(meters);
        Gauge.builder("bugloss.database.connections", database, DatabaseWatch::connections)
                .description("Connections that the pool has open")
                .register(meters);
        for (TrackerSystem system : trackers.systems()) {
            gauges(system.name());
            states.countFromZero(system);
            hooks.countFromZero(system.name());
        }
        changes.countFromZero();
        lookup.countFromZero();
    }

    private void gauges(String system) {
        for (Gate.State state : Gate.State.values()) {
            gauge(system, state.name().toLowerCase(Locale.ROOT));
        }
        gauge(system, PAUSED);
    }

    private void gauge(String system, String state) {
        Gauge.builder("bugloss.gate.state", () -> stateOf(system).equals(state) ? 1 : 0)
                .description("1 for the state that a system is in, on this node")
                .tag("system", system)
                .tag("state", state)
                .register(meters);
    }

    private String stateOf(String system) {
        if (gates.isPaused(system)) {
            return PAUSED;
        }
        return gates.known(system)
                .map(Gate::state)
                .orElse(Gate.State.WORKING)
                .name()
                .toLowerCase(Locale.ROOT);
    }
}
