package org.bugloss.web;

import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** Compression of answers with gzip, since neither server does that without being told to. */
public final class Compression {

    /** What is smaller fits into one packet as it is. */
    private static final int WORTH_IT = 1_000;

    private Compression() {}

    /** Whether an answer of so many bytes is worth compressing. */
    public static boolean isWorthIt(int length) {
        return length >= WORTH_IT;
    }

    /** Whether the client takes gzip: RFC 9110, 12.5.3. */
    public static boolean isAccepted(HttpServletRequest request) {
        return isAccepted(request.getHeader("Accept-Encoding"));
    }

    static boolean isAccepted(String header) {
        if (header == null) {
            return false;
        }
        for (String one : header.split(",", -1)) {
            String[] parts = one.strip().toLowerCase(Locale.ROOT).split(";", 2);
            if (parts[0].strip().equals("gzip")) {
                return parts.length == 1 || !parts[1].strip().matches("q\\s*=\\s*0(\\.0*)?");
            }
        }
        return false;
    }

    /** Compresses what is kept, as well as gzip can. */
    public static byte[] gzipOnce(byte[] bytes) {
        return gzip(bytes, Deflater.DEFAULT_COMPRESSION);
    }

    /** Compresses what is made for one answer, quickly. */
    public static byte[] gzip(byte[] bytes) {
        return gzip(bytes, Deflater.BEST_SPEED);
    }

    private static byte[] gzip(byte[] bytes, int level) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream(bytes.length / 3 + 64);
        try (OutputStream out = stream(compressed, level)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("memory can be written", e);
        }
        return compressed.toByteArray();
    }

    /** A stream that compresses quickly what is written to it. */
    public static OutputStream stream(OutputStream out) throws IOException {
        return stream(out, Deflater.BEST_SPEED);
    }

    private static OutputStream stream(OutputStream out, int level) throws IOException {
        return new GZIPOutputStream(out, true) {
            {
                def.setLevel(level);
            }
        };
    }
}
