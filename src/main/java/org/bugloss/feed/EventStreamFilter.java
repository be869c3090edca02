package org.bugloss.feed;

import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.bugloss.changes.ChangeFeed;
import org.bugloss.changes.ChangeLog;
import org.bugloss.changes.ChangeReader;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.details.Answering;
import org.bugloss.web.Caller;
import org.bugloss.web.ProblemResponse;
import org.bugloss.web.Problems;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/changes} as server-sent events. Not by JAX-RS: its sinks hold the thread that sends to a client which does not read,
 * for as long as that pleases, and tell nobody of one that is gone.
 */
public class EventStreamFilter extends HttpFilter {

    private static final long serialVersionUID = 1L;

    private static final String MEDIA_TYPE = "text/event-stream";

    @Inject
    private transient ChangeFeed feed;

    @Inject
    private transient ChangeReader reader;

    @Inject
    private transient ChangeAudience audience;

    @Inject
    private transient Listeners listeners;

    @Inject
    private transient Answering answering;

    @Inject
    private transient DatabaseWatch database;

    @Inject
    private transient Clock clock;

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!request.getMethod().equals("GET") || !accepts(request.getHeader("Accept"))) {
            chain.doFilter(request, response);
            return;
        }
        try {
            stream(request, response);
        } catch (RuntimeException e) {
            ProblemResponse.send(response, Problems.of(e));
        }
    }

    private static boolean accepts(String accept) {
        return accept != null
                && Stream.of(accept.split(","))
                        .map(type -> type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
                        .anyMatch(MEDIA_TYPE::equals);
    }

    /** All that may be wrong is found out before the stream begins. */
    private void stream(HttpServletRequest request, HttpServletResponse response) throws IOException {
        database.refuseWhileAway();
        Caller caller = Caller.of(request);
        ChangesQuery query = ChangesQuery.read(request::getParameter).goingOnFrom(request.getHeader("Last-Event-ID"));
        EventStream.Asked asked = new EventStream.Asked(query.selection(), audience.of(caller), reader);
        long place = ChangesQuery.checked(() -> {
            ChangeLog.Extent extent = reader.extent();
            long from = query.place(extent);
            ChangeReader.check(from, extent);
            return from;
        });
        AtomicReference<@Nullable EventStream> opened = new AtomicReference<>();
        Listeners.Seat seat = listeners.take(caller, () -> end(opened.get()));
        try {
            response.setContentType(MEDIA_TYPE);
            response.setCharacterEncoding("UTF-8");
            response.setHeader("Cache-Control", "no-store");
            // For nginx, which would keep events until it has a bufferful.
            response.setHeader("X-Accel-Buffering", "no");
            AsyncContext context = request.startAsync(request, response);
            context.setTimeout(0);
            EventStream stream =
                    new EventStream(context, feed, asked, place, answering.of(caller.name()), clock, caller.until());
            opened.set(stream);
            stream.open(seat::leave);
        } catch (IOException | RuntimeException e) {
            seat.leave();
            throw e;
        }
    }

    private static void end(@Nullable EventStream stream) {
        if (stream != null) {
            stream.end();
        }
    }
}
