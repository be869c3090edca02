package org.bugloss.web;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Locale;

/** {@code /api/me}: who the caller is, and what the caller may do. */
@Path("/me")
@ApplicationScoped
@Produces(MediaType.APPLICATION_JSON)
public class MeResource {

    @GET
    public Response me(@Context HttpServletRequest http) {
        Caller caller = Caller.of(http);
        JsonObjectBuilder me = JSON.createObjectBuilder();
        if (caller.hasToken()) {
            me.add("name", caller.name());
        } else {
            me.addNull("name");
        }
        me.add("role", caller.role().name().toLowerCase(Locale.ROOT))
                .add("groups", JsonValue.EMPTY_JSON_ARRAY)
                .add("sign_in", JsonValue.EMPTY_JSON_ARRAY);
        return Response.ok(me.build().toString())
                .header("Cache-Control", "no-store")
                .build();
    }
}
