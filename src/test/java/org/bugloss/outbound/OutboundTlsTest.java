package org.bugloss.outbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.bugloss.outbound.LocalServer.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates and truststores. The server's certificate is for {@code tracker.test} and 127.0.0.1, and signed by itself. */
class OutboundTlsTest {

    private static final String PASSWORD = "changeit";

    @TempDir
    static Path folder;

    private static Path store;

    private LocalServer server;
    private OutboundClient client;

    @BeforeAll
    static void makeACertificate() throws Exception {
        store = folder.resolve("own.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "own",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=tracker.test",
                        "-ext",
                        "san=dns:tracker.test,ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, keytool.waitFor(), said);
    }

    @BeforeEach
    void start() throws Exception {
        server = LocalServer.startTls(tls().getServerSocketFactory()).route("/a", text("secure"));
    }

    @AfterEach
    void stop() {
        if (client != null) {
            client.close();
        }
        server.close();
    }

    @Test
    void aCertificateThatNobodySignedIsATlsFailure() {
        client = client(settings());

        FetchException failure = failure(server.url("/a"));

        assertEquals(FailureReason.TLS, failure.reason());
        assertTrue(failure.getMessage().contains("the certificate of 127.0.0.1"), failure.getMessage());
        assertEquals(0, server.requests().size());
    }

    @Test
    void aCertificateOfTheTruststoreIsTrusted() {
        client = client(settings().withTruststore(store, PASSWORD));

        assertEquals("secure", body(server.url("/a")));
        assertEquals("secure", body("https://tracker.test:" + server.port() + "/a"));
        assertEquals(
                "tracker.test:" + server.port(),
                server.requests().get(1).headers().get("Host"));
    }

    @Test
    void aTrustedCertificateForAnotherNameIsATlsFailure() {
        client = client(settings().withTruststore(store, PASSWORD));

        FetchException failure = failure("https://other.test:" + server.port() + "/a");

        assertEquals(FailureReason.TLS, failure.reason());
        assertEquals(0, server.requests().size());
    }

    @Test
    void theJvmsAuthoritiesAreTrustedBesideThoseOfTheTruststore() throws Exception {
        KeyStore both = Trust.both(store, PASSWORD);

        // Otherwise github.com would not work beside a tracker with a private authority.
        assertTrue(both.containsAlias("jvm-0"));
        assertEquals(
                1,
                Collections.list(both.aliases()).stream()
                        .filter(alias -> alias.startsWith("own-"))
                        .count());
    }

    @Test
    void aServerWithoutTlsIsATlsFailure() {
        try (LocalServer plain = LocalServer.start().onConnect((request, socket, out) -> {
            out.write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(UTF_8));
            out.flush();
        })) {
            client = client(settings(), plain.port());

            assertEquals(
                    FailureReason.TLS,
                    failure("https://127.0.0.1:" + plain.port() + "/").reason());
        }
    }

    @Test
    void credentialsAreNotSentOnFromHttpsToHttp() {
        try (LocalServer plain = LocalServer.start().route("/b", text("plain"))) {
            server.route("/to-plain", LocalServer.redirect(302, plain.url("/b")));
            client = client(settings().withTruststore(store, PASSWORD), server.port(), plain.port());

            client.exchange(
                    OutboundRequest.get(URI.create(server.url("/to-plain")), 100)
                            .withCredentials(Map.of("Authorization", "Bearer secret")),
                    Exchange::status);

            assertEquals("Bearer secret", server.onlyRequest().headers().get("Authorization"));
            assertNull(plain.onlyRequest().headers().get("Authorization"));
        }
    }

    @Test
    void aTruststoreThatCannotBeReadIsSaidInOneLineWithoutThePassword() throws Exception {
        Path empty = Files.write(folder.resolve("empty.p12"), new byte[0]);
        Path words = Files.writeString(folder.resolve("words.pem"), "no keystore");

        for (Path wrong : List.of(empty, words, folder.resolve("none"), folder)) {
            assertRefused(wrong, PASSWORD);
        }
        assertRefused(store, "hunter2");
    }

    @Test
    void settingsNeverShowThePassword() {
        assertFalse(settings().withTruststore(store, "hunter2").toString().contains("hunter2"));
    }

    private void assertRefused(Path truststore, String password) {
        OutboundSettings settings = settings().withTruststore(truststore, password);
        String message = assertThrows(IllegalArgumentException.class, () -> client(settings))
                .getMessage();
        assertTrue(message.startsWith("'" + truststore + "' "), message);
        assertFalse(message.contains(password), message);
        assertFalse(message.contains("\n"), message);
    }

    private static SSLContext tls() throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }

    private static OutboundSettings settings() {
        return OutboundSettings.standard("Bugloss/test")
                .withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5));
    }

    private OutboundClient client(OutboundSettings settings, int... ports) {
        List<AllowedTarget> allowed = new java.util.ArrayList<>();
        allowed.add(AllowedTarget.parse(server.hostAndPort()));
        for (int port : ports) {
            allowed.add(AllowedTarget.parse("127.0.0.1:" + port));
        }
        return new OutboundClient(
                settings,
                new AddressGuard(allowed, Set.of(443), name -> List.of(InetAddress.getLoopbackAddress())),
                Thread::new);
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
