package org.bugloss.outbound;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** One answer from one server, before or after redirects; holds a connection until it is closed. */
final class OutboundResponse implements Exchange, AutoCloseable {

    private final CanonicalUrl url;
    private final HttpUriRequestBase request;
    private final ClassicHttpResponse response;
    private final Body body;
    private final Deadline deadline;

    OutboundResponse(
            CanonicalUrl url, HttpUriRequestBase request, ClassicHttpResponse response, int maxBytes, Deadline deadline)
            throws IOException {
        this.url = url;
        this.request = request;
        this.response = response;
        this.deadline = deadline;
        HttpEntity entity = response.getEntity();
        this.body = new Body(
                entity == null ? null : entity.getContent(),
                String.join(",", headers(HttpHeaders.CONTENT_ENCODING)),
                maxBytes);
    }

    @Override
    public int status() {
        return response.getCode();
    }

    @Override
    public URI uri() {
        return url.uri();
    }

    @Override
    public Optional<String> header(String name) {
        return Optional.ofNullable(response.getFirstHeader(name)).map(Header::getValue);
    }

    @Override
    public List<String> headers(String name) {
        return Arrays.stream(response.getHeaders(name)).map(Header::getValue).toList();
    }

    @Override
    public InputStream body() {
        return body;
    }

    @Override
    public void enough() {
        body.enough();
        deadline.hasten();
    }

    @Override
    public boolean cut() {
        return body.cut();
    }

    /** Where this answer sends on to, as RFC 9110, 15.4 means it; nothing for answers that redirect nobody. */
    Optional<CanonicalUrl> redirectsTo() {
        int status = status();
        if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
            return Optional.empty();
        }
        String location = header(HttpHeaders.LOCATION)
                .orElseThrow(() -> new FetchException(
                        FailureReason.REDIRECTS,
                        url.host() + " answers with status " + status + " but not where to go"));
        try {
            return Optional.of(url.resolve(repaired(location)));
        } catch (InvalidUrlException e) {
            throw new FetchException(
                    FailureReason.REDIRECTS, url.host() + " redirects to what is not followed: " + e.getMessage(), e);
        }
    }

    /** What went wrong while the body was read; or {@code null}. */
    @Nullable
    IOException failure() {
        return body.failure();
    }

    /** Keeps the connection for the next request where the body was read to its end, else closes it, reading nothing. */
    @Override
    public void close() {
        if (!body.finish()) {
            request.cancel();
        }
        try {
            response.close();
        } catch (IOException e) {
            // The connection is closed, which is all that was wanted.
        }
    }

    /** Headers come as ISO 8859-1; servers put UTF-8 into them, and spaces, which browsers take for {@code %20}. */
    private static String repaired(String location) {
        byte[] octets = location.getBytes(StandardCharsets.ISO_8859_1);
        String utf8 = new String(octets, StandardCharsets.UTF_8);
        return (utf8.indexOf('\uFFFD') >= 0 ? location : utf8).trim().replace(" ", "%20");
    }
}
