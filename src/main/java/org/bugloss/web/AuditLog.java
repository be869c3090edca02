package org.bugloss.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.ext.Provider;
import org.bugloss.audit.Audit;

/**
 * Notes every request that writes, and every one that names an address that may not be fetched. What trackers tell is none: it
 * changes nothing, comes by the thousand, and may have its secret in its query.
 */
@Provider
public class AuditLog implements ContainerResponseFilter {

    private static final int REFUSED_URL = 400;
    private static final int REFUSED_ADDRESS = 422;

    @Context
    private HttpServletRequest request;

    @Override
    public void filter(ContainerRequestContext asked, ContainerResponseContext answer) {
        boolean writes = !CallerFilter.isReading(request) && !CallerFilter.isHook(request);
        if (!writes && answer.getStatus() != REFUSED_ADDRESS) {
            return;
        }
        Caller caller = Caller.of(request);
        // A URL that was refused by its form may hold a password, and nothing was done with it.
        String query = answer.getStatus() == REFUSED_URL || request.getQueryString() == null
                ? ""
                : "?" + request.getQueryString();
        String made = answer.getHeaderString("Location");
        Audit.did(
                caller == null ? "unknown" : caller.name(),
                request.getMethod() + " " + request.getRequestURI() + query,
                answer.getStatus() + (made == null ? "" : " " + made));
    }
}
