package org.bugloss.web;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.json.JsonObjectBuilder;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.bugloss.configuration.Version;
import org.bugloss.database.ConfiguredDataSource;

/**
 * {@code /api/health}: whether this node can answer, and whether it runs at all. Who starts it anew where it is not ready makes an
 * outage of the database longer, so the two are told apart.
 */
@Path("/health")
@ApplicationScoped
@Produces(MediaType.APPLICATION_JSON)
public class HealthResource {

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    /** As {@link #ready}. */
    @GET
    @NeedsDatabase
    public Response health(@Context HttpServletRequest http) throws SQLException {
        return ready(http);
    }

    /**
     * Whether the database answers and is migrated: {@code {"status":"UP"}}, or it throws what becomes a 503. Who may read also gets
     * the version.
     */
    @GET
    @Path("ready")
    @NeedsDatabase
    public Response ready(@Context HttpServletRequest http) throws SQLException {
        try (var connection = database.getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select 1")) {
            rows.next();
        }
        JsonObjectBuilder up = JSON.createObjectBuilder().add("status", "UP");
        if (Caller.of(http).mayRead()) {
            up.add("version", Version.current());
        }
        return answer(up);
    }

    /** {@code {"status":"UP"}} while the application runs, whatever it needs is away. */
    @GET
    @Path("live")
    public Response live() {
        return answer(JSON.createObjectBuilder().add("status", "UP"));
    }

    private static Response answer(JsonObjectBuilder up) {
        return Response.ok(up.build().toString())
                .header("Cache-Control", "no-store")
                .build();
    }
}
