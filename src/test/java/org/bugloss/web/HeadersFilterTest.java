package org.bugloss.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.bugloss.audit.Trail;
import org.junit.jupiter.api.Test;

class HeadersFilterTest {

    private final Asked asked = new Asked("GET", "/api/details");

    /** Else a 400 of another thread went out as 200, one in ten thousand times on Payara, whose status is made when it is read. */
    @Test
    void whoAnswersOnAnotherThreadFindsAStatusToReplace() throws ServletException, IOException {
        List<Boolean> found = new ArrayList<>();
        new HeadersFilter()
                .doFilter(asked.request(), asked.response(), (request, response) -> found.add(asked.hasStatus()));
        assertEquals(List.of(true), found);
    }

    @Test
    void aRequestIsFollowedByTheIdThatItBroughtAndItsAnswerHasIt() throws ServletException, IOException {
        List<String> ids = new ArrayList<>();
        asked.with("X-Request-ID", "f81d4fae-7dec");

        new HeadersFilter().doFilter(asked.request(), asked.response(), (request, response) -> ids.add(Trail.id()));

        assertEquals(List.of("f81d4fae-7dec"), ids);
        assertEquals("f81d4fae-7dec", asked.answeredHeaders().get("X-Request-ID"));
        assertEquals("", Trail.mark(), "the thread is free again");
    }

    @Test
    void oneThatBroughtNoneOrAForgedOneGetsItsOwn() throws ServletException, IOException {
        List<String> ids = new ArrayList<>();
        asked.with("X-Request-ID", "forged\nline");

        new HeadersFilter().doFilter(asked.request(), asked.response(), (request, response) -> ids.add(Trail.id()));

        assertTrue(ids.get(0).matches("[0-9a-z]{12}"), ids.get(0));
        assertEquals(ids.get(0), asked.answeredHeaders().get("X-Request-ID"));
    }

    @Test
    void noSiteMayFrameAnAnswerNorRunAnythingInIt() throws ServletException, IOException {
        new HeadersFilter().doFilter(asked.request(), asked.response(), (request, response) -> {});
        String policy = asked.answeredHeaders().get("Content-Security-Policy");
        assertTrue(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self';"), policy);
    }
}
