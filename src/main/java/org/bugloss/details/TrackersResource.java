package org.bugloss.details;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.bugloss.audience.Viewer;
import org.bugloss.cache.CleanDetails;
import org.bugloss.cache.DetailsFetcher;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.FieldsJson;
import org.bugloss.cache.Schedule;
import org.bugloss.cache.StoredDetails;
import org.bugloss.cache.SystemPauses;
import org.bugloss.database.Retried;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Lanes;
import org.bugloss.trackers.Answer;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.PausedSystems;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;
import org.bugloss.web.Caller;
import org.bugloss.web.JsonBody;
import org.bugloss.web.NeedsDatabase;
import org.bugloss.web.Problem;
import org.bugloss.web.Problems;
import org.jspecify.annotations.Nullable;

/** {@code /api/trackers}: the systems and how they are, and what happens for a URL. Never a credential. */
@Path("/trackers")
@ApplicationScoped
@Produces(MediaType.APPLICATION_JSON)
public class TrackersResource {

    /** An API that is too slow for callers is what an administrator wants to see, so it is waited for longer. */
    private static final Duration LONGEST_CHECK = Duration.ofSeconds(45);

    @Inject
    private Trackers trackers;

    @Inject
    private Deadlines deadlines;

    @Inject
    private Answering answering;

    @Inject
    private SystemReports reports;

    @Inject
    private SystemPauses pauses;

    @Inject
    private PausedSystems paused;

    @Inject
    private DetailsSettings settings;

    @Inject
    private Schedule schedule;

    @Inject
    private LookupLimit limit;

    @Inject
    private Disclosure disclosure;

    @Inject
    private Lanes lanes;

    @Inject
    private Clock clock;

    /** The systems, and how each is. */
    @GET
    @NeedsDatabase
    public Response systems(@Context HttpServletRequest http) {
        return Response.ok(reports.all(Caller.of(http).viewer()).toString()).build();
    }

    /** Pauses a system on all nodes, or ends that: {@code {"paused": true}}. Answers how it is then. */
    @PATCH
    @Path("/{name}")
    @Consumes(MediaType.APPLICATION_JSON)
    @NeedsDatabase
    public Response change(@PathParam("name") String name, InputStream body, @Context HttpServletRequest http) {
        boolean toPause = JsonBody.read(body)
                .only("paused")
                .flag("paused")
                .orElseThrow(() -> Problem.badRequest("paused is required: true or false"));
        TrackerSystem system =
                trackers.system(name).orElseThrow(() -> Problem.notFound("there is no system of this name"));
        if (!toPause && paused.isConfigured(name)) {
            throw Problem.of(
                    409, "bugloss.system." + name + ".paused is true: only the configuration can end this pause");
        }
        Retried.onConflict(() -> {
            if (toPause) {
                pauses.pause(name, clock.instant());
            } else {
                pauses.end(name);
            }
            return true;
        });
        // So that it is so on this node when the answer is there.
        pauses.read();
        return Response.ok(reports.of(system, Caller.of(http).viewer()).toString())
                .build();
    }

    /** What happens for a URL, past the cache: the answer, or which step failed and why. Nothing of it is stored. */
    @POST
    @Path("/check")
    public CompletionStage<Response> check(
            @QueryParam("url") @DefaultValue("") String typed, @Context HttpServletRequest http) {
        BugUrl bug = trackers.locate(CanonicalUrl.parse(typed));
        Viewer viewer = Caller.of(http).viewer();
        if (!disclosure.mayAsk(bug, viewer)) {
            return CompletableFuture.completedFuture(response(
                    json(bug, disclosure.restricted(bug).served(), null, trackers.isBug(bug), Duration.ZERO), null));
        }
        String caller = viewer.name();
        if (!limit.take(caller)) {
            throw DetailsAnswers.problem(limit.refusal(), clock);
        }
        CompletableFuture<JsonObject> checked = lanes.submit(bug.url().host(), Lanes.Priority.CALLER, caller, () -> {
            Instant begin = clock.instant();
            Answer answer =
                    Objects.requireNonNull(trackers.details(List.of(bug)).get(bug));
            DetailsFetcher.audit(caller, bug, answer);
            return json(bug, answer, viewer, Duration.between(begin, clock.instant()));
        });
        return deadlines.within(LONGEST_CHECK, checked).handleAsync(TrackersResource::response, answering.of(caller));
    }

    private static Response response(JsonObject checked, @Nullable Throwable failure) {
        if (failure instanceof TimeoutException) {
            throw Problem.of(504, "no answer within " + LONGEST_CHECK.toSeconds() + " seconds")
                    .because(FailureReason.TIMEOUT.word());
        }
        if (failure != null) {
            throw Problems.of(failure);
        }
        return Response.ok(checked.toString()).build();
    }

    private JsonObject json(BugUrl bug, Answer answer, Viewer viewer, Duration took) {
        BugDetails details = answer instanceof Answer.Found found ? found.details() : null;
        FetchException failure = details != null ? details.failure() : failure(bug, answer);
        boolean viaApi = details != null ? !details.fromOpenGraph() : trackers.isBug(bug);
        return json(bug, details == null ? null : served(bug, details, viewer), failure, viaApi, took);
    }

    private JsonObject json(
            BugUrl bug,
            @Nullable ServedDetails details,
            @Nullable FetchException failure,
            boolean viaApi,
            Duration took) {
        JsonObjectBuilder json = JSON.createObjectBuilder().add("url", bug.url().key());
        FieldsJson.add(json, "system", bug.system().map(TrackerSystem::name).orElse(null));
        json.add("tracker", trackers.trackerOf(bug));
        FieldsJson.add(json, "api_url", trackers.apiUrlOf(bug).orElse(null));
        return json.add(
                        "authenticated",
                        bug.system().map(system -> system.credentials().given()).orElse(false))
                .add("via", viaApi ? "api" : "open_graph")
                .add("details", details == null ? JsonValue.NULL : details.object())
                .add("failure", failure == null ? JsonValue.NULL : SystemReports.failure(failure))
                .add("duration_ms", took.toMillis())
                .build();
    }

    private FetchException failure(BugUrl bug, Answer answer) {
        return answer instanceof Answer.Failed failed
                ? failed.failure()
                : new FetchException(
                        FailureReason.NOT_FOUND,
                        trackers.trackerOf(bug) + " says that there is no such bug, or none that "
                                + (bug.system()
                                                .map(system ->
                                                        system.credentials().given())
                                                .orElse(false)
                                        ? "these credentials may see"
                                        : "may be seen without credentials"));
    }

    /** As a caller of the details would get them, but stored nowhere. */
    private ServedDetails served(BugUrl bug, BugDetails details, Viewer viewer) {
        Instant now = clock.instant();
        String tracker = trackers.trackerOf(bug);
        CleanDetails clean = CleanDetails.of(bug, details, settings.images());
        Gloss gloss = new Gloss(bug, tracker, StoredDetails.of(bug, tracker, clean, now, schedule), null);
        return disclosure.mayRead(gloss, viewer)
                ? ServedDetails.of(gloss, settings.images(), now)
                : disclosure.restricted(bug).served();
    }
}
