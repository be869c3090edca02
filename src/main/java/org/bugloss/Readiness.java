package org.bugloss;

import jakarta.enterprise.context.ApplicationScoped;
import org.jspecify.annotations.Nullable;

/**
 * Says in the log that requests are answered: when the tables are there, and the server has made all that stands between a request
 * and them, whichever is later. Whoever waits for the line and calls then shall not be told to come again. Safe for use by several
 * threads.
 */
@ApplicationScoped
public class Readiness {

    private static final System.Logger LOG = System.getLogger(Deployment.class.getName());

    private @Nullable String line;
    private boolean isReachable;

    /** @param ready what the log is to say */
    public synchronized void hasTables(String ready) {
        line = ready;
        tell();
    }

    /** The server has made all filters and servlets. */
    public synchronized void isReachable() {
        isReachable = true;
        tell();
    }

    private void tell() {
        if (isReachable && line != null) {
            LOG.log(System.Logger.Level.INFO, line);
            line = null;
        }
    }
}
