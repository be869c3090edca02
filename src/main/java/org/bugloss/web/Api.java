package org.bugloss.web;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;
import java.util.Map;

/** The REST interface: every resource of the WAR, below {@code /api}. */
@ApplicationPath("/api")
public class Api extends Application {

    /** Jersey would describe the interface in a form of its own (WADL), unasked, at every OPTIONS. */
    @Override
    public Map<String, Object> getProperties() {
        return Map.of("jersey.config.server.wadl.disableWadl", true);
    }
}
