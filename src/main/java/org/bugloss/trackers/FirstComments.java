package org.bugloss.trackers;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/**
 * The first comments of bugs, for trackers that have a bug's description there and want a request of its own for it. They
 * never change, so that they are asked for once. There is one memory for all trackers, and it is bounded: what was not used
 * for long is forgotten, and when it is full even what was just remembered may be. Safe for use by several threads.
 */
@ApplicationScoped
public class FirstComments {

    /** In bytes: an eighth of the smallest heap that the benchmark runs with. */
    static final long ROOM = 32 * 1024 * 1024;

    /** A character has two bytes at the worst; an entry has a key, two headers and a node besides. */
    private static final int OF_A_CHARACTER = 2;

    private static final int OF_AN_ENTRY = 200;

    private final Cache<String, String> html = Caffeine.newBuilder()
            .maximumWeight(ROOM)
            .weigher((String bug, String comment) -> OF_AN_ENTRY + OF_A_CHARACTER * (bug.length() + comment.length()))
            .build();

    /** The comment as HTML; empty where it has yet to be asked for. */
    Optional<String> of(TrackerSystem system, String bug) {
        return Optional.ofNullable(html.getIfPresent(system.name() + "\n" + bug));
    }

    void remember(TrackerSystem system, String bug, String comment) {
        html.put(system.name() + "\n" + bug, comment);
    }

    /** How many bytes are taken at most, once it has come to rest. */
    long bytes() {
        html.cleanUp();
        return html.policy().eviction().orElseThrow().weightedSize().orElseThrow();
    }
}
