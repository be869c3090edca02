package org.bugloss.details;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.bugloss.Played;
import org.bugloss.callers.Role;
import org.bugloss.web.Caller;
import org.bugloss.web.InputOf;
import org.bugloss.web.OutputTo;

/** A request and its response, as a server hands them to a filter: what the filter has to do with, and nothing else. */
final class Exchange {

    private final String method;
    private final String uri;
    private final String query;
    private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Map<String, Object> attributes = new HashMap<>();
    private byte[] body = {};

    private final Map<String, String> answered = new TreeMap<>();
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private int status = 200;

    /** By ann, in the context {@code /bugloss}. */
    Exchange(String method, String target) {
        int question = target.indexOf('?');
        this.method = method;
        this.uri = "/bugloss" + (question < 0 ? target : target.substring(0, question));
        this.query = question < 0 ? null : target.substring(question + 1);
        attributes.put(Caller.class.getName(), Caller.token("ann", Role.READER));
    }

    Exchange with(String header, String value) {
        headers.put(header, value);
        return this;
    }

    /** Sends JSON. */
    Exchange body(String json) {
        body = json.getBytes(StandardCharsets.UTF_8);
        return with("Content-Type", "application/json");
    }

    int status() {
        return status;
    }

    /** What was answered in headers, in alphabetical order. */
    Map<String, String> headers() {
        return answered;
    }

    byte[] sent() {
        return sent.toByteArray();
    }

    String text() {
        return sent.toString(StandardCharsets.UTF_8);
    }

    String unzipped() {
        try {
            return new String(
                    new GZIPInputStream(new ByteArrayInputStream(sent())).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    HttpServletRequest request() {
        return Played.by(HttpServletRequest.class, (name, arguments) -> switch (name) {
            case "getMethod" -> method;
            case "getContextPath" -> "/bugloss";
            case "getRequestURI" -> uri;
            case "getQueryString" -> query;
            case "getHeader" -> headers.get((String) arguments[0]);
            case "getContentType" -> headers.get("Content-Type");
            case "getAttribute" -> attributes.get((String) arguments[0]);
            case "setAttribute" -> attributes.put((String) arguments[0], arguments[1]);
            case "getInputStream" -> new InputOf(body);
            default -> throw new UnsupportedOperationException(name);
        });
    }

    HttpServletResponse response() {
        return Played.by(HttpServletResponse.class, (name, arguments) -> switch (name) {
            case "setHeader" -> answered.put((String) arguments[0], (String) arguments[1]);
            case "setContentType" -> answered.put("Content-Type", (String) arguments[0]);
            case "setContentLength" -> answered.put("Content-Length", String.valueOf(arguments[0]));
            case "setStatus" -> status = (Integer) arguments[0];
            case "getOutputStream" -> new OutputTo(sent);
            case "flushBuffer" -> null;
            default -> throw new UnsupportedOperationException(name);
        });
    }
}
