package org.bugloss.trackers;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Optional;

/**
 * The first comments of bugs, for trackers that have a bug's description there and want a request of its own for it. They
 * never change, so that they are asked for once. The memory is bounded: what was not used for long is forgotten, and when
 * it is full even what was just remembered may be. Safe for use by several threads.
 */
final class FirstComments {

    /** In characters, of two bytes each at the worst. */
    private static final long ROOM = 32 * 1024 * 1024;

    private final Cache<String, String> html = Caffeine.newBuilder()
            .maximumWeight(ROOM)
            .weigher((String bug, String comment) -> bug.length() + comment.length())
            .build();

    /** The comment as HTML; empty where it has yet to be asked for. */
    Optional<String> of(TrackerSystem system, String bug) {
        return Optional.ofNullable(html.getIfPresent(system.name() + "\n" + bug));
    }

    void remember(TrackerSystem system, String bug, String comment) {
        html.put(system.name() + "\n" + bug, comment);
    }
}
