package org.bugloss.openapi;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import org.bugloss.web.EntityTags;
import org.jspecify.annotations.Nullable;

/** {@code /api/openapi.json}: what the REST interface is, for programs. It is the same for everybody, and needs no token. */
@Path("/openapi.json")
@ApplicationScoped
@Produces(MediaType.APPLICATION_JSON)
public class OpenApiResource {

    private byte[] document = {};
    private String etag = "";

    @PostConstruct
    void read() {
        document = OpenApiDocument.read().toString().getBytes(StandardCharsets.UTF_8);
        etag = '"' + EntityTags.of(document) + '"';
    }

    /** The tag is weak: it may be sent compressed or not. */
    @GET
    public Response document(@HeaderParam("If-None-Match") @Nullable String known) {
        return (EntityTags.isKnown(known, etag) ? Response.notModified() : Response.ok(document))
                .header("ETag", "W/" + etag)
                .header("Cache-Control", "no-cache")
                .build();
    }
}
