package org.bugloss.web;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.Test;

class ProblemResponseTest {

    private static final class Broken extends OutputStream {

        @Override
        public void write(int one) throws IOException {
            throw new IOException("Broken pipe");
        }
    }

    @Test
    void whoeverIsGoneIsNoFailureOfTheServer() {
        Asked asked = new Asked("POST", "/api/hooks/acme");
        HttpServletResponse response = new HttpServletResponseWrapper(asked.response()) {
            @Override
            public OutputTo getOutputStream() {
                return new OutputTo(new Broken());
            }
        };

        assertDoesNotThrow(() -> ProblemResponse.send(response, Problem.of(413, "too large")));
        assertEquals(413, asked.status());
    }
}
