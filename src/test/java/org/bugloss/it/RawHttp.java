package org.bugloss.it;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Sends what no proper client would: any path, any header, letter by letter. */
final class RawHttp {

    private static final int PATIENCE_MILLIS = (int) Duration.ofSeconds(30).toMillis();

    private RawHttp() {}

    /**
     * Sends a request whose body may be empty.
     *
     * @param target the whole of it, with the context root
     * @param headers whole lines; {@code Host}, {@code Content-Length} and {@code Connection} are there
     * @return status 0 where the server hung up without an answer
     */
    static Http.Answer send(URI server, String method, String target, String body, String... headers) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
        head.append("Host: 127.0.0.1:").append(server.getPort()).append("\r\nConnection: close\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        if (bytes.length > 0) {
            head.append("Content-Length: ").append(bytes.length).append("\r\n");
        }
        head.append("\r\n");
        try (Socket socket = new Socket("127.0.0.1", server.getPort())) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            // As the letters are, up to U+00FF: one octet each.
            socket.getOutputStream().write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            return read(socket.getInputStream());
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError(method + " " + target + " got no answer in time", e);
        } catch (IOException e) {
            // A server may close what it does not want to read.
            return new Http.Answer(0, HttpHeaders.of(Map.of(), (name, value) -> true), "");
        }
    }

    private static Http.Answer read(InputStream in) throws IOException {
        String status = line(in);
        while (status.startsWith("HTTP/1.1 1")) {
            // Go on, says the server, and there is more to come.
            line(in);
            status = line(in);
        }
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            headers.computeIfAbsent(header.substring(0, colon), name -> new ArrayList<>())
                    .add(header.substring(colon + 1).strip());
        }
        byte[] body = in.readAllBytes();
        boolean chunked = headers.getOrDefault("Transfer-Encoding", List.of()).contains("chunked");
        return new Http.Answer(
                status.isEmpty() ? 0 : Integer.parseInt(status.split(" ")[1]),
                HttpHeaders.of(headers, (name, value) -> true),
                new String(chunked ? joined(body) : body, StandardCharsets.UTF_8));
    }

    private static byte[] joined(byte[] chunks) throws IOException {
        InputStream in = new ByteArrayInputStream(chunks);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (String size = line(in); !size.isEmpty(); size = line(in)) {
            body.write(in.readNBytes(Integer.parseInt(size.split(";")[0], 16)));
            line(in);
        }
        return body.toByteArray();
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next;
        while ((next = in.read()) >= 0 && next != '\n') {
            line.write(next);
        }
        return line.toString(StandardCharsets.ISO_8859_1).strip();
    }
}
