package org.bugloss.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.bugloss.Beans;
import org.bugloss.configuration.TestKeys;
import org.junit.jupiter.api.Test;

class ProxyFilterTest {

    private final ProxyFilter filter =
            Beans.filled(new ProxyFilter(), Proxies.from(TestKeys.keys("bugloss.proxies", "10.0.0.1")));

    @Test
    void whoIsBehindAProxyIsSeenByHisOwnAddressAndScheme() {
        assertEquals(
                "198.51.100.1 198.51.100.1 https true 8080 https://inside.example:8080/bugloss/api/me",
                seen(new Asked("GET", "/api/me")
                        .from("10.0.0.1")
                        .with("X-Forwarded-For", "6.6.6.6", "198.51.100.1")
                        .with("X-Forwarded-Proto", "https")));
    }

    @Test
    void whoeverElseSendsTheHeadersIsNotBelieved() {
        assertEquals(
                "192.0.2.1 192.0.2.1 http false 8080 http://inside.example:8080/bugloss/api/me",
                seen(new Asked("GET", "/api/me")
                        .with("X-Forwarded-For", "10.0.0.1")
                        .with("X-Forwarded-Proto", "https")));
    }

    private String seen(Asked asked) {
        List<HttpServletRequest> passed = new ArrayList<>();
        try {
            filter.doFilter(
                    asked.request(), asked.response(), (request, response) -> passed.add((HttpServletRequest) request));
        } catch (IOException | ServletException e) {
            throw new IllegalStateException(e);
        }
        HttpServletRequest request = passed.get(0);
        return String.join(
                " ",
                request.getRemoteAddr(),
                request.getRemoteHost(),
                request.getScheme(),
                String.valueOf(request.isSecure()),
                String.valueOf(request.getServerPort()),
                request.getRequestURL());
    }
}
