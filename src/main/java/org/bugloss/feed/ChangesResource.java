package org.bugloss.feed;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.stream.JsonGenerator;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import jakarta.ws.rs.core.UriBuilder;
import jakarta.ws.rs.core.UriInfo;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.bugloss.changes.ChangeItem;
import org.bugloss.changes.ChangeLog;
import org.bugloss.changes.ChangeReader;
import org.bugloss.changes.ChangeSight;
import org.bugloss.changes.Cursor;
import org.bugloss.web.Caller;
import org.bugloss.web.Ndjson;
import org.bugloss.web.NeedsDatabase;

/** {@code /api/changes}: what became of bugs, as pages, for which a caller may wait, and as lines. */
@Path("/changes")
@NeedsDatabase
@ApplicationScoped
public class ChangesResource {

    private static final int STREAMED_AT_ONCE = 500;

    @Inject
    private ChangeReader reader;

    @Inject
    private ChangeAudience audience;

    @Inject
    private LongPolls polls;

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> list(@Context UriInfo uri, @Context HttpServletRequest http) {
        ChangesQuery query = ChangesQuery.read(uri.getQueryParameters()::getFirst);
        Caller caller = Caller.of(http);
        ChangeSight sight = audience.of(caller);
        UriBuilder self = uri.getRequestUriBuilder();
        ChangeReader.Page page = ChangesQuery.checked(
                () -> reader.page(query.selection(), sight, query.place(reader.extent()), query.limit()));
        return page.items().isEmpty() && !query.patience().isZero()
                ? polls.page(query, sight, page.next(), caller).thenApply(later -> response(later, self))
                : CompletableFuture.completedFuture(response(page, self));
    }

    private static Response response(ChangeReader.Page page, UriBuilder self) {
        String next = Cursor.text(page.next());
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject().writeStartArray("items");
            for (ChangeItem item : page.items()) {
                item.write(json.writeStartObject());
                json.writeEnd();
            }
            json.writeEnd().write("next", next).writeEnd();
        }
        return Response.ok(text.toString())
                .header("Cache-Control", "no-store")
                .link(self.replaceQueryParam("after", next).build(), "next")
                .build();
    }

    /** Only for callers who ask for it: to one who accepts anything, JSON is worth more. */
    @GET
    @Produces(Ndjson.MEDIA_TYPE + ";qs=0.5")
    public Response stream(@Context UriInfo uri, @Context HttpServletRequest http) {
        ChangesQuery query = ChangesQuery.read(uri.getQueryParameters()::getFirst);
        ChangeSight sight = audience.of(Caller.of(http));
        ChangeLog.Extent extent = reader.extent();
        // Read here, so that what is wrong with the cursor is the answer.
        ChangeReader.Page first = ChangesQuery.checked(
                () -> reader.page(query.selection(), sight, query.place(extent), STREAMED_AT_ONCE));
        StreamingOutput lines = out -> {
            ChangeReader.Page page = first;
            while (true) {
                for (ChangeItem item : page.items()) {
                    out.write((item.json() + "\n").getBytes(StandardCharsets.UTF_8));
                }
                if (!page.more() || page.next() >= extent.last()) {
                    return;
                }
                page = reader.page(query.selection(), sight, page.next(), STREAMED_AT_ONCE);
            }
        };
        return Response.ok(lines, Ndjson.MEDIA_TYPE)
                .header("Cache-Control", "no-store")
                .build();
    }
}
