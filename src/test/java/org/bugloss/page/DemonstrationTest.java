package org.bugloss.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bugloss.configuration.TestKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemonstrationTest {

    @Test
    void isOffWhereNobodySaysOtherwise() {
        assertFalse(Demonstration.isOn(TestKeys.keys()));
        assertTrue(Demonstration.isOn(TestKeys.keys("bugloss.demonstration", "true")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:8080", "localhost", "LOCALHOST:8080", "[::1]:8080", "192.168.1.20", "[fe80::1]"})
    void anAddressIsNear(String host) {
        assertTrue(Demonstration.isNear(host));
    }

    /** A name may lead anywhere, and tomorrow elsewhere. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.test",
                "localhost.evil.test",
                "127.0.0.1.evil.test",
                "127.0.0.1:8080.evil.test",
                "evil.test:8080",
                "[::1].evil.test",
                "1.2.3.4.5",
                "",
                "localhost:"
            })
    void aNameIsNot(String host) {
        assertFalse(Demonstration.isNear(host));
    }

    @Test
    void noHostIsNotNearEither() {
        assertEquals(false, Demonstration.isNear(null));
    }
}
