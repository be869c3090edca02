package org.bugloss.web;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Locale;
import org.bugloss.callers.OidcSettings;

/** {@code /api/me}: who the caller is, and what the caller may do. */
@Path("/me")
@ApplicationScoped
@Produces(MediaType.APPLICATION_JSON)
public class MeResource {

    @Inject
    private OidcSettings oidc;

    @GET
    public Response me(@Context HttpServletRequest http) {
        Caller caller = Caller.of(http);
        JsonObjectBuilder me = JSON.createObjectBuilder();
        if (caller.isKnown()) {
            me.add("name", caller.ownName());
        } else {
            me.addNull("name");
        }
        me.add("role", caller.role().name().toLowerCase(Locale.ROOT))
                .add("groups", JSON.createArrayBuilder(caller.groups()))
                .add("sign_in", signIn());
        return Response.ok(me.build().toString())
                .header("Cache-Control", "no-store")
                .build();
    }

    private JsonArrayBuilder signIn() {
        JsonArrayBuilder all = JSON.createArrayBuilder();
        oidc.publicUrl()
                .ifPresent(root -> oidc.signIn()
                        .forEach(issuer -> all.add(JSON.createObjectBuilder()
                                .add("name", issuer.name())
                                .add("url", root.at("/api/sign-in/" + issuer.name())))));
        return all;
    }
}
