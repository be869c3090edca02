package org.bugloss.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Streams of changes, all read by one thread that only counts events; some are never read. For use by one thread. */
final class Streams implements AutoCloseable {

    private static final byte[] EVENT = "\ndata: ".getBytes(StandardCharsets.US_ASCII);
    private static final int LITTLE = 4 * 1024;

    private final Selector selector = Selector.open();
    private final List<SocketChannel> channels = new ArrayList<>();
    private final List<Reading> readings = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(256 * 1024);

    /** What came in one stream. */
    private static final class Reading {
        int events;
        int matched;

        void count(ByteBuffer bytes) {
            while (bytes.hasRemaining()) {
                byte next = bytes.get();
                matched = next == EVENT[matched] ? matched + 1 : next == EVENT[0] ? 1 : 0;
                if (matched == EVENT.length) {
                    events++;
                    matched = 0;
                }
            }
        }
    }

    private Streams() throws IOException {}

    /**
     * Opens them one behind the other, each once the one before has its first bytes.
     *
     * @param silent so many of them are not read after that
     */
    static Streams open(URI server, String authorization, int number, int silent) throws IOException {
        Streams streams = new Streams();
        // Of HTTP/1.0, so that no chunks have their lengths within events.
        byte[] request = ("GET " + server.getPath() + "/api/changes?after=now HTTP/1.0\r\nHost: 127.0.0.1\r\n"
                        + "Accept: text/event-stream\r\nAuthorization: " + authorization + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < number; i++) {
            SocketChannel channel = SocketChannel.open();
            streams.channels.add(channel);
            if (i < silent) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, LITTLE);
            }
            channel.connect(new InetSocketAddress("127.0.0.1", server.getPort()));
            channel.write(ByteBuffer.wrap(request));
            ByteBuffer first = ByteBuffer.allocate(LITTLE);
            String text = "";
            while (!text.contains("id: ")) {
                if (channel.read(first) < 0) {
                    throw new IOException("no stream: " + text);
                }
                text = new String(first.array(), 0, first.position(), StandardCharsets.US_ASCII);
            }
            if (i >= silent) {
                Reading reading = new Reading();
                streams.readings.add(reading);
                channel.configureBlocking(false);
                channel.register(streams.selector, SelectionKey.OP_READ, reading);
            }
        }
        return streams;
    }

    /**
     * Reads until each stream that is read had so many events.
     *
     * @param begin completes with the moment, of {@link System#nanoTime}, that time counts from
     * @return how long that took from then; nothing where it was before
     * @throws IllegalStateException where it takes longer than this
     */
    Duration awaitAll(int events, CompletableFuture<Long> begin, Duration atMost) {
        try {
            while (readings.stream().anyMatch(reading -> reading.events < events)) {
                if (begin.isDone() && System.nanoTime() - begin.join() > atMost.toNanos()) {
                    throw new IllegalStateException(readings.stream()
                                    .filter(reading -> reading.events < events)
                                    .count()
                            + " of " + readings.size() + " streams had fewer than " + events + " events within "
                            + atMost);
                }
                selector.select(this::read, 10);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        long end = System.nanoTime();
        return Duration.ofNanos(Math.max(0, end - begin.join()));
    }

    private void read(SelectionKey key) {
        try {
            buffer.clear();
            if (((SocketChannel) key.channel()).read(buffer) < 0) {
                throw new IllegalStateException("a stream ended that was read");
            }
            ((Reading) key.attachment()).count(buffer.flip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel channel : channels) {
            channel.close();
        }
        selector.close();
    }
}
