package org.bugloss.benchmark;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.RequestScoped;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.bugloss.database.ConfiguredDataSource;

/** Runs in the server, in a jar beside the WAR's own classes: the least that a read of the table can cost. */
@Path("/primary-key")
@RequestScoped
public class PrimaryKeyExtension {

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    /** The description of a bug, by its canonical key. */
    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public String description(@QueryParam("url") String key) throws SQLException {
        try (var connection = database.getConnection();
                var select = connection.prepareStatement("select description from bug_details where url = ?")) {
            select.setString(1, key);
            try (var row = select.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }
}
