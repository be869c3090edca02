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
    private final List<OutboundRequest> requests = new ArrayList<>();

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

    void give(String uri, int status, String json) {
        give(uri, status, json, Map.of("Content-Type", "application/json; charset=utf-8"));
    }

    void give(String uri, int status, String body, Map<String, String> headers) {
        answers.put(uri, new Recorded(URI.create(uri), status, body, headers));
    }

    /** What the same URI answers after what it was given before, once each; the last answer stays. */
    void then(String uri, int status, String json) {
        then(uri, status, json, Map.of("Content-Type", "application/json; charset=utf-8"));
    }

    void then(String uri, int status, String body, Map<String, String> headers) {
        later.computeIfAbsent(uri, any -> new ArrayDeque<>()).add(new Recorded(URI.create(uri), status, body, headers));
    }

    List<OutboundRequest> requests() {
        return requests;
    }

    @Override
    public <T> T exchange(OutboundRequest request, Exchange.Reader<T> reader) {
        requests.add(request);
        Recorded answer = answers.get(request.uri().toString());
        if (answer == null) {
            throw new AssertionError("no answer was given for " + request);
        }
        Deque<Recorded> next = later.getOrDefault(request.uri().toString(), new ArrayDeque<>());
        if (!next.isEmpty()) {
            answers.put(request.uri().toString(), next.remove());
        }
        try {
            return reader.read(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
