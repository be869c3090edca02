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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bugloss.audience.Audience;
import org.bugloss.audience.Sight;
import org.bugloss.audience.Viewer;
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
    private static final int STREAMED_AT_ONCE = 500;
    private static final String[] MEMBERS = {"execution_id", "name", "url", "is_defect"};

    @Inject
    private LinkReferences links;

    @Inject
    private Summaries summaries;

    @Inject
    private DetailsLookup lookup;

    @Inject
    private Audience audience;

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public Response record(InputStream body, @Context UriInfo uri, @Context HttpServletRequest http) {
        LinkReferences.Stored stored =
                record(List.of(recorded(JsonBody.read(body))), Caller.of(http)).get(0);
        String json = stored.link().json().build().toString();
        if (!stored.isNew()) {
            return Response.ok(json).build();
        }
        URI location = uri.getAbsolutePathBuilder()
                .path(Long.toString(stored.link().id()))
                .build();
        return Response.created(location).entity(json).build();
    }

    @POST
    @Consumes(Ndjson.MEDIA_TYPE)
    @Produces({Ndjson.MEDIA_TYPE, "application/problem+json"})
    public Response recordMany(InputStream lines, @Context HttpServletRequest http) {
        Caller caller = Caller.of(http);
        return Ndjson.carryOut(lines, http, new Ndjson.Lines<LinkReference.Recorded>() {

            @Override
            public LinkReference.Recorded read(JsonBody line) {
                return recorded(line);
            }

            @Override
            public List<Ndjson.Done> carryOut(List<LinkReference.Recorded> links) {
                return record(links, caller).stream()
                        .map(LinkReferencesResource::done)
                        .toList();
            }
        });
    }

    private static Ndjson.Done done(LinkReferences.Stored stored) {
        return new Ndjson.Done(
                stored.isNew() ? 201 : 200,
                stored.link().url(),
                JSON.createObjectBuilder().add("id", stored.link().id()).build());
    }

    @GET
    public Response list(@Context UriInfo uri, @Context HttpServletRequest http) {
        Viewer viewer = Caller.of(http).viewer();
        LinksQuery query = LinksQuery.read(uri.getQueryParameters()::getFirst);
        int limit = query.limit();
        List<Listed> page = links.page(query.selection(), audience.of(viewer), query.sort(), query.after(), limit + 1);
        List<Listed> shown = page.size() > limit ? page.subList(0, limit) : page;
        JsonArrayBuilder items = JSON.createArrayBuilder();
        json(shown, query.embed(), viewer).forEach(items::add);
        JsonObjectBuilder json = JSON.createObjectBuilder().add("items", items);
        Response.ResponseBuilder response = Response.ok();
        if (page.size() > limit) {
            String next = LinkSort.text(cursor(shown));
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
    public Response stream(@Context UriInfo uri, @Context HttpServletRequest http) {
        Viewer viewer = Caller.of(http).viewer();
        Sight sight = audience.of(viewer);
        LinksQuery query = LinksQuery.read(uri.getQueryParameters()::getFirst);
        StreamingOutput lines = out -> {
            LinkSort.Cursor after = query.after();
            List<Listed> page;
            do {
                page = links.page(query.selection(), sight, query.sort(), after, STREAMED_AT_ONCE);
                for (JsonObject link : json(page, query.embed(), viewer)) {
                    out.write((link + "\n").getBytes(StandardCharsets.UTF_8));
                }
                after = page.isEmpty() ? after : cursor(page);
            } while (page.size() == STREAMED_AT_ONCE);
        };
        return Response.ok(lines, Ndjson.MEDIA_TYPE).build();
    }

    private static LinkSort.Cursor cursor(List<Listed> page) {
        Listed last = page.get(page.size() - 1);
        return new LinkSort.Cursor(last.sortedBy(), last.id());
    }

    @GET
    @Path("/summary")
    public Response summary(@Context UriInfo uri, @Context HttpServletRequest http) {
        Sight sight = audience.of(Caller.of(http).viewer());
        Summaries.Counted counted = summaries.of(LinksQuery.selection(uri.getQueryParameters()::getFirst), sight);
        LinkReferences.Summary summary = counted.summary();
        JsonObjectBuilder json = JSON.createObjectBuilder()
                .add("open", summary.open())
                .add("resolved", summary.resolved())
                .add("unknown", summary.unknown())
                .add("stale", summary.stale())
                .add("failing", summary.failing());
        if (counted.approximate()) {
            json.add("approximate", true);
        }
        return Response.ok(json.build().toString()).build();
    }

    @GET
    @Path("/{id}")
    public Response read(@PathParam("id") String id) {
        return Response.ok(find(id).listed().json().build().toString()).build();
    }

    @PATCH
    @Path("/{id}")
    @Consumes({MediaType.APPLICATION_JSON, "application/merge-patch+json"})
    public Response change(@PathParam("id") String id, InputStream body, @Context HttpServletRequest http) {
        JsonBody changes = JsonBody.read(body).only(MEMBERS);
        long number = find(id).id();
        LinkReference after = changed(
                number,
                was -> new LinkReference.Recorded(
                        changes.has("execution_id") ? name(changes, "execution_id") : was.executionId(),
                        changes.has("name") ? name(changes, "name") : was.name(),
                        changes.has("url") ? url(changes) : was.url(),
                        changes.has("is_defect") ? changes.flag("is_defect").orElse(false) : was.defect()));
        if (after.isDefect()) {
            lookup.fetchBehind(List.of(after.url()), Caller.of(http).name());
        }
        return Response.ok(after.listed().json().build().toString()).build();
    }

    private LinkReference changed(long id, UnaryOperator<LinkReference.Recorded> changes) {
        try {
            return Retried.onConflict(() -> links.change(id, changes)).orElseThrow(() -> unknown(id));
        } catch (LinkReferences.Twin twin) {
            throw Problem.of(409, "link reference " + twin.id() + " already has this execution_id and url");
        }
    }

    @DELETE
    @Path("/{id}")
    public Response delete(@PathParam("id") String id) {
        long number = find(id).id();
        if (!Retried.onConflict(() -> links.delete(number))) {
            throw unknown(number);
        }
        return Response.noContent().build();
    }

    private static LinkReference.Recorded recorded(JsonBody body) {
        body.only(MEMBERS);
        return new LinkReference.Recorded(
                name(body, "execution_id"),
                name(body, "name"),
                url(body),
                body.flag("is_defect").orElse(false));
    }

    private List<LinkReferences.Stored> record(List<LinkReference.Recorded> recorded, Caller caller) {
        List<LinkReferences.Stored> stored = Retried.onConflict(() -> links.record(recorded));
        lookup.fetchBehind(
                stored.stream()
                        .filter(one -> one.isNew() && one.link().defect())
                        .map(one -> one.link().url())
                        .toList(),
                caller.name());
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

    private static Problem unknown(Object id) {
        return Problem.notFound("there is no link reference " + id);
    }

    private LinkReference find(String id) {
        return Optional.of(id)
                .filter(text -> text.matches("\\d{1,18}"))
                .flatMap(text -> links.find(Long.parseLong(text)))
                .orElseThrow(() -> unknown(id.length() <= 40 ? id : id.substring(0, 40) + "..."));
    }

    private List<JsonObject> json(List<Listed> page, boolean embed, Viewer viewer) {
        Map<String, ServedDetails> details =
                embed ? lookup.known(page.stream().map(Listed::url).toList(), viewer) : Map.of();
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
}
