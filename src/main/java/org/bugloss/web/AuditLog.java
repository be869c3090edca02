package org.bugloss.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.ext.Provider;
import org.bugloss.audit.Audit;

/**
 * Notes every request that writes, every one that is refused for who sent it, and every one that names an address that may not be
 * fetched. What trackers tell is none: it changes nothing and comes by the thousand.
 */
@Provider
public class AuditLog implements ContainerResponseFilter {

    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int REFUSED_URL = 400;
    private static final int REFUSED_ADDRESS = 422;

    @Context
    private HttpServletRequest request;

    @Override
    public void filter(ContainerRequestContext asked, ContainerResponseContext answer) {
        if (isOfTheCaller(answer.getStatus())) {
            refused(request, answer.getStatus());
            return;
        }
        boolean writes = !CallerFilter.isReading(request) && !CallerFilter.isHook(request);
        if (!writes && answer.getStatus() != REFUSED_ADDRESS) {
            return;
        }
        // A URL that was refused by its form may hold a password, and nothing was done with it.
        String query = answer.getStatus() == REFUSED_URL || request.getQueryString() == null
                ? ""
                : "?" + request.getQueryString();
        String made = answer.getHeaderString("Location");
        Audit.did(
                name(request),
                request.getRemoteAddr(),
                request.getMethod() + " " + request.getRequestURI() + query,
                answer.getStatus() + (made == null ? "" : " " + made));
    }

    /** Notes that a request was refused for who sent it; without its query, which may hold the secret of a hook. */
    public static void refused(HttpServletRequest request, int status) {
        Audit.did(
                name(request),
                request.getRemoteAddr(),
                request.getMethod() + " " + request.getRequestURI(),
                String.valueOf(status));
    }

    /** Whether a status refuses a request for who sent it. */
    public static boolean isOfTheCaller(int status) {
        return status == UNAUTHORIZED || status == FORBIDDEN;
    }

    private static String name(HttpServletRequest request) {
        Caller caller = Caller.of(request);
        return caller == null ? request.getRemoteAddr() : caller.name();
    }
}
