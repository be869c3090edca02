package org.bugloss.it;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.database.InTransaction;

/** Runs in the server, in a jar beside the WAR's own classes: writes and counts rows through the container's pool. */
@Path("/rows")
@RequestScoped
public class RowsExtension {

    private static final String URL = "http://bugs.example/rows-extension";

    @Inject
    Rows rows;

    @Inject
    RowsTimer timer;

    @GET
    @Produces(MediaType.TEXT_PLAIN)
    public String count() throws SQLException {
        return rows.count();
    }

    @POST
    public void add() throws SQLException {
        rows.add();
    }

    /** Adds one and fails after it. */
    @POST
    @Path("/failing")
    public void addAndFail() throws SQLException {
        rows.addAndFail();
    }

    /** The same on a thread that an EJB has begun, as the refresh has them. */
    @POST
    @Path("/failing-behind-an-ejb")
    public void addAndFailBehindAnEjb() throws InterruptedException {
        timer.addAndFail();
    }

    /** Each method is one transaction. */
    @ApplicationScoped
    @InTransaction
    public static class Rows {

        @Resource(lookup = ConfiguredDataSource.JNDI)
        DataSource database;

        String count() throws SQLException {
            try (var connection = database.getConnection();
                    var statement = connection.createStatement();
                    var rows =
                            statement.executeQuery("select count(*) from link_reference where url = '" + URL + "'")) {
                rows.next();
                return rows.getString(1);
            }
        }

        void add() throws SQLException {
            try (var connection = database.getConnection();
                    var statement = connection.createStatement()) {
                statement.executeUpdate(
                        "insert into link_reference (id, url, url_key, natural_key)" + " select -1 - count(*), '" + URL
                                + "', '" + URL + "', cast(count(*) as char(64)) from link_reference");
            }
        }

        void addAndFail() throws SQLException {
            add();
            throw new IllegalStateException("as the test wants it");
        }
    }
}
