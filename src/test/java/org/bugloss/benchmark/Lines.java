package org.bugloss.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bugloss.it.Http;

/** How many lines of NDJSON a server sends or takes in a second, over one connection. */
final class Lines {

    private static final String NDJSON = "application/x-ndjson";
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Http http;

    Lines(Http http) {
        this.http = http;
    }

    /** @param expected how many there are */
    double received(String path, int expected) {
        byte[] buffer = new byte[64 * 1024];
        int lines = 0;
        long begin = System.nanoTime();
        try (InputStream body = send(http.request(path, "Accept", NDJSON), BodyHandlers.ofInputStream())) {
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                for (int i = 0; i < read; i++) {
                    lines += buffer[i] == '\n' ? 1 : 0;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertEquals(expected, lines);
        return lines * 1e9 / (System.nanoTime() - begin);
    }

    /** @param line makes one of each number from 0 up; each must be carried out */
    double sent(String path, int lines, IntFunction<String> line) {
        String body = IntStream.range(0, lines).mapToObj(line).collect(Collectors.joining("\n"));
        long begin = System.nanoTime();
        String answers = send(
                http.request(path, "Content-Type", NDJSON).POST(BodyPublishers.ofString(body)),
                BodyHandlers.ofString());
        double took = System.nanoTime() - begin;
        assertEquals(lines, answers.split("\"status\":20[01]", -1).length - 1, () -> answers.substring(0, 1_000));
        return lines * 1e9 / took;
    }

    private <T> T send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> handler) {
        try {
            return client.send(
                            request.timeout(PATIENCE)
                                    .header("Authorization", "Bearer " + Reads.TOKEN)
                                    .build(),
                            handler)
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
