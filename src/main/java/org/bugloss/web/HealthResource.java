package org.bugloss.web;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.bugloss.database.ConfiguredDataSource;

/** {@code /api/health}: whether the database answers. Migrations are done before the first request is let in. */
@Path("/health")
@NeedsDatabase
@ApplicationScoped
@Produces(MediaType.APPLICATION_JSON)
public class HealthResource {

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    /** Answers {@code {"status":"UP"}}, or throws what becomes a 503. */
    @GET
    public Response health() throws SQLException {
        try (var connection = database.getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select 1")) {
            rows.next();
            return Response.ok("{\"status\":\"UP\"}")
                    .header("Cache-Control", "no-store")
                    .build();
        }
    }
}
