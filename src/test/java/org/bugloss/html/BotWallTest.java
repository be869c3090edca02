package org.bugloss.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.time.Clock;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BotWallTest {

    private final PageReader reader = new PageReader(Clock.systemUTC());

    @ParameterizedTest
    @CsvSource({"cf-mitigated, challenge, 403", "Cf-Mitigated, Challenge, 503", "x-amzn-waf-action, captcha, 202"})
    void a_challenge_that_a_header_announces_is_a_wall(String header, String value, int status) {
        assertWall(PageResponse.of("<title>T</title>").withStatus(status).withHeader(header, value));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Just a moment...",
                "Attention Required! | Cloudflare",
                "Making sure you're not a bot!",
                "Making sure you&#39;re not a bot!",
                "Access to this page has been denied",
                "Access denied | bugs.example used Cloudflare to restrict access",
                "Pardon Our Interruption",
                "Robot Check",
                "Are you a robot?",
                "Vercel Security Checkpoint",
                "DDoS-Guard",
                "Before you continue to YouTube",
                "Human Verification",
                "Example - Are you a robot?"
            })
    void a_page_with_the_title_of_a_wall_is_one(String title) {
        String html = "<title>" + title + "</title><meta property=og:title content=T><meta property=og:description"
                + " content=D></head><body>Please wait.</body>";
        if (title.startsWith("Example")) {
            html = html.replace("Example - Are you a robot?", "Are you a robot? - Example");
        }

        assertWall(PageResponse.of(html));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<title>bugs.example</title><p id=cmsg>Please enable JS and disable any ad blocker</p>"
                        + "<script src=https://ct.captcha-delivery.com/c.js></script>",
                "<title>Example</title><div id=px-captcha></div>",
                "<html><head><meta name=robots content=noindex></head><iframe src='/_Incapsula_Resource?a=1'></iframe>",
                "<title>Example</title><script>window._cf_chl_opt={}</script>",
            })
    void a_page_with_the_code_of_a_wall_and_little_text_is_one(String html) {
        assertWall(PageResponse.of(html));
    }

    @Test
    void a_page_about_a_wall_is_a_page() throws IOException {
        assertEquals(
                new PageMetadata("Robot check", null, null, null),
                read("<title>Robot check</title>" + "<p>How to check a robot before use.</p>".repeat(100)));
        assertEquals(
                new PageMetadata("Just a moment... shows for hours · Issue #7 · a/b", null, null, null),
                read("<title>Just a moment... shows for hours · Issue #7 · a/b</title><p>Short."));
        assertEquals(
                new PageMetadata("Blocked by px-captcha", null, null, null),
                read("<title>Blocked by px-captcha</title>" + "<p>px-captcha is shown to everyone.</p>".repeat(100)));
    }

    private PageMetadata read(String html) throws IOException {
        return reader.read(PageResponse.URL, PageResponse.of(html));
    }

    private void assertWall(PageResponse answer) {
        FetchException failure = assertThrows(FetchException.class, () -> reader.read(PageResponse.URL, answer));
        assertEquals(FailureReason.FORBIDDEN, failure.reason());
        assertEquals("bugs.example answered with a page that keeps automated visitors out", failure.getMessage());
    }
}
