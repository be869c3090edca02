package org.bugloss.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CacheHeadersTest {

    private static final Instant NOW = Instant.parse("2026-11-22T09:00:00Z");
    private static final String MONDAY = "Mon, 16 Nov 2026 10:00:00 GMT";
    private static final Duration YEAR = Duration.ofDays(365);

    /** @param lines such as {@code ETag: "1"} */
    private record Headers(List<String> lines) implements Exchange {

        @Override
        public int status() {
            return 200;
        }

        @Override
        public URI uri() {
            return URI.create("https://bugs.example/1");
        }

        @Override
        public Optional<String> header(String name) {
            return headers(name).stream().findFirst();
        }

        @Override
        public List<String> headers(String name) {
            return lines.stream()
                    .filter(line -> line.startsWith(name + ": "))
                    .map(line -> line.substring(name.length() + 2))
                    .toList();
        }

        @Override
        public InputStream body() {
            return InputStream.nullInputStream();
        }

        @Override
        public boolean cut() {
            return false;
        }
    }

    private static Freshness said(String... lines) {
        return CacheHeaders.of(new Headers(Arrays.asList(lines)), Freshness.UNKNOWN, NOW);
    }

    private static Duration maxAge(String... lines) {
        return said(lines).maxAge();
    }

    @Test
    void anAnswerThatSaysNothingSaysNothing() {
        assertEquals(Freshness.UNKNOWN, said());
        assertEquals(Freshness.UNKNOWN, said("Cache-Control: ", "ETag: ", "Last-Modified: ", "Expires: ", "Age: "));
    }

    @Test
    void allThatIsSaidIsKeptAsItCame() {
        assertEquals(
                new Freshness("W/\"a, b-gzip\"", MONDAY, Duration.ofMinutes(10)),
                said(
                        "ETag:  W/\"a, b-gzip\" ",
                        "Last-Modified: " + MONDAY,
                        "Cache-Control: public, max-age=600, must-revalidate, stale-while-revalidate=30"));
    }

    // How long

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "max-age=60 | 60",
                "MAX-AGE=60 | 60",
                "max-age=\"60\" | 60",
                "public,max-age=60,immutable | 60",
                "max-age=60, s-maxage=600 | 600",
                "s-maxage=5, max-age=60 | 5",
                "max-age=60, max-age=600 | 60",
                "max-age=0060 | 60",
                "ext=\"no-store, max-age=5\", max-age=60 | 60",
                "no-storeroom, x-private=1, max-age=60 | 60",
            })
    void howLongAnAnswerIsFreshIsToldByTheBestDirective(String cacheControl, long seconds) {
        assertEquals(Duration.ofSeconds(seconds), maxAge("Cache-Control: " + cacheControl));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no-cache",
                "no-store",
                "private",
                "private, max-age=60, s-maxage=60",
                "max-age=60, No-Cache",
                "max-age=60, no-cache=\"Set-Cookie\"",
                "max-age=60, private=X-User",
                "max-age=0",
                "max-age=00",
                "max-age=60, s-maxage=0",
                "max-age=-1",
                "max-age=+60",
                "max-age=1e3",
                "max-age=6_0",
                "max-age=٦٠",
                "max-age",
                "max-age=",
                "max-age = 60",
                "max-age=\"60",
                "max-age=, max-age=60",
                "s-maxage=soon, max-age=60",
                "=60",
                ",,,;=\"",
            })
    void whatIsNotToBeKeptOrNotUnderstoodIsNotFresh(String cacheControl) {
        assertNull(maxAge("Cache-Control: " + cacheControl));
    }

    @ParameterizedTest
    @ValueSource(strings = {"31536001", "2147483648", "9223372036854775808", "99999999999999999999999999999999999999"})
    void nothingIsFreshForMoreThanAYear(String seconds) {
        assertEquals(YEAR, maxAge("Cache-Control: max-age=" + seconds));
        assertNull(maxAge("Cache-Control: max-age=31536000", "Age: " + seconds));
    }

    @Test
    void directivesMayComeInSeveralHeaders() {
        assertEquals(Duration.ofMinutes(1), maxAge("Cache-Control: public", "Cache-Control: max-age=60"));
        assertNull(maxAge("Cache-Control: max-age=60", "Cache-Control: no-cache"));
    }

    @Test
    void anAnswerThatAnotherCacheKeptIsFreshForTheRest() {
        assertEquals(Duration.ofSeconds(45), maxAge("Cache-Control: max-age=60", "Age: 15"));
        assertNull(maxAge("Cache-Control: max-age=60", "Age: 60"));
        assertEquals(Duration.ofSeconds(60), maxAge("Cache-Control: max-age=60", "Age: -15"));
    }

    @Test
    void aDateOfExpiryCountsFromTheAnswersOwnDateWhereNoMaximalAgeIsSaid() {
        String expires = "Expires: Sun, 22 Nov 2026 10:00:00 GMT";
        assertEquals(Duration.ofHours(1), maxAge(expires));
        assertEquals(Duration.ofMinutes(5), maxAge(expires, "Date: Sun, 22 Nov 2026 09:55:00 GMT"));
        assertEquals(Duration.ofHours(1), maxAge(expires, "Date: yesterday"));
        assertEquals(Duration.ofMinutes(59), maxAge(expires, "Age: 60"));
        assertEquals(Duration.ofHours(1), maxAge(expires, "Cache-Control: public"));
        assertEquals(Duration.ofSeconds(1), maxAge(expires, "Cache-Control: max-age=1"));
        assertNull(maxAge(expires, "Cache-Control: max-age=soon"));
        assertNull(maxAge(expires, "Cache-Control: no-cache"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-1",
                "Thu, 01 Jan 1970 00:00:00 GMT",
                "Mon, 22 Nov 2026 10:00:00 GMT",
                "2026-11-22T10:00:00Z",
            })
    void aDateOfExpiryThatIsPastOrNoneIsNotFresh(String expires) {
        assertNull(maxAge("Expires: " + expires));
    }

    @Test
    void aDateOfExpiryInTheFarFutureIsAYear() {
        assertEquals(YEAR, maxAge("Expires: Fri, 31 Dec 9999 23:59:59 GMT"));
    }

    // By what to ask again

    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "\"1\"", "W/\"1\"", "\"a b!~\"", "\"*\""})
    void whatLooksLikeATagIsOne(String tag) {
        assertEquals(tag, said("ETag: " + tag).etag());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "1",
                "\"",
                "\"1",
                "1\"",
                "w/\"1\"",
                "W/1",
                "\"a\"b\"",
                "\"1\", \"2\"",
                "\"ä\"",
                "\"\t\"",
                "\"\r\nX: y\""
            })
    void whatDoesNotLookLikeATagIsNone(String tag) {
        assertNull(said("ETag: " + tag).etag());
    }

    @Test
    void aTagOfMoreThan300CharactersIsNone() {
        assertEquals(300, said("ETag: \"" + "x".repeat(298) + "\"").etag().length());
        assertNull(said("ETag: \"" + "x".repeat(299) + "\"").etag());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "yesterday",
                "1795338000",
                "2026-11-16T10:00:00Z",
                "Sun, 16 Nov 2026 10:00:00 GMT",
                "Mon, 16 Nov 2026 10:00:00 +0100",
                "Mon, 16 Nov 2026 10:00:00",
                "Mon, 16 Nov 2026 10:00:00 GMT GMT",
            })
    void whatIsNoDateOfHttpIsNoDateOfChange(String date) {
        assertNull(said("Last-Modified: " + date).lastModified());
    }

    @Test
    void whatMayNotBeStoredLeavesNothingToAskBy() {
        assertEquals(
                Freshness.UNKNOWN,
                said(
                        "ETag: \"1\"",
                        "Last-Modified: " + MONDAY,
                        "Cache-Control: max-age=60",
                        "Cache-Control: NO-STORE"));
    }

    @Test
    void whatMayNotBeUsedUnaskedLeavesSomethingToAskBy() {
        assertEquals(
                new Freshness("\"1\"", MONDAY, null),
                said("ETag: \"1\"", "Last-Modified: " + MONDAY, "Cache-Control: private, no-cache, max-age=0"));
    }

    @Test
    void whatHeldBeforeHoldsStillWhereAnAnswerDoesNotSay() {
        Freshness before = new Freshness("\"1\"", MONDAY, Duration.ofDays(1));
        assertEquals(
                new Freshness("\"1\"", MONDAY, null), CacheHeaders.of(new Headers(List.of("ETag: *")), before, NOW));
        assertEquals(
                new Freshness("\"2\"", MONDAY, Duration.ofMinutes(1)),
                CacheHeaders.of(new Headers(List.of("ETag: \"2\"", "Cache-Control: max-age=60")), before, NOW));
        assertEquals(Freshness.UNKNOWN, CacheHeaders.of(new Headers(List.of("Cache-Control: no-store")), before, NOW));
    }

    // Asking

    private static Map<String, String> asked(Freshness known) {
        return CacheHeaders.unlessSame(OutboundRequest.get(URI.create("https://bugs.example/1"), 1), known)
                .headers();
    }

    @Test
    void aRequestAsksByAllThatIsKnown() {
        assertEquals(
                Map.of("If-None-Match", "W/\"1\"", "If-Modified-Since", MONDAY),
                asked(new Freshness("W/\"1\"", MONDAY, null)));
        assertEquals(Map.of("If-None-Match", "5f3a"), asked(new Freshness("5f3a", null, null)));
        assertEquals(Map.of(), asked(Freshness.UNKNOWN));
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "", "\"1\"\r\nX: y", "\"1\", *", "\"1\", \"2\"", "ä"})
    void whatIsNoTagIsNotSentWhereverItCameFrom(String tag) {
        assertEquals(Map.of(), asked(new Freshness(tag, "yesterday\r\nX: y", null)));
    }
}
