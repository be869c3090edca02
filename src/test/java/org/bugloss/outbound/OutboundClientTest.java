package org.bugloss.outbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.bugloss.outbound.LocalServer.head;
import static org.bugloss.outbound.LocalServer.redirect;
import static org.bugloss.outbound.LocalServer.status;
import static org.bugloss.outbound.LocalServer.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.hc.core5.util.DeadlineTimeoutException;
import org.apache.hc.core5.util.TimeValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every packet of these tests stays on this machine. One server is allowed; a canary on each loopback address is not, and
 * must never see a connection, whatever a test does.
 */
class OutboundClientTest {

    private static final int MAX_BYTES = 100_000;
    private static final Duration DEADLINE = Duration.ofMillis(1500);
    private static final Duration FIRST_BYTE = Duration.ofMillis(700);

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> toClose = new ArrayList<>();

    private LocalServer server;
    private LocalServer canary;
    private LocalServer canary6;

    @BeforeEach
    void start() {
        server = opened(LocalServer.start());
        canary = opened(LocalServer.start());
        canary6 = opened(LocalServer.on("::1", 0));
    }

    @AfterEach
    void noCanaryHasSeenAConnection() throws Exception {
        Collections.reverse(toClose);
        for (AutoCloseable open : toClose) {
            open.close();
        }
        assertEquals(0, canary.connections(), "connections to the canary on 127.0.0.1");
        assertEquals(0, canary6.connections(), "connections to the canary on [::1]");
    }

    // What is sent and what comes back

    @Test
    void anAnswerIsHandedToTheReader() {
        server.route("/bug", status(200, "X-Some: thing\r\n", "a bug".getBytes(UTF_8)));

        String seen = client().exchange(
                        get("/bug?id=1"),
                        exchange -> exchange.status() + " " + exchange.uri() + " "
                                + exchange.header("x-some").orElse(null) + " "
                                + exchange.header("x-other").isPresent() + " "
                                + new String(exchange.body().readAllBytes(), UTF_8) + " " + exchange.cut());

        assertEquals("200 " + server.url("/bug?id=1") + " thing false a bug false", seen);
    }

    @ParameterizedTest
    @ValueSource(ints = {201, 204, 300, 304, 400, 401, 403, 404, 407, 429, 500, 503})
    void anAnswerOfAnyStatusIsHandedToTheReaderAndAskedForOnce(int status) {
        server.route("/a", status(status, "WWW-Authenticate: Basic realm=x\r\nRetry-After: 0\r\n", new byte[0]));

        assertEquals(status, client().exchange(get("/a"), Exchange::status));
        assertEquals(1, server.requests().size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNotModifiedThatDescribesABodyItDoesNotHaveKeepsNobodyWaitingAndKeepsItsConnection(boolean read) {
        server.route(
                "/a",
                (request, socket, out) -> head(
                        out,
                        "\"1\"".equals(request.headers().get("If-None-Match")) ? 304 : 500,
                        "ETag: \"1\"\r\nContent-Encoding: gzip\r\nContent-Length: 5000\r\n"));
        OutboundClient client = client();

        for (int i = 0; i < 3; i++) {
            assertEquals(
                    "304 \"1\" 0",
                    client.exchange(
                            get("/a").withHeader("If-None-Match", "\"1\""),
                            exchange -> exchange.status() + " "
                                    + exchange.header("etag").orElse(null) + " "
                                    + (read ? exchange.body().readAllBytes().length : 0)));
        }

        assertEquals(1, server.connections());
    }

    @Test
    void allHeadersOfANameAreHandedToTheReaderInTheirOrder() {
        server.route("/a", status(200, "Cache-Control: public\r\nCACHE-CONTROL: max-age=60\r\n", new byte[0]));

        assertEquals(
                List.of("public", "max-age=60"),
                client().exchange(get("/a"), exchange -> exchange.headers("cache-control")));
    }

    @Test
    void aRequestSaysWhoSendsItAndWhatItAccepts() {
        server.route("/a", text(""));

        body(client(), get("/a"));

        LocalServer.Request request = server.onlyRequest();
        assertEquals("GET", request.method());
        assertEquals(server.hostAndPort(), request.headers().get("Host"));
        assertEquals("Bugloss/test", request.headers().get("User-Agent"));
        assertEquals("gzip, deflate", request.headers().get("Accept-Encoding"));
        assertEquals("en", request.headers().get("Accept-Language"));
        assertTrue(request.headers().get("Accept").startsWith("text/html"));
        assertEquals(
                Set.of("host", "user-agent", "accept-encoding", "accept-language", "accept", "connection"),
                new HashSet<>(request.headers().keySet().stream()
                        .map(String::toLowerCase)
                        .toList()));
    }

    @Test
    void headersAndCredentialsOfTheRequestAreSent() {
        server.route("/a", text(""));

        body(
                client(),
                get("/a")
                        .withHeader("Accept", "application/json")
                        .withHeader("If-None-Match", "\"1\"")
                        .withCredentials(Map.of("Authorization", "Bearer secret")));

        Map<String, String> headers = server.onlyRequest().headers();
        assertEquals("application/json", headers.get("Accept"));
        assertEquals("\"1\"", headers.get("If-None-Match"));
        assertEquals("Bearer secret", headers.get("Authorization"));
    }

    @Test
    void aPostCarriesItsJson() {
        server.route("/graphql", text("{}"));

        body(client(), OutboundRequest.post(URI.create(server.url("/graphql")), "{\"query\":\"ü\"}", MAX_BYTES));

        LocalServer.Request request = server.onlyRequest();
        assertEquals("POST", request.method());
        assertEquals("{\"query\":\"ü\"}", request.body());
        assertEquals("application/json", request.headers().get("Content-Type"));
    }

    @ParameterizedTest(name = "{0} is sent as {1}")
    @CsvSource({
        "/a/../b?c=d, /b?c=d",
        "/a%2fb%7E?c=%zz, ''",
        "//a//b, //a//b",
        "/a?b=?c/d, /a?b=?c/d",
        "/a?, /a?",
        "'', /"
    })
    void thePathIsSentAsTheKeyHasIt(String path, String sent) {
        OutboundClient client = client();
        if (sent.isEmpty()) {
            // The type URI lets it not come this far.
            assertThrows(IllegalArgumentException.class, () -> get(path));
            return;
        }

        client.exchange(get(path), Exchange::status);

        assertEquals(sent, server.onlyRequest().target());
    }

    @Test
    void theUrlOfARequestMayBeLongerThanATypedOne() {
        String ids = "1234567,".repeat(500);

        client().exchange(get("/rest/bug?id=" + ids), Exchange::status);

        assertEquals("/rest/bug?id=" + ids, server.onlyRequest().target());
    }

    @Test
    void hostNamesWithUnderscoresWork() {
        server.route("/a", text("here"));
        OutboundClient client = client(guard(name -> List.of(address("127.0.0.1")), "my_tracker:" + server.port()));

        assertEquals("here", body(client, get(URI.create("http://my_tracker:" + server.port() + "/a"))));
        assertEquals(
                "my_tracker:" + server.port(), server.onlyRequest().headers().get("Host"));
    }

    @Test
    void ipv6LiteralsWork() {
        LocalServer six = opened(LocalServer.on("::1", 0));
        six.route("/a", text("six"));

        assertEquals("six", body(client(guard(this::noName, six.hostAndPort())), get(six.url("/a"))));
        assertEquals(six.hostAndPort(), six.onlyRequest().headers().get("Host"));
    }

    @Test
    void theLanguageIsThatOfTheSettings() {
        server.route("/a", text(""));

        body(client(settings().withLanguage("de, en;q=0.5"), guard(this::noName, server.hostAndPort())), get("/a"));

        assertEquals("de, en;q=0.5", server.onlyRequest().headers().get("Accept-Language"));
    }

    @Test
    void nothingIsKeptFromOneExchangeToTheNextButTheConnection() {
        server.route("/a", status(200, "Set-Cookie: a=b; Path=/\r\n", new byte[0]))
                .route("/b", status(302, "Set-Cookie: c=d; Path=/\r\nLocation: /c\r\n", new byte[0]))
                .route("/c", text("here"));
        OutboundClient client = client();

        body(client, get("/a"));
        body(client, get("/a").withCredentials(Map.of("Authorization", "Bearer secret")));
        assertEquals("here", body(client, get("/b")));
        body(client, get("/a"));

        assertEquals(5, server.requests().size());
        assertEquals(
                Arrays.asList(null, null, null, "c=d", null),
                server.requests().stream()
                        .map(request -> request.headers().get("Cookie"))
                        .toList());
        assertNull(server.requests().get(3).headers().get("Authorization"));
    }

    @Test
    void aRedirectToItselfIsFollowedUntilTheCookieComesBack() {
        server.route("/a", (request, socket, out) -> {
            String cookie = request.headers().getOrDefault("Cookie", "");
            (cookie.contains("two=2")
                            ? text("here with " + cookie)
                            : status(
                                    302,
                                    "Location: /a\r\nSet-Cookie: " + (cookie.isEmpty() ? "one=1" : "two=2; HttpOnly")
                                            + "\r\nSet-Cookie: three=3; Path=/elsewhere\r\nSet-Cookie: four=4; Secure\r\n"
                                            + "Set-Cookie: five=5; Max-Age=0\r\nSet-Cookie: six=6; Expires=Thu, 01 Jan 1970"
                                            + " 00:00:00 GMT\r\nSet-Cookie: seven=7; Domain=other.example\r\nSet-Cookie: ;;=\r\n",
                                    new byte[0]))
                    .answer(request, socket, out);
        });

        assertEquals("here with one=1; two=2", body(client(), get("/a")));
        assertEquals("here with one=1; two=2", body(client(), get("/a")));
    }

    @Test
    void aCookieThatDoesNotHelpIsACircleAndOneThatChangesIsNotFollowedForEver() {
        AtomicLong number = new AtomicLong();
        server.route("/same", status(302, "Location: /same\r\nSet-Cookie: a=b\r\n", new byte[0]))
                .route(
                        "/new",
                        (request, socket, out) -> status(
                                        302,
                                        "Location: /new\r\nSet-Cookie: a=" + number.incrementAndGet() + "\r\n",
                                        new byte[0])
                                .answer(request, socket, out));

        assertTrue(failure(client(), get("/same")).getMessage().endsWith("redirects in a circle"));
        assertEquals(2, server.requests().size());
        assertTrue(failure(client(), get("/new")).getMessage().contains("redirects on and on"));
        assertEquals(2 + 1 + OutboundClient.MOST_REDIRECTS, server.requests().size());
    }

    @Test
    void aCookieStaysWithItsOrigin() {
        LocalServer other = opened(LocalServer.start());
        server.route(
                        "/a",
                        status(
                                302,
                                "Location: " + other.url("/b") + "\r\nSet-Cookie: a=1; Domain=127.0.0.1; Path=/\r\n",
                                new byte[0]))
                .route("/c", text("here"));
        other.route(
                "/b", status(302, "Location: " + server.url("/c") + "\r\nSet-Cookie: b=2; Path=/\r\n", new byte[0]));

        body(client(guard(this::noName, server.hostAndPort(), other.hostAndPort())), get("/a"));

        assertNull(other.onlyRequest().headers().get("Cookie"));
        assertEquals("a=1", server.requests().get(1).headers().get("Cookie"));
    }

    @Test
    void aCookieThatIsACredentialIsNotMixedWithOthers() {
        server.route("/a", status(302, "Location: /b\r\nSet-Cookie: a=1; Path=/\r\n", new byte[0]))
                .route("/b", text("here"));

        body(client(), get("/a").withCredentials(Map.of("Cookie", "session=secret")));

        assertEquals("session=secret", server.requests().get(1).headers().get("Cookie"));
    }

    @Test
    void aPageThatLeadsOnIsFollowedAsARedirectIs() {
        server.route("/a", text("/b")).route("/b", text("/c")).route("/c", text("here"));

        assertEquals("here", client().exchange(get("/a"), this::leadingOn));
        FetchException outside = assertThrows(
                FetchException.class,
                () -> client().exchange(get("/a"), exchange -> {
                    throw new LeadsOn(CanonicalUrl.parse(canary.url("/")));
                }));
        assertEquals(FailureReason.ADDRESS_NOT_ALLOWED, outside.reason());
    }

    @Test
    void pagesThatLeadOnInACircleOrWithoutEndAreNotFollowedForEver() {
        server.route("/a", text("/b")).route("/b", text("/a"));
        for (int i = 0; i < 10; i++) {
            server.route("/" + i, i % 2 == 0 ? text("/" + (i + 1)) : redirect(302, "/" + (i + 1)));
        }

        for (String path : List.of("/a", "/0")) {
            FetchException failure =
                    assertThrows(FetchException.class, () -> client().exchange(get(path), this::leadingOn));
            assertEquals(FailureReason.REDIRECTS, failure.reason());
        }
        assertEquals(2 + 1 + OutboundClient.MOST_REDIRECTS, server.requests().size());
    }

    private String leadingOn(Exchange exchange) throws IOException {
        String said = new String(exchange.body().readAllBytes(), UTF_8);
        if (said.startsWith("/")) {
            throw new LeadsOn(CanonicalUrl.parse(server.url(said)));
        }
        return said;
    }

    @Test
    void whereWhatArrivedWouldDoABodyThatBreaksOffOrNeverEndsIsCut() {
        server.route("/breaks", (request, socket, out) -> {
                    head(out, 200, "Content-Length: 100\r\n");
                    out.write("some".getBytes(UTF_8));
                    socket.close();
                })
                .route("/hangs", (request, socket, out) -> {
                    head(out, 200, "Content-Length: 100\r\n");
                    out.write("some".getBytes(UTF_8));
                    out.flush();
                    Thread.sleep(5000);
                })
                .route("/drips", (request, socket, out) -> {
                    head(out, 200, "Transfer-Encoding: chunked\r\n");
                    out.write("4\r\nsome\r\n".getBytes(UTF_8));
                    drip(out, "1\r\n.\r\n");
                });
        OutboundSettings patient = OutboundSettings.standard("Bugloss/test")
                .withTimeouts(Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofSeconds(20))
                .withPatience(Duration.ofMillis(300));
        OutboundClient client = client(patient, guard(this::noName, server.hostAndPort()));

        for (String path : List.of("/breaks", "/hangs", "/drips")) {
            String read = inTime(
                    DEADLINE,
                    () -> client.exchange(get(path), exchange -> {
                        String some = new String(exchange.body().readNBytes(4), UTF_8);
                        exchange.enough();
                        return some + exchange.body().readAllBytes().length / 1000 + exchange.cut();
                    }));
            assertEquals("some0true", read, path);
        }
        assertEquals("late", client.exchange(get("/breaks"), exchange -> {
            assertThrows(IOException.class, () -> exchange.body().readAllBytes());
            exchange.enough();
            return "late";
        }));
    }

    @Test
    void theProxyOfTheEnvironmentIsNotUsed() {
        server.route("/a", text("direct"));
        System.setProperty("http.proxyHost", "127.0.0.1");
        System.setProperty("http.proxyPort", Integer.toString(canary.port()));
        System.setProperty("http.nonProxyHosts", "");
        try {
            assertEquals("direct", body(client(), get("/a")));
        } finally {
            System.clearProperty("http.proxyHost");
            System.clearProperty("http.proxyPort");
            System.clearProperty("http.nonProxyHosts");
        }
    }

    // Redirects

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void aRedirectIsFollowed(int status) {
        server.route("/a", redirect(status, "/b")).route("/b", text("there"));

        assertEquals(
                server.url("/b") + " there",
                client().exchange(
                                get("/a"),
                                exchange -> exchange.uri() + " "
                                        + new String(exchange.body().readAllBytes(), UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"b", "./b", "/x/../b", "//HOST/b", "http://HOST/b", "HTTP://HOST/b#c", " /b ", "/%62/../b"})
    void aLocationMayBeWrittenInManyWays(String location) {
        server.route("/a", redirect(302, location.replace("HOST", server.hostAndPort())))
                .route("/b", text("there"));

        assertEquals("there", body(client(), get("/a")));
    }

    @Test
    void aLocationWithSpacesOrUtf8IsRepairedAsBrowsersDo() {
        server.route("/a", (request, socket, out) -> {
                    out.write("HTTP/1.1 302 Found\r\nLocation: /b c/ü\r\nContent-Length: 0\r\n\r\n".getBytes(UTF_8));
                    out.flush();
                })
                .route("/b%20c/%C3%BC", text("there"));

        assertEquals("there", body(client(), get("/a")));
    }

    @Test
    void fiveRedirectsAreFollowedAndNoSixth() {
        for (int i = 0; i < 6; i++) {
            server.route("/" + i, redirect(302, "/" + (i + 1)));
        }
        server.route("/6", text("there"));

        assertEquals("there", body(client(), get("/1")));
        FetchException failure = failure(client(), get("/0"));

        assertEquals(FailureReason.REDIRECTS, failure.reason());
        assertEquals("127.0.0.1 redirects on and on: 5 redirects are followed", failure.getMessage());
    }

    @Test
    void aCircleOfRedirectsIsSeen() {
        server.route("/a", redirect(302, "/b")).route("/b", redirect(302, "/a#again"));

        FetchException failure = failure(client(), get("/a"));

        assertEquals(FailureReason.REDIRECTS, failure.reason());
        assertEquals(2, server.requests().size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://127.0.0.1/a",
                "file:///etc/passwd",
                "javascript:alert(1)",
                "gopher://127.0.0.1:25/_a",
                "http://ann:secret@127.0.0.1/",
                "//ann@127.0.0.1/",
                "http:\\\\127.0.0.1\\a",
                "http://",
                "http://127.0.0.1:0/",
                "http://[::1/",
                "/%zz"
            })
    void aRedirectToWhatIsNoUrlIsNotFollowed(String location) {
        server.route("/a", redirect(302, location));

        FetchException failure = failure(client(), get("/a"));

        assertEquals(FailureReason.REDIRECTS, failure.reason(), failure.getMessage());
        assertFalse(failure.getMessage().contains("secret"), failure.getMessage());
    }

    @Test
    void aRedirectWithoutALocationIsAFailure() {
        server.route("/a", status(302, "", new byte[0]));

        assertEquals(FailureReason.REDIRECTS, failure(client(), get("/a")).reason());
    }

    @ParameterizedTest
    @CsvSource({"301, GET", "302, GET", "303, GET", "307, POST", "308, POST"})
    void aPostBecomesAGetWhereBrowsersMakeItOne(int status, String method) {
        server.route("/a", redirect(status, "/b")).route("/b", text(""));

        body(client(), OutboundRequest.post(URI.create(server.url("/a")), "{}", MAX_BYTES));

        LocalServer.Request last = server.requests().get(1);
        assertEquals(method, last.method());
        assertEquals(method.equals("GET") ? "" : "{}", last.body());
        assertEquals(
                method.equals("GET") ? null : "application/json", last.headers().get("Content-Type"));
    }

    @ParameterizedTest(name = "from the outside to {0}")
    @ValueSource(
            strings = {
                "http://127.0.0.1:CANARY/",
                "http://127.1:CANARY/",
                "http://2130706433:CANARY/",
                "http://0x7f000001:CANARY/",
                "http://0177.0.0.1:CANARY/",
                "http://0:CANARY/",
                "http://0.0.0.0:CANARY/",
                "http://127.0.0.1.:CANARY/",
                "http://[::ffff:127.0.0.1]:CANARY/",
                "http://[::ffff:7f00:1]:CANARY/",
                "http://[::1]:CANARY6/",
                "http://[0:0:0:0:0:0:0:1]:CANARY6/",
                "http://[::]:CANARY6/",
                "http://[64:ff9b::127.0.0.1]:CANARY/",
                "http://[2002:7f00:1::]:CANARY/",
                "//127.0.0.1:CANARY/",
                "http://inside.test:CANARY/",
                "http://Inside.TEST.:CANARY/",
                "http://inside6.test:CANARY6/",
                "http://both.test:CANARY/",
                "http://both.test:CANARY6/",
                "http://localhost:CANARY/",
                "http://１２７.0.0.1:CANARY/"
            })
    void neitherAUrlNorARedirectReachesWhatIsNotAllowed(String target) {
        String url = target.replace("CANARY6", "" + canary6.port()).replace("CANARY", "" + canary.port());
        server.route("/a", (request, socket, out) -> {
            out.write(("HTTP/1.1 302 Found\r\nLocation: " + url + "\r\n\r\n").getBytes(UTF_8));
            socket.close();
        });
        // The canaries' ports are open, so that it is the address that is refused.
        OutboundClient client = client(new AddressGuard(
                AllowedTarget.parseList(server.hostAndPort()),
                Set.of(80, 443, canary.port(), canary6.port()),
                this::insideNames));

        FetchException redirected = failure(client, get("/a"));

        assertEquals(FailureReason.ADDRESS_NOT_ALLOWED, redirected.reason(), redirected.getMessage());
        if (!url.startsWith("//")) {
            FetchException direct = failure(
                    client, get(CanonicalUrl.parse(url.replace("１２７", "127")).uri()));
            assertEquals(FailureReason.ADDRESS_NOT_ALLOWED, direct.reason(), direct.getMessage());
        }
    }

    @Test
    void aRedirectToAnotherPortOfAnAllowedAddressIsRefused() {
        server.route("/a", redirect(302, "http://127.0.0.1:" + canary.port() + "/"));

        assertEquals(
                FailureReason.ADDRESS_NOT_ALLOWED, failure(client(), get("/a")).reason());
    }

    // Credentials

    @Test
    void credentialsAreKeptOnARedirectWithinTheOrigin() {
        server.route("/a", redirect(302, "/b"))
                .route("/b", redirect(308, server.url("/c")))
                .route("/c", text(""));

        body(client(), get("/a").withCredentials(Map.of("Authorization", "Bearer secret")));

        assertEquals(
                List.of("Bearer secret", "Bearer secret", "Bearer secret"),
                server.requests().stream()
                        .map(request -> request.headers().get("Authorization"))
                        .toList());
    }

    @Test
    void credentialsAreNotSentToAnotherOriginNorAgainOnTheWayBack() {
        LocalServer other = opened(LocalServer.start());
        server.route("/a", redirect(302, other.url("/b"))).route("/c", text("back"));
        other.route("/b", redirect(302, server.url("/c")));
        OutboundClient client = client(guard(this::noName, server.hostAndPort(), other.hostAndPort()));

        body(
                client,
                get("/a")
                        .withHeader("X-Trace", "1")
                        .withCredentials(Map.of("Authorization", "Bearer secret", "PRIVATE-TOKEN", "secret")));

        assertEquals("Bearer secret", server.requests().get(0).headers().get("Authorization"));
        LocalServer.Request elsewhere = other.onlyRequest();
        assertEquals("1", elsewhere.headers().get("X-Trace"));
        assertFalse(elsewhere.toString().contains("secret"), elsewhere.toString());
        assertFalse(server.requests().get(1).toString().contains("secret"));
    }

    @ParameterizedTest
    @ValueSource(ints = {307, 308})
    void whatIsPostedIsNotSentToAnotherOrigin(int status) {
        LocalServer other = opened(LocalServer.start());
        server.route("/a", redirect(status, other.url("/b")));
        OutboundClient client = client(guard(this::noName, server.hostAndPort(), other.hostAndPort()));

        assertEquals(
                FailureReason.REDIRECTS,
                failure(client, OutboundRequest.post(URI.create(server.url("/a")), "the password", MAX_BYTES))
                        .reason());
        assertEquals(List.of(), other.requests());
    }

    @Test
    void credentialsAreNotSentToAnotherNameOfTheSameServer() {
        server.route("/a", redirect(302, "http://other.test:" + server.port() + "/b"))
                .route("/b", text(""));
        OutboundClient client = client(guard(name -> List.of(address("127.0.0.1")), server.hostAndPort()));

        body(client, get("/a").withCredentials(Map.of("Authorization", "Bearer secret")));

        assertNull(server.requests().get(1).headers().get("Authorization"));
    }

    // Names

    @Test
    void theAddressThatWasCheckedIsTheAddressThatIsConnectedTo() {
        // The same port on both: whatever asks for the address again ends at the canary.
        LocalServer rebound = opened(LocalServer.on("::1", server.port()));
        server.route("/a", text("first"));
        List<InetAddress> answers = new CopyOnWriteArrayList<>(List.of(address("127.0.0.1"), address("::1")));
        OutboundClient client = client(guard(
                name -> {
                    asked.add(name);
                    return List.of(answers.size() > 1 ? answers.remove(0) : answers.get(0));
                },
                "127.0.0.1:" + server.port()));
        OutboundRequest request = get(URI.create("http://rebind.test:" + server.port() + "/a"));

        assertEquals("first", body(client, request));
        assertEquals(List.of("rebind.test"), asked);

        FetchException second = failure(client, request);
        assertEquals(FailureReason.ADDRESS_NOT_ALLOWED, second.reason());
        assertEquals(0, rebound.connections());
        assertEquals(1, server.requests().size());
        assertEquals(2, asked.size());
    }

    @Test
    void aNameIsCheckedAgainForEveryHop() {
        LocalServer rebound = opened(LocalServer.on("::1", server.port()));
        server.route("/a", redirect(302, "/b"));
        OutboundClient client = client(guard(
                name -> {
                    asked.add(name);
                    return List.of(address(asked.size() == 1 ? "127.0.0.1" : "::1"));
                },
                "127.0.0.1:" + server.port()));

        FetchException failure = failure(client, get(URI.create("http://rebind.test:" + server.port() + "/a")));

        assertEquals(FailureReason.ADDRESS_NOT_ALLOWED, failure.reason());
        assertEquals(2, asked.size());
        assertEquals(0, rebound.connections());
    }

    @Test
    void aNameWithOneAddressThatIsNotAllowedIsNotConnectedToAtAll() {
        OutboundClient client =
                client(guard(name -> List.of(address("127.0.0.1"), address("::1")), "127.0.0.1:" + server.port()));

        FetchException failure = failure(client, get(URI.create("http://both.test:" + server.port() + "/a")));

        assertEquals(FailureReason.ADDRESS_NOT_ALLOWED, failure.reason());
        assertEquals(0, server.connections());
    }

    @Test
    void theNextAddressIsTriedWhereOneDoesNotAccept() {
        LocalServer six = opened(LocalServer.on("::1", 0));
        six.route("/a", text("six"));
        OutboundClient client =
                client(guard(name -> List.of(address("127.0.0.1"), address("::1")), "both.test:" + six.port()));

        assertEquals("six", body(client, get(URI.create("http://both.test:" + six.port() + "/a"))));
    }

    @Test
    void anUnknownNameIsADnsFailure() {
        FetchException failure = failure(client(), get(URI.create("http://no.such.test/")));

        assertEquals(FailureReason.DNS, failure.reason());
        assertEquals("the host no.such.test is not known", failure.getMessage());
    }

    @Test
    void aPortWithNobodyBehindItIsAConnectFailure() throws IOException {
        // Taken, so that nobody else gets it meanwhile, and not listened to.
        try (Socket taken = new Socket()) {
            taken.bind(new InetSocketAddress("127.0.0.1", 0));
            String target = "127.0.0.1:" + taken.getLocalPort();

            FetchException failure =
                    failure(client(guard(this::noName, target)), get(URI.create("http://" + target + "/")));

            assertEquals(FailureReason.CONNECT, failure.reason());
            assertEquals("127.0.0.1 does not accept connections", failure.getMessage());
        }
    }

    // Time

    @Test
    void aServerThatSaysNothingIsLeft() {
        server.route("/slow", (request, socket, out) -> Thread.sleep(10_000));

        FetchException failure = inTime(FIRST_BYTE, () -> failure(client(), get("/slow")));

        assertEquals(FailureReason.TIMEOUT, failure.reason());
        assertEquals("127.0.0.1 stopped answering", failure.getMessage());
    }

    @Test
    void aServerThatStopsInTheBodyIsLeft() {
        server.route("/slow", (request, socket, out) -> {
            head(out, 200, "Content-Length: 10\r\n");
            out.write('a');
            out.flush();
            Thread.sleep(10_000);
        });

        assertEquals(
                FailureReason.TIMEOUT,
                inTime(FIRST_BYTE, () -> failure(client(), get("/slow"))).reason());
    }

    @Test
    void aBodyThatDripsIsLeftAtTheDeadline() {
        server.route("/drip", (request, socket, out) -> {
            head(out, 200, "Content-Length: 1000\r\n");
            drip(out, "a");
        });

        FetchException failure = inTime(DEADLINE, () -> failure(client(), get("/drip")));

        assertEquals(FailureReason.TIMEOUT, failure.reason());
        assertEquals("127.0.0.1 did not answer completely within 1.5 s", failure.getMessage());
    }

    @Test
    void compressedAndChunkedBodiesThatDripAreLeftAtTheDeadline() {
        byte[] random = new byte[10_000];
        new Random(1).nextBytes(random);
        byte[] gzip = gzip(random);
        server.route("/gzip", (request, socket, out) -> {
                    head(out, 200, "Content-Encoding: gzip\r\nContent-Length: " + gzip.length + "\r\n");
                    for (byte octet : gzip) {
                        out.write(octet);
                        out.flush();
                        Thread.sleep(100);
                    }
                })
                .route("/chunks", (request, socket, out) -> {
                    head(out, 200, "Transfer-Encoding: chunked\r\n");
                    drip(out, "1\r\na\r\n");
                });

        assertEquals(
                FailureReason.TIMEOUT,
                inTime(DEADLINE, () -> failure(client(), get("/gzip"))).reason());
        assertEquals(
                FailureReason.TIMEOUT,
                inTime(DEADLINE, () -> failure(client(), get("/chunks"))).reason());
    }

    @Test
    void headersThatDripAreLeftAtTheDeadline() {
        server.route("/drip", (request, socket, out) -> {
            out.write("HTTP/1.1 200 OK\r\n".getBytes(UTF_8));
            drip(out, "a: b\r\n");
        });

        assertEquals(
                FailureReason.TIMEOUT,
                inTime(DEADLINE, () -> failure(client(), get("/drip"))).reason());
    }

    @Test
    void aStatusLineThatDripsIsLeftAtTheDeadline() {
        server.route("/drip", (request, socket, out) -> drip(out, "H"));

        assertEquals(
                FailureReason.TIMEOUT,
                inTime(DEADLINE, () -> failure(client(), get("/drip"))).reason());
    }

    @Test
    void interimAnswersWithoutEndAreLeftAtTheDeadline() {
        server.route("/drip", (request, socket, out) -> drip(out, "HTTP/1.1 103 Early Hints\r\n\r\n"));

        assertEquals(
                FailureReason.TIMEOUT,
                inTime(DEADLINE, () -> failure(client(), get("/drip"))).reason());
    }

    @Test
    void aTlsHandshakeThatDripsIsLeftAtTheDeadline() {
        // A record of 16 KB that is announced and never ends.
        LocalServer dripping = opened(LocalServer.start()).onConnect((request, socket, out) -> {
            out.write(new byte[] {0x16, 3, 3, 0x3f, (byte) 0xff});
            drip(out, "a");
        });
        OutboundClient client = client(guard(this::noName, dripping.hostAndPort()));
        OutboundRequest request = get(URI.create("https://" + dripping.hostAndPort() + "/"));

        assertEquals(
                FailureReason.TIMEOUT,
                inTime(DEADLINE, () -> failure(client, request)).reason());
    }

    @Test
    void theDeadlineIsForAllRedirectsTogether() {
        for (int i = 0; i < 5; i++) {
            int next = i + 1;
            server.route("/" + i, (request, socket, out) -> {
                Thread.sleep(500);
                redirect(302, "/" + next).answer(request, socket, out);
            });
        }

        assertEquals(
                FailureReason.TIMEOUT,
                inTime(DEADLINE, () -> failure(client(), get("/0"))).reason());
    }

    @Test
    void aServerThatReadsNothingOfALongRequestIsLeftAtTheDeadline() {
        server.route("/a", (request, socket, out) -> Thread.sleep(10_000));
        OutboundRequest request = OutboundRequest.post(URI.create(server.url("/a")), "a".repeat(50_000_000), MAX_BYTES);

        assertEquals(
                FailureReason.TIMEOUT,
                inTime(DEADLINE, () -> failure(client(), request)).reason());
    }

    @Test
    void aLookUpThatHangsIsLeftAtTheDeadline() {
        CountDownLatch never = new CountDownLatch(1);
        OutboundClient client = client(guard(name -> {
            await(never);
            return List.of();
        }));

        FetchException failure = inTime(DEADLINE, () -> failure(client, get(URI.create("http://slow.test/"))));

        assertEquals(FailureReason.TIMEOUT, failure.reason());
        assertEquals("slow.test could not be looked up within 1.5 s", failure.getMessage());
        never.countDown();
    }

    @Test
    void lookUpsThatHangNeitherPileUpNorHoldUpAddresses() {
        server.route("/a", text("here"));
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch hanging = new CountDownLatch(2);
        OutboundClient client = client(
                settings().withConnections(2, 2),
                guard(
                        name -> {
                            asked.add(name);
                            hanging.countDown();
                            awaitAsAResolverDoes(never);
                            return List.of();
                        },
                        server.hostAndPort()));
        for (int i = 0; i < 2; i++) {
            new Thread(() -> failure(client, get(URI.create("http://slow.test/")))).start();
        }
        await(hanging);

        assertEquals("here", body(client, get("/a")));
        FetchException failure = inTime(DEADLINE, () -> failure(client, get(URI.create("http://slow.test/"))));
        assertEquals(FailureReason.TIMEOUT, failure.reason());
        assertEquals(2, asked.size());
        never.countDown();
    }

    @Test
    void manySlowServersDoNotHoldThreadsBeyondTheDeadline() {
        server.route("/drip", (request, socket, out) -> {
            head(out, 200, "Content-Length: 1000\r\n");
            drip(out, "a");
        });
        OutboundClient client = client(settings().withConnections(20, 20), guard(this::noName, server.hostAndPort()));

        inTime(DEADLINE, () -> {
            List<CompletableFuture<FetchException>> all = IntStream.range(0, 20)
                    .mapToObj(i -> CompletableFuture.supplyAsync(
                            () -> failure(client, get("/drip")), task -> new Thread(task).start()))
                    .toList();
            all.forEach(CompletableFuture::join);
            return null;
        });
    }

    // Broken answers

    @Test
    void anAnswerThatIsCutOffIsAConnectFailure() {
        server.route("/length", (request, socket, out) -> {
                    head(out, 200, "Content-Length: 10\r\n");
                    out.write('a');
                    socket.close();
                })
                .route("/chunks", (request, socket, out) -> {
                    head(out, 200, "Transfer-Encoding: chunked\r\n");
                    out.write("5\r\nab".getBytes(UTF_8));
                    socket.close();
                })
                .route("/gzip", status(200, "Content-Encoding: gzip\r\n", Arrays.copyOf(gzip(new byte[5000]), 25)))
                .route("/nothing", (request, socket, out) -> socket.close())
                .route("/reset", (request, socket, out) -> {
                    socket.setSoLinger(true, 0);
                    socket.close();
                })
                .route("/reset-body", (request, socket, out) -> {
                    head(out, 200, "Content-Length: 10\r\n");
                    out.write('a');
                    out.flush();
                    socket.setSoLinger(true, 0);
                    socket.close();
                });

        for (String path : List.of("/length", "/chunks", "/gzip", "/nothing", "/reset", "/reset-body")) {
            FetchException failure = failure(client(), get(path));
            assertEquals(FailureReason.CONNECT, failure.reason(), path + ": " + failure.getMessage());
        }
    }

    @Test
    void whatIsNotHttpIsUnexpected() {
        server.route("/words", (request, socket, out) -> {
                    out.write("+OK POP3 ready\r\n".repeat(100).getBytes(UTF_8));
                    socket.close();
                })
                .route("/version", (request, socket, out) -> {
                    out.write("HTTP/9.9 200 OK\r\n\r\n".getBytes(UTF_8));
                    socket.close();
                })
                .route("/headers", (request, socket, out) -> {
                    out.write("HTTP/1.1 200 OK\r\nContent-".getBytes(UTF_8));
                    socket.close();
                })
                .route("/chunks", (request, socket, out) -> {
                    head(out, 200, "Transfer-Encoding: chunked\r\n");
                    out.write("zz\r\nab".getBytes(UTF_8));
                    socket.close();
                })
                .route("/length", status(200, "Content-Length: -5\r\n", new byte[0]))
                .route("/gzip", status(200, "Content-Encoding: gzip\r\n", broken(gzip("a bug".getBytes(UTF_8)))))
                .route(
                        "/deflate",
                        status(200, "Content-Encoding: deflate\r\n", broken(deflate("a bug".getBytes(UTF_8), false))))
                .route("/br", status(200, "Content-Encoding: br\r\n", "a".getBytes(UTF_8)))
                .route("/zstd", status(200, "Content-Encoding: identity, ZSTD\r\n", "a".getBytes(UTF_8)));

        for (String path :
                List.of("/words", "/version", "/headers", "/chunks", "/length", "/gzip", "/deflate", "/br", "/zstd")) {
            FetchException failure = failure(client(), get(path));
            assertEquals(FailureReason.UNEXPECTED_ANSWER, failure.reason(), path + ": " + failure.getMessage());
        }
    }

    @Test
    void theStatusOfAnAnswerCountsEvenWhereItsBodyCannotBeRead() {
        server.route("/a", status(404, "Content-Encoding: br\r\n", "a".getBytes(UTF_8)));

        assertEquals(404, client().exchange(get("/a"), Exchange::status));
    }

    @Test
    void tooManyHeadersAreUnexpectedAndTheUsualNumberIsNot() {
        server.route("/many", status(200, "a: b\r\n".repeat(98), new byte[0]))
                .route("/more", status(200, "a: b\r\n".repeat(100), new byte[0]))
                .route("/endless", (request, socket, out) -> {
                    out.write("HTTP/1.1 200 OK\r\n".getBytes(UTF_8));
                    endlessly(out, "a: b\r\n".getBytes(UTF_8));
                });

        assertEquals(200, client().exchange(get("/many"), Exchange::status));
        assertEquals(
                FailureReason.UNEXPECTED_ANSWER, failure(client(), get("/more")).reason());
        assertEquals(
                FailureReason.UNEXPECTED_ANSWER,
                failure(client(), get("/endless")).reason());
    }

    @Test
    void aHeaderThatIsTooLongIsUnexpected() {
        server.route("/long", status(200, "a: " + "b".repeat(17_000) + "\r\n", new byte[0]))
                .route("/endless", (request, socket, out) -> {
                    out.write("HTTP/1.1 200 ".getBytes(UTF_8));
                    endlessly(out, "OK".getBytes(UTF_8));
                });

        assertEquals(
                FailureReason.UNEXPECTED_ANSWER, failure(client(), get("/long")).reason());
        assertEquals(
                FailureReason.UNEXPECTED_ANSWER,
                failure(client(), get("/endless")).reason());
    }

    // Size

    @Test
    void aBodyIsCutAtTheLimit() {
        byte[] huge = "0123456789".repeat(20_000).getBytes(UTF_8);
        server.route("/less", status(200, "", Arrays.copyOf(huge, MAX_BYTES - 1)))
                .route("/all", status(200, "", Arrays.copyOf(huge, MAX_BYTES)))
                .route("/more", status(200, "", Arrays.copyOf(huge, MAX_BYTES + 1)))
                .route("/huge", status(200, "", huge));

        assertEquals(MAX_BYTES - 1 + " false", sizeAndCut("/less"));
        assertEquals(MAX_BYTES + " false", sizeAndCut("/all"));
        assertEquals(MAX_BYTES + " true", sizeAndCut("/more"));
        assertEquals(MAX_BYTES + " true", sizeAndCut("/huge"));
        assertArrayEquals(
                Arrays.copyOf(huge, MAX_BYTES),
                client().exchange(get("/huge"), exchange -> exchange.body().readAllBytes()));
    }

    @Test
    void anEndlessBodyIsCutAndTheConnectionIsClosed() throws Exception {
        AtomicLong sent = new AtomicLong();
        CompletableFuture<Void> left = new CompletableFuture<>();
        server.route("/endless", (request, socket, out) -> {
            head(out, 200, "");
            byte[] some = new byte[10_000];
            try {
                for (; ; ) {
                    out.write(some);
                    sent.addAndGet(some.length);
                }
            } finally {
                left.complete(null);
            }
        });

        assertEquals(MAX_BYTES + " true", sizeAndCut("/endless"));
        left.join();
        // What was under way in the buffers of the two sockets, and not what a drain would read.
        assertTrue(sent.get() < 50_000_000, sent + " bytes were sent");
    }

    @Test
    void compressedBodiesAreDecompressed() {
        byte[] body = "a bug, and another; ".repeat(1000).getBytes(UTF_8);
        server.route("/gzip", status(200, "Content-Encoding: gzip\r\n", gzip(body)))
                .route("/x-gzip", status(200, "Content-Encoding: X-GZip\r\n", gzip(body)))
                .route("/two", status(200, "Content-Encoding: gzip\r\n", joined(gzip(body), gzip(body))))
                .route("/zlib", status(200, "Content-Encoding: deflate\r\n", deflate(body, false)))
                .route("/bare", status(200, "Content-Encoding: deflate\r\n", deflate(body, true)))
                .route("/identity", status(200, "Content-Encoding: identity\r\n", body))
                .route("/empty", status(200, "Content-Encoding: gzip\r\n", new byte[0]))
                .route("/none", status(204, "Content-Encoding: gzip\r\n", new byte[0]));

        for (String path : List.of("/gzip", "/x-gzip", "/zlib", "/bare", "/identity")) {
            assertArrayEquals(
                    body,
                    client().exchange(get(path), exchange -> exchange.body().readAllBytes()),
                    path);
        }
        assertEquals("40000 false", sizeAndCut("/two"));
        assertEquals("0 false", sizeAndCut("/empty"));
        assertEquals("0 false", sizeAndCut("/none"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UTF-8",
                "utf-8, gzip",
                "none",
                "None, deflate",
                "identity, gzip",
                "gzip, identity",
                "gzip",
                "x-gzip",
                "deflate",
                "gzip, deflate",
                "binary",
                "8bit",
                "text/html",
                "",
                ",",
                "gzip;q=1.0"
            })
    void anEncodingThatIsNoneOrIsNotAppliedChangesNothing(String encoding) {
        String json = "{\"title\": \"It crashes\", \"text\": \"" + "and another; ".repeat(200) + "\"}";
        server.route("/json", status(200, "Content-Encoding: " + encoding + "\r\n", json.getBytes(UTF_8)))
                .route("/short", status(200, "Content-Encoding: " + encoding + "\r\n", "{}".getBytes(UTF_8)))
                .route("/html", status(200, "Content-Encoding: " + encoding + "\r\n", "<html>".getBytes(UTF_8)))
                .route("/empty", status(200, "Content-Encoding: " + encoding + "\r\n", new byte[0]));

        assertEquals(json, body(client(), get("/json")));
        assertEquals("{}", body(client(), get("/short")));
        assertEquals("<html>", body(client(), get("/html")));
        assertEquals("", body(client(), get("/empty")));
    }

    @Test
    void whatIsCompressedIsReadHoweverItIsNamed() {
        byte[] body = "a bug, and another; ".repeat(1000).getBytes(UTF_8);
        server.route("/1", status(200, "Content-Encoding: identity, gzip\r\n", gzip(body)))
                .route("/2", status(200, "Content-Encoding: gzip, utf-8\r\n", gzip(body)))
                .route("/3", status(200, "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n", gzip(body)))
                .route("/4", status(200, "Content-Encoding: gzip, gzip\r\n", gzip(gzip(body))))
                .route("/5", status(200, "Content-Encoding: deflate, gzip\r\n", gzip(deflate(body, false))))
                .route("/6", status(200, "Content-Encoding: utf-8\r\n", gzip(body)))
                .route("/7", status(200, "", gzip(body)))
                .route("/8", status(200, "Content-Encoding: deflate\r\n", deflate("a bug".getBytes(UTF_8), true)));

        for (int i = 1; i < 8; i++) {
            assertEquals(new String(body, UTF_8), body(client(), get("/" + i)), "/" + i);
        }
        assertEquals("a bug", body(client(), get("/8")));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 8})
    void gzipIsReadWithoutAllOfItsTrailer(int missing) {
        byte[] gzip = gzip("a bug".getBytes(UTF_8));
        server.route("/short", status(200, "Content-Encoding: gzip\r\n", Arrays.copyOf(gzip, gzip.length - missing)));
        gzip[gzip.length - missing] ^= 1;
        server.route("/wrong", status(200, "Content-Encoding: gzip\r\n", gzip));

        assertEquals("a bug", body(client(), get("/short")));
        assertEquals("a bug", body(client(), get("/wrong")));
    }

    @Test
    void aBombIsCutAtTheLimit() {
        byte[] bomb = gzip(new byte[100_000_000]);
        assertTrue(bomb.length < MAX_BYTES, "the bomb fits into the limit before it goes off");
        server.route("/gzip", status(200, "Content-Encoding: gzip\r\n", bomb))
                .route("/deflate", status(200, "Content-Encoding: deflate\r\n", deflate(new byte[100_000_000], true)));

        assertEquals(MAX_BYTES + " true", inTime(DEADLINE, () -> sizeAndCut("/gzip")));
        assertEquals(MAX_BYTES + " true", inTime(DEADLINE, () -> sizeAndCut("/deflate")));
        server.route("/twice", status(200, "Content-Encoding: gzip, gzip\r\n", gzip(gzip(new byte[100_000_000]))));
        assertTrue(inTime(DEADLINE, () -> sizeAndCut("/twice")).endsWith(" true"));
    }

    @Test
    void aCompressedBodyWithoutEndThatSaysNothingIsCutToo() {
        server.route("/a", (request, socket, out) -> {
            head(out, 200, "Content-Encoding: deflate\r\n");
            out.write(new byte[] {0x78, (byte) 0x9c});
            // RFC 1951, 3.2.4: stored blocks of no bytes.
            endlessly(out, new byte[] {0, 0, 0, (byte) 0xff, (byte) 0xff});
        });

        assertEquals("0 true", inTime(DEADLINE, () -> sizeAndCut("/a")));
    }

    @Test
    void whatCannotBeCompressedIsNotCutForItsWrapping() {
        byte[] random = new byte[MAX_BYTES];
        new Random(1).nextBytes(random);
        server.route("/a", status(200, "Content-Encoding: gzip\r\n", gzip(random)));

        assertEquals(MAX_BYTES + " false", sizeAndCut("/a"));
    }

    // Readers

    @Test
    void whatTheReaderThrowsIsSaidInItsOwnWay() {
        server.route("/a", text("body"));

        FetchException own = assertThrows(
                FetchException.class,
                () -> client().exchange(get("/a"), exchange -> {
                    throw new FetchException(FailureReason.SIGN_IN_PAGE, "a sign-in page");
                }));
        assertEquals(FailureReason.SIGN_IN_PAGE, own.reason());
        FetchException unreadable = assertThrows(
                FetchException.class,
                () -> client().exchange(get("/a"), exchange -> {
                    throw new IOException("body: this is what the server sent");
                }));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, unreadable.reason());
        assertEquals("the answer of 127.0.0.1 could not be read", unreadable.getMessage());
        assertThrows(
                UnsupportedOperationException.class,
                () -> client().exchange(get("/a"), exchange -> {
                    throw new UnsupportedOperationException();
                }));
    }

    @Test
    void aBrokenBodyIsAFailureWhateverTheReaderMakesOfIt() {
        server.route("/a", (request, socket, out) -> {
            head(out, 200, "Content-Length: 10\r\n");
            out.write('a');
            socket.close();
        });

        FetchException swallowed = assertThrows(
                FetchException.class,
                () -> client().exchange(get("/a"), exchange -> {
                    try {
                        return exchange.body().readAllBytes();
                    } catch (IOException e) {
                        return new byte[0];
                    }
                }));
        assertEquals(FailureReason.CONNECT, swallowed.reason());
        FetchException wrapped = assertThrows(
                FetchException.class,
                () -> client().exchange(get("/a"), exchange -> {
                    try {
                        return exchange.body().readAllBytes();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }));
        assertEquals(FailureReason.CONNECT, wrapped.reason());
    }

    // Connections

    @Test
    void aConnectionIsUsedAgainWhereTheBodyWasReadToItsEnd() {
        server.route("/a", text("some"))
                .route("/gzip", status(200, "Content-Encoding: gzip\r\n", gzip(new byte[100])))
                .route("/chunks", (request, socket, out) -> {
                    head(out, 200, "Transfer-Encoding: chunked\r\n");
                    out.write("1\r\na\r\n0\r\n\r\n".getBytes(UTF_8));
                    out.flush();
                });
        OutboundClient client = client();

        for (String path : List.of("/a", "/gzip", "/chunks", "/a")) {
            body(client, get(path));
        }

        assertEquals(1, server.connections());
    }

    @Test
    void aConnectionIsClosedWhereTheBodyWasNotReadToItsEnd() {
        server.route("/a", text("some"));
        OutboundClient client = client();

        client.exchange(get("/a"), exchange -> exchange.body().read());
        client.exchange(get("/a"), Exchange::status);
        body(client, get("/a"));

        assertEquals(3, server.connections());
    }

    @Test
    void aConnectionThatTheServerClosedMeanwhileIsNotUsedAgain() throws Exception {
        server.route("/a", (request, socket, out) -> {
            text("some").answer(request, socket, out);
            socket.close();
        });
        OutboundClient client = client();

        for (int i = 0; i < 20; i++) {
            assertEquals("some", body(client, get("/a")));
        }
    }

    @Test
    void thereAreOnlySoManyConnectionsAtOnce() {
        CountDownLatch enough = new CountDownLatch(2);
        server.route("/a", (request, socket, out) -> {
            enough.countDown();
            await(enough);
            text("some").answer(request, socket, out);
        });
        OutboundClient client = client(settings().withConnections(10, 2), guard(this::noName, server.hostAndPort()));

        List<CompletableFuture<String>> all = IntStream.range(0, 12)
                .mapToObj(i ->
                        CompletableFuture.supplyAsync(() -> body(client, get("/a")), task -> new Thread(task).start()))
                .toList();
        all.forEach(CompletableFuture::join);

        assertEquals(2, server.mostConnectionsAtOnce());
    }

    @Test
    void waitingForAConnectionCountsForTheDeadline() {
        CountDownLatch taken = new CountDownLatch(1);
        server.route("/drip", (request, socket, out) -> {
            head(out, 200, "Content-Length: 1000\r\n");
            taken.countDown();
            drip(out, "a");
        });
        OutboundClient client = client(settings().withConnections(1, 1), guard(this::noName, server.hostAndPort()));
        new Thread(() -> failure(client, get("/drip"))).start();
        await(taken);

        assertEquals(
                FailureReason.TIMEOUT,
                inTime(DEADLINE, () -> failure(client, get("/drip"))).reason());
    }

    @Test
    void aDeadlineThatPassesAtAnyMomentIsATimeout() {
        server.route("/drip", (request, socket, out) -> {
            head(out, 200, "Content-Length: 1000\r\n");
            drip(out, "a");
        });

        Set<FailureReason> reasons = new HashSet<>();
        for (int i = 1; i <= 400; i++) {
            OutboundClient client = client(
                    settings().withConnections(1, 1).withTimeouts(FIRST_BYTE, FIRST_BYTE, Duration.ofNanos(i * 5_000L)),
                    guard(this::noName, server.hostAndPort()));
            reasons.add(failure(client, get("/drip")).reason());
            client.close();
        }

        assertEquals(Set.of(FailureReason.TIMEOUT), reasons);
    }

    /**
     * The library logs each of its steps on the thread that takes it, and, on the watchdog's, that it has closed what was
     * cancelled: so a test can hold it between two until the deadline has passed.
     */
    @ParameterizedTest
    @ValueSource(strings = {"connecting endpoint (", "connecting endpoint to"})
    void aDeadlineThatPassesBetweenLeaseAndConnectIsATimeout(String step) {
        server.route("/a", status(200, "", new byte[0]));
        OutboundClient client = client(
                settings().withTimeouts(FIRST_BYTE, FIRST_BYTE, Duration.ofMillis(200)),
                guard(this::noName, server.hostAndPort()));
        Thread sending = Thread.currentThread();
        CountDownLatch cancelled = new CountDownLatch(1);
        AtomicBoolean held = new AtomicBoolean();
        opened(new LibraryLog(message -> {
            if (Thread.currentThread() != sending && message.contains("endpoint closed")) {
                cancelled.countDown();
            } else if (Thread.currentThread() == sending && message.contains(step) && held.compareAndSet(false, true)) {
                await(cancelled);
            }
        }));

        FetchException failure = failure(client, get("/a"));

        assertTrue(held.get(), "the library no longer logs: " + step);
        assertEquals(FailureReason.TIMEOUT, failure.reason());
    }

    @Test
    void aPoolWhoseClockIsAheadOfTheDeadlineIsATimeout() {
        ScheduledExecutorService watchdog = new ScheduledThreadPoolExecutor(1);
        try (Deadline deadline = new Deadline(DEADLINE, DEADLINE, watchdog)) {
            IOException problem = new InterruptedIOException();
            problem.initCause(DeadlineTimeoutException.from(
                    org.apache.hc.core5.util.Deadline.calculate(TimeValue.ZERO_MILLISECONDS)));

            assertEquals(
                    FailureReason.TIMEOUT,
                    Diagnosis.of(problem, "bugs.example", deadline).reason());
        } finally {
            watchdog.shutdownNow();
        }
    }

    @Test
    void nothingIsSentAfterTheClientIsClosed() {
        OutboundClient client = client();
        client.close();

        assertEquals(FailureReason.CONNECT, failure(client, get("/a")).reason());
        assertEquals(0, server.connections());
    }

    @Test
    void closingTheClientEndsWhatIsUnderWay() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        server.route("/slow", (request, socket, out) -> {
            started.countDown();
            Thread.sleep(10_000);
        });
        OutboundClient client = client();
        CompletableFuture<FetchException> failing =
                CompletableFuture.supplyAsync(() -> failure(client, get("/slow")), task -> new Thread(task).start());
        await(started);

        client.close();

        assertEquals(FailureReason.CONNECT, inTime(Duration.ZERO, failing::join).reason());
    }

    // Requests that cannot be sent

    @Test
    void headersCannotSmuggleOthers() {
        for (Map.Entry<String, String> header : Map.of(
                        "X",
                        "a\r\nEvil: b",
                        "X\r\nEvil",
                        "b",
                        "Host",
                        "inside.test",
                        "Transfer-Encoding",
                        "chunked",
                        "Y",
                        "ü",
                        "",
                        "a",
                        "Content-Length",
                        "0")
                .entrySet()) {
            assertThrows(
                    IllegalArgumentException.class, () -> get("/a").withHeader(header.getKey(), header.getValue()));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> get("/a").withCredentials(Map.of(header.getKey(), header.getValue())));
        }
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> get("/a").withCredentials(Map.of("Authorization", "Bearer secret\n")))
                .getMessage();
        assertFalse(message.contains("secret"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://127.0.0.1/", "file:///etc/passwd", "http://ann:secret@127.0.0.1/", "http:a", "a"})
    void aUriThatIsNoUrlIsNotAllowed(String uri) {
        FetchException failure = failure(client(), get(URI.create(uri)));

        assertEquals(FailureReason.ADDRESS_NOT_ALLOWED, failure.reason());
        assertFalse(failure.getMessage().contains("secret"));
    }

    private <T extends AutoCloseable> T opened(T open) {
        toClose.add(open);
        return open;
    }

    private OutboundClient client() {
        return client(guard(this::noName, server.hostAndPort()));
    }

    private OutboundClient client(AddressGuard guard) {
        return client(settings(), guard);
    }

    private OutboundClient client(OutboundSettings settings, AddressGuard guard) {
        return opened(new OutboundClient(settings, guard, task -> {
            Thread thread = new Thread(task, "outbound-test");
            thread.setDaemon(true);
            return thread;
        }));
    }

    private static OutboundSettings settings() {
        return OutboundSettings.standard("Bugloss/test").withTimeouts(FIRST_BYTE, FIRST_BYTE, DEADLINE);
    }

    private static AddressGuard guard(Resolver resolver, String... allowed) {
        return new AddressGuard(
                Stream.of(allowed).map(AllowedTarget::parse).toList(), AddressGuard.WEB_PORTS, resolver);
    }

    private List<InetAddress> noName(String name) throws UnknownHostException {
        throw new UnknownHostException(name);
    }

    private List<InetAddress> insideNames(String name) throws UnknownHostException {
        return switch (name) {
            case "inside.test", "localhost" -> List.of(address("127.0.0.1"));
            case "inside6.test" -> List.of(address("::1"));
            case "both.test" -> List.of(address("198.51.100.1"), address("127.0.0.1"), address("::1"));
            default -> throw new UnknownHostException(name);
        };
    }

    private OutboundRequest get(String path) {
        return get(URI.create(path.startsWith("http") ? path : server.url(path)));
    }

    private static OutboundRequest get(URI uri) {
        return OutboundRequest.get(uri, MAX_BYTES);
    }

    private static String body(OutboundClient client, OutboundRequest request) {
        return client.exchange(request, exchange -> new String(exchange.body().readAllBytes(), UTF_8));
    }

    private static FetchException failure(OutboundClient client, OutboundRequest request) {
        return assertThrows(FetchException.class, () -> body(client, request));
    }

    private String sizeAndCut(String path) {
        return client().exchange(get(path), exchange -> exchange.body().readAllBytes().length + " " + exchange.cut());
    }

    /** Nothing takes longer than it may, plus a second. */
    private static <T> T inTime(Duration allowed, java.util.function.Supplier<T> task) {
        long start = System.nanoTime();
        T result = task.get();
        Duration taken = Duration.ofNanos(System.nanoTime() - start);
        assertTrue(taken.compareTo(allowed.plusSeconds(1)) < 0, "took " + taken);
        return result;
    }

    private static void drip(OutputStream out, String drop) throws Exception {
        for (int i = 0; i < 100; i++) {
            out.write(drop.getBytes(UTF_8));
            out.flush();
            Thread.sleep(100);
        }
    }

    private static void endlessly(OutputStream out, byte[] some) throws IOException {
        byte[] many = joined(Collections.nCopies(1000, some).toArray(byte[][]::new));
        for (; ; ) {
            out.write(many);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A look-up of the system's takes no notice of an interruption. */
    private static void awaitAsAResolverDoes(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                continue;
            }
        }
    }

    /** With a byte changed in the midst of the data, so that no block of that kind begins there. */
    private static byte[] broken(byte[] compressed) {
        byte[] broken = compressed.clone();
        broken[compressed.length > 20 ? 10 : 2] = (byte) 0xff;
        return broken;
    }

    private static byte[] gzip(byte[] body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] deflate(byte[] body, boolean bare) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, bare);
        try (OutputStream deflate = new DeflaterOutputStream(bytes, deflater)) {
            deflate.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deflater.end();
        }
        return bytes.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** Hears all that the HTTP library logs, on the thread that logs it. */
    private static final class LibraryLog extends Handler implements AutoCloseable {

        private final Logger logger = Logger.getLogger("org.apache.hc.client5");
        private final Consumer<String> listener;

        LibraryLog(Consumer<String> listener) {
            this.listener = listener;
            setLevel(Level.ALL);
            logger.setUseParentHandlers(false);
            logger.addHandler(this);
            logger.setLevel(Level.FINE);
        }

        @Override
        public void publish(LogRecord message) {
            listener.accept(message.getMessage());
        }

        @Override
        public void flush() {
            // Nothing is kept.
        }

        @Override
        public void close() {
            logger.removeHandler(this);
            logger.setLevel(null);
            logger.setUseParentHandlers(true);
        }
    }
}
