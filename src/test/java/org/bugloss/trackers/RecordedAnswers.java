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
    private final Map<String, Deque<Recorded>> next = new HashMap<>();
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

    /** For a URI that is asked again, such as one that takes posts: the answer after those given so far, used once. */
    void giveNext(String uri, int status, String json) {
        next.computeIfAbsent(uri, first -> new ArrayDeque<>())
                .add(new Recorded(
                        URI.create(uri), status, json, Map.of("Content-Type", "application/json; charset=utf-8")));
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
        String uri = request.uri().toString();
        Deque<Recorded> sequence = next.getOrDefault(uri, new ArrayDeque<>());
        Recorded answer = sequence.isEmpty() ? answers.get(uri) : sequence.poll();
        if (answer == null) {
            throw new AssertionError("no answer was given for " + request);
        }
        try {
            return reader.read(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
