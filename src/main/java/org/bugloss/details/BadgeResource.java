package org.bugloss.details;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.bugloss.audience.Viewer;
import org.bugloss.database.DatabaseAway;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.Trackers;
import org.bugloss.web.AccessSettings;
import org.bugloss.web.Caller;
import org.bugloss.web.EntityTags;

/** {@code /api/details/badge}: a bug's id and status as a picture. */
@Path("/details/badge")
@ApplicationScoped
@Produces("image/svg+xml")
public class BadgeResource {

    @Inject
    private DetailsLookup lookup;

    @Inject
    private Trackers trackers;

    @Inject
    private AccessSettings access;

    /**
     * A picture for pages that can run no script. It is never an error, nor does anybody wait for it: a page that shows it would
     * show a broken picture, or nothing at all meanwhile.
     */
    @GET
    public Response badge(
            @QueryParam("url") @DefaultValue("") String typed,
            @HeaderParam("If-None-Match") String known,
            @Context HttpServletRequest http) {
        byte[] picture = badge(typed, Caller.of(http)).getBytes(StandardCharsets.UTF_8);
        String etag = '"' + EntityTags.of(picture) + '"';
        return (EntityTags.isKnown(known, etag) ? Response.notModified() : Response.ok(picture))
                .header("ETag", etag)
                .header("Cache-Control", "no-cache")
                .header("Vary", DetailsAnswers.VARY)
                .build();
    }

    private String badge(String typed, Caller caller) {
        BugUrl bug = trackers.locate(CanonicalUrl.parse(typed));
        String id = trackers.bugId(bug).orElse("");
        Optional<ServedDetails> details = Optional.empty();
        try {
            if (caller.mayRead()) {
                // It begins to fetch what is not there: the next picture shows it.
                lookup.details(List.of(typed), caller.viewer(), Duration.ZERO);
            }
            if (caller.mayRead() || access.badgesForEveryone()) {
                // Who may not read is a stranger, whatever else the caller is.
                Viewer viewer = caller.mayRead() ? caller.viewer() : Viewer.stranger(caller.name());
                details =
                        Optional.ofNullable(lookup.known(List.of(typed), viewer).get(typed));
            }
        } catch (RuntimeException e) {
            if (!DatabaseAway.isBehind(e)) {
                throw e;
            }
        }
        return details.filter(known -> !known.restricted())
                .map(known -> Badge.of(known, id))
                .orElseGet(() -> Badge.neutral(id));
    }
}
