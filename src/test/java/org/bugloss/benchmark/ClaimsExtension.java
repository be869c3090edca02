package org.bugloss.benchmark;

import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.bugloss.cache.DueDetails;

/** Runs in the server, in a jar beside the WAR's own classes: finds and claims what is due, as the timer does. */
@Path("/claims")
@RequestScoped
public class ClaimsExtension {

    private static final int MOST = 1_000;
    private static final Duration LEASE = Duration.ofMinutes(1);

    @Inject
    private DueDetails due;

    @Inject
    private Clock clock;

    /** How many rows were claimed, in all lanes, and in how many nanoseconds. */
    @POST
    @Produces(MediaType.TEXT_PLAIN)
    public String claim() {
        long begin = System.nanoTime();
        Instant now = clock.instant();
        int claimed = 0;
        for (String lane : due.lanes(now).keySet()) {
            claimed += due.claim(lane, MOST, 1, false, now, Duration.ZERO, now.plus(LEASE))
                    .size();
        }
        return claimed + " " + (System.nanoTime() - begin);
    }
}
