package org.bugloss.details;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObjectBuilder;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
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
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
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

/** {@code /api/details}: what is known of the bug behind a URL, and the overrides of it. */
@Path("/details")
@ApplicationScoped
@Produces(MediaType.APPLICATION_JSON)
public class DetailsResource {

    /** An override is to be seen within five seconds, so nobody may keep an answer for longer without asking again. */
    private static final Duration LONGEST_AGE = Duration.ofSeconds(5);

    private static final String[] OVERRIDE_MEMBERS = {
        "title", "description", "status", "resolved", "image", "fields", "ttl"
    };

    /** How many URLs one query may have. */
    private static final int MOST_URLS = 500;

    /** A URL that is too long is a problem of its own among the answers; what is far too long is one of the request. */
    private static final int LONGEST_ASKED = 10_000;

    @Inject
    private DetailsLookup lookup;

    @Inject
    private Overrides overrides;

    @Inject
    private RecentDetails recent;

    @Inject
    private DetailsSettings settings;

    @GET
    public CompletionStage<Response> details(
            @QueryParam("url") String url,
            @HeaderParam("If-None-Match") String known,
            @Context HttpServletRequest http) {
        return lookup.details(url, Caller.of(http).name()).thenApply(details -> response(details, known));
    }

    @POST
    @Path("/refresh")
    @NeedsDatabase
    public CompletionStage<Response> refresh(@QueryParam("url") String url, @Context HttpServletRequest http) {
        return lookup.refreshed(url, Caller.of(http).name()).thenApply(details -> response(details, null));
    }

    @POST
    @Path("/query")
    @Consumes(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> query(InputStream body, @Context HttpServletRequest http) {
        List<String> urls = JsonBody.read(body)
                .only("urls")
                .texts("urls", MOST_URLS, LONGEST_ASKED)
                .orElseThrow(() -> Problem.badRequest("urls must be given, an array of strings"));
        return lookup.details(urls, Caller.of(http).name()).thenApply(answers -> {
            JsonObjectBuilder details = JSON.createObjectBuilder();
            answers.forEach(details::add);
            return Response.ok(JSON.createObjectBuilder()
                            .add("details", details)
                            .build()
                            .toString())
                    .build();
        });
    }

    @PUT
    @NeedsDatabase
    @Consumes(MediaType.APPLICATION_JSON)
    public Response override(@QueryParam("url") String typed, InputStream body, @Context HttpServletRequest http) {
        CanonicalUrl url = CanonicalUrl.parse(typed);
        put(typed, url, JsonBody.read(body).only(OVERRIDE_MEMBERS));
        lookup.fetchBehind(url, Caller.of(http).name());
        ServedDetails now = lookup.known(List.of(typed)).get(typed);
        if (now == null) {
            throw Problem.of(409, "somebody else ended this override at the same time");
        }
        return Response.ok(now.json().toString()).build();
    }

    @DELETE
    @NeedsDatabase
    public Response endOverride(@QueryParam("url") String typed) {
        CanonicalUrl url = CanonicalUrl.parse(typed);
        overrides.end(typed, url);
        recent.forget(url);
        return Response.noContent().build();
    }

    @POST
    @Path("/overrides")
    @NeedsDatabase
    @Consumes(Ndjson.MEDIA_TYPE)
    @Produces({Ndjson.MEDIA_TYPE, "application/problem+json"})
    public Response override(InputStream lines, @Context HttpServletRequest http) {
        return Ndjson.carryOut(lines, http, body -> {
            String typed = body.requiredText("url", CanonicalUrl.LONGEST);
            Set<String> members = new LinkedHashSet<>(Set.of(OVERRIDE_MEMBERS));
            members.add("url");
            put(typed, CanonicalUrl.parse(typed), body.only(members.toArray(String[]::new)));
            return new Ndjson.Done(200, typed, JSON.createObjectBuilder().build());
        });
    }

    private void put(String typed, CanonicalUrl url, JsonBody body) {
        DetailsOverride.Supplied supplied = supplied(body);
        Retried.onConflict(() -> {
            overrides.put(typed, url, supplied);
            return null;
        });
        recent.forget(url);
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

    /**
     * Runs on whatever thread the details came on, so the request is out of reach.
     *
     * @param known the caller's {@code If-None-Match}, or {@code null}
     */
    private static Response response(ServedDetails details, String known) {
        String json = details.json().toString();
        String tag = '"' + digest(json) + '"';
        Response.ResponseBuilder response =
                isKnown(tag, known) ? Response.notModified() : Response.ok(json, MediaType.APPLICATION_JSON_TYPE);
        Duration fresh = details.fresh().compareTo(LONGEST_AGE) > 0 ? LONGEST_AGE : details.fresh();
        return response.header("ETag", tag)
                .header("Cache-Control", "private, max-age=" + fresh.toSeconds())
                .build();
    }

    /** RFC 9110, 13.1.2: a list of tags, compared weakly, or {@code *}. */
    private static boolean isKnown(String tag, String known) {
        return known != null
                && Arrays.stream(known.split(","))
                        .map(String::strip)
                        .anyMatch(one -> one.equals("*") || one.equals(tag) || one.equals("W/" + tag));
    }

    private static String digest(String json) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(json.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
