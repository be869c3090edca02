package org.bugloss.web;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Response;

/** {@code /api/metrics}: what this node has counted since it started, for Prometheus to collect. */
@Path("/metrics")
@ApplicationScoped
public class MetricsResource {

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    @Inject
    private PrometheusMeterRegistry meters;

    /** Answers a line for each meter, in the text format of Prometheus. */
    @GET
    @Produces(PROMETHEUS_TEXT)
    public Response metrics() {
        return Response.ok(meters.scrape(PROMETHEUS_TEXT))
                .header("Cache-Control", "no-store")
                .build();
    }
}
