package org.bugloss.details;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonValue;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.FieldsJson;
import org.bugloss.database.Retried;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;
import org.bugloss.trackers.BugFields;
import org.bugloss.web.Caller;
import org.bugloss.web.JsonBody;
import org.bugloss.web.Ndjson;
import org.bugloss.web.NeedsDatabase;
import org.bugloss.web.Problem;
import org.bugloss.web.Problems;
import org.jspecify.annotations.Nullable;

/** {@code /api/details}: what is known of the bug behind a URL, and the overrides of it. */
@Path("/details")
@ApplicationScoped
@Produces(MediaType.APPLICATION_JSON)
public class DetailsResource {

    private static final String[] OVERRIDE_MEMBERS = {
        "title", "description", "status", "resolved", "image", "fields", "supplied_by", "ttl"
    };

    /** Of a line, which says itself what it is for. */
    private static final String[] LINE_MEMBERS =
            Stream.concat(Stream.of("url"), Stream.of(OVERRIDE_MEMBERS)).toArray(String[]::new);

    @Inject
    private DetailsLookup lookup;

    @Inject
    private Overrides overrides;

    @Inject
    private GlossMemory memory;

    @Inject
    private DetailsSettings settings;

    @Inject
    private Answering answering;

    @Inject
    private Clock clock;

    @GET
    public CompletionStage<Response> details(
            @QueryParam("url") @DefaultValue("") String url,
            @HeaderParam("If-None-Match") String known,
            @Context HttpServletRequest http) {
        return answer(http, known, lookup.details(url, Caller.of(http).viewer()));
    }

    @POST
    @Path("/refresh")
    @NeedsDatabase
    public CompletionStage<Response> refresh(
            @QueryParam("url") @DefaultValue("") String url, @Context HttpServletRequest http) {
        return answer(http, null, lookup.refreshed(url, Caller.of(http).viewer()));
    }

    @POST
    @Path("/query")
    @Consumes(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> query(InputStream body, @Context HttpServletRequest http) {
        DetailsQuery.Begun begun = DetailsQuery.Begun.of(http).orElseGet(() -> {
            DetailsQuery query = DetailsQuery.read(body, settings.deadline());
            return new DetailsQuery.Begun(
                    query, lookup.details(query.urls(), Caller.of(http).viewer(), query.patience()));
        });
        return answered(
                http,
                begun.outcomes(),
                outcomes -> Response.ok(
                                DetailsAnswers.query(outcomes, begun.query().brief(), clock))
                        .header("Cache-Control", "no-store")
                        .header("Vary", DetailsAnswers.VARY)
                        .build());
    }

    /** @param known the caller's {@code If-None-Match}, or {@code null} */
    private CompletionStage<Response> answer(
            HttpServletRequest http, @Nullable String known, CompletableFuture<Outcome> outcome) {
        return answered(
                http, outcome, came -> response(DetailsAnswers.orProblem(came, settings.deadline(), clock), known));
    }

    /**
     * Answers on a thread of its own, never on the one that stored the details: a client that does not read holds it. Failures
     * too, which {@code thenApplyAsync} would pass on where they are.
     */
    private <T> CompletionStage<Response> answered(
            HttpServletRequest http, CompletableFuture<T> result, Function<T, Response> response) {
        return result.handleAsync(
                (came, failure) -> {
                    if (failure != null) {
                        throw Problems.of(failure);
                    }
                    return response.apply(came);
                },
                answering.of(Caller.of(http).name()));
    }

    private Response response(ReadyDetails details, @Nullable String known) {
        ReadyDetails.Body body = details.whole();
        Response.ResponseBuilder response = DetailsAnswers.isKnown(body, known)
                ? Response.notModified()
                : Response.ok(body.bytes(), MediaType.APPLICATION_JSON_TYPE);
        return response.header("ETag", body.etag(false))
                .header("Cache-Control", DetailsAnswers.cacheControl(details, clock.instant()))
                .header("Vary", DetailsAnswers.VARY)
                .build();
    }

    @PUT
    @NeedsDatabase
    @Consumes(MediaType.APPLICATION_JSON)
    public Response override(
            @QueryParam("url") @DefaultValue("") String typed, InputStream body, @Context HttpServletRequest http) {
        CanonicalUrl url = CanonicalUrl.parse(typed);
        put(List.of(new Overrides.Put(typed, url, supplied(JsonBody.read(body).only(OVERRIDE_MEMBERS)))));
        lookup.fetchBehind(List.of(typed), Caller.of(http).name());
        ServedDetails now =
                lookup.known(List.of(typed), Caller.of(http).viewer()).get(typed);
        if (now == null) {
            throw Problem.of(409, "somebody else ended this override at the same time");
        }
        return Response.ok(now.json(false)).build();
    }

    @DELETE
    @NeedsDatabase
    public Response endOverride(@QueryParam("url") @DefaultValue("") String typed) {
        CanonicalUrl url = CanonicalUrl.parse(typed);
        Retried.onConflict(() -> {
            overrides.end(typed, url);
            return null;
        });
        memory.overridden(List.of(url.key()));
        return Response.noContent().build();
    }

    @POST
    @Path("/overrides")
    @NeedsDatabase
    @Consumes(Ndjson.MEDIA_TYPE)
    @Produces({Ndjson.MEDIA_TYPE, "application/problem+json"})
    public Response override(InputStream lines, @Context HttpServletRequest http) {
        return Ndjson.carryOut(lines, http, new Ndjson.Lines<Overrides.Put>() {

            @Override
            public Overrides.Put read(JsonBody line) {
                String typed = line.requiredText("url", CanonicalUrl.LONGEST);
                return new Overrides.Put(typed, CanonicalUrl.parse(typed), supplied(line.only(LINE_MEMBERS)));
            }

            @Override
            public List<Ndjson.Done> carryOut(List<Overrides.Put> puts) {
                put(puts);
                return puts.stream()
                        .map(put -> new Ndjson.Done(200, put.typed(), JsonValue.EMPTY_JSON_OBJECT))
                        .toList();
            }
        });
    }

    private void put(List<Overrides.Put> puts) {
        Retried.onConflict(() -> {
            overrides.put(puts);
            return null;
        });
        memory.overridden(puts.stream().map(put -> put.url().key()).toList());
    }

    private DetailsOverride.Supplied supplied(JsonBody body) {
        Set<String> blanks = new LinkedHashSet<>();
        for (String member : OVERRIDE_MEMBERS) {
            if (body.isNull(member)) {
                blanks.add(member);
            }
        }
        return new DetailsOverride.Supplied(
                body.requiredText("title", 1000),
                body.text("description", 100_000).orElse(null),
                body.text("status", 300).orElse(null),
                body.flag("resolved").orElse(null),
                body.text("image", CanonicalUrl.LONGEST)
                        .map(DetailsResource::imageUrl)
                        .orElse(null),
                body.object("fields").map(DetailsResource::fields).orElse(null),
                blanks,
                body.text("supplied_by", 200).orElse(null),
                body.whole("ttl", 1, Integer.MAX_VALUE).map(Duration::ofSeconds).orElse(settings.ttl()));
    }

    private static String imageUrl(String image) {
        try {
            return CanonicalUrl.parse(image).key();
        } catch (InvalidUrlException e) {
            throw Problem.badRequest("image: " + e.getMessage());
        }
    }

    private static String fields(JsonBody fields) {
        fields.only("assignee", "resolution", "priority", "type", "labels", "updated");
        return FieldsJson.of(BugFields.NONE
                        .withAssignee(fields.text("assignee", 1000).orElse(null))
                        .withResolution(fields.text("resolution", 300).orElse(null))
                        .withPriority(fields.text("priority", 300).orElse(null))
                        .withType(fields.text("type", 300).orElse(null))
                        .withLabels(fields.texts("labels", 100, 200).orElse(null))
                        .withUpdated(fields.text("updated", 40)
                                .map(DetailsResource::time)
                                .orElse(null)))
                .toString();
    }

    private static Instant time(String text) {
        try {
            return java.time.OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw Problem.badRequest("fields.updated must be a time such as 2026-11-22T09:00:00Z");
        }
    }
}
