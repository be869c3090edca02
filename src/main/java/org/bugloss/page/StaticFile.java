package org.bugloss.page;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import org.bugloss.web.Compression;
import org.bugloss.web.EntityTags;

/**
 * A file of the WAR as it is sent: its bytes, and the same compressed, each with a strong {@code ETag} of its own.
 * Immutable.
 */
final class StaticFile {

    /** What is sent as text, so that it is worth compressing; a file of another kind is none of ours. */
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "json", "application/json",
            "svg", "image/svg+xml");

    private final String type;
    private final byte[] plain;
    private final byte[] compressed;
    private final String tag;

    private StaticFile(String type, byte[] plain) {
        this.type = type;
        this.plain = plain;
        this.compressed = Compression.gzipOnce(plain);
        this.tag = EntityTags.of(plain);
    }

    /**
     * Reads a file of the WAR.
     *
     * @param path from the context root, as {@code /app.js}
     * @return nothing where there is no such file, or one of a kind that is not sent
     */
    static Optional<StaticFile> read(ServletContext context, String path) throws IOException {
        String type = TYPES.get(path.substring(path.lastIndexOf('.') + 1));
        if (type == null) {
            return Optional.empty();
        }
        try (InputStream in = context.getResourceAsStream(path)) {
            return in == null ? Optional.empty() : Optional.of(new StaticFile(type, in.readAllBytes()));
        }
    }

    /** Answers a GET or HEAD with it: compressed where that is accepted, and with 304 where the caller has it. */
    void send(HttpServletRequest request, HttpServletResponse response) throws IOException {
        boolean gzip = Compression.isAccepted(request);
        String etag = gzip ? "\"" + tag + "-gzip\"" : "\"" + tag + "\"";
        response.setHeader("Cache-Control", "no-cache");
        response.addHeader("Vary", "Accept-Encoding");
        response.setHeader("ETag", etag);
        if (EntityTags.isKnown(request.getHeader("If-None-Match"), etag)) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
        }
        byte[] body = gzip ? compressed : plain;
        response.setContentType(type);
        response.setContentLength(body.length);
        if (gzip) {
            response.setHeader("Content-Encoding", "gzip");
        }
        if (!request.getMethod().equals("HEAD")) {
            response.getOutputStream().write(body);
        }
    }
}
