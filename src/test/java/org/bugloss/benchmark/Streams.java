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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Streams of changes, all read by one thread that only counts events; some are never read. One that ends is opened again where it
 * ended, as browsers do. For use by one thread.
 */
final class Streams implements AutoCloseable {

    private static final byte[] EVENT = "\ndata: ".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern PLACE = Pattern.compile("\nid: (\\w+)\n");
    private static final int LITTLE = 4 * 1024;

    private final Selector selector = Selector.open();
    private final List<SocketChannel> silent = new ArrayList<>();
    private final List<Reading> readings = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(256 * 1024);
    private final URI server;
    private final String authorization;
    private int openedAgain;

    /** What came in one stream. */
    private static final class Reading {
        SocketChannel channel;
        int events;
        int matched;

        /** The last bytes that came, in which the last place is. */
        String tail = "";

        Reading(SocketChannel channel) {
            this.channel = channel;
        }

        void count(ByteBuffer bytes) {
            byte[] last = new byte[Math.min(bytes.remaining(), LITTLE)];
            bytes.get(bytes.limit() - last.length, last);
            String all = tail + new String(last, StandardCharsets.ISO_8859_1);
            tail = all.substring(Math.max(0, all.length() - LITTLE));
            while (bytes.hasRemaining()) {
                byte next = bytes.get();
                matched = next == EVENT[matched] ? matched + 1 : next == EVENT[0] ? 1 : 0;
                if (matched == EVENT.length) {
                    events++;
                    matched = 0;
                }
            }
        }

        String place() {
            String place = "";
            for (Matcher found = PLACE.matcher(tail); found.find(); ) {
                place = found.group(1);
            }
            return place;
        }
    }

    private Streams(URI server, String authorization) throws IOException {
        this.server = server;
        this.authorization = authorization;
    }

    /**
     * Opens them one behind the other, each once the one before has its first bytes.
     *
     * @param silent so many of them are not read after that
     */
    static Streams open(URI server, String authorization, int number, int silent) throws IOException {
        Streams streams = new Streams(server, authorization);
        for (int i = 0; i < number; i++) {
            SocketChannel channel = streams.asked("now", i < silent);
            ByteBuffer first = ByteBuffer.allocate(LITTLE);
            String text = "";
            while (!text.contains("id: ")) {
                if (channel.read(first) < 0) {
                    throw new IOException("no stream: " + text);
                }
                text = new String(first.array(), 0, first.position(), StandardCharsets.US_ASCII);
            }
            if (i < silent) {
                streams.silent.add(channel);
            } else {
                Reading reading = new Reading(channel);
                reading.count(first.flip());
                streams.readings.add(reading);
                streams.register(reading);
            }
        }
        return streams;
    }

    private SocketChannel asked(String place, boolean isSilent) throws IOException {
        SocketChannel channel = SocketChannel.open();
        if (isSilent) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, LITTLE);
        }
        channel.connect(new InetSocketAddress("127.0.0.1", server.getPort()));
        // Of HTTP/1.0, so that no chunks have their lengths within events.
        channel.write(ByteBuffer.wrap(
                ("GET " + server.getPath() + "/api/changes?after=" + place + " HTTP/1.0\r\nHost: 127.0.0.1\r\n"
                                + "Accept: text/event-stream\r\nAuthorization: " + authorization + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII)));
        return channel;
    }

    private void register(Reading reading) throws IOException {
        reading.channel.configureBlocking(false);
        reading.channel.register(selector, SelectionKey.OP_READ, reading);
    }

    /** How many streams ended, and were opened again where they were. */
    int openedAgain() {
        return openedAgain;
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

    /** Reads for so long, whatever comes. */
    void goOn(Duration time) {
        try {
            for (long end = System.nanoTime() + time.toNanos(); System.nanoTime() < end; ) {
                selector.select(this::read, 10);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(SelectionKey key) {
        Reading reading = (Reading) key.attachment();
        try {
            buffer.clear();
            if (reading.channel.read(buffer) >= 0) {
                reading.count(buffer.flip());
                return;
            }
            reading.channel.close();
            reading.channel = asked(reading.place(), false);
            register(reading);
            openedAgain++;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel channel : silent) {
            channel.close();
        }
        for (Reading reading : readings) {
            reading.channel.close();
        }
        selector.close();
    }
}
