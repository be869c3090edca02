package org.bugloss.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.time.Clock;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorPageTest {

    private final PageReader reader = new PageReader(Clock.systemUTC());

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "404 Not Found | not_found",
                "Page not found | not_found",
                "Page not found · GitHub | not_found",
                "404 | not_found",
                "Error 404 (Not Found) | not_found",
                "HTTP Status 404 – Not Found | not_found",
                "The page you're looking for could not be found (404) | not_found",
                "Issue Does Not Exist - JIRA | not_found",
                "Invalid Bug ID | not_found",
                "Seite nicht gefunden | not_found",
                "403 Forbidden | forbidden",
                "Access Denied | forbidden",
                "Bug Access Denied | forbidden",
                "Redirecting... | unexpected_answer",
                "401 Unauthorized | unauthorized",
                "429 Too Many Requests | rate_limited",
                "500 Internal Server Error | http_500",
                "Internal Server Error | http_500",
                "We're sorry, but something went wrong (500) | http_500",
                "502 Bad Gateway | http_502",
                "503 Service Temporarily Unavailable | http_503",
                "504 Gateway Time-out | http_504",
                "Error | unexpected_answer",
                "Oops! - JIRA | unexpected_answer",
            })
    void a_page_titled_with_nothing_but_an_error_is_the_error(String title, String reason) {
        PageResponse answer = PageResponse.of("<title>" + title + "</title><h1>nginx</h1>");

        FetchException failure = assertThrows(FetchException.class, () -> reader.read(PageResponse.URL, answer));

        assertEquals(new FailureReason(reason), failure.reason());
        assertEquals("bugs.example answered with an error page: " + title, failure.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Save answers 404 Not Found",
                "#404 - Crash",
                "500",
                "Bug 404",
                "Internal Server Error · Issue #7 · acme/web",
                "[ABC-7] Internal Server Error - JIRA",
                "Page not found for guests - Example",
                "7 – NullPointerException: value not found",
            })
    void a_bug_about_an_error_is_a_bug(String title) throws IOException {
        assertEquals(
                new PageMetadata(title, null, null, null),
                reader.read(PageResponse.URL, PageResponse.of("<title>" + title + "</title><p>It fails.")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP 404 - Wikipedia", "Access denied", "Internal Server Error", "Error"})
    void an_article_on_an_error_is_an_article(String title) throws IOException {
        String html = "<title>" + title + "</title>" + "<p>It is a status of HTTP.</p>".repeat(100);

        assertEquals(new PageMetadata(title, null, null, null), reader.read(PageResponse.URL, PageResponse.of(html)));
    }
}
