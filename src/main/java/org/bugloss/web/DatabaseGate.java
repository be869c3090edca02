package org.bugloss.web;

import jakarta.inject.Inject;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.ext.Provider;
import org.bugloss.database.DatabaseWatch;

/**
 * Lets nobody through to what {@link NeedsDatabase} while that is known to be away. Its connections would refuse too, but
 * pools and persistence providers log every refusal with stack traces: thousands of lines in seconds.
 */
@Provider
@NeedsDatabase
public class DatabaseGate implements ContainerRequestFilter {

    @Inject
    private DatabaseWatch database;

    @Override
    public void filter(ContainerRequestContext request) {
        database.refuseWhileAway();
    }
}
