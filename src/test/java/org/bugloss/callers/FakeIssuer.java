package org.bugloss.callers;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.opts.AllowWeakRSAKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.bugloss.outbound.AddressGuard;
import org.bugloss.outbound.AllowedTarget;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.outbound.OutboundSettings;
import org.bugloss.outbound.Resolver;

/**
 * An issuer on this machine: discovery, keys that rotate, tokens of any kind, and the code flow with PKCE, where whoever comes is
 * signed in as {@code ann} at once. It counts what it is asked for.
 */
public final class FakeIssuer implements AutoCloseable {

    /** Made once: making one takes longer than a test. */
    public static final RSAKey FIRST = rsa("first");

    public static final RSAKey SECOND = rsa("second");

    /** Fetches from every such issuer, and has the threads of one: making a client takes longer than a test, too. */
    static final OutboundClient CLIENT = new OutboundClient(
            OutboundSettings.standard("Bugloss/test"),
            new AddressGuard(
                    List.of(AllowedTarget.parse("127.0.0.1")),
                    IntStream.rangeClosed(1024, 65_535).boxed().toList(),
                    Resolver.SYSTEM),
            BearerTokensTest::daemon);

    private final HttpServer server;
    private final Clock clock;
    private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
    private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();
    private final Map<String, Object> discovery = new LinkedHashMap<>();
    private final Map<String, Object> ann =
            new ConcurrentHashMap<>(Map.of("sub", "1234", "preferred_username", "ann", "groups", List.of("qa")));

    private final List<JWK> keys = new CopyOnWriteArrayList<>(List.of(FIRST));
    private final Map<String, Object> identity = new ConcurrentHashMap<>();
    private final Map<String, Object> access = new ConcurrentHashMap<>();
    private final Set<String> refusedScopes = ConcurrentHashMap.newKeySet();
    private volatile Map<String, String> lastToken = Map.of();
    private volatile boolean isAway;

    private FakeIssuer(Clock clock) {
        this.clock = clock;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        discovery.put("issuer", url());
        discovery.put("jwks_uri", url() + "/keys");
        discovery.put("authorization_endpoint", url() + "/authorize");
        discovery.put("token_endpoint", url() + "/token");
        discovery.put("end_session_endpoint", url() + "/end");
        discovery.put("authorization_response_iss_parameter_supported", true);
        server.createContext("/", this::answer);
        server.start();
    }

    public static FakeIssuer start(Clock clock) {
        return new FakeIssuer(clock);
    }

    /** What its tokens have in {@code iss}. */
    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/realms/corp";
    }

    /** How often a path below its URL was asked for. */
    public int asked(String path) {
        return asked.getOrDefault(path, new AtomicInteger()).get();
    }

    /** From now on, these are its keys. */
    public void keys(JWK... those) {
        keys.clear();
        keys.addAll(List.of(those));
    }

    /** From now on, its answers are failures, or no more. */
    public void away(boolean away) {
        isAway = away;
    }

    /** From now on, its discovery has this. */
    public void tells(String member, Object value) {
        discovery.put(member, value);
    }

    /** From now on, its clients do not get this scope. */
    void refuses(String scope) {
        refusedScopes.add(scope);
    }

    /** From now on, tokens of who signs in have this claim. */
    public void ann(String claim, Object value) {
        ann.put(claim, value);
    }

    /** From now on, ID tokens have this claim in the place of what they had; a null takes that back. */
    void identity(String claim, Object value) {
        put(identity, claim, value);
    }

    /** From now on, access tokens that come with an ID token have this claim. */
    void access(String claim, Object value) {
        put(access, claim, value);
    }

    /** What was last sent for a code: the form, and the header {@code Authorization} where there was one. */
    Map<String, String> lastToken() {
        return lastToken;
    }

    /** Claims of an access token of ann's, which hold for five minutes; for the audience {@code bugloss-api}. */
    public Map<String, Object> claims() {
        Instant now = clock.instant();
        Map<String, Object> claims = new LinkedHashMap<>(ann);
        claims.put("iss", url());
        claims.put("aud", "bugloss-api");
        claims.put("iat", now.getEpochSecond());
        claims.put("exp", now.plusSeconds(300).getEpochSecond());
        return claims;
    }

    /** A token of ann's with these claims more, or other: name and value in turn; a null takes one away. */
    public String token(Object... changes) {
        return signed(FIRST, changed(claims(), changes));
    }

    static Map<String, Object> changed(Map<String, Object> claims, Object... changes) {
        for (int i = 0; i < changes.length; i += 2) {
            put(claims, (String) changes[i], changes[i + 1]);
        }
        return claims;
    }

    /** The same map, with this more, or with one less where the value is null. */
    static <T> Map<String, T> put(Map<String, T> map, String name, T value) {
        if (value == null) {
            map.remove(name);
        } else {
            map.put(name, value);
        }
        return map;
    }

    /** Claims, signed by RS256. */
    public static String signed(RSAKey key, Map<String, Object> claims) {
        return signed(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .type(JOSEObjectType.JWT)
                        .keyID(key.getKeyID())
                        .build(),
                key,
                claims);
    }

    static String signed(JWSHeader header, RSAKey key, Map<String, Object> claims) {
        try {
            JWSObject token = new JWSObject(header, new Payload(claims));
            token.sign(new RSASSASigner(key, Set.of(AllowWeakRSAKey.getInstance())));
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    static RSAKey rsa(String kid) {
        try {
            return new RSAKeyGenerator(2048).keyID(kid).keyUse(KeyUse.SIGNATURE).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath().replaceFirst("^/realms/corp", "");
            asked.computeIfAbsent(path, unused -> new AtomicInteger()).incrementAndGet();
            if (isAway) {
                send(exchange, 503, "{}");
                return;
            }
            switch (path) {
                case "/.well-known/openid-configuration" ->
                    send(exchange, 200, JSONObjectUtils.toJSONString(discovery));
                case "/keys" -> send(exchange, 200, new JWKSet(List.copyOf(keys)).toString(true));
                case "/authorize" ->
                    authorize(exchange, parameters(exchange.getRequestURI().getRawQuery()));
                case "/moved" -> {
                    exchange.getResponseHeaders().set("Location", url() + "/token");
                    exchange.sendResponseHeaders(
                            Integer.parseInt(exchange.getRequestURI().getQuery()), -1);
                }
                case "/token" ->
                    token(
                            exchange,
                            parameters(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
                default -> send(exchange, 404, "{}");
            }
        }
    }

    private void authorize(HttpExchange exchange, Map<String, String> asked) throws IOException {
        String code = UUID.randomUUID().toString();
        codes.put(code, asked);
        boolean isRefused =
                List.of(asked.getOrDefault("scope", "").split(" ")).stream().anyMatch(refusedScopes::contains);
        exchange.getResponseHeaders()
                .set(
                        "Location",
                        asked.get("redirect_uri") + (isRefused ? "?error=invalid_scope" : "?code=" + code) + "&state="
                                + URLEncoder.encode(asked.getOrDefault("state", ""), StandardCharsets.UTF_8) + "&iss="
                                + URLEncoder.encode(url(), StandardCharsets.UTF_8));
        exchange.sendResponseHeaders(302, -1);
    }

    /** RFC 6749, 4.1.3, and RFC 7636, 4.6: a code is good once, and for who began. */
    private void token(HttpExchange exchange, Map<String, String> form) throws IOException {
        lastToken = form;
        String credentials = exchange.getRequestHeaders().getFirst("Authorization");
        if (credentials != null) {
            put(form, "Authorization", credentials);
        }
        Map<String, String> begun = codes.remove(form.getOrDefault("code", ""));
        if (begun == null
                || !"S256".equals(begun.get("code_challenge_method"))
                || !s256(form.getOrDefault("code_verifier", "")).equals(begun.get("code_challenge"))
                || !begun.get("redirect_uri").equals(form.get("redirect_uri"))) {
            send(exchange, 400, "{\"error\": \"invalid_grant\"}");
            return;
        }
        Map<String, Object> told = changed(claims(), "aud", begun.get("client_id"), "nonce", begun.get("nonce"));
        told.putAll(identity);
        Map<String, Object> accessible = claims();
        accessible.putAll(access);
        Map<String, Object> answer = Map.of(
                "id_token", signed(FIRST, told), "access_token", signed(FIRST, accessible), "token_type", "Bearer");
        send(exchange, 200, JSONObjectUtils.toJSONString(answer));
    }

    private static String s256(String verifier) {
        try {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(
                            MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static Map<String, String> parameters(String form) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String pair : form.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            parameters.put(parts[0], parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return parameters;
    }

    private static void send(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
