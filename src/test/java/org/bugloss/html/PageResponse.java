package org.bugloss.html;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bugloss.outbound.Exchange;

/** An HTTP answer that a test makes up; the {@code with…} methods copy. */
record PageResponse(int status, URI uri, Map<String, String> headers, InputStream body) implements Exchange {

    static final URI URL = URI.create("https://bugs.example/show/7");

    static PageResponse of(String html) {
        return of(html.getBytes(StandardCharsets.UTF_8));
    }

    static PageResponse of(byte[] html) {
        return new PageResponse(200, URL, Map.of("Content-Type", "text/html"), new ByteArrayInputStream(html));
    }

    PageResponse withStatus(int other) {
        return new PageResponse(other, uri, headers, body);
    }

    PageResponse withUri(String other) {
        return new PageResponse(status, URI.create(other), headers, body);
    }

    PageResponse withHeader(String name, String value) {
        Map<String, String> more = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        more.putAll(headers);
        more.put(name, value);
        return new PageResponse(status, uri, more, body);
    }

    PageResponse withoutHeaders() {
        return new PageResponse(status, uri, Map.of(), body);
    }

    PageResponse withBody(InputStream other) {
        return new PageResponse(status, uri, headers, other);
    }

    @Override
    public Optional<String> header(String name) {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    @Override
    public boolean cut() {
        return false;
    }
}
