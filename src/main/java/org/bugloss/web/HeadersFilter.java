package org.bugloss.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.bugloss.audit.Trail;

/**
 * Begins every answer, on the thread of its request: with a status, and with security headers, by which pages run no script but our
 * own files and no site may frame us. The request gets an id, that of {@code X-Request-ID} where it brought one, by which the log
 * follows it ({@link Trail}).
 */
public class HeadersFilter extends HttpFilter {

    private static final long serialVersionUID = 1L;

    private static final String REQUEST_ID = "X-Request-ID";

    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " img-src 'self' http: https:; connect-src 'self'; form-action 'self'; base-uri 'none';"
            + " frame-ancestors 'none'";

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        // Payara's Grizzly writes 200 where it reads a status that nobody has set, and the thread of a request reads
        // it as it leaves: of a 400 that another thread sets just then, a 200 would become.
        response.setStatus(HttpServletResponse.SC_OK);
        response.setHeader("Content-Security-Policy", POLICY);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("X-Frame-Options", "DENY");
        response.setHeader("Referrer-Policy", "no-referrer");
        String before = Trail.enter(id(request, response));
        try {
            chain.doFilter(request, response);
        } finally {
            Trail.leave(before);
        }
    }

    private static String id(HttpServletRequest request, HttpServletResponse response) {
        String given = request.getHeader(REQUEST_ID);
        if (given == null) {
            return Trail.fresh();
        }
        String id = Trail.given(given).orElseGet(Trail::fresh);
        response.setHeader(REQUEST_ID, id);
        return id;
    }
}
