package org.bugloss.page;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Sends the files at the top of the WAR, from memory: with a type and its charset, compressed, to be asked for again
 * only where they changed. They need no token: what they show comes from the REST interface, which does.
 */
public class StaticFiles extends HttpFilter {

    private static final long serialVersionUID = 1L;

    /** What any page of any origin may load as modules. */
    private static final Set<String> MODULES = Set.of("/bugloss.js", "/bugloss-live.js");

    /** Our own pages keep to what they may do anyway; a mistake in them fails, instead of running a stranger's script. */
    private static final String NO_HTML_FROM_SCRIPTS = "require-trusted-types-for 'script'; trusted-types 'none'";

    private static final Set<String> READING = Set.of("GET", "HEAD");

    private final transient Map<String, Loaded> loaded = new ConcurrentHashMap<>();

    /** A file, and when it was changed as far as that can be told: {@code mvn wildfly:dev} changes them as one writes. */
    private record Loaded(StaticFile file, long changed) {}

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        // Letter by letter, as it was sent: what is spelt otherwise is no file of ours.
        String path = request.getRequestURI().substring(request.getContextPath().length());
        Optional<StaticFile> file = READING.contains(request.getMethod())
                ? file(path.equals("/") ? "/index.html" : path)
                : Optional.empty();
        if (file.isEmpty() && path.startsWith("/;")) {
            // Payara takes it for the root, and would send the page without its headers.
            response.sendError(HttpServletResponse.SC_NOT_FOUND);
            return;
        }
        if (file.isEmpty()) {
            chain.doFilter(request, response);
            return;
        }
        if (MODULES.contains(path)) {
            response.setHeader("Access-Control-Allow-Origin", "*");
            response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
        } else {
            response.addHeader("Content-Security-Policy", NO_HTML_FROM_SCRIPTS);
        }
        file.get().send(request, response);
    }

    /** At most as many as there are files at the top of the WAR are kept. */
    private Optional<StaticFile> file(String path) throws IOException {
        Set<String> known = getServletContext().getResourcePaths("/");
        if (known == null || !known.contains(path)) {
            return Optional.empty();
        }
        long changed = changed(path);
        Loaded kept = loaded.get(path);
        if (kept != null && kept.changed() == changed) {
            return Optional.of(kept.file());
        }
        Optional<StaticFile> read = StaticFile.read(getServletContext(), path);
        read.ifPresent(file -> loaded.put(path, new Loaded(file, changed)));
        return read;
    }

    private long changed(String path) {
        @Nullable String real = getServletContext().getRealPath(path);
        try {
            return real == null ? 0 : Files.getLastModifiedTime(Path.of(real)).toMillis();
        } catch (IOException e) {
            return 0;
        }
    }
}
