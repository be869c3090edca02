package org.bugloss.benchmark;

import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;
import java.time.Duration;
import org.bugloss.details.DetailsCache;

/** Runs in the server, in a jar beside the WAR's own classes: finds and claims what is due, as the timer does. */
@Path("/claims")
@RequestScoped
public class ClaimsExtension {

    @Inject
    private DetailsCache cache;

    @Inject
    private Clock clock;

    /** How many rows were found, of so many at most, and in how many nanoseconds. */
    @POST
    @Produces(MediaType.TEXT_PLAIN)
    public String claim(@QueryParam("most") String most) {
        long begin = System.nanoTime();
        int claimed = cache.due(clock.instant(), Integer.parseInt(most)).size();
        Duration time = Duration.ofNanos(System.nanoTime() - begin);
        return claimed + " " + time.toNanos();
    }
}
