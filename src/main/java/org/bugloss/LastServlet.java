package org.bugloss;

import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServlet;

/** Of nothing but its start: the last one that a server makes before it lets requests in. It is at no path. */
public class LastServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    @Inject
    private transient Readiness ready;

    @Override
    public void init() {
        ready.isReachable();
    }
}
