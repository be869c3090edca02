package org.bugloss.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.Set;
import org.bugloss.callers.Role;
import org.bugloss.configuration.TestKeys;
import org.bugloss.configuration.WrongConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessSettingsTest {

    /** SHA-256 of "open sesame", by sha256sum. */
    private static final String HASH = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb";

    @Test
    void aTokenIsKnownByItsHash() {
        AccessSettings access = AccessSettings.from(TestKeys.keys("bugloss.tokens", "ci:editor:" + HASH));
        assertEquals(Optional.of("ci"), access.holder("open sesame").map(AccessSettings.Token::name));
        assertEquals(Optional.empty(), access.holder("open Sesame"));
        assertEquals(Optional.empty(), access.holder(HASH));
        assertEquals(Optional.empty(), access.holder(""));
    }

    @Test
    void nobodyIsLetInWhereNothingIsConfigured() {
        assertEquals(Role.NONE, AccessSettings.from(TestKeys.keys()).anonymous());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ci", "ci:editor", "ci:editor:1234", "ci:admin:" + HASH, ":editor:" + HASH})
    void aWrongEntryIsRefusedWithoutShowingAHash(String entry) {
        String message = assertThrows(
                        WrongConfiguration.class, () -> AccessSettings.from(TestKeys.keys("bugloss.tokens", entry)))
                .getMessage();
        assertTrue(message.startsWith("bugloss.tokens"), message);
        assertFalse(message.contains(HASH), message);
    }

    @Test
    void originsAreComparedInTheirCanonicalForm() {
        assertEquals(
                Set.of("https://tests.example", "http://localhost:3000"),
                AccessSettings.from(TestKeys.keys(
                                "bugloss.cors.origins", "https://Tests.example:443, http://localhost:3000"))
                        .origins());
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "tests.example", "https://tests.example/", "https://tests.example/page", "null"})
    void whatIsNoOriginIsRefused(String origin) {
        assertThrows(
                WrongConfiguration.class, () -> AccessSettings.from(TestKeys.keys("bugloss.cors.origins", origin)));
    }
}
