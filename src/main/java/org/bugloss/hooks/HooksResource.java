package org.bugloss.hooks;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.time.Clock;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.bugloss.trackers.HookProblem;
import org.bugloss.trackers.HookRequest;
import org.bugloss.trackers.HookSecret;
import org.bugloss.trackers.NamedBugs;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;
import org.bugloss.web.NeedsDatabase;
import org.bugloss.web.Problem;

/**
 * {@code POST /api/hooks/{system}}: a tracker says that bugs changed. Trackers switch a hook off that answers with errors, so
 * whatever is proved is taken, also what says nothing of a bug. While the body is read, nothing of the database is held.
 */
@Path("/hooks/{system}")
@ApplicationScoped
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
public class HooksResource {

    private static final int ANSWERING_THREADS = 4;
    private static final int MOST_ANSWERS = 10_000;

    @Inject
    private Trackers trackers;

    @Inject
    private HookSecrets secrets;

    @Inject
    private HookInbox inbox;

    @Inject
    private Clock clock;

    @Resource
    private ManagedThreadFactory threads;

    private ThreadPoolExecutor answers;

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
                new ThreadPoolExecutor.CallerRunsPolicy());
        answers.allowCoreThreadTimeOut(true);
    }

    @PreDestroy
    void stop() {
        answers.shutdown();
    }

    /** Answers once it is committed what is due. */
    @POST
    @NeedsDatabase
    public CompletionStage<Response> tell(
            @PathParam("system") String name, @Context HttpServletRequest http, InputStream body) {
        TrackerSystem system = trackers.system(name)
                .orElseThrow(
                        () -> Problem.notFound("there is no such system; GET /api/trackers lists those there are"));
        NamedBugs named;
        try {
            List<HookSecret> ofSystem = secrets.of(name);
            if (ofSystem.isEmpty()) {
                throw Problem.of(
                        401, "this system takes no hooks: bugloss.system." + name + ".hook-secret has no value");
            }
            named = HookBodies.read(
                    body,
                    http.getContentLengthLong(),
                    trackers.longestHook(system),
                    bytes -> named(
                            new HookRequest(system, headers(http), http.getQueryString(), bytes, clock.instant()),
                            ofSystem));
        } catch (Problem refusal) {
            if (refusal.status() < 500) {
                inbox.refused(name);
            }
            throw refusal;
        }
        return inbox.take(named).thenApplyAsync(HooksResource::taken, answers);
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

    private static Response taken(int due) {
        return Response.accepted(
                        JSON.createObjectBuilder().add("due", due).build().toString())
                .header("Cache-Control", "no-store")
                .build();
    }
}
