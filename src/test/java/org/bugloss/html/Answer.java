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
record Answer(int status, URI uri, Map<String, String> headers, InputStream body) implements Exchange {

    static final URI URL = URI.create("https://bugs.example/show/7");

    static Answer of(String html) {
        return of(html.getBytes(StandardCharsets.UTF_8));
    }

    static Answer of(byte[] html) {
        return new Answer(200, URL, Map.of("Content-Type", "text/html"), new ByteArrayInputStream(html));
    }

    Answer withStatus(int other) {
        return new Answer(other, uri, headers, body);
    }

    Answer withUri(String other) {
        return new Answer(status, URI.create(other), headers, body);
    }

    Answer withHeader(String name, String value) {
        Map<String, String> more = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        more.putAll(headers);
        more.put(name, value);
        return new Answer(status, uri, more, body);
    }

    Answer withoutHeaders() {
        return new Answer(status, uri, Map.of(), body);
    }

    Answer withBody(InputStream other) {
        return new Answer(status, uri, headers, other);
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
