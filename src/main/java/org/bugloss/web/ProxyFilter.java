package org.bugloss.web;

import jakarta.inject.Inject;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Lets everything behind it see a request as the caller sent it to the proxy: by its address it is counted, limited and logged, and
 * by its scheme links are made. Servers can do that too, each in its own way, and some believe whoever reaches the port.
 */
public class ProxyFilter extends HttpFilter {

    private static final long serialVersionUID = 1L;

    @Inject
    private transient Proxies proxies;

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        chain.doFilter(
                told(request)
                        .<HttpServletRequest>map(told -> new Forwarded(request, told))
                        .orElse(request),
                response);
    }

    private Optional<Proxies.Told> told(HttpServletRequest request) {
        return proxies.isAnybody()
                ? proxies.of(
                        request.getRemoteAddr(),
                        values(request, "X-Forwarded-For"),
                        values(request, "X-Forwarded-Proto"))
                : Optional.empty();
    }

    private static List<String> values(HttpServletRequest request, String header) {
        return Collections.list(request.getHeaders(header));
    }

    private static final class Forwarded extends HttpServletRequestWrapper {

        private final Proxies.Told told;

        Forwarded(HttpServletRequest request, Proxies.Told told) {
            super(request);
            this.told = told;
        }

        @Override
        public String getRemoteAddr() {
            return told.address();
        }

        @Override
        public String getRemoteHost() {
            return told.address();
        }

        @Override
        public String getScheme() {
            return told.scheme().orElseGet(super::getScheme);
        }

        @Override
        public boolean isSecure() {
            return told.scheme().map("https"::equals).orElseGet(super::isSecure);
        }

        /** Where {@code Host} has no port, a server says that of the scheme. */
        @Override
        public int getServerPort() {
            int port = super.getServerPort();
            return port == portOf(super.getScheme()) ? portOf(getScheme()) : port;
        }

        @Override
        public StringBuffer getRequestURL() {
            StringBuffer url = super.getRequestURL();
            String scheme = super.getScheme() + "://";
            if (url.indexOf(scheme) == 0) {
                url.replace(0, scheme.length(), getScheme() + "://");
            }
            return url;
        }

        private static int portOf(String scheme) {
            return scheme.equals("https") ? 443 : 80;
        }
    }
}
