package org.bugloss.details;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.bugloss.Beans;
import org.bugloss.audience.Audience;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.Schedule;
import org.bugloss.cache.SystemPauses;
import org.bugloss.cache.TestClock;
import org.bugloss.configuration.TestKeys;
import org.bugloss.outbound.Lanes;
import org.bugloss.trackers.PausedSystems;
import org.bugloss.trackers.Redmine;
import org.bugloss.trackers.TestTrackers;
import org.bugloss.trackers.Trackers;
import org.bugloss.web.Problem;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code PATCH /api/trackers/NAME}, where it is refused; {@code AccessIT} has the rest. */
class PausingTest {

    private final TestClock clock = new TestClock();
    private final List<String> written = new ArrayList<>();

    private final class Pauses extends SystemPauses {

        @Override
        public void pause(String system, Instant now) {
            written.add(system);
        }

        @Override
        public void end(String system) {
            written.add(system);
        }
    }

    private int refusal(String system, String body) {
        Trackers trackers = TestTrackers.of(new Redmine(), "hub", "lab");
        DetailsSettings settings = DetailsSettings.from(TestKeys.keys());
        try (Lanes lanes = new Lanes(Thread::new, 1, 1, 1)) {
            TrackersResource resource = Beans.filled(
                    new TrackersResource(),
                    trackers,
                    Beans.filled(new Deadlines(), new HandAlarms().service()),
                    new Answering(),
                    new SystemReports(),
                    new Pauses(),
                    new PausedSystems(
                            TestKeys.keys("bugloss.systems", "hub,lab", "bugloss.system.hub.paused", "true"), clock),
                    Beans.filled(new Disclosure(), Audience.OPEN, trackers),
                    settings,
                    new Schedule(settings),
                    new LookupLimit(0, clock),
                    lanes,
                    clock);
            return assertThrows(
                            Problem.class,
                            () -> resource.change(
                                    system,
                                    new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)),
                                    new Exchange("PATCH", "/api/trackers/" + system).request()))
                    .status();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            hub     | {"paused": false}         | 409
            nowhere | {"paused": true}          | 404
            lab     | {}                        | 400
            lab     | {"paused": null}          | 400
            lab     | {"paused": "true"}        | 400
            lab     | {"paused": true, "x": 1}  | 400
            lab     | []                        | 400
            """)
    void whatCanNotBeDoneIsRefusedAndNothingIsWritten(String system, String body, int status) {
        assertEquals(status, refusal(system, body));
        assertEquals(List.of(), written);
    }
}
