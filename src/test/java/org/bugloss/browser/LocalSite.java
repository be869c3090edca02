package org.bugloss.browser;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A web server of one origin on the loopback address, with pages that tests write. Close it. */
class LocalSite implements AutoCloseable {

    /** The policy of a careful page that lets Bugloss in, and nothing else. */
    static String strictPolicy(LocalSite bugloss) {
        return "default-src 'none'; script-src 'self' " + bugloss.origin() + "; style-src 'self'; connect-src "
                + bugloss.origin() + "; require-trusted-types-for 'script'; trusted-types 'none'";
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(8);
    private final Map<String, Answer> pages = new ConcurrentHashMap<>();

    /** What is sent. */
    record Answer(int status, String body, Map<String, String> headers) {

        static Answer of(int status, String type, String body) {
            return new Answer(status, body, Map.of("Content-Type", type));
        }

        Answer with(String header, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(header, value);
            return new Answer(status, body, more);
        }
    }

    LocalSite() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    String origin() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Puts a page at a path. */
    void put(String path, String type, String body, String... headers) {
        Answer answer = Answer.of(200, type + "; charset=utf-8", body);
        for (int i = 0; i < headers.length; i += 2) {
            answer = answer.with(headers[i], headers[i + 1]);
        }
        pages.put(path, answer);
    }

    /** What a path answers with, {@code null} where that is done already; for those who play more than pages. */
    Answer answer(HttpExchange exchange) throws IOException {
        return pages.getOrDefault(
                exchange.getRequestURI().getPath(), Answer.of(404, "text/plain", "there is nothing at this path"));
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer = answer(exchange);
            if (answer == null) {
                return;
            }
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
