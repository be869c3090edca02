package org.bugloss.trackers;

import jakarta.json.JsonStructure;
import java.net.URI;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bugloss.outbound.CacheHeaders;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.outbound.OutboundRequest;

/**
 * The API of one system: sends requests through the guarded client, with that system's credentials. Immutable, and safe
 * for use by several threads.
 *
 * <p>{@link #get} and {@link #post} are enough for most trackers; {@link #getUnlessSame} spares an answer where the API
 * has {@code ETag}s. {@link #reply} hands out the answer whatever its status, for those that tell more with it.
 */
public final class TrackerApi {

    /** A hundred bugs with long descriptions fit; a body without an end does not. */
    private static final int MAX_BYTES = 20 * 1024 * 1024;

    private final OutboundClient client;
    private final String base;
    private final Map<String, String> headers;
    private final Map<String, String> credentials;
    private final Consumer<ApiReply> onReply;
    private final Consumer<FetchException> onFailure;
    private final Supplier<Instant> now;

    /**
     * @param base where the API's paths begin, with or without a slash at the end
     * @param onReply is shown every reply, whatever its status
     * @param onFailure is shown why there was none
     * @param now the time by the clock of the system
     */
    TrackerApi(
            OutboundClient client,
            String base,
            Map<String, String> headers,
            Map<String, String> credentials,
            Consumer<ApiReply> onReply,
            Consumer<FetchException> onFailure,
            Supplier<Instant> now) {
        this.client = client;
        this.onReply = onReply;
        this.onFailure = onFailure;
        this.now = now;
        this.base = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        this.headers = headers;
        this.credentials = credentials;
    }

    /** The same API with one more header that proves who Bugloss is: a session's, or a token's in a place of its own. */
    public TrackerApi withCredential(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(credentials);
        more.put(name, value);
        return new TrackerApi(client, base, headers, more, onReply, onFailure, now);
    }

    /**
     * The same API, with the same credentials, at another place of the same server: some have a second API beside the
     * first.
     *
     * @param other where that API's paths begin: same scheme, host and port, since the credentials go there
     */
    public TrackerApi withBase(String other) {
        return new TrackerApi(client, other, headers, credentials, onReply, onFailure, now);
    }

    /** Where the API's paths begin, without a slash at the end. */
    public String base() {
        return base;
    }

    /** What time it is by the system's clock, as far as its answers told; by ours, where they did not. */
    public Instant now() {
        return now.get();
    }

    /**
     * Asks for a resource.
     *
     * @param path with a slash in front, percent-encoded, with its query
     * @return the JSON answer; empty where the API says that there is none, see {@link ApiReply#isNoSuchBug}. A web page
     *     with such a status is none of an API: it is what a wrong URL gives
     * @throws org.bugloss.outbound.FetchException where the API can't be asked or does not answer with JSON
     */
    public Optional<Json> get(String path) {
        return found(reply(path));
    }

    private static Optional<Json> found(ApiReply reply) {
        return reply.isNoSuchBug()
                ? Optional.empty()
                : Optional.of(reply.orFail().json());
    }

    /**
     * Sends a JSON document and reads the JSON answer.
     *
     * @throws org.bugloss.outbound.FetchException as {@link #get}, and where the API says 404: the API itself is not
     *     there then
     */
    public Json post(String path, JsonStructure body) {
        return reply(path, body.toString(), "application/json").orFail().json();
    }

    /**
     * Asks for the one resource that tells all of a bug, unless it is the one whose details are cached.
     *
     * @param path as for {@link #get}
     * @param url the bug's
     * @param reading makes details of the JSON answer
     * @return the details, by which the next request can be spared; empty as {@link #get}
     * @throws NotModified where the API says that what is cached still holds. Let it pass
     * @throws org.bugloss.outbound.FetchException as {@link #get}
     */
    public Optional<BugDetails> getUnlessSame(String path, BugUrl url, Function<Json, BugDetails> reading) {
        ApiReply reply = replyUnlessSame(path, url);
        return found(reply).map(reading).map(details -> details.withFreshness(reply.freshness()));
    }

    /**
     * Asks for the one resource that tells all of a bug, unless it is the one whose details are cached, and hands out the
     * answer, whatever its status. For the next request to be spared, the details made of it want its {@link
     * ApiReply#freshness}.
     *
     * @throws NotModified where the API says that what is cached still holds. Let it pass
     */
    public ApiReply replyUnlessSame(String path, BugUrl url) {
        // A tag belongs to a URL, an Accept and a token: where one of them is another, the answer comes in full.
        Freshness known =
                url.cached().byApi() ? new Freshness(url.cached().freshness().etag(), null, null) : Freshness.UNKNOWN;
        OutboundRequest request =
                CacheHeaders.unlessSame(OutboundRequest.get(URI.create(base + path), MAX_BYTES), known);
        ApiReply reply = send(request);
        if (reply.status() == 304 && CacheHeaders.asksByTag(request)) {
            throw new NotModified(reply.freshness().canBeRevalidated() ? reply.freshness() : known);
        }
        return reply;
    }

    /** Asks for a resource and hands out the answer, whatever its status. */
    public ApiReply reply(String path) {
        return send(OutboundRequest.get(URI.create(base + path), MAX_BYTES));
    }

    /** Sends a document and hands out the answer, whatever its status. */
    public ApiReply reply(String path, String body, String contentType) {
        return send(
                OutboundRequest.post(URI.create(base + path), body, MAX_BYTES).withHeader("Content-Type", contentType));
    }

    private ApiReply send(OutboundRequest request) {
        OutboundRequest complete = request.withCredentials(credentials);
        for (Map.Entry<String, String> header : headers.entrySet()) {
            complete = complete.withHeader(header.getKey(), header.getValue());
        }
        try {
            ApiReply reply = client.exchange(complete, exchange -> ApiReply.of(exchange, MAX_BYTES));
            onReply.accept(reply);
            return reply;
        } catch (FetchException e) {
            onFailure.accept(e);
            throw e;
        }
    }
}
