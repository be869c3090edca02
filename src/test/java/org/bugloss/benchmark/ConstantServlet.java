package org.bugloss.benchmark;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;

/** Beside the {@link ConstantResource}: the least that anything costs in this server, with no JAX-RS, no filter and no token. */
@WebServlet("/bare")
public class ConstantServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        byte[] answer = ConstantResource.shortAnswer();
        response.setContentType(MediaType.APPLICATION_JSON);
        response.setContentLength(answer.length);
        response.getOutputStream().write(answer);
    }
}
