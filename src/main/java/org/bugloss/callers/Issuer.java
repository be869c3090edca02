package org.bugloss.callers;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.WrongConfiguration;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;

/**
 * One issuer of {@code bugloss.oidc}. Immutable.
 *
 * @param name its name in the configuration
 * @param url as its tokens must have it in {@code iss}, to the letter
 * @param audience what its tokens must be for; none, where no bearer tokens of it are taken
 * @param client what people sign in with; none, where nobody does
 * @param rules what its claims mean
 */
public record Issuer(String name, String url, Optional<String> audience, Optional<Client> client, ClaimRules rules) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,31}");

    /** A caller is token:ci or corp:ann, an audience also group:corp:qa and notify:chat, and the way back is …/callback. */
    private static final Set<String> TAKEN = Set.of("token", "group", "notify", "callback");

    /** Everybody can get tokens of theirs. */
    private static final Set<String> OF_EVERYBODY = Set.of("token.actions.githubusercontent.com", "gitlab.com");

    /**
     * Bugloss, as a client at the issuer.
     *
     * @param id as the issuer knows it
     * @param secret what it proves itself with; none for a public client, which PKCE protects
     */
    public record Client(String id, Optional<String> secret) {

        @Override
        public String toString() {
            return "Client[" + id + "]";
        }
    }

    static Issuer from(Keys keys, String name) {
        if (!NAME.matcher(name).matches() || TAKEN.contains(name.toLowerCase(Locale.ROOT))) {
            throw new WrongConfiguration(
                    "bugloss.oidc",
                    name,
                    "an issuer's name begins with a letter and has letters, digits, _ and -, at most 32, and is none of token, group, notify, callback");
        }
        String prefix = "bugloss.oidc." + name + ".";
        String url = keys.text(prefix + "issuer")
                .orElseThrow(
                        () -> new WrongConfiguration(
                                prefix
                                        + "issuer has no value: it is what the issuer's tokens have in iss, such as https://sso.example/realms/corp"));
        CanonicalUrl parsed = parsed(prefix + "issuer", url);
        Optional<String> audience = keys.text(prefix + "audience");
        Optional<String> secret = keys.secret(prefix + "client-secret");
        Optional<Client> client = keys.text(prefix + "client-id").map(id -> new Client(id, secret));
        if (audience.isEmpty() && client.isEmpty()) {
            throw new WrongConfiguration(
                    prefix + "audience and " + prefix
                            + "client-id have no value: the first takes the issuer's tokens, the second lets people sign in there");
        }
        if (secret.isPresent() && client.isEmpty()) {
            throw new WrongConfiguration(prefix + "client-secret is given without " + prefix + "client-id");
        }
        ClaimRules rules = ClaimRules.from(keys, prefix);
        if (OF_EVERYBODY.contains(parsed.host()) && rules.required().stream().allMatch(Requirement::isOpen)) {
            throw new WrongConfiguration(
                    prefix + "require has no value that leaves anybody out: everybody can get tokens of "
                            + parsed.host() + ", so say whose are let in, such as "
                            + (parsed.host().equals("gitlab.com") ? "project_path:acme/shop" : "repository:acme/shop"));
        }
        return new Issuer(name, url, audience, client, rules);
    }

    /** Its host and port may be fetched though they are not public. */
    public CanonicalUrl address() {
        return parsed("bugloss.oidc." + name + ".issuer", url);
    }

    /** OpenID Connect Discovery 1.0, 4.1: a slash at the end goes first. */
    URI discovery() {
        return URI.create(
                (url.endsWith("/") ? url.substring(0, url.length() - 1) : url) + "/.well-known/openid-configuration");
    }

    /**
     * What tells it from another issuer of the same name, and of other demands: who signed in before either changed, signs in
     * again.
     */
    String fingerprint() {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((url + " " + client.map(Client::id).orElse("") + " " + rules.required())
                            .getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(hash).substring(0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static CanonicalUrl parsed(String key, String url) {
        try {
            CanonicalUrl parsed = CanonicalUrl.parse(url);
            if (parsed.query().isPresent() || url.indexOf('#') >= 0) {
                throw new InvalidUrlException("it has no query and no fragment");
            }
            return parsed;
        } catch (InvalidUrlException e) {
            throw new WrongConfiguration(key, url, "must be the issuer's URL, as in iss: " + e.getMessage());
        }
    }
}
