package org.bugloss.callers;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.InvalidUrlException;

/**
 * What an issuer tells of itself (OpenID Connect Discovery 1.0, 3).
 *
 * @param jwksUri where its keys are
 * @param authorizationEndpoint where people sign in; for issuers of machines' tokens there is none
 * @param tokenEndpoint where a code is changed for tokens
 * @param endSessionEndpoint where people sign out
 * @param takesBasic whether the token endpoint takes the client's secret as HTTP Basic, which is what it is to take
 * @param namesItself whether its answers always have {@code iss} (RFC 9207)
 * @param scopes those of ours that it knows: {@code openid}, and what names and groups come with
 */
public record Metadata(
        URI jwksUri,
        Optional<URI> authorizationEndpoint,
        Optional<URI> tokenEndpoint,
        Optional<URI> endSessionEndpoint,
        boolean takesBasic,
        boolean namesItself,
        String scopes) {

    /** {@code groups} is a scope of Dex and Okta, and unknown to others, some of which refuse what they do not know. */
    private static final List<String> WANTED = List.of("profile", "groups");

    static Metadata of(Issuer issuer, Claims document) {
        String told = document.text("issuer").orElse("nothing");
        if (!told.equals(issuer.url())) {
            throw unexpected("the document at " + issuer.discovery() + " is of the issuer " + SignedTokens.shown(told)
                    + ", and bugloss.oidc." + issuer.name() + ".issuer is " + issuer.url()
                    + ": they must be equal to the letter");
        }
        List<String> methods = document.values("token_endpoint_auth_methods_supported");
        List<String> scopes = document.values("scopes_supported");
        StringBuilder asked = new StringBuilder("openid");
        WANTED.stream()
                .filter(scope -> scopes.contains(scope) || scope.equals("profile") && scopes.isEmpty())
                .forEach(scope -> asked.append(' ').append(scope));
        return new Metadata(
                address(document, "jwks_uri")
                        .orElseThrow(() -> unexpected("the document at " + issuer.discovery() + " names no jwks_uri")),
                address(document, "authorization_endpoint"),
                address(document, "token_endpoint"),
                address(document, "end_session_endpoint"),
                methods.isEmpty() || methods.contains("client_secret_basic"),
                document.values("authorization_response_iss_parameter_supported")
                        .contains("true"),
                asked.toString());
    }

    private static Optional<URI> address(Claims document, String member) {
        return document.text(member).map(value -> {
            try {
                return CanonicalUrl.parse(value).uri();
            } catch (InvalidUrlException e) {
                throw unexpected("its " + member + " is no address: " + e.getMessage());
            }
        });
    }

    private static FetchException unexpected(String what) {
        return new FetchException(FailureReason.UNEXPECTED_ANSWER, what);
    }
}
