package org.bugloss.feed;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.function.Predicate;
import org.bugloss.audience.Viewer;
import org.bugloss.changes.Change;
import org.bugloss.details.DetailsLookup;
import org.bugloss.web.Caller;

/**
 * Who may see which changes: the one place that decides it, for pages, streams and what is sent out. Changes that somebody may not
 * see are left out, as if there were none.
 */
@ApplicationScoped
public class ChangeAudience {

    @Inject
    private DetailsLookup lookup;

    /** What a caller may see, as the bugs are marked at the moment. */
    Predicate<Change> of(Caller caller) {
        return caller.mayRead() ? of(caller.viewer()) : change -> false;
    }

    /** What an endpoint of {@code bugloss.notify} is sent. */
    public Predicate<Change> ofEndpoint(String name) {
        return of(Viewer.endpoint(name));
    }

    private Predicate<Change> of(Viewer viewer) {
        return change -> lookup.maySee(change.bug().url(), change.bug().system(), viewer);
    }
}
