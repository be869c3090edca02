package org.bugloss.feed;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Set;
import org.bugloss.audience.Viewer;
import org.bugloss.changes.Change;
import org.bugloss.changes.ChangeSight;
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
    ChangeSight of(Caller caller) {
        return caller.mayRead() ? of(caller.viewer()) : changes -> change -> false;
    }

    /** What an endpoint of {@code bugloss.notify} is sent. */
    public ChangeSight ofEndpoint(String name) {
        return of(Viewer.endpoint(name));
    }

    private ChangeSight of(Viewer viewer) {
        return changes -> {
            Set<Change.Bug> visible =
                    lookup.visible(changes.stream().map(Change::bug).toList(), viewer);
            return change -> visible.contains(change.bug());
        };
    }
}
