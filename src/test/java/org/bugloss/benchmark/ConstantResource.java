package org.bugloss.benchmark;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Application;
import jakarta.ws.rs.core.MediaType;

/**
 * Runs in the server, in a WAR of its own with no filters: what the least costs that a JAX-RS resource can do, which is to
 * return what is there already. It has two answers, a short one and a long one, which it is told before.
 */
@Path("/")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public class ConstantResource {

    private static volatile byte[] brief = {};
    private static volatile byte[] lengthy = {};

    /** Switches JAX-RS on. */
    @ApplicationPath("/")
    public static class Everything extends Application {}

    static byte[] shortAnswer() {
        return brief;
    }

    @GET
    @Path("brief")
    public byte[] brief() {
        return brief;
    }

    @PUT
    @Path("brief")
    public void brief(byte[] answer) {
        brief = answer;
    }

    @GET
    @Path("lengthy")
    public byte[] lengthy() {
        return lengthy;
    }

    @PUT
    @Path("lengthy")
    public void lengthy(byte[] answer) {
        lengthy = answer;
    }
}
