package org.bugloss.trackers;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bugloss.outbound.Exchange;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.outbound.OutboundRequest;

/** A client that answers from memory and writes down what it was asked. */
final class RecordedAnswers extends OutboundClient {

    private final Map<String, Recorded> answers = new HashMap<>();
    private final Map<String, Deque<Recorded>> later = new HashMap<>();
    private final Map<String, String> redirects = new HashMap<>();
    private final List<OutboundRequest> requests = new ArrayList<>();
    private Recorded otherwise;

    private record Recorded(URI uri, int status, String text, Map<String, String> headers) implements Exchange {

        @Override
        public Optional<String> header(String name) {
            Map<String, String> anyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            anyCase.putAll(headers);
            return Optional.ofNullable(anyCase.get(name));
        }

        @Override
        public InputStream body() {
            return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public boolean cut() {
            return false;
        }
    }

    /** What is answered where nothing was given for a URI. */
    void giveOtherwise(int status, String body, Map<String, String> headers) {
        otherwise = new Recorded(URI.create("https://any.example"), status, body, headers);
    }

    void give(String uri, int status, String json) {
        give(uri, status, json, Map.of("Content-Type", "application/json; charset=utf-8"));
    }

    void give(String uri, int status, String body, Map<String, String> headers) {
        answers.put(uri, new Recorded(URI.create(uri), status, body, headers));
    }

    /** Sends who asks for a URI to another. */
    void redirect(String from, String to) {
        redirects.put(from, to);
    }

    /** What a URI answers after what it was given before, once each; the last answer stays. */
    void then(String uri, int status, String json) {
        then(uri, status, json, Map.of("Content-Type", "application/json; charset=utf-8"));
    }

    void then(String uri, int status, String body, Map<String, String> headers) {
        later.computeIfAbsent(uri, any -> new ArrayDeque<>()).add(new Recorded(URI.create(uri), status, body, headers));
    }

    List<OutboundRequest> requests() {
        return requests;
    }

    /** What was asked for, one line a request: {@code GET https://h/x}. */
    List<String> asked() {
        return requests.stream().map(OutboundRequest::toString).toList();
    }

    @Override
    public <T> T exchange(OutboundRequest request, Exchange.Reader<T> reader) {
        requests.add(request);
        String asked = request.uri().toString();
        String uri = redirects.getOrDefault(asked, asked);
        Deque<Recorded> next = later.getOrDefault(uri, new ArrayDeque<>());
        Recorded given = answers.containsKey(uri) ? answers.get(uri) : next.poll();
        Recorded answer = given == null ? otherwise : given;
        if (answer == null) {
            throw new AssertionError("no answer was given for " + request);
        }
        if (answer != otherwise) {
            answers.put(uri, next.isEmpty() ? answer : next.poll());
        }
        try {
            return reader.read(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
