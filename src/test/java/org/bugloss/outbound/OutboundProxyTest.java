package org.bugloss.outbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.bugloss.outbound.LocalServer.head;
import static org.bugloss.outbound.LocalServer.status;
import static org.bugloss.outbound.LocalServer.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboundProxyTest {

    private LocalServer proxy;
    private OutboundClient client;

    @BeforeEach
    void start() {
        proxy = LocalServer.start();
        client = new OutboundClient(
                OutboundSettings.standard("Bugloss/test").withProxy(OutboundSettings.proxy(proxy.url(""))),
                new AddressGuard(List.of(), AddressGuard.WEB_PORTS, OutboundProxyTest::addresses),
                Thread::new);
    }

    @AfterEach
    void stop() {
        client.close();
        proxy.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"public.test", "known-to-the-proxy.test", "8.8.8.8"})
    void requestsGoThroughTheProxyWhichLooksTheNameUp(String host) {
        proxy.route("/a", text("through"));

        assertEquals("through", body("http://" + host + "/a?b=c"));

        LocalServer.Request request = proxy.onlyRequest();
        assertEquals("http://" + host + "/a?b=c", request.target());
        assertEquals(host, request.headers().get("Host"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1/",
                "http://127.1/",
                "http://[::1]/",
                "http://10.0.0.1/",
                "http://169.254.169.254/",
                "http://inside.test/",
                "https://inside.test/",
                "http://public.test:22/",
                "http://known-to-the-proxy.test:8080/"
            })
    void theProxyIsNotAskedForWhatIsNotAllowed(String url) {
        FetchException failure = failure(url);

        assertEquals(FailureReason.ADDRESS_NOT_ALLOWED, failure.reason(), failure.getMessage());
        assertEquals(0, proxy.connections());
    }

    @Test
    void aRedirectThroughTheProxyIsCheckedToo() {
        proxy.route("/a", LocalServer.redirect(302, "http://inside.test/b")).route("/b", text("inside"));

        assertEquals(
                FailureReason.ADDRESS_NOT_ALLOWED,
                failure("http://public.test/a").reason());
        assertEquals(1, proxy.requests().size());
    }

    @Test
    void httpsGoesThroughATunnelToTheNameAndThePort() {
        proxy.route("CONNECT", (request, socket, out) -> {
            head(out, 200, "");
            socket.close();
        });

        failure("https://public.test/a");

        LocalServer.Request request = proxy.onlyRequest();
        assertEquals("CONNECT", request.method());
        assertEquals("public.test:443", request.target());
    }

    @Test
    void whatTheProxyAnswersInsteadOfATunnelIsNotTakenForThePage() {
        for (int refusing : new int[] {302, 403, 407, 502}) {
            proxy.route("CONNECT", status(refusing, "Location: http://public.test/a\r\n", "no".getBytes(UTF_8)));

            FetchException failure = failure("https://public.test/a");

            assertEquals(FailureReason.CONNECT, failure.reason());
            assertTrue(failure.getMessage().endsWith("status " + refusing), failure.getMessage());
        }
    }

    @Test
    void aProxyThatIsNotThereIsAConnectFailure() {
        proxy.close();

        assertEquals(FailureReason.CONNECT, failure("http://public.test/").reason());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "proxy",
                "proxy:3128",
                "https://proxy:3128",
                "socks://proxy:3128",
                "http://proxy:3128/a",
                "http://proxy:3128?a",
                "http://ann:secret@proxy:3128",
                "http://proxy:0",
                "http://"
            })
    void aWrongProxyIsRefusedWithOneLine(String value) {
        String message = assertThrows(IllegalArgumentException.class, () -> OutboundSettings.proxy(value))
                .getMessage();

        assertTrue(message.endsWith("; allowed is http://host:port"), message);
        assertTrue(!message.contains("secret") && !message.contains("\n"), message);
    }

    private static List<InetAddress> addresses(String name) throws UnknownHostException {
        return switch (name) {
            case "public.test" -> List.of(InetAddress.getByAddress(new byte[] {8, 8, 8, 8}));
            case "inside.test" -> List.of(InetAddress.getByAddress(new byte[] {10, 0, 0, 1}));
            default -> throw new UnknownHostException(name);
        };
    }

    private String body(String url) {
        return client.exchange(
                OutboundRequest.get(URI.create(url), 100),
                exchange -> new String(exchange.body().readAllBytes(), UTF_8));
    }

    private FetchException failure(String url) {
        return assertThrows(FetchException.class, () -> body(url));
    }
}
