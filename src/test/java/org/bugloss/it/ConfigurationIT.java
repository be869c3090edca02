package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.bugloss.trackers.BuiltInTrackers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationIT {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bugloss.details.ttl | 0 | bugloss.details.ttl=0: must be a whole number from 1 to 315360000",
                "bugloss.outbound.allow | 10.0.0.0/33 | bugloss.outbound.allow=10.0.0.0/33:",
                "bugloss.anonymous | admin | bugloss.anonymous=admin: must be none, reader or editor",
            })
    void aWrongValueStopsTheDeploymentWithOneClearLine(String key, String value, String line) {
        try (ServerProcess server = ServerProcess.configured().with(key, value).start()) {
            assertFalse(server.isDeployed());
            assertTrue(server.log().contains("Bugloss can't start: " + line), server::log);
        }
    }

    @Test
    void anUnknownTrackerStopsTheDeploymentAndThoseThatThereAreAreListed() {
        aWrongValueStopsTheDeploymentWithOneClearLine(
                "EXTERNAL_BUG_TRACKERS",
                "GitHub,Nonsense",
                "EXTERNAL_BUG_TRACKERS=GitHub,Nonsense: there is no tracker Nonsense; there are "
                        + String.join(", ", BuiltInTrackers.names()));
    }

    @Test
    void theEnvironmentConfiguresAndAMisspeltKeyIsWarnedOf() {
        try (ServerProcess server = ServerProcess.configured()
                .without("bugloss.anonymous")
                .with("bugloss.detials.ttl", "5")
                .with("bugloss.details.keep", "1")
                .withEnvironment("BUGLOSS_ANONYMOUS", "reader")
                .withEnvironment("EXTERNAL_BUG_TRACKERS", "none")
                .start()) {
            assertEquals(200, server.http().get("/api/link-references").status());
            assertEquals(
                    403,
                    server.http()
                            .post("/api/link-references", "{\"url\": \"http://10.0.0.1/\"}")
                            .status());
            assertTrue(server.log().contains("bugloss.detials.ttl is no key of Bugloss"), server::log);
            assertTrue(server.log().contains("Trackers: none"), server::log);

            String kept = "/api/details?url=" + Http.encoded(Upstream.shared().uri("/ok?kept"));
            int hits = Upstream.shared().hits("/ok");
            assertEquals(200, server.http().get(kept).status());
            Until.holds(server::log, log -> log.contains("Forgot 1 details"), Duration.ofSeconds(20));
            assertEquals(200, server.http().get(kept).status());
            assertEquals(hits + 2, Upstream.shared().hits("/ok"), server::log);
        }
    }
}
