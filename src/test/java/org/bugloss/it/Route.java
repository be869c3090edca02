package org.bugloss.it;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

/** How {@link Upstream} answers on a path: well, or badly in one of the ways that the world has. */
@FunctionalInterface
public interface Route {

    /** Writes a whole answer, status line and all. The connection is closed when this returns. */
    void answer(Upstream.Request request, Upstream.Connection connection) throws IOException;

    /** An HTML page with Open Graph metadata. */
    static Route page(String title, String description) {
        return html(200, openGraph(title, description));
    }

    static Route html(int status, String html) {
        return body(status, "text/html; charset=utf-8", html.getBytes(StandardCharsets.UTF_8));
    }

    static Route json(String json) {
        return body(200, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    /** A status with a short text for a body. */
    static Route status(int status, String... headers) {
        return body(
                status, "text/plain; charset=utf-8", ("status " + status).getBytes(StandardCharsets.UTF_8), headers);
    }

    /** @param to absolute, or from the root of the upstream */
    static Route redirect(int status, String to) {
        return status(status, "Location: " + to);
    }

    /** @param headers whole lines, as {@code Retry-After: 7} */
    static Route body(int status, String contentType, byte[] body, String... headers) {
        return (request, connection) -> {
            connection.head(status, contentType, body.length, headers);
            connection.out().write(body);
        };
    }

    /** Bytes in one encoding, said to be in another. */
    static Route wrongCharset(String title, Charset said, Charset used) {
        return body(
                200, "text/html; charset=" + said.name(), openGraph(title, "").getBytes(used));
    }

    /** Waits before it answers; ends early when the upstream is closed. */
    static Route slow(Duration wait, Route then) {
        return (request, connection) -> {
            connection.pause(wait);
            then.answer(request, connection);
        };
    }

    /** A page that comes a byte at a time, and never whole. */
    static Route drip(Duration between, int bytes) {
        return (request, connection) -> {
            connection.head(200, "text/html; charset=utf-8", bytes + 1);
            for (int i = 0; i < bytes && connection.pause(between); i++) {
                connection.out().write(' ');
                connection.out().flush();
            }
        };
    }

    /** Promises a page and closes the connection midway. */
    static Route cutOff() {
        return (request, connection) -> {
            byte[] page = openGraph("Cut off", "in the middle of the").getBytes(StandardCharsets.UTF_8);
            connection.head(200, "text/html; charset=utf-8", page.length);
            connection.out().write(page, 0, page.length / 2);
        };
    }

    /** Promises a page and closes the connection before anything of it that matters. */
    static Route cutOffAtOnce() {
        return (request, connection) -> {
            connection.head(200, "text/html; charset=utf-8", 1_000);
            connection.out().write("<!DOCTYPE html><html><head>".getBytes(StandardCharsets.UTF_8));
        };
    }

    /** Takes the request and says nothing, for longer than anybody waits. */
    static Route hanging() {
        return slow(Duration.ofMinutes(2), silence());
    }

    /** Resets the connection in the middle of an answer. */
    static Route reset() {
        return (request, connection) -> {
            connection.head(200, "text/html; charset=utf-8", 1000);
            connection.out().flush();
            connection.reset();
        };
    }

    /** Closes the connection without a word. */
    static Route silence() {
        return (request, connection) -> {};
    }

    /** A page with its metadata at the front, and then filled up to so many bytes. */
    static Route huge(String title, int bytes) {
        return (request, connection) -> {
            byte[] page = openGraph(title, "A long one").getBytes(StandardCharsets.UTF_8);
            byte[] filler = new byte[8192];
            Arrays.fill(filler, (byte) 'x');
            connection.head(200, "text/html; charset=utf-8", bytes);
            connection.out().write(page);
            for (int left = bytes - page.length; left > 0; left -= filler.length) {
                connection.out().write(filler, 0, Math.min(left, filler.length));
            }
        };
    }

    /** A page that is sent compressed, whether it was asked for so or not. */
    static Route gzip(String html) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(html.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return body(200, "text/html; charset=utf-8", compressed.toByteArray(), "Content-Encoding: gzip");
    }

    static String openGraph(String title, String description) {
        return """
                <!DOCTYPE html>
                <html><head>
                <meta property="og:title" content="%s">
                <meta property="og:description" content="%s">
                <meta property="og:site_name" content="Upstream">
                <title>%s</title>
                </head><body><h1>%s</h1></body></html>
                """.formatted(title, description, title, title);
    }
}
