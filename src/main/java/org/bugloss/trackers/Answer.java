package org.bugloss.trackers;

import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;

/** What came of asking about one bug. */
public sealed interface Answer {

    /** The bug and what is known of it. */
    record Found(BugDetails details) implements Answer {}

    /** What is cached of the bug still holds; how long, the source may have said anew. */
    record Unchanged(Freshness freshness) implements Answer {}

    /** The tracker says that there is no such bug, or none that these credentials may see. */
    record NoSuchBug() implements Answer {}

    /** The tracker could not be asked, or did not answer as it should. */
    record Failed(FetchException failure) implements Answer {}
}
