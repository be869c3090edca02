package org.bugloss.web;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.CookieParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bugloss.audit.Audit;
import org.bugloss.callers.CodeFlow;
import org.bugloss.callers.Issuer;
import org.bugloss.callers.OidcSettings;
import org.bugloss.callers.Sessions;
import org.bugloss.callers.SignInFailed;
import org.jspecify.annotations.Nullable;

/** {@code /api/sign-in}: the way to an issuer where people sign in, and the way back. For browsers: it answers with redirects. */
@Path("/sign-in")
@ApplicationScoped
public class SignInResource {

    private static final System.Logger LOG = System.getLogger(SignInResource.class.getName());

    @Inject
    private OidcSettings settings;

    @Inject
    private CodeFlow flow;

    @Inject
    private Sessions sessions;

    /**
     * Sends the browser to an issuer.
     *
     * @param back where it comes from: a path on this host
     */
    @GET
    @Path("{issuer}")
    public Response begin(@PathParam("issuer") String name, @QueryParam("return") @Nullable String back) {
        Issuer issuer = settings.named(name)
                .filter(one -> one.client().isPresent())
                .orElseThrow(() -> Problem.notFound("nobody signs in at an issuer of this name"));
        try {
            return there(flow.begin(issuer, Optional.ofNullable(back)));
        } catch (SignInFailed e) {
            return failed(e);
        }
    }

    /** Takes the browser back from there. */
    @GET
    @Path("callback")
    public Response end(
            @Context UriInfo asked,
            @Context HttpServletRequest http,
            @CookieParam(SignInCookies.ATTEMPT_NAME) @Nullable String attempt) {
        if (settings.signIn().isEmpty()) {
            throw Problem.notFound("nobody signs in here");
        }
        Map<String, String> answer = new HashMap<>();
        asked.getQueryParameters().forEach((name, values) -> answer.put(name, values.get(0)));
        try {
            CodeFlow.Step step = flow.end(Optional.ofNullable(attempt), answer);
            if (step instanceof CodeFlow.Begun begun) {
                return there(begun);
            }
            CodeFlow.Ended ended = (CodeFlow.Ended) step;
            Caller caller = Caller.of(ended.person(), Caller.Kind.SESSION);
            Audit.did(
                    caller.name(),
                    http.getRemoteAddr(),
                    "signed in",
                    caller.role().name().toLowerCase(Locale.ROOT));
            return to(ended.to())
                    .header(
                            "Set-Cookie",
                            SignInCookies.SESSION.set(settings, sessions.sealed(ended.person()), Sessions.LONGEST))
                    .header("Set-Cookie", SignInCookies.ATTEMPT.clear(settings))
                    .build();
        } catch (SignInFailed e) {
            return failed(e);
        }
    }

    private Response there(CodeFlow.Begun begun) {
        return to(begun.to())
                .header("Set-Cookie", SignInCookies.ATTEMPT.set(settings, begun.attempt(), CodeFlow.LONGEST))
                .build();
    }

    /** Back to the page, which says so. */
    private Response failed(SignInFailed failure) {
        LOG.log(System.Logger.Level.WARNING, "Nobody was signed in: {0}", failure.getMessage());
        String word = failure.why().name().toLowerCase(Locale.ROOT).replace('_', '-');
        return to(settings.publicUrl().orElseThrow().at("/?sign-in=" + word)).build();
    }

    /** The header as it stands: made of a URI, it would be encoded once more. */
    private static Response.ResponseBuilder to(String address) {
        return Response.status(Response.Status.FOUND)
                .header("Location", address)
                .header("Cache-Control", "no-store");
    }
}
