package org.bugloss.hooks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.bugloss.Beans;
import org.bugloss.DaemonThreads;
import org.bugloss.Logged;
import org.bugloss.Played;
import org.bugloss.audit.Trail;
import org.bugloss.cache.TestClock;
import org.bugloss.configuration.TestKeys;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.trackers.NamedBugs;
import org.bugloss.trackers.Redmine;
import org.bugloss.trackers.TestTrackers;
import org.bugloss.web.InputOf;
import org.bugloss.web.OutputTo;
import org.bugloss.web.Problems;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class HooksServletTest {

    private static final String SECRET = "hook-secret";

    private final TestClock clock = new TestClock();
    private final CompletableFuture<Integer> due = new CompletableFuture<>();
    private final CompletableFuture<Integer> completed = new CompletableFuture<>();
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final HooksServlet servlet = started();
    private final Map<String, String> headers = new HashMap<>();
    private boolean isAway;
    private int status;

    private HooksServlet started() {
        HooksServlet bean = Beans.filled(
                new HooksServlet(),
                TestTrackers.of(new Redmine(), "acme"),
                Beans.filled(
                        new HookSecrets(),
                        TestKeys.keys("bugloss.systems", "acme", "bugloss.system.acme.hook-secret", SECRET),
                        clock),
                new Inbox(),
                new Watch(),
                clock,
                new DaemonThreads("hooks-servlet-test"));
        bean.start();
        return bean;
    }

    private final class Inbox extends HookInbox {

        @Override
        public CompletableFuture<Integer> take(NamedBugs named) {
            return due;
        }
    }

    private final class Watch extends DatabaseWatch {

        @Override
        public boolean isAway() {
            return isAway;
        }
    }

    @AfterEach
    void stop() {
        servlet.stop();
    }

    /** Tells of a bug, with the proof. */
    private void tell() throws IOException {
        HttpServletResponse response = Played.by(HttpServletResponse.class, (name, arguments) -> switch (name) {
            case "setHeader" -> headers.put((String) arguments[0], (String) arguments[1]);
            case "setStatus" -> status = (Integer) arguments[0];
            case "getOutputStream" -> new OutputTo(sent);
            default -> null;
        });
        AsyncContext context = Played.by(AsyncContext.class, (name, arguments) -> switch (name) {
            case "getResponse" -> response;
            case "complete" -> completed.complete(status);
            default -> null;
        });
        List<String> names = List.of("Authorization");
        HttpServletRequest request = Played.by(HttpServletRequest.class, (name, arguments) -> switch (name) {
            case "getMethod" -> "POST";
            case "getPathInfo" -> "/acme";
            case "getHeaderNames" -> Collections.enumeration(names);
            case "getHeaders" -> Collections.enumeration(List.of("Bearer " + SECRET));
            case "getContentLengthLong" -> -1L;
            case "getInputStream" -> new InputOf("{\"ids\": [\"1\"]}".getBytes(StandardCharsets.UTF_8));
            case "startAsync" -> context;
            default -> null;
        });
        servlet.service(request, response);
    }

    @Test
    void whoTellsIsAnsweredOnceItIsCommitted() throws Exception {
        tell();
        assertFalse(completed.isDone());

        due.complete(1);

        assertEquals(202, completed.get(10, TimeUnit.SECONDS));
        assertEquals("{\"due\":1}", sent.toString(StandardCharsets.UTF_8));
    }

    @Test
    void whoTellsAsTheServerStopsIsAnsweredToo() throws Exception {
        tell();
        servlet.stop();

        due.complete(1);

        assertEquals(202, completed.get(10, TimeUnit.SECONDS));
    }

    @Test
    void whatNobodyForesawIsInTheLogByTheIdOfTheRequest() throws Exception {
        try (Logged logged = new Logged(Problems.class)) {
            String before = Trail.enter("request-1");
            tell();
            Trail.leave(before);

            due.completeExceptionally(new IllegalStateException("broken"));

            assertEquals(500, completed.get(10, TimeUnit.SECONDS));
            assertTrue(sent.toString(StandardCharsets.UTF_8).contains("has it as request-1\""), sent.toString());
            assertEquals(List.of("SEVERE Unforeseen failure [request-1]"), logged.lines());
        }
    }

    @Test
    void whileTheDatabaseIsAwayWhoTellsIsToComeAgain() throws IOException {
        isAway = true;

        tell();

        assertEquals(503, status);
        assertEquals("5", headers.get("Retry-After"));
    }
}
