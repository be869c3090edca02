package org.bugloss.callers;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What an issuer tells a client of who signed in (OpenID Connect Core 1.0, 3.1.3.7). Thread-safe. */
final class IdTokens {

    private static final Set<String> TYPES = Set.of("jwt");
    private static final Set<String> ACCESS_TYPES = Set.of("jwt", "at+jwt");

    private final SignedTokens tokens;
    private final Clock clock;

    IdTokens(Providers providers, Clock clock) {
        this.tokens = new SignedTokens(providers, clock);
        this.clock = clock;
    }

    /**
     * Who signed in.
     *
     * @param accessToken what came with it; where it is a signed token of the same person, what the ID token does not tell is
     *     taken from it: Keycloak has roles there alone, unless told otherwise
     * @param nonce what the sign-in was begun with
     * @throws RefusedToken where the ID token is not for this sign-in
     * @throws NotAllowed where the claims are not those that must be
     * @throws ProviderAway where the issuer's keys are needed and can't be had
     */
    Person person(Issuer issuer, String idToken, Optional<String> accessToken, String nonce) {
        Claims claims = proved(issuer, idToken, TYPES);
        String client = issuer.client().orElseThrow().id();
        List<String> audience = claims.values("aud");
        Optional<String> party = claims.text("azp");
        if (!audience.contains(client)
                || audience.size() > 1 && party.isEmpty()
                || party.filter(one -> !one.equals(client)).isPresent()) {
            throw new RefusedToken("the ID token is for another client than " + client);
        }
        if (!claims.text("nonce").equals(Optional.of(nonce))) {
            throw new RefusedToken("the ID token is of another sign-in");
        }
        String subject = claims.text("sub").orElseThrow(() -> new RefusedToken("the ID token has no sub"));
        Map<String, Object> all = new HashMap<>();
        accessToken.flatMap(token -> alsoOf(issuer, subject, token)).ifPresent(more -> all.putAll(more.members()));
        all.putAll(claims.members());
        return issuer.rules()
                .person(issuer.name(), new Claims(all), clock.instant().plus(Sessions.LONGEST));
    }

    private Optional<Claims> alsoOf(Issuer issuer, String subject, String accessToken) {
        try {
            return Optional.of(proved(issuer, accessToken, ACCESS_TYPES))
                    .filter(claims -> claims.text("sub").equals(Optional.of(subject)));
        } catch (RefusedToken e) {
            return Optional.empty(); // of a form that is for the issuer alone to read
        }
    }

    private Claims proved(Issuer issuer, String token, Set<String> types) {
        SignedTokens.Unproved read = tokens.read(token, types);
        if (!read.issuers().contains(issuer)) {
            throw new RefusedToken("the token is of another issuer than " + issuer.name());
        }
        tokens.prove(read);
        return read.claims();
    }
}
