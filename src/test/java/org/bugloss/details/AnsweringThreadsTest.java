package org.bugloss.details;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bugloss.Beans;
import org.bugloss.DaemonThreads;
import org.bugloss.Logged;
import org.bugloss.audience.Audience;
import org.bugloss.audience.Viewer;
import org.bugloss.audit.Trail;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.DetailsWriter;
import org.bugloss.cache.Schedule;
import org.bugloss.cache.SystemPauses;
import org.bugloss.cache.TestClock;
import org.bugloss.configuration.TestKeys;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.Lanes;
import org.bugloss.trackers.Answer;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.PausedSystems;
import org.bugloss.trackers.TestBugUrls;
import org.bugloss.trackers.Trackers;
import org.bugloss.web.Problems;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A client that does not read holds the thread that answers it: never one that fetches, stores or watches the clock. */
@Timeout(20)
class AnsweringThreadsTest {

    private static final String KEY = "http://bugs.example/1";

    private final TestClock clock = new TestClock();
    private final DetailsSettings settings = DetailsSettings.from(TestKeys.keys());
    private final Lookup lookup = new Lookup();
    private final Answering answering = Beans.filled(new Answering(), new DaemonThreads("answering"));

    private final DetailsResource resource = Beans.filled(
            new DetailsResource(),
            lookup,
            new Overrides(),
            Beans.filled(new GlossMemory(), settings, new DetailsWriter(), new PausedSystems(TestKeys.keys(), clock)),
            settings,
            answering,
            clock);

    private static Thread named(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /** All have to wait. */
    private static final class Lookup extends DetailsLookup {

        private final CompletableFuture<Outcome> one = new CompletableFuture<>();
        private final CompletableFuture<Map<String, Outcome>> many = new CompletableFuture<>();

        @Override
        public CompletableFuture<Outcome> details(String typed, Viewer viewer) {
            return one;
        }

        @Override
        CompletableFuture<Outcome> refreshed(String typed, Viewer viewer) {
            return one;
        }

        @Override
        public CompletableFuture<Map<String, Outcome>> details(Collection<String> urls, Viewer viewer, Duration wait) {
            return many;
        }
    }

    @BeforeEach
    void begin() {
        answering.begin();
    }

    @AfterEach
    void end() {
        answering.end();
    }

    /** Where it is answered whatever comes of a wait that ends on the thread that writes. */
    private static String threadOf(CompletionStage<?> answer, Runnable end) throws Exception {
        CompletableFuture<String> thread = new CompletableFuture<>();
        answer.whenComplete(
                (response, failure) -> thread.complete(Thread.currentThread().getName()));
        assertFalse(thread.isDone());
        Thread writer = named("writer", end);
        writer.start();
        return thread.get(10, TimeUnit.SECONDS);
    }

    static Stream<Outcome> outcomes() {
        return Stream.of(
                new Outcome.Missing("dns", "no such host", START),
                new Outcome.NotYet(START),
                new Outcome.OverLimit(1, START));
    }

    @ParameterizedTest
    @MethodSource("outcomes")
    void whoeverWaitedForOneBugIsAnsweredApart(Outcome outcome) throws Exception {
        Exchange get = new Exchange("GET", "/api/details");
        assertEquals(
                "answering", threadOf(resource.details(KEY, null, get.request()), () -> lookup.one.complete(outcome)));
    }

    @Test
    void whoeverRefreshesIsAnsweredApart() throws Exception {
        assertEquals(
                "answering",
                threadOf(
                        resource.refresh(KEY, new Exchange("POST", "/api/details/refresh").request()),
                        () -> lookup.one.complete(new Outcome.NotYet(START))));
    }

    @Test
    void aFailureIsAnsweredApartToo() throws Exception {
        RejectedExecutionException broken = new RejectedExecutionException("full");
        assertEquals(
                "answering",
                threadOf(
                        resource.details(KEY, null, new Exchange("GET", "/api/details").request()),
                        () -> lookup.one.completeExceptionally(broken)));
        Exchange query = new Exchange("POST", "/api/details/query").body("{\"urls\": [\"" + KEY + "\"]}");
        assertEquals(
                "answering",
                threadOf(
                        resource.query(query.request().getInputStream(), query.request()),
                        () -> lookup.many.completeExceptionally(broken)));
    }

    @Test
    void whatNobodyForesawIsInTheLogByTheIdOfTheRequest() throws Exception {
        List<CompletionStage<?>> answers = new ArrayList<>();
        Trail.follow(
                "request-1",
                () -> answers.add(resource.details(KEY, null, new Exchange("GET", "/api/details").request())));
        try (Logged logged = new Logged(Problems.class)) {
            lookup.one.completeExceptionally(new IllegalStateException("broken"));
            CompletionException failure = assertThrows(
                    CompletionException.class,
                    () -> answers.get(0).toCompletableFuture().join());

            assertTrue(String.valueOf(failure.getCause().getMessage()).endsWith(" request-1"), failure.toString());
            assertEquals(List.of("SEVERE Unforeseen failure [request-1]"), logged.lines());
        }
    }

    @Test
    void aQueryIsAnsweredApart() throws Exception {
        Exchange query = new Exchange("POST", "/api/details/query").body("{\"urls\": [\"" + KEY + "\"]}");
        assertEquals(
                "answering",
                threadOf(
                        resource.query(query.request().getInputStream(), query.request()),
                        () -> lookup.many.complete(Map.of(KEY, new Outcome.NotYet(START)))));
    }

    @Test
    void aCheckIsAnsweredApartFromTheLanesAndTheClock() throws Exception {
        CompletableFuture<Map<BugUrl, Answer>> asked = new CompletableFuture<>();
        HandAlarms alarms = new HandAlarms();
        ThreadFactory ofLanes = work -> named("lane", work);
        try (Lanes lanes = new Lanes(ofLanes, 2, 2, 2)) {
            TrackersResource check = Beans.filled(
                    new TrackersResource(),
                    new Trackers() {
                        @Override
                        public BugUrl locate(CanonicalUrl url) {
                            return TestBugUrls.of(url);
                        }

                        @Override
                        public Map<BugUrl, Answer> details(List<BugUrl> portion) {
                            return asked.join();
                        }
                    },
                    Beans.filled(new Deadlines(), alarms.service()),
                    answering,
                    new SystemReports(),
                    new SystemPauses(),
                    new PausedSystems(TestKeys.keys(), clock),
                    Beans.filled(new Disclosure(), Audience.OPEN, new Trackers() {}),
                    settings,
                    new Schedule(settings),
                    new LookupLimit(0, clock),
                    lanes,
                    clock);
            Exchange post = new Exchange("POST", "/api/trackers/check");

            assertEquals("answering", threadOf(check.check(KEY, post.request()), alarms::ring));
            assertEquals(
                    "answering",
                    threadOf(
                            check.check(KEY, post.request()),
                            () -> asked.completeExceptionally(new RejectedExecutionException("full"))));
        }
    }
}
