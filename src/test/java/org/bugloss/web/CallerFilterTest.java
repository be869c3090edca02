package org.bugloss.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.text.MessageFormat;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.bugloss.Beans;
import org.bugloss.MapConfig;
import org.bugloss.callers.BearerTokens;
import org.bugloss.callers.OidcSettings;
import org.bugloss.callers.Providers;
import org.bugloss.callers.Sessions;
import org.bugloss.configuration.Keys;
import org.bugloss.openapi.OpenApi;
import org.junit.jupiter.api.Test;

class CallerFilterTest {

    private static final String SHA256_OF_READING_TOKEN =
            "49117c0502c7582e3285bd7e29ff02cc6ceb3dcc392486d6dfe180294f24f1d7";

    @Test
    void healthIsForEverybody() {
        for (String path : List.of("/api/health", "/api/health/ready", "/api/health/live")) {
            assertEquals(200, status(new Asked("GET", path)), path);
        }
        assertEquals(401, status(new Asked("GET", "/api/health/other")));
    }

    @Test
    void whetherItLivesHangsNotEvenOnWhoAsks() {
        assertEquals(200, status(new Asked("GET", "/api/health/live").with("Authorization", "Bearer wrong")));
        assertEquals(401, status(new Asked("GET", "/api/health/ready").with("Authorization", "Bearer wrong")));
    }

    /** Hooks prove themselves in another way, and whether it lives is said before it is asked who calls. */
    @Test
    void anOperationNeedsTheRoleThatIsDescribed() {
        Map<String, String> needed = new TreeMap<>();
        Map<String, String> described = new TreeMap<>();
        for (OpenApi.Operation operation : OpenApi.ofBuild().operations()) {
            HttpServletRequest request =
                    new Asked(operation.method(), "/api" + operation.path().replaceAll("[{}]", "")).request();
            if (!CallerFilter.isHook(request) && !operation.path().equals("/health/live")) {
                needed.put(operation.name(), CallerFilter.needed(request).name().toLowerCase(Locale.ROOT));
                described.put(operation.name(), operation.role());
            }
        }

        assertEquals(described, needed);
    }

    @Test
    void whoIsRefusedIsInTheAuditLogByAddressAndNameAndWithoutTheToken() {
        List<String> lines = new ArrayList<>();
        Logger audit = Logger.getLogger("org.bugloss.audit");
        Handler handler = new Lines(lines);
        audit.addHandler(handler);
        audit.setLevel(Level.INFO);
        audit.setUseParentHandlers(false);
        try {
            status(new Asked("GET", "/api/trackers").from("198.51.100.1"));
            status(new Asked("GET", "/api/trackers").with("Authorization", "Bearer wrong"));
            status(new Asked("PUT", "/api/details").with("Authorization", "Bearer reading-token"));
            status(new Asked("GET", "/api/trackers").with("Authorization", "Bearer reading-token"));
        } finally {
            audit.removeHandler(handler);
            audit.setLevel(null);
            audit.setUseParentHandlers(true);
        }

        assertEquals(
                List.of(
                        "198.51.100.1 GET /bugloss/api/trackers -> 401 [request-1]",
                        "192.0.2.1 GET /bugloss/api/trackers -> 401 [request-1]",
                        "token:ci PUT /bugloss/api/details -> 403 from 192.0.2.1 [request-1]"),
                lines);
    }

    private static final class Lines extends Handler {

        private final List<String> lines;

        Lines(List<String> lines) {
            this.lines = lines;
        }

        @Override
        public void publish(LogRecord line) {
            lines.add(MessageFormat.format(line.getMessage(), line.getParameters()));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private static CallerFilter filter() {
        Keys keys = new Keys(MapConfig.of("bugloss.tokens", "ci:reader:" + SHA256_OF_READING_TOKEN));
        OidcSettings oidc = OidcSettings.from(keys);
        AccessSettings access = AccessSettings.from(keys);
        Clock clock = Clock.systemUTC();
        // Without an issuer nobody is asked.
        Providers providers = new Providers(oidc, null, clock, Thread::new, Duration.ofSeconds(1));
        Callers callers = new Callers(access, new BearerTokens(oidc, providers, clock), new Sessions(oidc, clock));
        return Beans.filled(new CallerFilter(), access, oidc, callers);
    }

    private static int status(Asked asked) {
        try {
            new HeadersFilter()
                    .doFilter(
                            asked.with("X-Request-ID", "request-1").request(),
                            asked.response(),
                            (request, response) -> filter().doFilter(request, response, (last, answer) -> {}));
        } catch (IOException | ServletException e) {
            throw new IllegalStateException(e);
        }
        return asked.status();
    }
}
