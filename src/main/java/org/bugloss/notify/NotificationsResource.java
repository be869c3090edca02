package org.bugloss.notify;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.bugloss.changes.ChangeKind;
import org.bugloss.details.Answering;
import org.bugloss.web.Caller;
import org.bugloss.web.NeedsDatabase;
import org.bugloss.web.Problem;
import org.bugloss.web.Problems;
import org.jspecify.annotations.Nullable;

/** {@code /api/notifications}: the endpoints that changes are sent to, and how they are. Never a URL or a secret. */
@Path("/notifications")
@NeedsDatabase
@ApplicationScoped
@Produces(MediaType.APPLICATION_JSON)
public class NotificationsResource {

    @Inject
    private NotifySettings settings;

    @Inject
    private EndpointTable table;

    @Inject
    private Notifications notifications;

    @Inject
    private Answering answering;

    @GET
    public Response list() {
        Map<String, EndpointTable.State> states = table.all();
        JsonArrayBuilder endpoints = JSON.createArrayBuilder();
        for (NotifySettings.Endpoint endpoint : settings.endpoints()) {
            EndpointTable.State state = states.get(endpoint.name());
            if (state != null) {
                endpoints.add(json(endpoint, state));
            }
        }
        return Response.ok(endpoints.build().toString())
                .header("Cache-Control", "no-store")
                .build();
    }

    private JsonObjectBuilder json(NotifySettings.Endpoint endpoint, EndpointTable.State state) {
        JsonObjectBuilder json = JSON.createObjectBuilder()
                .add("name", endpoint.name())
                .add("host", endpoint.url().host())
                .add(
                        "kinds",
                        texts(endpoint.selection().kinds().stream()
                                .sorted()
                                .map(ChangeKind::word)
                                .toList()))
                .add(
                        "systems",
                        texts(endpoint.selection().systems().stream().sorted().toList()))
                .add("pending", table.pending(endpoint.selection(), state.place()))
                .add("failing", state.failingSince() != null)
                .add("stopped", state.stoppedAt() != null)
                .add("last_success", time(state.lastSuccess()));
        if (state.lastFailure() == null) {
            json.addNull("last_failure");
        } else {
            json.add(
                    "last_failure",
                    JSON.createObjectBuilder()
                            .add("message", String.valueOf(state.failure()))
                            .add("at", time(state.lastFailure())));
        }
        return json.add("failing_since", time(state.failingSince())).add("retry_at", time(state.retryAt()));
    }

    /** Sends one, and says whether it arrived. */
    @POST
    @Path("/{name}/test")
    public CompletionStage<Response> test(@PathParam("name") String name, @Context HttpServletRequest http) {
        NotifySettings.Endpoint endpoint = settings.endpoints().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> Problem.notFound("there is no such endpoint: bugloss.notify names those there are"));
        return notifications
                .test(endpoint)
                .handleAsync(
                        NotificationsResource::response,
                        answering.of(Caller.of(http).name()));
    }

    private static Response response(Delivery.Result result, Throwable failure) {
        if (failure != null) {
            throw Problems.of(failure);
        }
        if (!result.arrived()) {
            throw Problem.of(502, "it did not arrive: " + result.failure());
        }
        return Response.ok(JSON.createObjectBuilder()
                        .add("delivered", true)
                        .build()
                        .toString())
                .build();
    }

    private static JsonArrayBuilder texts(Collection<String> texts) {
        JsonArrayBuilder array = JSON.createArrayBuilder();
        texts.forEach(array::add);
        return array;
    }

    private static JsonValue time(@Nullable Instant time) {
        return time == null ? JsonValue.NULL : JSON.createValue(time.toString());
    }
}
