package org.bugloss.trackers;

import java.util.Map;
import java.util.Set;

/**
 * Bugs that a hook names, as they can be found among those that are known. Immutable.
 *
 * @param system of which they are
 * @param ids what its tracker calls them, where that is unique in the system
 * @param keys the same by {@link IssueTracker#bugKey}, each with its id, where it is not
 * @param urls canonical keys of URLs of them
 * @param groups as in {@link Trackers#changeGroup}, all of whose bugs are meant
 * @param isPrivate whether the tracker says that they are private now
 * @param areCut whether more was named than is read of one message
 */
public record NamedBugs(
        TrackerSystem system,
        Set<String> ids,
        Map<String, String> keys,
        Set<String> urls,
        Set<String> groups,
        boolean isPrivate,
        boolean areCut) {

    public NamedBugs {
        ids = Set.copyOf(ids);
        keys = Map.copyOf(keys);
        urls = Set.copyOf(urls);
        groups = Set.copyOf(groups);
    }

    /** Whether nothing is named that could be known. */
    public boolean isEmpty() {
        return ids.isEmpty() && urls.isEmpty() && groups.isEmpty();
    }
}
