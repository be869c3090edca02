package org.bugloss.callers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bugloss.cache.TestClock;
import org.bugloss.configuration.TestKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signing in at an issuer on this machine. */
class CodeFlowTest {

    private static final String ROOT = "https://bugs.example/bugloss/";

    private final TestClock clock = new TestClock();
    private final FakeIssuer issuer = FakeIssuer.start(clock);
    private Node node = new Node("bugloss.oidc.corp.readers", "qa");

    /** What one server has. */
    private final class Node {

        final OidcSettings settings;
        final CodeFlow flow;

        Node(String... more) {
            List<String> keys = new ArrayList<>(List.of(
                    "bugloss.oidc",
                    "corp",
                    "bugloss.oidc.corp.issuer",
                    issuer.url(),
                    "bugloss.oidc.corp.client-id",
                    "bugloss",
                    "bugloss.public-url",
                    ROOT));
            keys.addAll(List.of(more));
            settings = OidcSettings.from(TestKeys.keys(keys.toArray(String[]::new)));
            Providers providers =
                    new Providers(settings, FakeIssuer.CLIENT, clock, BearerTokensTest::daemon, Duration.ofSeconds(20));
            flow = new CodeFlow(settings, providers, new Sessions(settings, clock), FakeIssuer.CLIENT, clock);
        }

        CodeFlow.Begun begin(String back) {
            return flow.begin(settings.named("corp").orElseThrow(), Optional.ofNullable(back));
        }

        CodeFlow.Ended signIn() {
            return (CodeFlow.Ended) end(begin(null));
        }

        CodeFlow.Step end(CodeFlow.Begun begun) {
            return flow.end(Optional.of(begun.attempt()), atIssuer(begun));
        }
    }

    @AfterEach
    void close() {
        issuer.close();
    }

    @Test
    void theWayThereHasWhatTheIssuerNeeds() {
        CodeFlow.Begun begun = node.begin(null);
        assertTrue(begun.to().startsWith(issuer.url() + "/authorize?"), begun::to);
        Map<String, String> asked = FakeIssuer.parameters(URI.create(begun.to()).getRawQuery());
        Map<String, String> random = new HashMap<>(asked);
        for (String each : List.of("state", "nonce", "code_challenge")) {
            assertEquals(43, random.remove(each).length());
            assertNotEquals(
                    asked.get(each),
                    FakeIssuer.parameters(URI.create(node.begin(null).to()).getRawQuery())
                            .get(each));
        }
        assertEquals(
                Map.of(
                        "response_type", "code",
                        "client_id", "bugloss",
                        "redirect_uri", ROOT + "api/sign-in/callback",
                        "scope", "openid profile",
                        "code_challenge_method", "S256"),
                random);
    }

    @Test
    void whoComesBackIsSignedInForEightHours() {
        assertEquals(
                new CodeFlow.Ended(
                        new Person(
                                "corp", "ann", List.of("qa"), Role.READER, TestClock.START.plus(Duration.ofHours(8))),
                        ROOT),
                node.signIn());
    }

    @Test
    void aClientWithASecretProvesItself() {
        node = new Node("bugloss.oidc.corp.readers", "*", "bugloss.oidc.corp.client-secret", "hush hush");
        node.signIn();
        assertEquals("Basic YnVnbG9zczpodXNoK2h1c2g=", issuer.lastToken().get("Authorization"));
        issuer.tells("token_endpoint_auth_methods_supported", List.of("client_secret_post"));
        node = new Node("bugloss.oidc.corp.readers", "*", "bugloss.oidc.corp.client-secret", "hush hush");
        node.signIn();
        assertEquals("hush hush", issuer.lastToken().get("client_secret"));
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void theSecretGoesToTheTokenEndpointAndNowhereElse(int status) {
        issuer.tells("token_endpoint", issuer.url() + "/moved?" + status);
        issuer.tells("token_endpoint_auth_methods_supported", List.of("client_secret_post"));
        node = new Node("bugloss.oidc.corp.readers", "*", "bugloss.oidc.corp.client-secret", "hush hush");
        assertFails(SignInFailed.Why.FAILED);
        assertEquals(0, issuer.asked("/token"));
    }

    @ParameterizedTest
    @CsvSource({
        "/bugloss/?q=a%20b&x=1,/bugloss/?q=a%20b&x=1",
        "/bugloss/trackers.html,/bugloss/trackers.html",
        "/other,/bugloss/",
        "/bugloss/api/sign-in/corp,/bugloss/",
        "//evil.test/bugloss/,/bugloss/",
        "https://evil.test/bugloss/,/bugloss/",
        "/bugloss/\\evil.test,/bugloss/",
        "'/bugloss/ x',/bugloss/",
        "bugloss/,/bugloss/",
        ",/bugloss/",
    })
    void theWayBackLeadsToAPathOfOurs(String asked, String back) {
        CodeFlow.Begun begun = node.begin(asked);
        assertEquals(
                "https://bugs.example" + back,
                node.flow.end(Optional.of(begun.attempt()), atIssuer(begun)).to());
    }

    @Test
    void theWayBackIsForWhoBeganIt() {
        CodeFlow.Begun begun = node.begin(null);
        Map<String, String> answer = atIssuer(begun);
        assertWhy(SignInFailed.Why.AGAIN, null, answer);
        assertWhy(SignInFailed.Why.AGAIN, "nonsense", answer);
        assertWhy(SignInFailed.Why.AGAIN, node.begin(null).attempt(), answer);
        assertWhy(SignInFailed.Why.AGAIN, begun.attempt(), Map.of("code", "1"));
        assertWhy(SignInFailed.Why.FAILED, begun.attempt(), changed(answer, "iss", "https://other.example"));
        assertWhy(SignInFailed.Why.FAILED, begun.attempt(), changed(answer, "iss", null));
        assertWhy(SignInFailed.Why.FAILED, begun.attempt(), changed(answer, "code", "other"));
        node.flow.end(Optional.of(begun.attempt()), answer);
        assertWhy(SignInFailed.Why.FAILED, begun.attempt(), answer);
    }

    @Test
    void whoTakesTooLongBeginsOnceMore() {
        CodeFlow.Begun begun = node.begin(null);
        clock.advance(Duration.ofMinutes(10));
        assertWhy(SignInFailed.Why.AGAIN, begun.attempt(), atIssuer(begun));
    }

    @Test
    void whatTheIssuerRefusesIsTold() {
        CodeFlow.Begun begun = node.begin(null);
        Map<String, String> answer = changed(atIssuer(begun), "error", "access_denied");
        assertWhy(SignInFailed.Why.DENIED, begun.attempt(), answer);
        assertWhy(SignInFailed.Why.FAILED, begun.attempt(), changed(answer, "error", "server_error"));
        Map<String, String> later = changed(answer, "error", "temporarily_unavailable");
        assertWhy(SignInFailed.Why.AWAY, begun.attempt(), later);
        assertWhy(
                SignInFailed.Why.AGAIN, begun.attempt(), changed(later, "error_description", "authentication_expired"));
    }

    @Test
    void aScopeThatThisClientDoesNotGetIsNotAskedForAgain() {
        issuer.tells("scopes_supported", List.of("openid", "profile", "groups"));
        issuer.refuses("groups");
        CodeFlow.Begun first = node.begin("/bugloss/trackers.html");
        CodeFlow.Begun second = (CodeFlow.Begun) node.end(first);
        assertEquals("openid profile groups", scope(first));
        assertEquals("openid profile", scope(second));
        assertEquals(
                "https://bugs.example/bugloss/trackers.html", node.end(second).to());
        issuer.refuses("profile");
        CodeFlow.Begun third = (CodeFlow.Begun) node.end(second);
        assertEquals("openid groups", scope(third));
        issuer.refuses("groups");
        CodeFlow.Begun fourth = (CodeFlow.Begun) node.end(third);
        assertEquals("openid", scope(fourth));
        issuer.refuses("openid");
        assertWhy(SignInFailed.Why.FAILED, fourth.attempt(), atIssuer(fourth));
    }

    private static String scope(CodeFlow.Begun begun) {
        return FakeIssuer.parameters(URI.create(begun.to()).getRawQuery()).get("scope");
    }

    @Test
    void anIdTokenOfAnotherSignInIsRefused() {
        issuer.identity("nonce", "another");
        CodeFlow.Begun begun = node.begin(null);
        assertWhy(SignInFailed.Why.FAILED, begun.attempt(), atIssuer(begun));
    }

    @Test
    void anIdTokenOfAnotherClientIsRefused() {
        issuer.identity("azp", "other");
        assertFails(SignInFailed.Why.FAILED);
        issuer.identity("azp", null);
        issuer.identity("aud", "other");
        assertFails(SignInFailed.Why.FAILED);
        issuer.identity("aud", List.of("bugloss", "other"));
        assertFails(SignInFailed.Why.FAILED);
        issuer.identity("azp", "bugloss");
        assertEquals("ann", node.signIn().person().name());
    }

    @Test
    void rolesThatOnlyTheAccessTokenHasCount() {
        node = new Node("bugloss.oidc.corp.groups-claim", "realm_access.roles", "bugloss.oidc.corp.editors", "leads");
        assertFails(SignInFailed.Why.NOT_ALLOWED);
        issuer.access("realm_access", Map.of("roles", List.of("leads")));
        assertEquals(Role.EDITOR, node.signIn().person().role());
        issuer.access("sub", "another");
        assertFails(SignInFailed.Why.NOT_ALLOWED);
    }

    @Test
    void whoIsInNoGroupThatMayIsNotSignedIn() {
        node = new Node();
        assertFails(SignInFailed.Why.NOT_ALLOWED);
        node = new Node("bugloss.oidc.corp.readers", "*", "bugloss.oidc.corp.require", "hd:corp.example");
        assertFails(SignInFailed.Why.NOT_ALLOWED);
        issuer.ann("hd", "corp.example");
        assertEquals("ann", node.signIn().person().name());
    }

    @Test
    void whileTheIssuerIsAwayNobodySignsInAndSigningOutEndsHere() {
        CodeFlow.Begun begun = node.begin(null);
        Map<String, String> answer = atIssuer(begun);
        issuer.away(true);
        assertWhy(SignInFailed.Why.AWAY, begun.attempt(), answer);
        node = new Node("bugloss.oidc.corp.readers", "qa");
        assertEquals(
                SignInFailed.Why.AWAY,
                assertThrows(SignInFailed.class, () -> node.begin(null)).why());
        assertEquals(Optional.empty(), node.flow.signOut(node.settings.issuers().get(0)));
        issuer.away(false);
        clock.advance(Duration.ofSeconds(6));
        assertEquals("ann", node.signIn().person().name());
    }

    @Test
    void signingOutAtTheIssuerLeadsBack() {
        String at = node.flow.signOut(node.settings.issuers().get(0)).orElseThrow();
        assertTrue(at.startsWith(issuer.url() + "/end?"), at);
        assertEquals(
                Map.of("client_id", "bugloss", "post_logout_redirect_uri", ROOT),
                FakeIssuer.parameters(URI.create(at).getRawQuery()));
    }

    private void assertFails(SignInFailed.Why why) {
        CodeFlow.Begun begun = node.begin(null);
        assertWhy(why, begun.attempt(), atIssuer(begun));
    }

    private void assertWhy(SignInFailed.Why why, String attempt, Map<String, String> answer) {
        assertEquals(
                why,
                assertThrows(SignInFailed.class, () -> node.flow.end(Optional.ofNullable(attempt), answer))
                        .why());
    }

    private static Map<String, String> changed(Map<String, String> answer, String name, String value) {
        return FakeIssuer.put(new HashMap<>(answer), name, value);
    }

    /** What the issuer sends the browser back with. */
    private static Map<String, String> atIssuer(CodeFlow.Begun begun) {
        try {
            HttpURLConnection there =
                    (HttpURLConnection) URI.create(begun.to()).toURL().openConnection();
            there.setInstanceFollowRedirects(false);
            String back = there.getHeaderField("Location");
            assertTrue(back.startsWith(ROOT + "api/sign-in/callback?"), back);
            return FakeIssuer.parameters(URI.create(back).getRawQuery());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
