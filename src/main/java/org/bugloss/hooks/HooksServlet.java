package org.bugloss.hooks;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.bugloss.audit.Trail;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.trackers.HookProblem;
import org.bugloss.trackers.HookRequest;
import org.bugloss.trackers.HookSecret;
import org.bugloss.trackers.NamedBugs;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;
import org.bugloss.web.AuditLog;
import org.bugloss.web.Problem;
import org.bugloss.web.ProblemResponse;
import org.bugloss.web.Problems;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /api/hooks/{system}}: a tracker says that bugs changed. Trackers switch a hook off that answers with errors, so
 * whatever is proved is taken, also what says nothing of a bug. While the body is read, nothing of the database is held.
 *
 * <p>A servlet and no resource: trackers tell by the thousand, and to find and call a resource takes longer than what is done here.
 */
public class HooksServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;
    private static final System.Logger LOG = System.getLogger(HooksServlet.class.getName());

    private static final int ANSWERING_THREADS = 4;
    private static final int MOST_ANSWERS = 10_000;

    @Inject
    private transient Trackers trackers;

    @Inject
    private transient HookSecrets secrets;

    @Inject
    private transient HookInbox inbox;

    @Inject
    private transient DatabaseWatch database;

    @Inject
    private transient Clock clock;

    @Resource
    private transient ManagedThreadFactory threads;

    private transient ThreadPoolExecutor answers;

    @PostConstruct
    void start() {
        // On Payara whoever completes an answer also sends it; the one thread that writes has better things to do.
        answers = new ThreadPoolExecutor(
                ANSWERING_THREADS,
                ANSWERING_THREADS,
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(MOST_ANSWERS),
                threads,
                // Also what comes once this is shut down, which CallerRunsPolicy throws away: who told would wait.
                (answer, pool) -> answer.run());
        answers.allowCoreThreadTimeOut(true);
    }

    @PreDestroy
    void stop() {
        answers.shutdown();
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            if (!request.getMethod().equals("POST")) {
                response.setHeader("Allow", "POST");
                throw Problem.of(405, "trackers tell by POST");
            }
            answerOnceItIsDue(request, inbox.take(named(request)));
        } catch (Problem refusal) {
            if (AuditLog.isOfTheCaller(refusal.status())) {
                AuditLog.refused(request, refusal.status());
            }
            ProblemResponse.send(response, refusal);
        } catch (RuntimeException e) {
            ProblemResponse.send(response, Problems.of(e));
        }
    }

    private NamedBugs named(HttpServletRequest request) throws IOException {
        database.refuseWhileAway();
        String path = request.getPathInfo();
        String name = path == null ? "" : path.substring(1);
        TrackerSystem system = trackers.system(name)
                .orElseThrow(
                        () -> Problem.notFound("there is no such system; GET /api/trackers lists those there are"));
        try {
            List<HookSecret> ofSystem = secrets.of(name);
            if (ofSystem.isEmpty()) {
                throw Problem.of(
                        401, "this system takes no hooks: bugloss.system." + name + ".hook-secret has no value");
            }
            return HookBodies.read(
                    request.getInputStream(),
                    request.getContentLengthLong(),
                    trackers.longestHook(system),
                    bytes -> named(
                            new HookRequest(system, headers(request), request.getQueryString(), bytes, clock.instant()),
                            ofSystem));
        } catch (Problem refusal) {
            if (refusal.status() < 500) {
                inbox.refused(name);
            }
            throw refusal;
        }
    }

    private NamedBugs named(HookRequest hook, List<HookSecret> ofSystem) {
        if (!trackers.isHookProved(hook, ofSystem)) {
            throw Problem.of(
                    401,
                    "the signature, token or password is missing or is not the one of "
                            + hook.system().name() + ", a system of "
                            + hook.system().trackerName());
        }
        try {
            return trackers.named(hook);
        } catch (HookProblem e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static Map<String, String> headers(HttpServletRequest http) {
        Map<String, String> headers = new HashMap<>();
        for (String name : Collections.list(http.getHeaderNames())) {
            headers.put(name.toLowerCase(Locale.ROOT), String.join(",", Collections.list(http.getHeaders(name))));
        }
        return headers;
    }

    private void answerOnceItIsDue(HttpServletRequest request, CompletableFuture<Integer> due) {
        AsyncContext context = request.startAsync();
        context.setTimeout(0);
        String id = Trail.id();
        due.whenCompleteAsync((count, thrown) -> Trail.follow(id, () -> answer(context, count, thrown)), answers);
    }

    private static void answer(AsyncContext context, Integer count, @Nullable Throwable thrown) {
        HttpServletResponse response = (HttpServletResponse) context.getResponse();
        try {
            if (thrown == null) {
                taken(response, count);
            } else {
                ProblemResponse.send(response, Problems.of(thrown));
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "Whoever told is gone", e);
        } finally {
            context.complete();
        }
    }

    private static void taken(HttpServletResponse response, int due) throws IOException {
        byte[] body = ("{\"due\":" + due + "}").getBytes(StandardCharsets.US_ASCII);
        response.setStatus(HttpServletResponse.SC_ACCEPTED);
        response.setContentType("application/json");
        response.setHeader("Cache-Control", "no-store");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
