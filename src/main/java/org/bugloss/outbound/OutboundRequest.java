package org.bugloss.outbound;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One request that Bugloss sends out. Immutable; the {@code with…} methods copy.
 *
 * @param method {@code GET} or {@code POST}
 * @param uri an absolute http or https URI of at most 8,192 characters
 * @param headers sent to the first address and along redirects
 * @param credentials headers that are sent only while a redirect stays on the origin (scheme, host, port) of
 *     {@code uri}; never shown in {@link #toString()}
 * @param body what to send with {@code POST}, else {@code null}; never shown, and never sent to another origin than that of
 *     {@code uri}, since some APIs want credentials in it
 * @param maxBytes how many bytes of the decompressed body may be read, from 1 up
 * @param followsRedirects whether an answer that sends on to another address is followed, rather than the answer
 */
public record OutboundRequest(
        String method,
        URI uri,
        Map<String, String> headers,
        Map<String, String> credentials,
        @Nullable String body,
        int maxBytes,
        boolean followsRedirects) {

    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    /**
     * What belongs to the connection: {@link OutboundClient} sends these itself. A cookie is none of them: some trackers
     * want their session in one, which then is a credential like any other.
     */
    private static final Set<String> NOT_OURS = Set.of(
            "accept-encoding",
            "connection",
            "content-length",
            "expect",
            "host",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    /**
     * @throws IllegalArgumentException where that is no request that can be sent; the message never holds a header's
     *     value
     */
    public OutboundRequest {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(uri, "uri");
        headers = Map.copyOf(headers);
        credentials = Map.copyOf(credentials);
        if (!method.equals(body == null ? "GET" : "POST")) {
            throw new IllegalArgumentException("a GET has no body and a POST has one, and there is no other method");
        }
        headers.forEach(OutboundRequest::requireHeader);
        credentials.forEach(OutboundRequest::requireHeader);
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes must be from 1 up: " + maxBytes);
        }
    }

    public static OutboundRequest get(URI uri, int maxBytes) {
        return new OutboundRequest("GET", uri, Map.of(), Map.of(), null, maxBytes, true);
    }

    public static OutboundRequest post(URI uri, String json, int maxBytes) {
        return new OutboundRequest(
                "POST", uri, Map.of("Content-Type", "application/json"), Map.of(), json, maxBytes, true);
    }

    /** Sends a form, which is encoded already. */
    public static OutboundRequest postForm(URI uri, String form, int maxBytes) {
        Map<String, String> type = Map.of("Content-Type", "application/x-www-form-urlencoded");
        return new OutboundRequest("POST", uri, type, Map.of(), form, maxBytes, true);
    }

    public OutboundRequest withHeader(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new OutboundRequest(method, uri, more, credentials, body, maxBytes, followsRedirects);
    }

    public OutboundRequest withCredentials(Map<String, String> headersWithSecrets) {
        return new OutboundRequest(method, uri, headers, headersWithSecrets, body, maxBytes, followsRedirects);
    }

    /** The same for somebody who shall answer for himself: who sends on elsewhere has not taken it. */
    public OutboundRequest withoutRedirects() {
        return new OutboundRequest(method, uri, headers, credentials, body, maxBytes, false);
    }

    /** RFC 9110, 5.1 and 5.5, without {@code obs-text}: nothing that could end the header and start another. */
    static void requireHeader(String name, String value) {
        if (!TOKEN.matcher(name).matches() || NOT_OURS.contains(name.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException("a header that may not be sent: '" + name + "'");
        }
        if (!value.chars().allMatch(c -> c >= ' ' && c < 0x7f || c == '\t')) {
            throw new IllegalArgumentException("the header " + name + " has characters that no header has");
        }
    }

    @Override
    public String toString() {
        return method + " " + uri;
    }
}
