package org.bugloss.callers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.bugloss.cache.TestClock;
import org.bugloss.configuration.TestKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens against an issuer on this machine. */
class BearerTokensTest {

    private static final Instant END = TestClock.START.plusSeconds(360);

    private final TestClock clock = new TestClock();
    private final FakeIssuer issuer = FakeIssuer.start(clock);
    private BearerTokens tokens = tokens("bugloss.oidc.corp.readers", "qa");

    @AfterEach
    void close() {
        issuer.close();
    }

    @Test
    void aGoodTokenTellsWhoItIs() {
        assertEquals(new Person("corp", "ann", List.of("qa"), Role.READER, END), tokens.holder(issuer.token()));
    }

    @Test
    void whatWasProvedIsNotProvedAgain() {
        String token = issuer.token();
        IntStream.range(0, 100).forEach(i -> tokens.holder(token));
        issuer.away(true);
        clock.advance(Duration.ofMinutes(4));
        assertEquals("ann", tokens.holder(token).name());
        assertEquals(List.of(1, 1), List.of(issuer.asked("/.well-known/openid-configuration"), issuer.asked("/keys")));
    }

    @Test
    void everyAlgorithmOfTheListIsTaken() throws Exception {
        ECKey ec = new ECKeyGenerator(Curve.P_256).keyID("ec").generate();
        KeyPair ed = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        byte[] encoded = ed.getPublic().getEncoded();
        JWK okp = new OctetKeyPair.Builder(
                        Curve.Ed25519,
                        Base64URL.encode(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)))
                .keyID("ed")
                .build();
        issuer.keys(FakeIssuer.FIRST, ec, okp);

        JWSObject byEc = new JWSObject(header(JWSAlgorithm.ES256, "ec"), new Payload(issuer.claims()));
        byEc.sign(new ECDSASigner(ec));
        JWSObject byEd = new JWSObject(header(JWSAlgorithm.EdDSA, "ed"), new Payload(issuer.claims()));
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(ed.getPrivate());
        signature.update(byEd.getSigningInput());
        String signedByEd = new String(byEd.getSigningInput(), StandardCharsets.US_ASCII) + "."
                + Base64URL.encode(signature.sign());

        for (String token : List.of(
                issuer.token(),
                FakeIssuer.signed(header(JWSAlgorithm.PS256, "first"), FakeIssuer.FIRST, issuer.claims()),
                byEc.serialize(),
                signedByEd)) {
            assertEquals("ann", tokens.holder(token).name());
        }
        String zeros =
                new String(byEc.getSigningInput(), StandardCharsets.US_ASCII) + "." + Base64URL.encode(new byte[64]);
        assertRefused("signature", zeros);
    }

    @Test
    void otherAlgorithmsAreRefused() throws Exception {
        assertRefused("alg", FakeIssuer.signed(header(JWSAlgorithm.RS512, "first"), FakeIssuer.FIRST, issuer.claims()));
        // The public key as the secret of a MAC: whoever reads the keys could sign.
        JWSObject mac = new JWSObject(header(JWSAlgorithm.HS256, "first"), new Payload(issuer.claims()));
        mac.sign(new MACSigner(FakeIssuer.FIRST.toRSAPublicKey().getEncoded()));
        assertRefused("alg", mac.serialize());
        assertRefused("no signed token", unsigned("{\"alg\":\"none\"}"));
        assertRefused("alg", unsigned("{\"alg\":\"None\",\"kid\":\"first\"}") + "AAAA");
        assertEquals(0, issuer.asked("/keys"));
    }

    @Test
    void theKeyMustBeOfTheHeadersKindAndForSignatures() throws Exception {
        RSAKey encrypting = new RSAKey.Builder(FakeIssuer.SECOND)
                .keyID("enc")
                .keyUse(KeyUse.ENCRYPTION)
                .build();
        RSAKey other = new RSAKey.Builder(FakeIssuer.SECOND)
                .keyID("other")
                .algorithm(JWSAlgorithm.PS256)
                .build();
        RSAKey small = new RSAKeyGenerator(1024, true).keyID("small").generate();
        issuer.keys(FakeIssuer.FIRST, encrypting, other, small);
        for (RSAKey key : List.of(encrypting, other, small)) {
            assertRefused("no key of this token's kid", FakeIssuer.signed(key, issuer.claims()));
        }
        assertRefused(
                "signature",
                FakeIssuer.signed(header(JWSAlgorithm.RS256, "first"), FakeIssuer.SECOND, issuer.claims()));
    }

    @Test
    void withoutKidTheOnlyKeyOfTheKindIsTaken() {
        String token = FakeIssuer.signed(header(JWSAlgorithm.RS256, null), FakeIssuer.FIRST, issuer.claims());
        assertEquals("ann", tokens.holder(token).name());
        issuer.keys(FakeIssuer.FIRST, FakeIssuer.SECOND);
        tokens = tokens("bugloss.oidc.corp.readers", "qa");
        assertRefused("no key of this token's kid", token);
    }

    @Test
    void aHeaderThatPointsElsewhereIsNotFollowed() throws Exception {
        RSAKey own = FakeIssuer.SECOND;
        JWSHeader pointing = new JWSHeader.Builder(JWSAlgorithm.RS256)
                .keyID("second")
                .jwk(own.toPublicJWK())
                .jwkURL(java.net.URI.create(issuer.url() + "/evil"))
                .build();
        assertRefused("no key of this token's kid", FakeIssuer.signed(pointing, own, issuer.claims()));
        assertEquals(0, issuer.asked("/evil"));
        JWSHeader critical = new JWSHeader.Builder(JWSAlgorithm.RS256)
                .keyID("first")
                .criticalParams(Set.of("exp"))
                .customParam("exp", 1)
                .build();
        assertRefused("crit", FakeIssuer.signed(critical, FakeIssuer.FIRST, issuer.claims()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"at+jwt", "application/at+jwt", "JWT", "jwt"})
    void accessTokensMaySayThatTheyAreSuch(String type) {
        assertEquals("ann", tokens.holder(typed(type)).name());
    }

    @ParameterizedTest
    @ValueSource(strings = {"logout+jwt", "dpop+jwt", "id_token", "secevent+jwt"})
    void tokensForOtherUsesAreRefused(String type) {
        assertRefused("typ", typed(type));
    }

    @ParameterizedTest
    @CsvSource({"nonce,x", "at_hash,x", "c_hash,x", "typ,ID", "typ,Refresh", "typ,Logout"})
    void idTokensLetNobodyIn(String claim, String value) {
        assertRefused("ID token", issuer.token(claim, value));
    }

    @Test
    void whatKeycloakCallsAnAccessTokenIsOne() {
        assertEquals("ann", tokens.holder(issuer.token("typ", "Bearer")).name());
    }

    @Test
    void theAudienceMustBeThereAloneOrAmongOthers() {
        assertEquals(
                "ann",
                tokens.holder(issuer.token("aud", List.of("account", "bugloss-api")))
                        .name());
        assertRefused("its aud must have bugloss-api", issuer.token("aud", "account"));
        assertRefused("its aud must have bugloss-api, and it has none", issuer.token("aud", null));
        assertRefused("its aud must have bugloss-api", issuer.token("aud", List.of("bugloss-api-2", "BUGLOSS-API")));
        assertRefused("its aud must have bugloss-api", issuer.token("aud", Map.of("bugloss-api", 1)));
    }

    @Test
    void theIssuerMustBeEqualToTheLetter() {
        String localhost = issuer.url().replace("127.0.0.1", "localhost");
        String message = assertRefused("of the issuer " + localhost, issuer.token("iss", localhost));
        assertTrue(message.contains(issuer.url()), message);
        assertRefused("of the issuer " + issuer.url() + "/,", issuer.token("iss", issuer.url() + "/"));
        assertRefused("of the issuer nothing", issuer.token("iss", null));
        assertEquals(0, issuer.asked("/keys"));
    }

    @ParameterizedTest
    @CsvSource({"exp,-30,true", "exp,-61,false", "iat,30,true", "iat,120,false", "nbf,30,true", "nbf,120,false"})
    void clocksMayDifferByAMinute(String claim, long seconds, boolean isTaken) {
        String token = issuer.token(claim, TestClock.START.plusSeconds(seconds).getEpochSecond());
        if (isTaken) {
            assertEquals("ann", tokens.holder(token).name());
        } else {
            assertRefused(claim.equals("exp") ? "expired" : "future", token);
        }
    }

    @Test
    void aTokenThatNeverEndsIsRefused() {
        assertRefused("no exp", issuer.token("exp", null));
        assertRefused("no exp", issuer.token("exp", "tomorrow"));
        assertRefused("no exp", issuer.token("exp", -1));
        assertRefused("iat", issuer.token("iat", "now"));
        assertEquals("ann", tokens.holder(issuer.token("exp", 1e300)).name());
    }

    @Test
    void aRememberedTokenEndsAsItSays() {
        String token = issuer.token("exp", TestClock.START.plusSeconds(100).getEpochSecond());
        tokens.holder(token);
        clock.advance(Duration.ofSeconds(159));
        assertEquals("ann", tokens.holder(token).name());
        clock.advance(Duration.ofSeconds(2));
        assertRefused("expired", token);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"e..", "e.e.e", "eyJhbGciOiJSUzI1NiJ9..", "eyJhbGciOiJSUzI1NiJ9.W10.AAAA", "eyJ.%00.\u00e9"})
    void nonsenseIsRefused(String token) {
        assertTrue(tokens.isOne(token));
        assertThrows(RefusedToken.class, () -> tokens.holder(token));
    }

    @Test
    void hugeAndDeepTokensAreRefused() {
        assertRefused("longer than", issuer.token("groups", "x".repeat(1_000_000)));
        String deep = "{\"a\":".repeat(1_900) + "1" + "}".repeat(1_900);
        assertThrows(
                RefusedToken.class, () -> tokens.holder(base64("{\"alg\":\"RS256\"}") + "." + base64(deep) + ".AAAA"));
        assertThrows(RefusedToken.class, () -> tokens.holder(base64(deep) + "." + base64("{}") + ".AAAA"));
    }

    @Test
    void aMessageNeverHoldsTheToken() {
        String token = issuer.token("aud", "other");
        assertFalse(assertRefused("aud", token).contains(token.substring(token.lastIndexOf('.'))));
    }

    @Test
    void whatHasNotTheFormOfASignedTokenIsNone() {
        for (String other : List.of("open-sesame", "a.b.c", "e.y", "ey.a.b.c", "", "..", "ey..c.d.e")) {
            assertFalse(tokens.isOne(other), other);
        }
        assertFalse(new BearerTokens(OidcSettings.from(TestKeys.keys()), null, clock).isOne(issuer.token()));
    }

    @Test
    void aNewKeyIsLookedForOnceAndTheOldGoesOn() {
        String old = issuer.token();
        tokens.holder(old);
        issuer.keys(FakeIssuer.FIRST, FakeIssuer.SECOND);
        assertEquals(
                "ann",
                tokens.holder(FakeIssuer.signed(FakeIssuer.SECOND, issuer.claims()))
                        .name());
        assertEquals("ann", tokens.holder(old).name());
        assertEquals(2, issuer.asked("/keys"));
    }

    @Test
    void aStormOfUnknownKeysIsNoStormAtTheIssuer() throws Exception {
        tokens.holder(issuer.token());
        List<Thread> strangers = new ArrayList<>();
        AtomicReference<Throwable> wrong = new AtomicReference<>();
        String[] storm = IntStream.range(0, 64)
                .mapToObj(i -> FakeIssuer.signed(
                        new JWSHeader.Builder(JWSAlgorithm.RS256)
                                .keyID("../../" + i)
                                .build(),
                        FakeIssuer.SECOND,
                        issuer.claims()))
                .toArray(String[]::new);
        for (int i = 0; i < 8; i++) {
            int from = i;
            Thread stranger = daemon(() -> {
                for (int j = from; j < storm.length; j += 8) {
                    try {
                        tokens.holder(storm[j]);
                        wrong.set(new AssertionError("let in"));
                    } catch (RefusedToken e) {
                        // as it should be
                    } catch (RuntimeException e) {
                        wrong.set(e);
                    }
                }
            });
            strangers.add(stranger);
            stranger.start();
        }
        for (Thread stranger : strangers) {
            stranger.join(20_000);
        }
        assertEquals(null, wrong.get());
        assertEquals(2, issuer.asked("/keys"));
        clock.advance(Duration.ofSeconds(31));
        assertRefused("no key", storm[0]);
        assertRefused("no key", storm[1]);
        assertEquals(3, issuer.asked("/keys"));
    }

    @Test
    void aKeyThatWasTakenBackEndsWithinMinutes() {
        String token = issuer.token("exp", TestClock.START.plusSeconds(3_600).getEpochSecond());
        tokens.holder(token);
        issuer.keys(FakeIssuer.SECOND);
        clock.advance(Duration.ofMinutes(5).plusSeconds(1));
        tokens.holder(token); // with what is known, while it is asked for again behind the answer
        assertTrue(isRefusedInTheEnd(), "the key that was taken back");
        clock.advance(Duration.ofMinutes(5).plusSeconds(1));
        assertRefused("no key", token);
    }

    @Test
    void whileTheIssuerIsAwayItsTokensWaitAndKnownKeysGoOn() {
        issuer.away(true);
        ProviderAway away = assertThrows(ProviderAway.class, () -> tokens.holder(issuer.token()));
        assertTrue(away.retryAfter().toSeconds() > 0);
        for (int i = 0; i < 20; i++) {
            assertThrows(ProviderAway.class, () -> tokens.holder(issuer.token()));
        }
        assertEquals(1, issuer.asked("/.well-known/openid-configuration"));

        issuer.away(false);
        clock.advance(Duration.ofSeconds(6));
        assertEquals("ann", tokens.holder(issuer.token()).name());

        issuer.away(true);
        clock.advance(Duration.ofMinutes(10));
        assertEquals("ann", tokens.holder(issuer.token()).name());
        assertThrows(ProviderAway.class, () -> tokens.holder(FakeIssuer.signed(FakeIssuer.SECOND, issuer.claims())));
    }

    @Test
    void discoveryOfAnotherIssuerIsNotTaken() {
        issuer.tells("issuer", "http://sso.example/realms/corp");
        String message = assertThrows(ProviderAway.class, () -> tokens.holder(issuer.token()))
                .getMessage();
        assertTrue(message.contains("http://sso.example/realms/corp") && message.contains(issuer.url()), message);
    }

    @Test
    void keysOfAnAddressThatMayNotBeFetchedAreNotFetched() {
        issuer.tells("jwks_uri", "http://127.0.0.1:1/keys");
        String message = assertThrows(ProviderAway.class, () -> tokens.holder(issuer.token()))
                .getMessage();
        assertTrue(message.contains("may not be fetched"), message);
    }

    @Test
    void claimsBecomeNamesGroupsAndRolesByTheRules() {
        tokens = tokens(
                "bugloss.oidc.corp.name-claim", "user.login",
                "bugloss.oidc.corp.groups-claim", "https://example/roles,realm_access.roles,scope",
                "bugloss.oidc.corp.readers", "*",
                "bugloss.oidc.corp.editors", "bugs:write");
        assertEquals(
                new Person(
                        "corp",
                        "bob",
                        List.of("a", "b c", "x", "openid bugs:write", "openid", "bugs:write"),
                        Role.EDITOR,
                        END),
                tokens.holder(issuer.token(
                        "user", Map.of("login", "bob"),
                        "https://example/roles", List.of("a", "b c"),
                        "realm_access", Map.of("roles", List.of("x", Map.of(), "line\nbreak")),
                        "scope", "openid bugs:write")));
        assertEquals(
                new Person("corp", "bob", List.of(), Role.READER, END),
                tokens.holder(issuer.token("user", Map.of("login", "bob"))));
        assertRefused("user.login", issuer.token());
        assertRefused("name in this token", issuer.token("user", Map.of("login", "bob\nci DELETE /")));
    }

    @Test
    void withoutReadersAndEditorsNobodyMayDoAnything() {
        tokens = tokens();
        assertEquals(Role.NONE, tokens.holder(issuer.token()).role());
    }

    @Test
    void requiredClaimsMustAllBeSo() {
        tokens = tokens(
                "bugloss.oidc.corp.require", "repository:acme/shop,ref:refs/heads/*", "bugloss.oidc.corp.editors", "*");
        assertEquals(
                Role.EDITOR,
                tokens.holder(issuer.token("repository", "acme/shop", "ref", "refs/heads/main"))
                        .role());
        for (Object[] claims : new Object[][] {
            {"repository", "acme/shop", "ref", "refs/tags/1"},
            {"repository", "acme/shop-evil", "ref", "refs/heads/main"},
            {"ref", "refs/heads/main"},
            {},
        }) {
            assertThrows(NotAllowed.class, () -> tokens.holder(issuer.token(claims)));
        }
    }

    @Test
    void oneIssuerMayHaveRulesForEachProject() {
        tokens = tokens(
                "bugloss.oidc", "people,shop,corp",
                "bugloss.oidc.people.issuer", issuer.url(),
                "bugloss.oidc.people.client-id", "bugloss",
                "bugloss.public-url", "https://bugs.example",
                "bugloss.oidc.shop.issuer", issuer.url(),
                "bugloss.oidc.shop.audience", "bugloss-api",
                "bugloss.oidc.shop.require", "repository:acme/shop",
                "bugloss.oidc.shop.editors", "*",
                "bugloss.oidc.corp.require", "repository:acme/*",
                "bugloss.oidc.corp.readers", "*");
        assertEquals(
                new Person("shop", "ann", List.of("qa"), Role.EDITOR, END),
                tokens.holder(issuer.token("repository", "acme/shop")));
        assertEquals(
                new Person("corp", "ann", List.of("qa"), Role.READER, END),
                tokens.holder(issuer.token("repository", "acme/web")));
        assertThrows(NotAllowed.class, () -> tokens.holder(issuer.token("repository", "evil/web")));
    }

    private String assertRefused(String why, String token) {
        String message =
                assertThrows(RefusedToken.class, () -> tokens.holder(token)).getMessage();
        assertTrue(message.contains(why), message);
        return message;
    }

    private BearerTokens tokens(String... more) {
        List<String> keys = new ArrayList<>(List.of(
                "bugloss.oidc", "corp",
                "bugloss.oidc.corp.issuer", issuer.url(),
                "bugloss.oidc.corp.audience", "bugloss-api"));
        keys.addAll(List.of(more));
        OidcSettings settings = OidcSettings.from(TestKeys.keys(keys.toArray(String[]::new)));
        return new BearerTokens(
                settings,
                new Providers(settings, FakeIssuer.CLIENT, clock, BearerTokensTest::daemon, Duration.ofSeconds(20)),
                clock);
    }

    /** Whether other tokens of the first key are refused: what is asked for behind an answer is there a little later. */
    private boolean isRefusedInTheEnd() {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        for (int i = 0; System.nanoTime() < end; i++) {
            try {
                tokens.holder(issuer.token("jti", i));
            } catch (RefusedToken e) {
                return true;
            }
        }
        return false;
    }

    private String typed(String type) {
        return FakeIssuer.signed(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .keyID("first")
                        .type(new JOSEObjectType(type))
                        .build(),
                FakeIssuer.FIRST,
                issuer.claims());
    }

    private static JWSHeader header(JWSAlgorithm algorithm, String kid) {
        return new JWSHeader.Builder(algorithm).keyID(kid).build();
    }

    private String unsigned(String header) {
        return base64(header) + "." + new Payload(issuer.claims()).toBase64URL() + ".";
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static Thread daemon(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    }
}
