package org.bugloss.it;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The rest of the world, in this process: an HTTP server on 127.0.0.1 that answers as it is told to and remembers what
 * it was asked.
 *
 * <p>It is made of plain sockets because a proper HTTP server cannot be made to cut an answer off. From the start it
 * has the paths of {@link #standardRoutes}; a test adds its own with {@link #on}, under a name that no other test uses.
 */
public final class Upstream implements AutoCloseable {

    private static final Duration SLOW = Duration.ofSeconds(20);
    private static final int HUGE = 3 * 1024 * 1024 + 512 * 1024;
    private static final int READ_TIMEOUT_MILLIS = 30_000;

    private final ServerSocket socket;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "upstream");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<String, Route> routes = new ConcurrentHashMap<>();
    private final Map<String, List<Request>> requests = new ConcurrentHashMap<>();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger mostAtOnce = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);

    private Upstream(String address) {
        try {
            // IPv4, by its number: the servers are told that this address and port are allowed.
            socket = new ServerSocket(0, 200, InetAddress.getByName(address));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        standardRoutes();
        threads.execute(this::accept);
    }

    /** A new one, on a free port. */
    public static Upstream start() {
        return start("127.0.0.1");
    }

    /** A new one, which is another host to whoever asks. @param address one that begins with {@code 127.} */
    public static Upstream start(String address) {
        return new Upstream(address);
    }

    /** The one that the servers of this test run are allowed to fetch from. It lives as long as this process. */
    public static Upstream shared() {
        return Shared.UPSTREAM;
    }

    private static final class Shared {
        static final Upstream UPSTREAM = start();
    }

    private void standardRoutes() {
        on("/ok", Route.page("A bug", "What is wrong"));
        on("/redirect", Route.redirect(302, "/ok"));
        on("/redirect-loop", Route.redirect(302, "/redirect-loop"));
        on("/slow", Route.slow(SLOW, Route.page("Slow", "Late")));
        on("/drip", Route.drip(Duration.ofSeconds(1), 60));
        on("/cut-off", Route.cutOff());
        on("/silence", Route.silence());
        on("/huge", Route.huge("Huge", HUGE));
        on("/wrong-charset", Route.wrongCharset("Größe", StandardCharsets.US_ASCII, StandardCharsets.UTF_8));
        on("/sign-in", Route.redirect(302, "/login?return_to=%2Fsign-in"));
        on("/login", Route.html(200, """
                        <html><head><title>Sign in · Upstream</title></head><body><form method="post" action="/session">
                        <input name="login"><input type="password" name="password"><button>Sign in</button>
                        </form></body></html>
                        """));
        for (int status : new int[] {400, 401, 403, 404, 410, 500, 502, 503}) {
            on("/" + status, Route.status(status));
        }
        on("/429", Route.status(429, "Retry-After: 7"));
        on("/gzip", Route.gzip(Route.openGraph("Compressed", "Small")));
        on("/text", Route.body(200, "text/plain", "plain".getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Answers so from now on.
     *
     * @param path without a query; with {@code /*} at its end it stands for all below it that have no route of their
     *     own
     */
    public Upstream on(String path, Route route) {
        routes.put(path, route);
        return this;
    }

    /** Closes connections that ask for this path, from now on, without an answer. */
    public void off(String path) {
        on(path, Route.silence());
    }

    public int port() {
        return socket.getLocalPort();
    }

    /** {@code address:port}, as {@code bugloss.outbound.allow} wants it. */
    public String authority() {
        return socket.getInetAddress().getHostAddress() + ":" + port();
    }

    /** @param path with a query or without */
    public URI uri(String path) {
        return URI.create("http://" + authority() + path);
    }

    /** How often this path was asked for, whatever the query. */
    public int hits(String path) {
        return requests(path).size();
    }

    /** What was asked of this path, whatever the query, in order. */
    public List<Request> requests(String path) {
        return List.copyOf(requests.getOrDefault(path, List.of()));
    }

    /** Everything that was asked, in no particular order. */
    public List<Request> requests() {
        return requests.values().stream().flatMap(List::stream).toList();
    }

    /** The most requests that were under way at the same time, since the last time this was asked. */
    public int mostAtOnce() {
        return mostAtOnce.getAndSet(underWay.get());
    }

    /** Ends it, and every answer that is still being waited for. */
    @Override
    public void close() {
        closed.countDown();
        threads.shutdownNow();
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                threads.execute(() -> serve(connection));
            } catch (IOException e) {
                // Closed.
            }
        }
    }

    private void serve(Socket socketOfOne) {
        try (Socket connection = socketOfOne;
                OutputStream out = new BufferedOutputStream(connection.getOutputStream())) {
            connection.setSoTimeout(READ_TIMEOUT_MILLIS);
            Optional<Request> request = Request.read(new BufferedInputStream(connection.getInputStream()));
            if (request.isPresent()) {
                mostAtOnce.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                try {
                    answer(request.get(), new Connection(connection, out));
                } finally {
                    underWay.decrementAndGet();
                }
            }
        } catch (IOException e) {
            // Whoever asked has gone: that is his right.
        }
    }

    private void answer(Request request, Connection connection) throws IOException {
        requests.computeIfAbsent(request.path(), path -> new CopyOnWriteArrayList<>())
                .add(request);
        route(request.path()).answer(request, connection);
    }

    private Route route(String path) {
        Route exact = routes.get(path);
        if (exact != null) {
            return exact;
        }
        for (int slash = path.lastIndexOf('/'); slash >= 0; slash = path.lastIndexOf('/', slash - 1)) {
            Route below = routes.get(path.substring(0, slash) + "/*");
            if (below != null) {
                return below;
            }
        }
        return Route.status(404);
    }

    /** Where a {@link Route} writes to. */
    public final class Connection {

        private final Socket socket;
        private final OutputStream out;

        private Connection(Socket socket, OutputStream out) {
            this.socket = socket;
            this.out = out;
        }

        public OutputStream out() {
            return out;
        }

        /** @param headers whole lines */
        public void head(int status, String contentType, long length, String... headers) throws IOException {
            StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Status\r\n")
                    .append("Content-Type: " + contentType + "\r\n")
                    .append("Content-Length: " + length + "\r\n")
                    .append("Connection: close\r\n");
            for (String header : headers) {
                head.append(header).append("\r\n");
            }
            out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        }

        /** Breaks the connection off at once, as a machine does that has lost all memory of it. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** @return whether the upstream is still there after so long */
        public boolean pause(Duration time) throws IOException {
            out.flush();
            try {
                return !closed.await(time.toNanos(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }

    /**
     * What was asked.
     *
     * @param path without the query
     * @param query empty where there is none
     * @param headers by name, case ignored
     * @param at when it was read
     */
    public record Request(
            String method, String path, String query, Map<String, String> headers, String body, Instant at) {

        private static final int LONGEST_LINE = 16_384;

        public Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name));
        }

        private static Optional<Request> read(InputStream in) throws IOException {
            String[] line = line(in).split(" ");
            if (line.length != 3) {
                return Optional.empty();
            }
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            for (String header = line(in); !header.isEmpty(); header = line(in)) {
                int colon = header.indexOf(':');
                headers.put(
                        header.substring(0, colon), header.substring(colon + 1).strip());
            }
            int length = Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
            String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
            String[] target = line[1].split("\\?", 2);
            return Optional.of(
                    new Request(line[0], target[0], target.length < 2 ? "" : target[1], headers, body, Instant.now()));
        }

        private static String line(InputStream in) throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
                if (b != '\r') {
                    line.write(b);
                }
                if (line.size() > LONGEST_LINE) {
                    throw new IOException("a line of more than " + LONGEST_LINE + " bytes");
                }
            }
            return line.toString(StandardCharsets.ISO_8859_1);
        }
    }
}
