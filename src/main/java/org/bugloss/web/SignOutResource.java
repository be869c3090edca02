package org.bugloss.web;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObjectBuilder;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import org.bugloss.callers.CodeFlow;
import org.bugloss.callers.OidcSettings;

/**
 * {@code /api/sign-out}: takes the cookie of who is signed in, and says where to sign out at the issuer. A copy of the cookie
 * that somebody made before is good until its time is over: nothing is kept that could tell.
 */
@Path("/sign-out")
@ApplicationScoped
@Produces(MediaType.APPLICATION_JSON)
public class SignOutResource {

    @Inject
    private OidcSettings settings;

    @Inject
    private CodeFlow flow;

    /** {@code {"url": …}}: where the browser is to go next, or {@code null}. */
    @POST
    public Response signOut(@Context HttpServletRequest http) {
        Optional<String> next = Caller.of(http)
                .issuer()
                .filter(unused -> Caller.of(http).kind() == Caller.Kind.SESSION)
                .flatMap(settings::named)
                .flatMap(flow::signOut);
        JsonObjectBuilder answer = JSON.createObjectBuilder();
        next.ifPresentOrElse(url -> answer.add("url", url), () -> answer.addNull("url"));
        Response.ResponseBuilder response =
                Response.ok(answer.build().toString()).header("Cache-Control", "no-store");
        if (settings.publicUrl().isPresent()) {
            response.header("Set-Cookie", SignInCookies.SESSION.clear(settings));
        }
        return response.build();
    }
}
