package org.bugloss.links;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bugloss.database.Retried;
import org.bugloss.details.DetailsLookup;
import org.bugloss.details.ServedDetails;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.web.Caller;
import org.bugloss.web.JsonBody;
import org.bugloss.web.Ndjson;
import org.bugloss.web.NeedsDatabase;
import org.bugloss.web.Problem;
import org.jspecify.annotations.Nullable;

/** {@code /api/link-references}: which URLs were recorded against which test executions. */
@Path("/link-references")
@NeedsDatabase
@ApplicationScoped
@Produces(MediaType.APPLICATION_JSON)
public class LinkReferencesResource {

    private static final int LONGEST_NAME = 64;
    private static final int USUAL_LIMIT = 100;
    private static final int HIGHEST_LIMIT = 1000;
    private static final int STREAMED_AT_ONCE = 500;
    private static final String[] MEMBERS = {"execution_id", "name", "url", "is_defect"};
    private static final Pattern CURSOR = Pattern.compile("after:(\\d{1,18})");

    @Inject
    private LinkReferences links;

    @Inject
    private DetailsLookup lookup;

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public Response record(InputStream body, @Context UriInfo uri, @Context HttpServletRequest http) {
        LinkReferences.Stored stored = record(JsonBody.read(body), Caller.of(http));
        String json = stored.link().json().build().toString();
        if (!stored.isNew()) {
            return Response.ok(json).build();
        }
        URI location =
                uri.getAbsolutePathBuilder().path(stored.link().id().toString()).build();
        return Response.created(location).entity(json).build();
    }

    @POST
    @Consumes(Ndjson.MEDIA_TYPE)
    @Produces({Ndjson.MEDIA_TYPE, "application/problem+json"})
    public Response recordMany(InputStream lines, @Context HttpServletRequest http) {
        Caller caller = Caller.of(http);
        return Ndjson.carryOut(lines, http, body -> {
            LinkReferences.Stored stored = record(body, caller);
            return new Ndjson.Done(
                    stored.isNew() ? 201 : 200,
                    stored.link().url(),
                    JSON.createObjectBuilder().add("id", stored.link().id()).build());
        });
    }

    @GET
    public Response list(@Context UriInfo uri) {
        LinkFilter filter = filter(uri);
        boolean embed = embed(uri);
        int limit = limit(uri);
        List<LinkReference> page = links.page(filter, after(uri), limit + 1);
        List<LinkReference> shown = page.size() > limit ? page.subList(0, limit) : page;
        JsonArrayBuilder items = JSON.createArrayBuilder();
        json(shown, embed).forEach(items::add);
        JsonObjectBuilder json = JSON.createObjectBuilder().add("items", items);
        Response.ResponseBuilder response = Response.ok();
        if (page.size() > limit) {
            String next = cursor(shown.get(limit - 1).id());
            json.add("next", next);
            response.link(
                    uri.getRequestUriBuilder().replaceQueryParam("after", next).build(), "next");
        } else {
            json.addNull("next");
        }
        return response.entity(json.build().toString()).build();
    }

    /** Only for callers who ask for it: to one who accepts anything, JSON is worth more. */
    @GET
    @Produces(Ndjson.MEDIA_TYPE + ";qs=0.5")
    public Response stream(@Context UriInfo uri) {
        LinkFilter filter = filter(uri);
        boolean embed = embed(uri);
        long first = after(uri);
        StreamingOutput lines = out -> {
            long after = first;
            List<LinkReference> page;
            do {
                page = links.page(filter, after, STREAMED_AT_ONCE);
                for (JsonObject link : json(page, embed)) {
                    out.write((link + "\n").getBytes(StandardCharsets.UTF_8));
                }
                after = page.isEmpty() ? after : page.get(page.size() - 1).id();
            } while (page.size() == STREAMED_AT_ONCE);
        };
        return Response.ok(lines, Ndjson.MEDIA_TYPE).build();
    }

    @GET
    @Path("/summary")
    public Response summary(@Context UriInfo uri) {
        String executionId = parameter(uri, "execution_id").orElse(null);
        long all = links.count(new LinkFilter(true, executionId, null, null, null));
        long open = links.count(new LinkFilter(true, executionId, null, null, false));
        long resolved = links.count(new LinkFilter(true, executionId, null, null, true));
        return Response.ok(JSON.createObjectBuilder()
                        .add("open", open)
                        .add("resolved", resolved)
                        .add("unknown", Math.max(0, all - open - resolved))
                        .build()
                        .toString())
                .build();
    }

    @GET
    @Path("/{id}")
    public Response read(@PathParam("id") String id) {
        return Response.ok(find(id).json().build().toString()).build();
    }

    @PATCH
    @Path("/{id}")
    @Consumes({MediaType.APPLICATION_JSON, "application/merge-patch+json"})
    public Response change(@PathParam("id") String id, InputStream body, @Context HttpServletRequest http) {
        JsonBody changes = JsonBody.read(body).only(MEMBERS);
        long number = find(id).id();
        LinkReference after = Retried.onConflict(() -> links.change(
                number,
                was -> new LinkReference.Recorded(
                        changes.has("execution_id") ? name(changes, "execution_id") : was.executionId(),
                        changes.has("name") ? name(changes, "name") : was.name(),
                        changes.has("url") ? url(changes) : was.url(),
                        changes.has("is_defect") ? changes.flag("is_defect").orElse(false) : was.defect())));
        if (after.isDefect()) {
            lookup.fetchBehind(CanonicalUrl.parse(after.url()), Caller.of(http).name());
        }
        return Response.ok(after.json().build().toString()).build();
    }

    @DELETE
    @Path("/{id}")
    public Response delete(@PathParam("id") String id) {
        long number = find(id).id();
        Retried.onConflict(() -> {
            links.delete(number);
            return null;
        });
        return Response.noContent().build();
    }

    private LinkReferences.Stored record(JsonBody body, Caller caller) {
        body.only(MEMBERS);
        LinkReference.Recorded recorded = new LinkReference.Recorded(
                name(body, "execution_id"),
                name(body, "name"),
                url(body),
                body.flag("is_defect").orElse(false));
        LinkReferences.Stored stored = Retried.onConflict(() -> links.record(recorded));
        if (stored.isNew() && recorded.defect()) {
            lookup.fetchBehind(CanonicalUrl.parse(recorded.url()), caller.name());
        }
        return stored;
    }

    private static @Nullable String name(JsonBody body, String member) {
        return body.text(member, LONGEST_NAME).orElse(null);
    }

    private static String url(JsonBody body) {
        String url = body.requiredText("url", CanonicalUrl.LONGEST);
        CanonicalUrl.parse(url);
        return url;
    }

    private LinkReference find(String id) {
        return Optional.of(id)
                .filter(text -> text.matches("\\d{1,18}"))
                .flatMap(text -> links.find(Long.parseLong(text)))
                .orElseThrow(() -> LinkReferences.unknown(id.length() <= 40 ? id : id.substring(0, 40) + "..."));
    }

    private List<JsonObject> json(List<LinkReference> page, boolean embed) {
        Map<String, ServedDetails> details =
                embed ? lookup.known(page.stream().map(LinkReference::url).toList()) : Map.of();
        return page.stream()
                .map(link -> {
                    JsonObjectBuilder json = link.json();
                    if (embed) {
                        ServedDetails known = details.get(link.url());
                        if (known == null) {
                            json.addNull("details");
                        } else {
                            json.add("details", known.object());
                        }
                    }
                    return json.build();
                })
                .toList();
    }

    private static LinkFilter filter(UriInfo uri) {
        return new LinkFilter(
                flag(uri, "is_defect"),
                parameter(uri, "execution_id").orElse(null),
                parameter(uri, "url").map(url -> CanonicalUrl.parse(url).key()).orElse(null),
                parameter(uri, "tracker").orElse(null),
                flag(uri, "resolved"));
    }

    private static @Nullable Boolean flag(UriInfo uri, String name) {
        return parameter(uri, name)
                .map(value -> switch (value) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> throw Problem.badRequest(name + " must be true or false");
                })
                .orElse(null);
    }

    private static boolean embed(UriInfo uri) {
        return parameter(uri, "embed")
                .map(value -> {
                    if (!value.equals("details")) {
                        throw Problem.badRequest("embed must be details, if it is given");
                    }
                    return true;
                })
                .orElse(false);
    }

    private static int limit(UriInfo uri) {
        return parameter(uri, "limit")
                .map(value -> {
                    int limit = value.matches("\\d{1,9}") ? Integer.parseInt(value) : 0;
                    if (limit < 1 || limit > HIGHEST_LIMIT) {
                        throw Problem.badRequest("limit must be a whole number from 1 to " + HIGHEST_LIMIT);
                    }
                    return limit;
                })
                .orElse(USUAL_LIMIT);
    }

    private static String cursor(long id) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(("after:" + id).getBytes(StandardCharsets.US_ASCII));
    }

    private static long after(UriInfo uri) {
        return parameter(uri, "after")
                .map(cursor -> {
                    try {
                        Matcher after = CURSOR.matcher(
                                new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.US_ASCII));
                        if (after.matches()) {
                            return Long.parseLong(after.group(1));
                        }
                    } catch (IllegalArgumentException e) {
                        // said below, as for any other text that is no cursor
                    }
                    throw Problem.badRequest("after must be a cursor that an earlier page gave as next");
                })
                .orElse(0L);
    }

    /** PostgreSQL takes no zero character, and no name or cursor has a control character. */
    private static Optional<String> parameter(UriInfo uri, String name) {
        return Optional.ofNullable(uri.getQueryParameters().getFirst(name)).map(text -> JsonBody.clean(name, text));
    }
}
