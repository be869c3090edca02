package org.bugloss.outbound;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** The header {@code Retry-After} (RFC 9110, section 10.2.3): when a server wants to be asked again. */
public final class RetryAfter {

    private RetryAfter() {}

    /**
     * Reads the header's value.
     *
     * @param value seconds, or a date as HTTP writes it
     * @param now what seconds count from
     * @return empty where it is neither
     */
    public static Optional<Instant> read(String value, Instant now) {
        String stripped = value.strip();
        if (stripped.matches("\\d{1,9}")) {
            return Optional.of(now.plusSeconds(Long.parseLong(stripped)));
        }
        try {
            return Optional.of(ZonedDateTime.parse(stripped, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
