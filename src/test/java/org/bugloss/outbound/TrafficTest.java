package org.bugloss.outbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.bugloss.outbound.LocalServer.head;
import static org.bugloss.outbound.LocalServer.redirect;
import static org.bugloss.outbound.LocalServer.status;
import static org.bugloss.outbound.LocalServer.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the client counts of what it sends. Every packet of these tests stays on this machine. */
class TrafficTest {

    private static final Duration SHORT = Duration.ofMillis(700);

    private final LocalServer server = LocalServer.start();
    private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final OutboundClient client = new OutboundClient(
            OutboundSettings.standard("Bugloss/test").withTimeouts(SHORT, SHORT, SHORT),
            new AddressGuard(List.of(AllowedTarget.parse(server.hostAndPort())), AddressGuard.WEB_PORTS, name -> {
                throw new UnknownHostException(name);
            }),
            task -> {
                Thread thread = new Thread(task, "traffic-test");
                thread.setDaemon(true);
                return thread;
            },
            meters);

    @AfterEach
    void close() {
        client.close();
        server.close();
        meters.close();
    }

    @ParameterizedTest
    @CsvSource({"200,2xx", "204,2xx", "304,3xx", "404,4xx", "429,429", "500,5xx", "599,5xx", "777,unexpected_answer"})
    void aRequestCountsByTheClassOfTheStatusThatAnswersIt(int status, String outcome) {
        server.route("/a", status(status, "", new byte[0]));

        fetch(server.url("/a"));

        assertEquals(Map.of(outcome, 1L), outcomes());
        assertEquals(1, client.sentHere());
    }

    @Test
    void eachRedirectIsARequestAndAllOfThemAreOneExchange() {
        server.route("/a", redirect(302, "/b"));
        server.route("/b", redirect(307, "/c"));
        server.route("/c", text("here"));

        fetch(server.url("/a"));

        assertEquals(Map.of("2xx", 1L, "3xx", 2L), outcomes());
        assertEquals(3, client.sentHere());
        assertEquals(1, exchanges().count());
    }

    @Test
    void aRedirectToWhatMayNotBeFetchedCountsTwiceAndIsSentOnce() {
        server.route("/a", redirect(302, "http://127.0.0.2:8080/"));

        assertThrows(FetchException.class, () -> fetch(server.url("/a")));

        assertEquals(Map.of("3xx", 1L, "address_not_allowed", 1L), outcomes());
        assertEquals(1, client.sentHere());
    }

    @Test
    void anAnswerThatBreaksOffCountsByTheReasonAndNotByItsStatus() {
        server.route("/a", (request, socket, out) -> {
            head(out, 200, "Content-Length: 100\r\n");
            out.write("not a hundred".getBytes(UTF_8));
            socket.close();
        });

        assertThrows(FetchException.class, () -> fetch(server.url("/a")));

        assertEquals(Map.of("connect", 1L), outcomes());
        assertEquals(1, client.sentHere());
    }

    @Test
    void anAnswerThatTakesTooLongIsATimeoutOfARequestThatWasSent() {
        server.route("/a", (request, socket, out) -> Thread.sleep(5000));

        assertThrows(FetchException.class, () -> fetch(server.url("/a")));

        assertEquals(Map.of("timeout", 1L), outcomes());
        assertEquals(1, client.sentHere());
        assertTrue(exchanges().totalTime(TimeUnit.MILLISECONDS) > SHORT.toMillis() / 2.0);
    }

    @Test
    void whatIsNeverSentCountsByItsReasonAndCostsNothing() {
        server.close();

        for (String url : List.of("http://nowhere.test/", "http://10.0.0.1/", server.url("/"))) {
            assertThrows(FetchException.class, () -> fetch(url));
        }

        assertEquals(Map.of("dns", 1L, "address_not_allowed", 1L, "connect", 1L), outcomes());
        assertEquals(0, client.sentHere());
        assertEquals(3, exchanges().count());
    }

    @Test
    void whatTheReaderThinksOfAnAnswerIsNoMatterOfTheRequest() {
        server.route("/a", text("Sign in"));

        assertThrows(
                FetchException.class,
                () -> client.exchange(get(server.url("/a")), exchange -> {
                    throw new FetchException(FailureReason.SIGN_IN_PAGE, "a sign-in page");
                }));

        assertEquals(Map.of("2xx", 1L), outcomes());
    }

    @Test
    void aThreadKnowsWhatItHasSentItself() {
        server.route("/a", text(""));
        long before = client.sentHere();

        CompletableFuture.runAsync(() -> fetch(server.url("/a")), task -> new Thread(task).start())
                .join();

        assertEquals(0, client.sentHere() - before);
        fetch(server.url("/a"));
        fetch(server.url("/a"));
        assertEquals(2, client.sentHere() - before);
        assertEquals(Map.of("2xx", 3L), outcomes());
    }

    @Test
    void aClientThatHasSentNothingTellsSoOfEachOutcome() {
        String text = meters.scrape();

        assertEquals(
                11,
                text.lines()
                        .filter(line -> line.matches("bugloss_outbound_requests_total\\{.*} 0\\.0"))
                        .count());
        assertTrue(text.contains("\nbugloss_outbound_seconds_count 0\n"), text);
    }

    @Test
    void theMetersTellNeitherHostNorPathNorCredentials() {
        server.route("/path", text(""));

        client.exchange(
                get(server.url("/path?key=query")).withCredentials(Map.of("Authorization", "Bearer s3cret")),
                Exchange::status);
        assertThrows(FetchException.class, () -> fetch("http://nowhere.test/"));

        for (String told : List.of("127.0.0.1", "path", "query", "s3cret", "nowhere", "http")) {
            assertFalse(
                    meters.scrape()
                            .toLowerCase(Locale.ROOT)
                            .replace("http requests", "")
                            .contains(told),
                    told);
        }
    }

    private void fetch(String url) {
        client.exchange(get(url), exchange -> exchange.body().readAllBytes());
    }

    private static OutboundRequest get(String url) {
        return OutboundRequest.get(URI.create(url), 1000);
    }

    /** How many requests each outcome had that any had. */
    private Map<String, Long> outcomes() {
        return meters.find("bugloss.outbound.requests").counters().stream()
                .filter(counter -> counter.count() > 0)
                .collect(Collectors.toMap(
                        counter -> counter.getId().getTag("outcome"),
                        counter -> (long) counter.count(),
                        Long::sum,
                        TreeMap::new));
    }

    private Timer exchanges() {
        return meters.get("bugloss.outbound").timer();
    }
}
