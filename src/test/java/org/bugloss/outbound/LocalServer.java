package org.bugloss.outbound;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;

/**
 * A server on this machine with named routes, which may misbehave in any way that a socket allows. Where it has no route
 * for a path it is a canary: it counts who came.
 */
final class LocalServer implements AutoCloseable {

    /** Says something to a request, in its own time. To say nothing more, it throws or closes the socket. */
    @FunctionalInterface
    interface Route {
        void answer(Request request, Socket socket, OutputStream out) throws Exception;
    }

    /** @param headers by name, case ignored */
    record Request(String method, String target, Map<String, String> headers, String body) {}

    private final ServerSocket listening;
    private final String host;
    private final String scheme;
    private final Map<String, Route> routes = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final AtomicInteger openNow = new AtomicInteger();
    private final AtomicInteger mostOpen = new AtomicInteger();
    private Route first;

    private LocalServer(String host, int port, ServerSocketFactory factory, String scheme) {
        try {
            this.listening = factory.createServerSocket(port, 50, InetAddress.getByName(host));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.host = host;
        this.scheme = scheme;
        Thread accepting = new Thread(this::accept, "local-server-" + port());
        accepting.setDaemon(true);
        accepting.start();
    }

    static LocalServer start() {
        return on("127.0.0.1", 0);
    }

    static LocalServer on(String host, int port) {
        return new LocalServer(host, port, ServerSocketFactory.getDefault(), "http");
    }

    static LocalServer startTls(ServerSocketFactory factory) {
        return new LocalServer("127.0.0.1", 0, factory, "https");
    }

    LocalServer route(String path, Route route) {
        routes.put(path, route);
        return this;
    }

    /** What happens with a connection before anything is read from it. */
    LocalServer onConnect(Route route) {
        first = route;
        return this;
    }

    int port() {
        return listening.getLocalPort();
    }

    /** Such as {@code 127.0.0.1:4711}. */
    String hostAndPort() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port();
    }

    String url(String path) {
        return scheme + "://" + hostAndPort() + path;
    }

    /** How many connections there were. */
    int connections() {
        return sockets.size();
    }

    int mostConnectionsAtOnce() {
        return mostOpen.get();
    }

    List<Request> requests() {
        return List.copyOf(requests);
    }

    Request onlyRequest() {
        if (requests.size() != 1) {
            throw new AssertionError("not one request: " + requests);
        }
        return requests.get(0);
    }

    static Route text(String body) {
        return status(200, "Content-Type: text/plain\r\n", body.getBytes(StandardCharsets.UTF_8));
    }

    static Route redirect(int status, String location) {
        return status(status, "Location: " + location + "\r\n", new byte[0]);
    }

    static Route status(int status, String headers, byte[] body) {
        return (request, socket, out) -> {
            head(out, status, headers + "Content-Length: " + body.length + "\r\n");
            out.write(body);
            out.flush();
        };
    }

    static void head(OutputStream out, int status, String headers) throws IOException {
        out.write(("HTTP/1.1 " + status + " Some Reason\r\n" + headers + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    @Override
    public void close() {
        try {
            listening.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                sockets.add(socket);
                mostOpen.accumulateAndGet(openNow.incrementAndGet(), Math::max);
                Thread serving = new Thread(() -> serve(socket), "local-server-" + port() + "-" + sockets.size());
                serving.setDaemon(true);
                serving.start();
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            OutputStream out = socket.getOutputStream();
            if (first != null) {
                first.answer(null, socket, out);
            }
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (Request request = read(in); request != null; request = read(in)) {
                requests.add(request);
                String path = request.target().replaceAll("^http://[^/]*", "").replaceAll("\\?.*", "");
                Route route = routes.get(request.method().equals("CONNECT") ? "CONNECT" : path);
                if (route == null) {
                    route = status(404, "", new byte[0]);
                }
                route.answer(request, socket, out);
            }
        } catch (Exception e) {
            // The client went away, or the route ends the connection.
        } finally {
            openNow.decrementAndGet();
        }
    }

    private static Request read(InputStream in) throws IOException {
        String line = line(in);
        if (line == null) {
            return null;
        }
        String[] parts = line.split(" ");
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String header = line(in); header != null && !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            headers.put(header.substring(0, colon), header.substring(colon + 1).trim());
        }
        int length = Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
        // Long bodies are left to the route, which may want not to read them.
        byte[] body = length > 65536 ? new byte[0] : in.readNBytes(length);
        return new Request(parts[0], parts[1], headers, new String(body, StandardCharsets.UTF_8));
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0; c = in.read()) {
            if (c == '\n') {
                return line.toString().replace("\r", "");
            }
            line.append((char) c);
        }
        return null;
    }
}
