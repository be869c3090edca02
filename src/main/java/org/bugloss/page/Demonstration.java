package org.bugloss.page;

import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bugloss.configuration.Keys;
import org.jspecify.annotations.Nullable;

/**
 * The key {@code bugloss.demonstration}: sample pages below {@code /demo/}, so that one can look around with no tracker
 * and no network. One of them is late and one fails. Where the key is off, there is nothing there.
 *
 * <p>Where it is on, anybody at this machine may edit ({@code mvn wildfly:dev}). Then a page of a foreign host must not
 * get at it by letting its own name lead to 127.0.0.1: only addresses and {@code localhost} are taken as host.
 */
public class Demonstration extends HttpFilter {

    private static final long serialVersionUID = 1L;

    private static final String PATH = "/demo/";
    private static final String LATE = PATH + "late.html";
    private static final String FAILING = PATH + "failing.html";

    /** Longer than callers wait by default, shorter than a fetch may take. */
    private static final Duration DELAY = Duration.ofSeconds(8);

    private static final Pattern NEAR =
            Pattern.compile("(?i)(localhost|\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+\\])(:\\d{1,5})?");

    @Inject
    private transient Keys keys;

    private boolean on;

    @Override
    public void init() {
        on = isOn(keys);
    }

    /**
     * Whether the demonstration is on.
     *
     * @throws org.bugloss.configuration.WrongConfiguration where the value is neither true nor false
     */
    public static boolean isOn(Keys keys) {
        return keys.flag("bugloss.demonstration");
    }

    /** Whether a {@code Host} header names an address, or {@code localhost}. */
    static boolean isNear(@Nullable String host) {
        return host != null && NEAR.matcher(host).matches();
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        String path = request.getRequestURI().substring(request.getContextPath().length());
        if (on && !isNear(request.getHeader("Host"))) {
            say(response, 403, "bugloss.demonstration is on: only addresses and localhost are taken as Host");
        } else if (!path.startsWith(PATH) && !path.equals("/demo")) {
            chain.doFilter(request, response);
        } else if (!on) {
            say(response, 404, "there is nothing at this path");
        } else if (path.equals(FAILING)) {
            say(response, 503, "this page fails, to show how that looks");
        } else if (path.equals(LATE)) {
            sendLate(request, response, path);
        } else {
            send(request, response, path);
        }
    }

    private void send(HttpServletRequest request, HttpServletResponse response, String path) throws IOException {
        Optional<StaticFile> file = StaticFile.read(getServletContext(), path);
        if (file.isPresent()) {
            file.get().send(request, response);
        } else {
            say(response, 404, "there is nothing at this path");
        }
    }

    /** Lets a timeout do it, so that no thread waits. */
    private void sendLate(HttpServletRequest request, HttpServletResponse response, String path) {
        AsyncContext later = request.startAsync();
        later.setTimeout(DELAY.toMillis());
        later.addListener(new AsyncListener() {
            @Override
            public void onTimeout(AsyncEvent event) throws IOException {
                send(request, response, path);
                later.complete();
            }

            @Override
            public void onComplete(AsyncEvent event) {}

            @Override
            public void onError(AsyncEvent event) {}

            @Override
            public void onStartAsync(AsyncEvent event) {}
        });
    }

    private static void say(HttpServletResponse response, int status, String text) throws IOException {
        response.setStatus(status);
        response.setContentType("text/plain; charset=utf-8");
        response.setHeader("Cache-Control", "no-store");
        response.getOutputStream().write((text + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
