package org.bugloss.callers;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that issuers signed for callers of the REST interface: people's access tokens (RFC 9068), and those of CI jobs.
 *
 * <p>One that was proved is remembered until it ends, and {@link #REMEMBERED} at most, so that one whose key was taken back
 * ends soon. Strangers' tokens take no room. Thread-safe.
 */
public final class BearerTokens {

    /** How long a proof is good for. */
    static final Duration REMEMBERED = Duration.ofMinutes(5);

    /** In characters of tokens, each of which is a byte. */
    private static final int MOST_REMEMBERED = 4 * 1024 * 1024;

    private static final Set<String> TYPES = Set.of("jwt", "at+jwt");

    /** What only ID tokens have (OpenID Connect Core 1.0, 2 and 3.1.3.6): they tell a client who signed in, and let nobody in. */
    private static final Set<String> OF_ID_TOKENS = Set.of("nonce", "at_hash", "c_hash");

    /** Keycloak's word, in the payload, for what is no access token. */
    private static final Set<String> OTHER_KINDS = Set.of("ID", "Refresh", "Offline", "Logout");

    private record Remembered(Person person, Instant until) {}

    private final SignedTokens tokens;
    private final Clock clock;
    private final boolean isUsed;
    private final Cache<String, Remembered> proved = Caffeine.newBuilder()
            .maximumWeight(MOST_REMEMBERED)
            .weigher((String token, Remembered one) -> token.length())
            .executor(Runnable::run)
            .build();

    public BearerTokens(OidcSettings settings, Providers providers, Clock clock) {
        this.tokens = new SignedTokens(providers, clock);
        this.clock = clock;
        this.isUsed = !settings.issuers().isEmpty();
    }

    /** Whether there are issuers, and it has the form of a token of theirs: three parts, the first of which is JSON. */
    public boolean isOne(String token) {
        int first = token.indexOf('.');
        int second = token.indexOf('.', first + 1);
        return isUsed && token.startsWith("e") && first > 0 && second > 0 && token.indexOf('.', second + 1) < 0;
    }

    /**
     * Whose token it is.
     *
     * @throws RefusedToken where it proves nothing
     * @throws NotAllowed where its claims are not those that must be
     * @throws ProviderAway where its issuer's keys are needed and can't be had
     */
    public Person holder(String token) {
        @Nullable Remembered known = proved.getIfPresent(token);
        Instant now = clock.instant();
        if (known != null && now.isBefore(known.until())) {
            return known.person();
        }
        Person person = proved(token);
        Instant forgotten = now.plus(REMEMBERED);
        proved.put(token, new Remembered(person, person.until().isBefore(forgotten) ? person.until() : forgotten));
        return person;
    }

    private Person proved(String token) {
        SignedTokens.Unproved read = tokens.read(token, TYPES);
        List<Issuer> taking = forItsAudience(read);
        if (OF_ID_TOKENS.stream().anyMatch(read.claims()::has)
                || read.claims().text("typ").filter(OTHER_KINDS::contains).isPresent()) {
            throw new RefusedToken("this is an ID token, or another that is for the client that it was given to:"
                    + " an access token is needed");
        }
        tokens.prove(read);
        return person(taking, read);
    }

    private static List<Issuer> forItsAudience(SignedTokens.Unproved read) {
        List<String> audiences = read.issuers().stream()
                .flatMap(issuer -> issuer.audience().stream())
                .distinct()
                .toList();
        if (audiences.isEmpty()) {
            String name = read.issuers().get(0).name();
            throw new RefusedToken(
                    "tokens of the issuer " + name + " are not taken: bugloss.oidc." + name + ".audience is not set");
        }
        List<String> aud = read.claims().values("aud");
        List<Issuer> taking = read.issuers().stream()
                .filter(issuer -> issuer.audience().filter(aud::contains).isPresent())
                .toList();
        if (taking.isEmpty()) {
            throw new RefusedToken("this token is for another audience: its aud must have "
                    + String.join(" or ", audiences) + (aud.isEmpty() ? ", and it has none" : ""));
        }
        return taking;
    }

    /** By the rules of the first that lets such claims in: one issuer may be there several times, with rules for each project. */
    private static Person person(List<Issuer> taking, SignedTokens.Unproved read) {
        for (Issuer issuer : taking.subList(0, taking.size() - 1)) {
            try {
                return person(issuer, read);
            } catch (NotAllowed e) {
                // the next may let them in
            }
        }
        return person(taking.get(taking.size() - 1), read);
    }

    private static Person person(Issuer issuer, SignedTokens.Unproved read) {
        return issuer.rules().person(issuer.name(), read.claims(), read.until().plus(SignedTokens.SKEW));
    }
}
