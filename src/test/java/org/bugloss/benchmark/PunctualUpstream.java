package org.bugloss.benchmark;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * A web server on a loopback address that sends every answer a fixed time after the request came. No thread waits that
 * time, so that any number of requests may be under way. It counts them.
 */
final class PunctualUpstream implements AutoCloseable {

    static final Duration DELAY = Duration.ofMillis(50);

    static {
        // Else head and body go in two packets, and the second waits for the client to confirm the first.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final HttpServer server;
    private final String contentType;
    private final Function<URI, String> content;
    private final ScheduledExecutorService later = Executors.newScheduledThreadPool(2, task -> {
        Thread thread = new Thread(task, "punctual upstream");
        thread.setDaemon(true);
        return thread;
    });

    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger mostAtOnce = new AtomicInteger();
    private final AtomicReference<Instant> first = new AtomicReference<>();

    private PunctualUpstream(String address, String contentType, Function<URI, String> content) {
        this.contentType = contentType;
        this.content = content;
        try {
            server = HttpServer.create(new InetSocketAddress(address, 0), 200);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::accept);
        server.start();
    }

    /**
     * @param address of the loopback network
     * @param content what is at a path and query; {@code null} for nothing, which is a 404
     */
    static PunctualUpstream start(String address, String contentType, Function<URI, String> content) {
        return new PunctualUpstream(address, contentType, content);
    }

    /** {@code host:port}. */
    String authority() {
        return server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort();
    }

    String url(String path) {
        return "http://" + authority() + path;
    }

    /** Counts from nothing again. */
    void forget() {
        requests.set(0);
        mostAtOnce.set(underWay.get());
        first.set(null);
    }

    int requests() {
        return requests.get();
    }

    /** How many requests were under way at the same time at most. */
    int mostAtOnce() {
        return mostAtOnce.get();
    }

    /** When the first request came; {@code null} where none did. */
    Instant first() {
        return first.get();
    }

    @Override
    public void close() {
        server.stop(0);
        later.shutdownNow();
    }

    /** On the server's one thread, which must go on. */
    private void accept(HttpExchange exchange) {
        first.compareAndSet(null, Instant.now());
        requests.incrementAndGet();
        mostAtOnce.accumulateAndGet(underWay.incrementAndGet(), Math::max);
        long answerAt = System.nanoTime() + DELAY.toNanos();
        later.execute(() -> {
            String body = content.apply(exchange.getRequestURI());
            byte[] bytes = (body == null ? "nothing here" : body).getBytes(StandardCharsets.UTF_8);
            later.schedule(
                    () -> answer(exchange, body == null ? 404 : 200, bytes),
                    answerAt - System.nanoTime(),
                    TimeUnit.NANOSECONDS);
        });
    }

    private void answer(HttpExchange exchange, int status, byte[] body) {
        underWay.decrementAndGet();
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", contentType);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        } catch (IOException e) {
            // Whoever asked has gone; the count of what is stored will tell.
        }
    }
}
