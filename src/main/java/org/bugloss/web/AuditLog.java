package org.bugloss.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.ext.Provider;
import java.util.Set;

/**
 * A log line for every write and every refused address: who, what, what came of it. The logger adds when. No token is
 * ever in it: tokens come in a header, and no header is written.
 */
@Provider
public class AuditLog implements ContainerResponseFilter {

    private static final System.Logger LOG = System.getLogger("org.bugloss.audit");
    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");
    private static final int REFUSED_ADDRESS = 422;
    private static final int LONGEST = 2500;

    @Context
    private HttpServletRequest request;

    @Override
    public void filter(ContainerRequestContext asked, ContainerResponseContext answer) {
        if (READING.contains(asked.getMethod()) && answer.getStatus() != REFUSED_ADDRESS) {
            return;
        }
        Caller caller = Caller.of(request);
        // Percent-encoded, so nobody can write a line of their own into the log.
        String what = asked.getUriInfo().getRequestUri().toASCIIString();
        String made = answer.getHeaderString("Location");
        LOG.log(
                System.Logger.Level.INFO,
                "{0} {1} {2} -> {3}{4}",
                caller == null ? "unknown" : caller.name(),
                asked.getMethod(),
                what.length() <= LONGEST ? what : what.substring(0, LONGEST),
                answer.getStatus(),
                made == null ? "" : " " + made);
    }
}
