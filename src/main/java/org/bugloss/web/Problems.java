package org.bugloss.web;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.bugloss.audit.Trail;
import org.bugloss.database.DatabaseAway;
import org.bugloss.outbound.InvalidUrlException;

/** Makes a problem document of whatever a resource throws. */
@Provider
public class Problems implements ExceptionMapper<Throwable> {

    private static final System.Logger LOG = System.getLogger(Problems.class.getName());
    private static final Duration DATABASE_WAIT = Duration.ofSeconds(5);
    private static final int MAX_CAUSES = 20;

    @Override
    public Response toResponse(Throwable thrown) {
        return of(thrown).response();
    }

    /** The problem that an exception is to a caller. What nobody foresaw is logged, with an id that the caller gets. */
    public static Problem of(Throwable thrown) {
        Throwable cause = thrown;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++, cause = cause.getCause()) {
            if (cause instanceof Problem problem) {
                return problem;
            }
            if (cause instanceof InvalidUrlException refused) {
                return Problem.badRequest("url: " + refused.getMessage());
            }
            if (cause instanceof WebApplicationException web) {
                return ofStatus(web.getResponse().getStatus());
            }
            if (cause instanceof RejectedExecutionException) {
                return Problem.of(503, "too many lookups are waiting").retryAfter(Duration.ofSeconds(1));
            }
        }
        if (DatabaseAway.isBehind(thrown)) {
            if (!(thrown instanceof DatabaseAway)) {
                // Else the log has it already, once for all.
                LOG.log(System.Logger.Level.WARNING, "The database is away: " + thrown.getMessage() + Trail.mark());
            }
            return Problem.of(503, "the database does not answer").retryAfter(DATABASE_WAIT);
        }
        String id = Trail.id();
        LOG.log(System.Logger.Level.ERROR, "Unforeseen failure" + Trail.mark(id), thrown);
        return Problem.of(500, "something went wrong that nobody foresaw; the server's log has it as " + id);
    }

    static Problem ofStatus(int status) {
        return Problem.of(
                status,
                switch (status) {
                    case 400 -> "the request can't be understood";
                    case 404 -> "there is nothing at this path";
                    case 405 -> "this method is not allowed here";
                    case 406 -> "this can't be answered in a media type that the request accepts";
                    case 415 -> "a body of this media type is not taken here";
                    default -> "the request failed with status " + status;
                });
    }
}
