package org.bugloss.callers;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.outbound.OutboundRequest;
import org.jspecify.annotations.Nullable;

/**
 * Signs people in where they sign in: the authorization code flow (OpenID Connect Core 1.0, 3.1) with PKCE (RFC 7636, S256).
 *
 * <p>Between going there and coming back nothing is kept here: what the way back is checked against is sealed, in the browser.
 * Thread-safe.
 */
public final class CodeFlow {

    /** How long people may take at the issuer. */
    public static final Duration LONGEST = Duration.ofMinutes(10);

    private static final String KIND = "bugloss-sign-in";
    private static final String OPENID = "openid";

    /** 256 bits, which RFC 7636, 7.1 recommends. */
    private static final int RANDOM_BYTES = 32;

    /** A path on this host as browsers write it; nothing that one of them may read as another host. */
    private static final Pattern PATH = Pattern.compile("/(?!/)[\\x21-\\x7e&&[^\\\\]]{0,1000}");

    private final OidcSettings settings;
    private final Providers providers;
    private final Sessions sessions;
    private final OutboundClient client;
    private final Clock clock;
    private final IdTokens idTokens;
    private final SecureRandom random = new SecureRandom();

    public CodeFlow(OidcSettings settings, Providers providers, Sessions sessions, OutboundClient client, Clock clock) {
        this.settings = settings;
        this.providers = providers;
        this.sessions = sessions;
        this.client = client;
        this.clock = clock;
        this.idTokens = new IdTokens(providers, clock);
    }

    /** A step of a sign-in. */
    public sealed interface Step {

        /** Where the browser goes. */
        String to();
    }

    /**
     * The way to the issuer.
     *
     * @param to where the browser goes
     * @param attempt what it brings back, sealed
     */
    public record Begun(String to, String attempt) implements Step {}

    /**
     * The way back.
     *
     * @param person who signed in
     * @param to where the browser goes
     */
    public record Ended(Person person, String to) implements Step {}

    /**
     * Begins a sign-in.
     *
     * @param back the path where people come from and go back to; the root, where it is not one of ours
     * @throws SignInFailed where the issuer can't be asked, or has no such way
     */
    public Begun begin(Issuer issuer, Optional<String> back) {
        Metadata metadata = metadata(issuer);
        return begin(
                issuer, metadata, metadata.scopes(), back.filter(this::isOurs).orElse(root().path() + "/"));
    }

    private Begun begin(Issuer issuer, Metadata metadata, String scopes, String back) {
        URI endpoint = metadata.authorizationEndpoint()
                .orElseThrow(() -> new SignInFailed(
                        SignInFailed.Why.FAILED, "the issuer " + issuer.name() + " has no authorization_endpoint"));
        String state = random();
        String nonce = random();
        String verifier = random();
        Map<String, String> asked = new LinkedHashMap<>();
        asked.put("response_type", "code");
        asked.put("client_id", issuer.client().orElseThrow().id());
        asked.put("redirect_uri", callback());
        asked.put("scope", scopes);
        asked.put("state", state);
        asked.put("nonce", nonce);
        asked.put("code_challenge", s256(verifier));
        asked.put("code_challenge_method", "S256");
        String attempt = sessions.seal(
                KIND,
                Map.of(
                        "issuer", issuer.name(),
                        "of", issuer.fingerprint(),
                        "state", state,
                        "nonce", nonce,
                        "verifier", verifier,
                        "scopes", scopes,
                        "back", back,
                        "until", clock.instant().plus(LONGEST).toString()));
        return new Begun(with(endpoint, asked), attempt);
    }

    /**
     * Ends a sign-in; or has it begin once more, where the issuer knows a scope and does not give it to this client.
     *
     * @param attempt what {@link #begin} gave the browser
     * @param answer the parameters that the issuer sent the browser back with
     * @throws SignInFailed where nobody is signed in by that
     */
    public Step end(Optional<String> attempt, Map<String, String> answer) {
        Map<String, String> begun = attempt.flatMap(kept -> sessions.open(KIND, kept))
                .filter(one ->
                        clock.instant().isBefore(Instant.parse(one.getOrDefault("until", Instant.EPOCH.toString()))))
                .filter(one -> isEqual(one.getOrDefault("state", ""), answer.getOrDefault("state", "")))
                .orElseThrow(() -> new SignInFailed(
                        SignInFailed.Why.AGAIN,
                        "somebody came back who did not begin here within " + LONGEST.toMinutes() + " minutes"));
        Issuer issuer = settings.named(begun.getOrDefault("issuer", ""))
                .filter(one -> one.fingerprint().equals(begun.get("of")))
                .orElseThrow(() -> new SignInFailed(SignInFailed.Why.AGAIN, "the issuer is no more what it was"));
        Metadata metadata = metadata(issuer);
        requireIssuer(issuer, metadata, answer);
        String error = answer.get("error");
        String scopes = begun.getOrDefault("scopes", OPENID);
        if ("invalid_scope".equals(error) && !scopes.equals(OPENID)) {
            return begin(issuer, metadata, next(metadata.scopes(), scopes), begun.getOrDefault("back", "/"));
        }
        if (error != null) {
            throw new SignInFailed(
                    why(error, answer.get("error_description")),
                    "the issuer " + issuer.name() + " says " + SignedTokens.shown(error));
        }
        Claims tokens = tokens(issuer, metadata, answer.getOrDefault("code", ""), begun.getOrDefault("verifier", ""));
        Person person = person(issuer, tokens, begun.getOrDefault("nonce", ""));
        if (person.role() == Role.NONE) {
            throw new SignInFailed(
                    SignInFailed.Why.NOT_ALLOWED,
                    issuer.name() + ":" + person.name() + " is in none of the groups of bugloss.oidc." + issuer.name()
                            + ".readers and .editors");
        }
        return new Ended(person, root().origin() + begun.getOrDefault("back", "/"));
    }

    /**
     * What to ask for where scopes were refused, for no issuer says which of them: all but one, from the last to the first; in the end
     * {@code openid} alone.
     */
    private static String next(String all, String refused) {
        List<String> scopes = List.of(all.split(" "));
        List<String> tries = new ArrayList<>(List.of(all));
        for (int i = scopes.size() - 1; i > 0; i--) {
            String without = scopes.get(i);
            tries.add(scopes.stream().filter(scope -> !scope.equals(without)).collect(Collectors.joining(" ")));
        }
        int at = tries.indexOf(refused);
        return at >= 0 && at + 1 < tries.size() ? tries.get(at + 1) : OPENID;
    }

    /** Where people sign out at the issuer (OpenID Connect RP-Initiated Logout 1.0); empty where there is no such place now. */
    public Optional<String> signOut(Issuer issuer) {
        try {
            return metadata(issuer)
                    .endSessionEndpoint()
                    .map(endpoint -> with(
                            endpoint,
                            Map.of(
                                    "client_id", issuer.client().orElseThrow().id(),
                                    "post_logout_redirect_uri", root().at("/"))));
        } catch (SignInFailed e) {
            return Optional.empty();
        }
    }

    /** RFC 6749, 4.1.2.1; and what Keycloak says where somebody signed in in another tab, and that is over by now. */
    private static SignInFailed.Why why(String error, @Nullable String description) {
        return switch (error) {
            case "access_denied" -> SignInFailed.Why.DENIED;
            case "temporarily_unavailable" ->
                "authentication_expired".equals(description) ? SignInFailed.Why.AGAIN : SignInFailed.Why.AWAY;
            default -> SignInFailed.Why.FAILED;
        };
    }

    /** RFC 9207: an answer of one issuer is not taken for another's. */
    private static void requireIssuer(Issuer issuer, Metadata metadata, Map<String, String> answer) {
        String iss = answer.get("iss");
        if (iss == null ? metadata.namesItself() : !iss.equals(issuer.url())) {
            throw new SignInFailed(
                    SignInFailed.Why.FAILED,
                    "the answer is of the issuer " + SignedTokens.shown(iss == null ? "" : iss) + ", and was to be of "
                            + issuer.url());
        }
    }

    private Claims tokens(Issuer issuer, Metadata metadata, String code, String verifier) {
        URI endpoint = metadata.tokenEndpoint()
                .orElseThrow(() -> new SignInFailed(
                        SignInFailed.Why.FAILED, "the issuer " + issuer.name() + " has no token_endpoint"));
        Issuer.Client us = issuer.client().orElseThrow();
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "authorization_code");
        form.put("code", code);
        form.put("redirect_uri", callback());
        form.put("code_verifier", verifier);
        Map<String, String> credentials = Map.of();
        if (us.secret().isPresent() && metadata.takesBasic()) {
            credentials = Map.of("Authorization", basic(us.id(), us.secret().get()));
        } else {
            form.put("client_id", us.id());
            us.secret().ifPresent(secret -> form.put("client_secret", secret));
        }
        OutboundRequest request = OutboundRequest.postForm(endpoint, encoded(form), Json.MOST_BYTES)
                .withHeader("Accept", "application/json")
                .withCredentials(credentials)
                .withoutRedirects();
        try {
            return client.exchange(request, answer -> {
                if (answer.status() / 100 == 3) {
                    // What is sent, a secret among it, is for this address: a 307 or 308 would have it sent once more.
                    throw new SignInFailed(
                            SignInFailed.Why.FAILED,
                            "the issuer " + issuer.name() + " gives no tokens for the code: " + endpoint
                                    + " redirects, and its discovery must name the right token_endpoint");
                }
                Claims told = new Claims(Json.read(answer));
                if (answer.status() != 200) {
                    throw new SignInFailed(
                            answer.status() >= 500 ? SignInFailed.Why.AWAY : SignInFailed.Why.FAILED,
                            "the issuer " + issuer.name() + " gives no tokens for the code: status " + answer.status()
                                    + ", "
                                    + SignedTokens.shown(told.text("error").orElse("")));
                }
                return told;
            });
        } catch (FetchException e) {
            throw new SignInFailed(
                    SignInFailed.Why.AWAY, "the issuer " + issuer.name() + " gives no tokens: " + e.getMessage());
        }
    }

    private Person person(Issuer issuer, Claims tokens, String nonce) {
        try {
            return idTokens.person(
                    issuer,
                    tokens.text("id_token").orElseThrow(() -> new RefusedToken("there is no id_token")),
                    tokens.text("access_token"),
                    nonce);
        } catch (RefusedToken e) {
            throw new SignInFailed(SignInFailed.Why.FAILED, "the issuer " + issuer.name() + ": " + e.getMessage());
        } catch (NotAllowed e) {
            throw new SignInFailed(SignInFailed.Why.NOT_ALLOWED, String.valueOf(e.getMessage()));
        } catch (ProviderAway e) {
            throw new SignInFailed(SignInFailed.Why.AWAY, String.valueOf(e.getMessage()));
        }
    }

    private Metadata metadata(Issuer issuer) {
        try {
            return providers.metadata(issuer);
        } catch (ProviderAway e) {
            throw new SignInFailed(SignInFailed.Why.AWAY, String.valueOf(e.getMessage()));
        }
    }

    private boolean isOurs(String back) {
        return PATH.matcher(back).matches()
                && back.startsWith(root().path() + "/")
                && !back.startsWith(root().path() + "/api/");
    }

    private PublicUrl root() {
        return settings.publicUrl().orElseThrow();
    }

    private String callback() {
        return root().at("/api/sign-in/callback");
    }

    private String random() {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return base64(bytes);
    }

    private static String with(URI endpoint, Map<String, String> parameters) {
        return endpoint + (endpoint.getRawQuery() == null ? "?" : "&") + encoded(parameters);
    }

    private static String encoded(Map<String, String> form) {
        return form.entrySet().stream()
                .map(one -> one.getKey() + "=" + encoded(one.getValue()))
                .collect(Collectors.joining("&"));
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /** RFC 6749, 2.3.1: both are encoded as in a form first. */
    private static String basic(String id, String secret) {
        String pair = encoded(id) + ":" + encoded(secret);
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isEqual(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    private static String s256(String verifier) {
        try {
            return base64(MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
