package org.bugloss.details;

import static org.bugloss.cache.TestClock.START;
import static org.bugloss.details.TestGlosses.gloss;
import static org.bugloss.details.TestGlosses.stored;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.bugloss.Beans;
import org.bugloss.audience.Viewer;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.TestClock;
import org.bugloss.configuration.TestKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DetailsFilterTest {

    private static final String KEY = "http://bugs.example/1";
    private static final String ASKED = "/api/details?url=http%3A%2F%2Fbugs.example%2F1";

    private final TestClock clock = new TestClock();
    private final Lookup lookup = new Lookup();
    private final DetailsFilter filter =
            Beans.filled(new DetailsFilter(), lookup, DetailsSettings.from(TestKeys.keys()), clock);

    /** What needs no waiting. */
    private static final class Lookup extends DetailsLookup {

        private final List<String> asked = new ArrayList<>();
        private ReadyDetails ready = ready("Crash");
        private CompletableFuture<Map<String, Outcome>> outcomes = CompletableFuture.completedFuture(Map.of());
        private Duration wait;
        private RuntimeException fault;

        @Override
        public Optional<ReadyDetails> atOnce(String typed, Viewer viewer) {
            asked.add(typed + " by " + viewer.name());
            if (fault != null) {
                throw fault;
            }
            return Optional.ofNullable(ready);
        }

        @Override
        public CompletableFuture<Map<String, Outcome>> details(
                Collection<String> urls, Viewer viewer, Duration patience) {
            asked.add(urls + " by " + viewer.name());
            wait = patience;
            if (fault != null) {
                throw fault;
            }
            return outcomes;
        }
    }

    private static ReadyDetails ready(String title) {
        return new ReadyDetails(gloss(KEY, stored(KEY, title), null), false, START);
    }

    private static ReadyDetails large() {
        return ready("Crash ".repeat(300));
    }

    /** Whether the filter answers, and does not leave it to JAX-RS. */
    private boolean isAnswered(Exchange exchange) {
        boolean[] passedOn = {false};
        try {
            filter.doFilter(exchange.request(), exchange.response(), (request, response) -> passedOn[0] = true);
        } catch (IOException | ServletException e) {
            throw new AssertionError(e);
        }
        if (passedOn[0]) {
            assertEquals(Map.of(), exchange.headers());
            assertArrayEquals(new byte[] {}, exchange.sent());
        }
        return !passedOn[0];
    }

    private static String tag(ReadyDetails ready, String suffix) {
        return ready.whole().etag(false).replaceFirst("\"$", suffix + "\"");
    }

    @Test
    void detailsThatAreThereAreAnsweredAsTheResourceDoes() {
        Exchange get = new Exchange("GET", ASKED);

        assertTrue(isAnswered(get));
        assertEquals(List.of(KEY + " by token:ann"), lookup.asked);
        assertEquals(200, get.status());
        assertArrayEquals(lookup.ready.whole().bytes(), get.sent());
        assertEquals(
                new TreeMap<>(Map.of(
                        "ETag", tag(lookup.ready, ""),
                        "Cache-Control", "private, max-age=5",
                        "Vary", "Authorization, Cookie, Origin, Accept-Encoding",
                        "Content-Type", "application/json",
                        "Content-Length", String.valueOf(get.sent().length))),
                get.headers());
    }

    @Test
    void whatIsNotThereIsLeftToTheResource() {
        lookup.ready = null;
        assertFalse(isAnswered(new Exchange("GET", ASKED)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "application/json", "*/*", "text/html, application/json", "text/html,*/*"})
    void jsonIsAnsweredToWhoeverTakesIt(String accept) {
        assertTrue(isAnswered(
                accept.isEmpty() ? new Exchange("GET", ASKED) : new Exchange("GET", ASKED).with("Accept", accept)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/html",
                "application/json;q=0",
                "text/html, application/json;q=0.1",
                "application/json-patch+json",
                "text/html, application/json-seq",
                "application/*",
                "x*/*"
            })
    void whatIsToBeWeighedIsLeftToTheResource(String accept) {
        assertFalse(isAnswered(new Exchange("GET", ASKED).with("Accept", accept)));
        assertFalse(isAnswered(new Exchange("POST", "/api/details/query")
                .body("{\"urls\": []}")
                .with("Accept", accept)));
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/details/?url=http://h/",
        "GET, /api//details?url=http://h/",
        "GET, /api/details;v=1?url=http://h/",
        "GET, /api/detail%73?url=http://h/",
        "GET, /api/details/query?url=http://h/",
        "GET, /api/details/badge?url=http://h/",
        "GET, /other/api/details?url=http://h/",
        "PUT, /api/details?url=http://h/",
        "POST, /api/details?url=http://h/",
        "DELETE, /api/details?url=http://h/",
        "OPTIONS, /api/details?url=http://h/",
        "GET, /api/details",
        "GET, /api/details?",
        "GET, /api/details?URL=http://h/",
        "GET, /api/details?u%72l=http://h/",
        "GET, /api/details?url=http://h/&url=http://i/",
        "GET, /api/details?url=http://h/&x=1",
        "GET, /api/details?x=1&url=http://h/",
        "GET, /api/details?url=http://h/%zz",
        "GET, /api/details?url=http://h/%2",
        "GET, /api/details?url=http://h/ä",
        "POST, /api/details/query/",
        "PUT, /api/details/query"
    })
    void whatIsOutOfTheOrdinaryIsLeftToTheResource(String method, String target) {
        assertFalse(isAnswered(new Exchange(method, target).body("{\"urls\": []}")));
        assertEquals(List.of(), lookup.asked);
    }

    @Test
    void theUrlIsDecodedAsAFormsParameterIs() {
        assertTrue(isAnswered(new Exchange("GET", "/api/details?url=http://h/?a=1%26b=%C3%A4+c")));
        assertEquals(List.of("http://h/?a=1&b=ä c by token:ann"), lookup.asked);
    }

    @Test
    void headIsAnsweredLikeGetWithoutTheBody() {
        Exchange get = new Exchange("GET", ASKED);
        Exchange head = new Exchange("HEAD", ASKED);

        assertTrue(isAnswered(get));
        assertTrue(isAnswered(head));
        assertEquals(get.headers(), head.headers());
        assertEquals("", head.text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TAG", "W/TAG", "\"x\", TAG", "\"x\",W/TAG ,\"y\"", "*", "GZIP", "W/GZIP"})
    void whoeverHasTheAnswerIsToldSoWithoutABody(String known) {
        Exchange get = new Exchange("GET", ASKED)
                .with(
                        "If-None-Match",
                        known.replace("TAG", tag(lookup.ready, "")).replace("GZIP", tag(lookup.ready, "-gzip")));

        assertTrue(isAnswered(get));
        assertEquals(304, get.status());
        assertEquals("", get.text());
        assertEquals(
                new TreeMap<>(Map.of(
                        "ETag", tag(lookup.ready, ""),
                        "Cache-Control", "private, max-age=5",
                        "Vary", "Authorization, Cookie, Origin, Accept-Encoding")),
                get.headers());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"x\"", "W/\"x\"", "", "TAG-", "w/TAG"})
    void whoeverHasAnotherAnswerGetsThisOne(String known) {
        Exchange get = new Exchange("GET", ASKED).with("If-None-Match", known.replace("TAG", tag(lookup.ready, "")));

        assertTrue(isAnswered(get));
        assertEquals(200, get.status());
    }

    @Test
    void whatIsLargeIsCompressedForWhoeverTakesItUnderATagOfItsOwn() {
        lookup.ready = large();
        Exchange get = new Exchange("GET", ASKED).with("Accept-Encoding", "gzip, deflate");

        assertTrue(isAnswered(get));
        assertArrayEquals(lookup.ready.whole().compressed(), get.sent());
        assertEquals(new String(lookup.ready.whole().bytes(), java.nio.charset.StandardCharsets.UTF_8), get.unzipped());
        assertEquals(
                new TreeMap<>(Map.of(
                        "ETag", tag(lookup.ready, "-gzip"),
                        "Cache-Control", "private, max-age=5",
                        "Vary", "Authorization, Cookie, Origin, Accept-Encoding",
                        "Content-Encoding", "gzip",
                        "Content-Type", "application/json",
                        "Content-Length", String.valueOf(get.sent().length))),
                get.headers());
    }

    @Test
    void whatIsLargeIsAsItIsForWhoeverTakesNoCompression() {
        lookup.ready = large();
        Exchange get = new Exchange("GET", ASKED).with("Accept-Encoding", "gzip;q=0");

        assertTrue(isAnswered(get));
        assertArrayEquals(lookup.ready.whole().bytes(), get.sent());
        assertEquals(tag(lookup.ready, ""), get.headers().get("ETag"));
        assertEquals(
                "Authorization, Cookie, Origin, Accept-Encoding", get.headers().get("Vary"));
    }

    @Test
    void staleDetailsMayNotBeKept() {
        clock.advance(Duration.ofHours(2));
        lookup.ready = new ReadyDetails(gloss(KEY, stored(KEY, "Crash"), null), false, clock.instant());
        Exchange get = new Exchange("GET", ASKED);

        assertTrue(isAnswered(get));
        assertEquals("private, max-age=0", get.headers().get("Cache-Control"));
    }

    @Test
    void whatFailsIsAProblemDocument() {
        lookup.fault = new IllegalStateException(new SQLException("connection refused", "08001"));
        for (Exchange exchange : List.of(
                new Exchange("GET", ASKED), new Exchange("POST", "/api/details/query").body("{\"urls\": []}"))) {
            assertTrue(isAnswered(exchange));
            assertEquals(503, exchange.status());
            assertEquals("application/problem+json", exchange.headers().get("Content-Type"));
            assertEquals("5", exchange.headers().get("Retry-After"));
        }
    }

    @Test
    void aQueryThatNeedsNoWaitingIsAnswered() {
        lookup.outcomes = CompletableFuture.completedFuture(Map.of(KEY, new Outcome.Shown(lookup.ready)));
        Exchange query = new Exchange("POST", "/api/details/query").body("{\"urls\": [\"" + KEY + "\"], \"wait\": 2}");

        assertTrue(isAnswered(query));
        assertEquals(List.of("[" + KEY + "] by token:ann"), lookup.asked);
        assertEquals(Duration.ofSeconds(2), lookup.wait);
        assertEquals(
                "{\"details\":{\"" + KEY + "\":"
                        + new String(lookup.ready.whole().bytes(), java.nio.charset.StandardCharsets.UTF_8) + "}}",
                query.text());
        assertEquals(
                new TreeMap<>(Map.of(
                        "Cache-Control", "no-store",
                        "Vary", "Authorization, Cookie, Origin, Accept-Encoding",
                        "Content-Type", "application/json",
                        "Content-Length", String.valueOf(query.sent().length))),
                query.headers());
    }

    @Test
    void aLargeQueryIsCompressedForWhoeverTakesIt() {
        lookup.outcomes = CompletableFuture.completedFuture(Map.of(KEY, new Outcome.Shown(large())));
        Exchange query = new Exchange("POST", "/api/details/query")
                .body("{\"urls\": [\"" + KEY + "\"]}")
                .with("Accept-Encoding", "gzip");

        assertTrue(isAnswered(query));
        assertEquals("gzip", query.headers().get("Content-Encoding"));
        assertTrue(query.unzipped().startsWith("{\"details\":{\"" + KEY + "\":{\"url\":"), query.unzipped());
    }

    @Test
    void aQueryThatHasToWaitGoesOnInTheResource() {
        lookup.outcomes = new CompletableFuture<>();
        Exchange query =
                new Exchange("POST", "/api/details/query").body("{\"urls\": [\"" + KEY + "\"], \"brief\": true}");

        assertFalse(isAnswered(query));
        DetailsQuery.Begun begun = DetailsQuery.Begun.of(query.request()).orElseThrow();
        assertSame(lookup.outcomes, begun.outcomes());
        assertEquals(new DetailsQuery(List.of(KEY), Duration.ofSeconds(5), true), begun.query());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/json                | true",
                "application/json; charset=UTF-8 | true",
                "Application/JSON                | true",
                "application/jsonp               | false",
                "text/plain                      | false",
                "application/x-ndjson            | false"
            })
    void onlyBodiesThatAreJsonAreRead(String type, boolean answered) {
        assertEquals(
                answered,
                isAnswered(new Exchange("POST", "/api/details/query")
                        .body("{\"urls\": []}")
                        .with("Content-Type", type)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{\"url\": []}",
                "{\"urls\": 5}",
                "{\"urls\": [], \"wait\": -1}",
                "{\"urls\": [], \"brief\": 1}"
            })
    void aBodyThatIsWrongIsRefused(String body) {
        Exchange query = new Exchange("POST", "/api/details/query").body(body);

        assertTrue(isAnswered(query));
        assertEquals(400, query.status());
        assertEquals("application/problem+json", query.headers().get("Content-Type"));
        assertEquals(List.of(), lookup.asked);
    }

    @Test
    void aLongWaitIsCutToTheDeadlineAndUrlsAreAskedForOnce() {
        Exchange query =
                new Exchange("POST", "/api/details/query").body("{\"urls\": [\"a\", \"b\", \"a\"], \"wait\": 100}");

        assertTrue(isAnswered(query));
        assertEquals(List.of("[a, b] by token:ann"), lookup.asked);
        assertEquals(Duration.ofSeconds(5), lookup.wait);
    }
}
