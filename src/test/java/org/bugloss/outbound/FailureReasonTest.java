package org.bugloss.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailureReasonTest {

    @ParameterizedTest
    @CsvSource({
        "401, unauthorized",
        "403, forbidden",
        "404, not_found",
        "408, timeout",
        "410, not_found",
        "429, rate_limited",
        "500, http_500",
        "302, http_302",
        "304, unexpected_answer"
    })
    void aStatusStandsForAReason(int status, String word) {
        assertEquals(word, FailureReason.ofStatus(status).word());
    }

    @Test
    void aReasonIsOneShortWord() {
        assertThrows(IllegalArgumentException.class, () -> new FailureReason("Not a word"));
    }
}
