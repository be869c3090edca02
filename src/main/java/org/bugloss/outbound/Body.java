package org.bugloss.outbound;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.DataFormatException;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, decompressed while it is read, and cut at a limit on both sides: a small bomb must not become
 * large, and an endless compressed stream that says nothing must end too.
 *
 * <p>Servers and what stands before them name encodings that are none ({@code UTF-8}, {@code none}), and encodings that
 * they did not apply. So the first bytes decide: what is named is undone where it is there, and gzip, which cannot be
 * mistaken, also where it is not named. What was not asked for and cannot be undone is a failure: a decoder of Brotli or
 * Zstandard is larger than all that those few servers are worth.
 *
 * <p>Closing it reads nothing and closes nothing: what happens to the connection is for {@link OutboundResponse} to say.
 */
final class Body extends InputStream {

    /** Gzip of what cannot be compressed is longer by 5 bytes in 16 KB, and by its header. */
    private static final int COMPRESSED_EXTRA = 64 * 1024;

    /** Enough to tell text from a stream of DEFLATE. */
    private static final int TRIED = 512;

    private static final int MOST_LAYERS = 3;

    /** Codings that there are (the registry of IANA, and some that are in use), other than those that are undone here. */
    private static final Set<String> OTHER_CODINGS = Set.of(
            "br",
            "zstd",
            "compress",
            "x-compress",
            "dcb",
            "dcz",
            "exi",
            "aes128gcm",
            "pack200-gzip",
            "bzip2",
            "x-bzip2",
            "lzma",
            "xz",
            "lz4");

    private final Wire wire;
    private final String encoding;
    private final long limit;

    private final List<Wire> layers = new ArrayList<>();
    private final List<Inflater> inflaters = new ArrayList<>();
    private final List<Gunzip> gunzips = new ArrayList<>();
    private @Nullable InputStream plain;
    private long count;
    private boolean ended;
    private boolean cut;
    private boolean enough;
    private @Nullable IOException failure;

    /**
     * @param wire as it comes from the server, or {@code null} where there is no body
     * @param encoding the values of {@code Content-Encoding}, with commas between them
     * @param limit how many decompressed bytes may be read
     */
    Body(@Nullable InputStream wire, String encoding, long limit) {
        this.limit = limit;
        this.wire = layer(wire == null ? InputStream.nullInputStream() : wire);
        this.encoding = encoding.toLowerCase(Locale.ROOT);
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
                cut = isCut();
                return -1;
            }
            count += read;
            return read;
        } catch (IOException e) {
            ended = true;
            if (!gunzips.isEmpty() && gunzips.stream().allMatch(Gunzip::isComplete)) {
                // All that is missing or wrong is the checksum behind the data.
                return -1;
            }
            if (isCut() || enough) {
                // The decompressor misses what this cut off: no failure, the body just ends here.
                cut = true;
                return -1;
            }
            failure = e;
            throw e;
        }
    }

    /** From now on, and where it has failed already: what cannot be read is no failure, the body just ends there. */
    void enough() {
        enough = true;
        cut |= failure != null;
        failure = null;
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
            inflaters.forEach(Inflater::end);
            if (!ended || cut || failure != null) {
                return false;
            }
            // A decompressor stops at its own end, one read before the end of the message.
            return wire.read() < 0 && !wire.cut;
        } catch (IOException e) {
            return false;
        }
    }

    private boolean isCut() {
        return layers.stream().anyMatch(layer -> layer.cut);
    }

    private Wire layer(InputStream in) {
        Wire layer = new Wire(in, limit + COMPRESSED_EXTRA);
        layers.add(layer);
        return layer;
    }

    private InputStream plain() throws IOException {
        if (plain == null) {
            List<String> codings = new ArrayList<>();
            for (String coding : encoding.split(",", -1)) {
                if (OTHER_CODINGS.contains(coding.strip())) {
                    throw new ZipException("a content encoding that was not asked for");
                }
                if (coding.strip().matches("(?:x-)?gzip|deflate")) {
                    codings.add(0, coding.strip());
                }
            }
            InputStream decoded = wire;
            for (String coding :
                    codings.isEmpty() ? List.of("gzip") : codings.subList(0, Math.min(codings.size(), MOST_LAYERS))) {
                InputStream in = decoded == wire ? wire : layer(decoded);
                decoded = coding.equals("deflate") ? inflated(in) : gunzipped(in);
            }
            plain = decoded;
        }
        return plain;
    }

    /** RFC 1952, 2.3.1: ID1, ID2, and CM, which is always 8. */
    private InputStream gunzipped(InputStream in) throws IOException {
        PushbackInputStream start = new PushbackInputStream(in, 3);
        byte[] first = start.readNBytes(3);
        start.unread(first);
        if (first.length < 3 || first[0] != 0x1f || first[1] != (byte) 0x8b || first[2] != 8) {
            return start;
        }
        Gunzip gunzip = new Gunzip(start);
        gunzips.add(gunzip);
        return gunzip;
    }

    /** The zlib format by RFC 9110, 8.4.1.2, or the bare one that some servers send instead. */
    private InputStream inflated(InputStream in) throws IOException {
        PushbackInputStream start = new PushbackInputStream(in, TRIED);
        byte[] first = start.readNBytes(TRIED);
        start.unread(first);
        // RFC 1950, 2.2: CM is 8, and the first two bytes are a multiple of 31.
        boolean zlib =
                first.length > 1 && (first[0] & 0x0f) == 8 && ((first[0] & 0xff) << 8 | first[1] & 0xff) % 31 == 0;
        if (!zlib && !isDeflated(first)) {
            return start;
        }
        Inflater inflater = new Inflater(!zlib);
        inflaters.add(inflater);
        return new InflaterInputStream(start, inflater);
    }

    /** Whether the bytes may be the beginning of a bare stream of DEFLATE, or all of one. */
    private static boolean isDeflated(byte[] first) {
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(first);
            byte[] scratch = new byte[8192];
            long some = 0;
            while (!inflater.needsInput() && !inflater.finished() && some < 64 * 1024) {
                some += inflater.inflate(scratch);
            }
            return inflater.finished() ? inflater.getRemaining() == 0 : first.length == TRIED;
        } catch (DataFormatException e) {
            return false;
        } finally {
            inflater.end();
        }
    }

    private static final class Gunzip extends GZIPInputStream {

        Gunzip(InputStream in) throws IOException {
            super(in);
        }

        /** Whether the compressed data has come to its end, whatever stands behind it. */
        boolean isComplete() {
            return inf.finished();
        }
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
