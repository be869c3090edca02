package org.bugloss.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.function.Supplier;

/**
 * Connections that are kept, of which each sends the next request as soon as it has the answer to the last. One thread does it
 * all, and looks at no more of an answer than it must to find its end, so that it takes little of the processors that the
 * server needs: a client of the JDK takes more than the server.
 */
final class Load {

    private static final int CONNECTIONS = 16;
    private static final long PATIENCE_MS = 30_000;

    private final int port;
    private final ByteBuffer received = ByteBuffer.allocateDirect(256 * 1024);

    private final Queue<Connection> answered = new ArrayDeque<>();

    private Supplier<byte[]> requests;
    private long end;
    private int underWay;
    private int answers;
    private int refused;
    private String firstRefused;
    private long[] nanos = new long[1 << 16];

    /**
     * What came of a time under load.
     *
     * @param perSecond how many answers a second
     * @param slowest 99 of a hundred answers took no longer, in nanoseconds
     * @param answers how many there were
     * @param refused how many of them had a status of 400 or more
     * @param firstRefused the head of the first of those; {@code null} where there is none
     */
    record Result(double perSecond, double slowest, int answers, int refused, String firstRefused) {}

    /** @param port of the loopback address */
    Load(int port) {
        this.port = port;
    }

    /**
     * Connects, and keeps all connections busy for a time.
     *
     * @param each makes the next request, whole
     */
    Result run(Duration time, Supplier<byte[]> each) {
        requests = each;
        answers = 0;
        refused = 0;
        firstRefused = null;
        long begin = System.nanoTime();
        end = begin + time.toNanos();
        List<Connection> connections = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < CONNECTIONS; i++) {
                connections.add(new Connection(selector));
            }
            for (Connection connection : connections) {
                connection.send();
            }
            while (underWay > 0) {
                if (selector.select(Connection::ready, PATIENCE_MS) == 0) {
                    throw new IllegalStateException("no answer within " + PATIENCE_MS + " ms");
                }
                // Not at once: a server that has yet to finish with the last answer spins until it has.
                while (!answered.isEmpty()) {
                    answered.remove().send();
                }
            }
            for (Connection connection : connections) {
                connection.channel.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        Arrays.sort(nanos, 0, answers);
        return new Result(answers / seconds, nanos[answers * 99 / 100], answers, refused, firstRefused);
    }

    /** A request without a body. */
    static byte[] get(String target, String token, String... headers) {
        return request("GET", target, token, "", headers);
    }

    /** A request with a body of JSON, or one without where that is empty. */
    static byte[] request(String method, String target, String token, String body, String... headers) {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder(300)
                .append(method)
                .append(' ')
                .append(target)
                .append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nAuthorization: Bearer ")
                .append(token);
        for (String header : headers) {
            head.append("\r\n").append(header);
        }
        if (content.length > 0) {
            head.append("\r\nContent-Type: application/json\r\nContent-Length: ")
                    .append(content.length);
        }
        byte[] start = head.append("\r\n\r\n").toString().getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(start, start.length + content.length);
        System.arraycopy(content, 0, all, start.length, content.length);
        return all;
    }

    private void count(int status, long took, String head) {
        if (answers == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * answers);
        }
        nanos[answers++] = took;
        if (status >= 400) {
            refused++;
            firstRefused = firstRefused == null ? head : firstRefused;
        }
    }

    /** What of an answer comes next. */
    private enum Part {
        HEAD,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        END
    }

    private final class Connection {

        private final Selector selector;
        private SocketChannel channel;
        private boolean isLast;
        private final byte[] head = new byte[8192];
        private int headLength;
        private int lineLength;
        private Part part = Part.HEAD;
        private long left;
        private int status;
        private long sent;

        Connection(Selector selector) throws IOException {
            this.selector = selector;
            open();
        }

        private void open() throws IOException {
            channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, this);
        }

        static void ready(SelectionKey key) {
            try {
                ((Connection) key.attachment()).receive();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void send() throws IOException {
            if (isLast) {
                // Payara has so many requests on one connection, and no more.
                channel.close();
                open();
                isLast = false;
            }
            ByteBuffer request = ByteBuffer.wrap(requests.get());
            sent = System.nanoTime();
            underWay++;
            while (request.hasRemaining()) {
                // What is under way is far less than the buffers of a loopback connection take.
                channel.write(request);
            }
        }

        private void receive() throws IOException {
            received.clear();
            if (channel.read(received) < 0) {
                if (isLast) {
                    channel.close();
                    return;
                }
                throw new IOException("the server closed a connection, after " + text());
            }
            received.flip();
            while (received.hasRemaining()) {
                if (left > 0) {
                    int skipped = (int) Math.min(left, received.remaining());
                    received.position(received.position() + skipped);
                    left -= skipped;
                } else {
                    next(received.get());
                }
                if (left == 0 && part == Part.CHUNK) {
                    part = Part.CHUNK_SIZE;
                } else if (left == 0 && part == Part.BODY) {
                    answered();
                }
            }
        }

        /** A byte of what is read line by line: the head, and the sizes of chunks. */
        private void next(byte b) throws IOException {
            head[headLength++] = b;
            if (b == '\r') {
                return;
            }
            if (b != '\n') {
                lineLength++;
                return;
            }
            boolean isEmpty = lineLength == 0;
            lineLength = 0;
            if (part == Part.HEAD && isEmpty) {
                begin();
            } else if (part == Part.CHUNK_SIZE) {
                int size = Integer.parseInt(text().strip(), 16);
                headLength = 0;
                left = size == 0 ? 0 : size + 2;
                part = size == 0 ? Part.END : Part.CHUNK;
            } else if (part == Part.END && isEmpty) {
                answered();
            }
        }

        /** What a whole head says of the body. */
        private void begin() {
            isLast = "close".equalsIgnoreCase(header("connection:"));
            status = (head[9] - '0') * 100 + (head[10] - '0') * 10 + head[11] - '0';
            String length = header("content-length:");
            if (length != null) {
                left = status == 304 ? 0 : Long.parseLong(length);
                part = Part.BODY;
            } else if (header("transfer-encoding:") != null) {
                part = Part.CHUNK_SIZE;
            } else {
                left = 0;
                part = Part.BODY;
            }
            if (status < 400) {
                headLength = 0;
            }
        }

        private String header(String name) {
            for (int i = 1; i + name.length() < headLength; i++) {
                if (head[i - 1] == '\n' && isAt(i, name)) {
                    int from = i + name.length();
                    int to = from;
                    while (head[to] != '\r') {
                        to++;
                    }
                    return new String(head, from, to - from, StandardCharsets.US_ASCII).strip();
                }
            }
            return null;
        }

        private boolean isAt(int index, String name) {
            for (int i = 0; i < name.length(); i++) {
                if ((head[index + i] | 0x20) != (name.charAt(i) | 0x20)) {
                    return false;
                }
            }
            return true;
        }

        private void answered() throws IOException {
            long now = System.nanoTime();
            count(status, now - sent, status >= 400 ? text() : null);
            headLength = 0;
            part = Part.HEAD;
            underWay--;
            if (now < end) {
                answered.add(this);
            }
        }

        private String text() {
            return new String(head, 0, headLength, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
        }
    }
}
