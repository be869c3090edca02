package org.bugloss.callers;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.jwk.JWK;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What holds for every token that an issuer signed (RFC 7515, 7519, 8725), whatever it is for. Thread-safe. */
final class SignedTokens {

    /** The longest that is looked at: tokens with hundreds of groups are half as long. */
    static final int LONGEST = 16 * 1024;

    /** What clocks may differ by. */
    static final Duration SKEW = Duration.ofSeconds(60);

    private static final int LONGEST_SHOWN = 200;

    private final Providers providers;
    private final Clock clock;

    SignedTokens(Providers providers, Clock clock) {
        this.providers = providers;
        this.clock = clock;
    }

    /**
     * A token in its parts, nothing of which is proved yet.
     *
     * @param jws the token
     * @param claims what it says
     * @param until when it ends by its own account
     * @param issuers those that are configured with the URL of the issuer that it says it is of; at least one
     */
    record Unproved(JWSObject jws, Claims claims, Instant until, List<Issuer> issuers) {}

    /**
     * Reads a token, and what can be told without a key: that is first, so that nobody is asked for the keys of nonsense.
     *
     * @param types what its header may have in {@code typ}, where it has one; in lower case
     */
    Unproved read(String token, Set<String> types) {
        JWSObject jws = parsed(token);
        JWSHeader header = jws.getHeader();
        if (!Keyring.ALGORITHMS.contains(header.getAlgorithm())) {
            throw new RefusedToken("this token's alg is not one of RS256, PS256, ES256, EdDSA");
        }
        if (header.getCriticalParams() != null) {
            throw new RefusedToken("this token's header has crit, and nothing that it may name is known");
        }
        JOSEObjectType type = header.getType();
        if (type != null
                && !types.contains(type.getType().toLowerCase(Locale.ROOT).replaceFirst("^application/", ""))) {
            throw new RefusedToken("this token's typ is " + shown(type.getType()) + ", and may be "
                    + String.join(" or ", types.stream().sorted().toList()));
        }
        Map<String, Object> members = jws.getPayload().toJSONObject();
        if (members == null) {
            throw new RefusedToken("this token holds no claims");
        }
        Claims claims = new Claims(members);
        String iss = claims.text("iss").orElse("");
        List<Issuer> issuers = providers.of(iss);
        if (issuers.isEmpty()) {
            throw new RefusedToken("this token is of the issuer " + shown(iss) + ", and taken are tokens of "
                    + String.join(", ", providers.urls()) + ": they must be equal to the letter");
        }
        return new Unproved(jws, claims, times(claims), issuers);
    }

    /** @throws RefusedToken where the issuer did not sign it */
    void prove(Unproved token) {
        JWSHeader header = token.jws().getHeader();
        Provider provider = providers.named(token.issuers().get(0).name());
        Provider.Known known = provider.known();
        Optional<JWK> key = known.keys().key(header);
        if (key.isEmpty()) {
            key = provider.newer(known).keys().key(header);
        }
        JWK signer = key.orElseThrow(() -> new RefusedToken(
                "the issuer " + provider.issuer().name() + " has no key of this token's kid and alg that may sign"));
        if (!Keyring.isSigned(token.jws(), signer)) {
            throw new RefusedToken("this token's signature is not of its issuer's key");
        }
    }

    private Instant times(Claims claims) {
        Instant now = clock.instant();
        Instant until = claims.time("exp")
                .orElseThrow(() -> new RefusedToken("this token has no exp, so that it would never end"));
        if (now.isAfter(until.plus(SKEW))) {
            throw new RefusedToken("this token expired at " + until);
        }
        for (String name : new String[] {"nbf", "iat"}) {
            if (claims.has(name) && claims.time(name).isEmpty()) {
                throw new RefusedToken("this token's " + name + " is no time");
            }
            claims.time(name).filter(from -> from.isAfter(now.plus(SKEW))).ifPresent(from -> {
                throw new RefusedToken(
                        "this token is of the future: its " + name + " is " + from + ", and here it is " + now);
            });
        }
        return until;
    }

    private static JWSObject parsed(String token) {
        if (token.length() > LONGEST) {
            throw new RefusedToken("this token is longer than " + LONGEST + " characters");
        }
        try {
            return JWSObject.parse(token);
        } catch (ParseException | RuntimeException e) {
            throw new RefusedToken("this is no signed token (JWS) that can be read");
        }
    }

    /** What somebody sent, as it can stand in a message. */
    static String shown(String text) {
        String clean = text.replaceAll("[^\\x21-\\x7e]|[\"\\\\]", "?");
        return clean.isEmpty()
                ? "nothing"
                : clean.length() <= LONGEST_SHOWN ? clean : clean.substring(0, LONGEST_SHOWN);
    }
}
