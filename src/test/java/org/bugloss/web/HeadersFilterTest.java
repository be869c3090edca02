package org.bugloss.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
    void noSiteMayFrameAnAnswerNorRunAnythingInIt() throws ServletException, IOException {
        new HeadersFilter().doFilter(asked.request(), asked.response(), (request, response) -> {});
        String policy = asked.answeredHeaders().get("Content-Security-Policy");
        assertTrue(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self';"), policy);
    }
}
