package org.bugloss.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.bugloss.configuration.TestKeys;
import org.bugloss.configuration.WrongConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboundKeysTest {

    @ParameterizedTest
    @ValueSource(strings = {"en", "de, en;q=0.5", "de,en;q=0.5,*;q=0", "zh-Hant-TW", "*", "en; q=1.000"})
    void aLanguageIsWhatAcceptLanguageMayBe(String language) {
        assertEquals(language, settings("bugloss.outbound.language", language).language());
    }

    @ParameterizedTest
    @ValueSource(strings = {"english language", "en;q=2", "en,,de", "de_DE", "en\r\nX-Other: 1", "en;q=0.5000", ";q=1"})
    void anotherStopsTheDeployment(String language) {
        WrongConfiguration wrong =
                assertThrows(WrongConfiguration.class, () -> settings("bugloss.outbound.language", language));

        assertTrue(wrong.getMessage().contains("bugloss.outbound.language"), wrong.getMessage());
        assertTrue(wrong.getMessage().contains("en or de,en;q=0.5"), wrong.getMessage());
    }

    @Test
    void theLanguageIsEnglishAndWhatIsThereDoesBeforeTheCallersDeadline() {
        OutboundSettings settings = settings();

        assertEquals("en", settings.language());
        assertEquals(Duration.ofSeconds(4), settings.patience());
    }

    private static OutboundSettings settings(String... keys) {
        return OutboundKeys.settings(TestKeys.keys(keys), Duration.ofSeconds(5), 16, 4);
    }
}
