package org.bugloss.feed;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.function.Predicate;
import org.bugloss.changes.Change;
import org.bugloss.web.Caller;

/**
 * Who may see which changes: the one place that decides it, for pages, streams and what is sent out. Changes that somebody may not
 * see are left out, as if there were none.
 */
@ApplicationScoped
public class ChangeAudience {

    /** What a caller may see. */
    Predicate<Change> of(Caller caller) {
        return change -> caller.mayRead();
    }

    /** What an endpoint of {@code bugloss.notify} is sent. */
    public Predicate<Change> ofEndpoint(String name) {
        return change -> true;
    }
}
