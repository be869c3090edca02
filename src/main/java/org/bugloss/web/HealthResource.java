package org.bugloss.web;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.RequestScoped;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.bugloss.database.ConfiguredDataSource;

/** Whether Bugloss can answer: its database answers. */
@Path("/health")
@RequestScoped
public class HealthResource {

    @Resource(lookup = ConfiguredDataSource.JNDI)
    DataSource database;

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public JsonObject health() throws SQLException {
        try (var connection = database.getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select 1")) {
            rows.next();
            return Json.createObjectBuilder().add("status", "UP").build();
        }
    }
}
