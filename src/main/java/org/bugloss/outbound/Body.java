package org.bugloss.outbound;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, decompressed while it is read, and cut at a limit on both sides: a small bomb must not become
 * large, and an endless compressed stream that says nothing must end too.
 *
 * <p>Closing it reads nothing and closes nothing: what happens to the connection is for {@link OutboundResponse} to say.
 */
final class Body extends InputStream {

    /** Gzip of what cannot be compressed is longer by 5 bytes in 16 KB, and by its header. */
    private static final int COMPRESSED_EXTRA = 64 * 1024;

    private final Wire wire;
    private final String encoding;
    private final long limit;

    private @Nullable InputStream plain;
    private @Nullable Inflater inflater;
    private long count;
    private boolean ended;
    private boolean cut;
    private @Nullable IOException failure;

    /**
     * @param wire as it comes from the server, or {@code null} where there is no body
     * @param encoding the value of {@code Content-Encoding}, or {@code null}
     * @param limit how many decompressed bytes may be read
     */
    Body(@Nullable InputStream wire, @Nullable String encoding, long limit) {
        this.wire = new Wire(wire == null ? InputStream.nullInputStream() : wire, limit + COMPRESSED_EXTRA);
        this.encoding = encoding == null ? "identity" : encoding.trim().toLowerCase(Locale.ROOT);
        this.limit = limit;
        this.ended = wire == null; // a 304 is done with, whether anybody reads its body or not
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (failure != null) {
            throw failure;
        }
        if (ended) {
            return -1;
        }
        if (length == 0) {
            return 0;
        }
        try {
            if (count == limit) {
                ended = true;
                cut = plain().read() >= 0;
                return -1;
            }
            int read = plain().read(buffer, offset, (int) Math.min(length, limit - count));
            if (read < 0) {
                ended = true;
                cut = wire.cut;
                return -1;
            }
            count += read;
            return read;
        } catch (IOException e) {
            ended = true;
            if (wire.cut) {
                // The decompressor misses what this cut off: no failure, the body just ends here.
                cut = true;
                return -1;
            }
            failure = e;
            throw e;
        }
    }

    /** Whether there was more than the limit, as far as has been read. */
    boolean cut() {
        return cut;
    }

    /** What went wrong while reading, even where the reader took no notice; or {@code null}. */
    @Nullable
    IOException failure() {
        return failure;
    }

    /**
     * Releases the memory of the decompressor.
     *
     * @return whether all that the server sent has been read, so that the connection can be used again
     */
    boolean finish() {
        try {
            if (plain != null) {
                plain.close();
            }
            if (inflater != null) {
                inflater.end();
            }
            if (!ended || cut || failure != null) {
                return false;
            }
            // A decompressor stops at its own end, one read before the end of the message.
            return wire.read() < 0 && !wire.cut;
        } catch (IOException e) {
            return false;
        }
    }

    private InputStream plain() throws IOException {
        if (plain == null) {
            plain = switch (encoding) {
                case "", "identity" -> wire;
                case "gzip", "x-gzip" -> gunzip();
                case "deflate" -> inflate();
                default -> throw new ZipException("a content encoding that was not asked for");
            };
        }
        return plain;
    }

    private InputStream gunzip() throws IOException {
        PushbackInputStream start = new PushbackInputStream(wire, 1);
        int first = start.read();
        if (first < 0) {
            return wire; // servers label empty bodies too
        }
        start.unread(first);
        return new GZIPInputStream(start);
    }

    /** The zlib format by RFC 9110, 8.4.1.2, or the bare one that some servers send instead. */
    private InputStream inflate() throws IOException {
        PushbackInputStream start = new PushbackInputStream(wire, 1);
        int first = start.read();
        if (first < 0) {
            return wire;
        }
        start.unread(first);
        boolean zlib =
                (first & 0x0f) == 8; // RFC 1950, 2.2: CM; no bare stream starts so, but for a stored block's filling
        inflater = new Inflater(!zlib);
        return new InflaterInputStream(start, inflater);
    }

    /** Counts what comes from the server, and ends at a limit. */
    private static final class Wire extends FilterInputStream {

        private final long limit;
        private long count;
        private boolean cut;

        Wire(InputStream in, long limit) {
            super(in);
            this.limit = limit;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (count == limit) {
                cut = true;
                return -1;
            }
            int read = in.read(buffer, offset, (int) Math.min(length, limit - count));
            count += Math.max(0, read);
            return read;
        }

        @Override
        public long skip(long n) throws IOException {
            return n <= 0 ? 0 : Math.max(0, read(new byte[(int) Math.min(n, 8192)], 0, (int) Math.min(n, 8192)));
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        @Override
        public void close() {
            // Closing the library's stream would read it to its end first.
        }
    }
}
