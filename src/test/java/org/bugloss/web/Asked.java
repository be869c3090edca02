package org.bugloss.web;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bugloss.Played;
import org.bugloss.callers.Role;

/** A request and its response, as a server hands them to a filter of this package, in the context {@code /bugloss}. */
final class Asked {

    private final String method;
    private final String path;
    private final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Map<String, Object> attributes = new HashMap<>();
    private final Map<String, String> answered = new TreeMap<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private String address = "192.0.2.1";
    private Optional<Integer> status = Optional.empty();

    Asked(String method, String path) {
        this.method = method;
        this.path = path;
    }

    Asked with(String header, String... values) {
        headers.put(header, List.of(values));
        return this;
    }

    /** By whom the connection is. */
    Asked from(String peer) {
        address = peer;
        return this;
    }

    Asked by(Caller caller) {
        caller.standBehind(request());
        return this;
    }

    Asked byStranger(Role role) {
        return by(Caller.stranger(address, role));
    }

    int status() {
        return status.orElse(200);
    }

    /** Whether any status was set, be it the one that stands where none was. */
    boolean hasStatus() {
        return status.isPresent();
    }

    Map<String, String> answeredHeaders() {
        return answered;
    }

    HttpServletRequest request() {
        return Played.by(HttpServletRequest.class, (name, arguments) -> switch (name) {
            case "getMethod" -> method;
            case "getContextPath" -> "/bugloss";
            case "getRequestURI" -> "/bugloss" + path;
            case "getRequestURL" -> new StringBuffer("http://inside.example:8080/bugloss" + path);
            case "getQueryString", "getContentType", "getCharacterEncoding" -> null;
            case "getCookies" -> new Cookie[0];
            case "getContentLengthLong" -> 0L;
            case "getRemoteAddr", "getRemoteHost" -> address;
            case "getScheme" -> "http";
            case "isSecure" -> false;
            case "getServerName" -> "inside.example";
            case "getServerPort" -> 8080;
            case "getHeader" ->
                headers.getOrDefault((String) arguments[0], Collections.singletonList(null))
                        .get(0);
            case "getHeaders" -> Collections.enumeration(headers.getOrDefault((String) arguments[0], List.of()));
            case "getAttribute" -> attributes.get((String) arguments[0]);
            case "setAttribute" -> attributes.put((String) arguments[0], arguments[1]);
            default -> throw new UnsupportedOperationException(name);
        });
    }

    HttpServletResponse response() {
        return Played.by(HttpServletResponse.class, (name, arguments) -> switch (name) {
            case "setHeader", "addHeader" ->
                answered.merge((String) arguments[0], (String) arguments[1], (one, other) -> one + ", " + other);
            case "setContentType" -> answered.put("Content-Type", (String) arguments[0]);
            case "setStatus" -> status = Optional.of((Integer) arguments[0]);
            case "getOutputStream" -> new OutputTo(body);
            case "flushBuffer" -> null;
            default -> throw new UnsupportedOperationException(name);
        });
    }

    @Override
    public String toString() {
        return (method + " " + path + " -> " + status() + " " + body).toLowerCase(Locale.ROOT);
    }
}
