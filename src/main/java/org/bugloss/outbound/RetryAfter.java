package org.bugloss.outbound;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Pattern;

/** The header {@code Retry-After} (RFC 9110, section 10.2.3): when a server wants to be asked again. */
public final class RetryAfter {

    /** RFC 9111, 1.2.2: what stands for all numbers of seconds that are larger. Whoever waits has a limit below it. */
    private static final long MOST_SECONDS = 1L << 31;

    /** Dates of HTTP have years of four digits (RFC 9110, 5.6.7); after them come those of servers that mean "never". */
    private static final Pattern YEAR_OF_MORE_DIGITS = Pattern.compile("\\d{1,2} [A-Za-z]{3} \\d{5,} .*");

    /** Not looked at: a server that names the wrong one for a far date still means the date. */
    private static final Pattern DAY_OF_WEEK = Pattern.compile("^[A-Za-z]{3}, ");

    private RetryAfter() {}

    /**
     * Reads the header's value.
     *
     * @param value seconds, or a date as HTTP writes it
     * @param now what seconds count from
     * @return empty where it is neither; where it is further away than numbers go, 2<sup>31</sup> seconds from now
     */
    public static Optional<Instant> read(String value, Instant now) {
        String stripped = value.strip();
        if (stripped.matches("[0-9]+")) {
            return Optional.of(now.plusSeconds(seconds(stripped)));
        }
        String date = DAY_OF_WEEK.matcher(stripped).replaceFirst("");
        if (YEAR_OF_MORE_DIGITS.matcher(date).matches()) {
            return Optional.of(now.plusSeconds(MOST_SECONDS));
        }
        try {
            return Optional.of(ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static long seconds(String digits) {
        String significant = digits.replaceFirst("^0+(?=.)", "");
        return significant.length() > 10 ? MOST_SECONDS : Math.min(Long.parseLong(significant), MOST_SECONDS);
    }
}
