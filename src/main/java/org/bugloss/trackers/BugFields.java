package org.bugloss.trackers;

import java.time.Instant;
import java.util.List;

/**
 * What a tracker says of a bug besides its title, description and status. Plain text; {@code null} where the tracker
 * has no such thing.
 *
 * @param assignee the display name, or the login where there is no name; several are joined with a comma
 * @param priority as the tracker words it
 * @param type as the tracker words it: bug, task, merge request ...
 * @param labels never {@code null}; empty where there are none
 * @param updated when the bug was last changed
 */
public record BugFields(String assignee, String priority, String type, List<String> labels, Instant updated) {

    /** Nothing is known. */
    public static final BugFields NONE = new BugFields(null, null, null, List.of(), null);

    public BugFields {
        labels = labels == null ? List.of() : List.copyOf(labels);
    }
}
