package org.bugloss.trackers;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.Optional;

/**
 * Where bugs went, for APIs that tell it of one bug and not of many. Only a hint, which what an API says under the old
 * place outdoes; and the old place may be taken again, so that it is forgotten after a day, and before that where there
 * are many. Safe for use by several threads.
 *
 * @param <P> what a tracker has for places
 */
final class MovedBugs<P> {

    private static final int MOST = 10_000;
    private static final Duration LASTS = Duration.ofDays(1);

    private final Cache<String, P> places;

    MovedBugs() {
        this(Ticker.systemTicker());
    }

    MovedBugs(Ticker ticker) {
        places = Caffeine.newBuilder()
                .maximumSize(MOST)
                .expireAfterWrite(LASTS)
                .ticker(ticker)
                .build();
    }

    /** Where a bug went; empty where it is not known to have gone. */
    Optional<P> of(TrackerApi api, String key) {
        return Optional.ofNullable(places.getIfPresent(name(api, key)));
    }

    /**
     * Keeps in mind what the API said.
     *
     * @param now where the bug is; empty where it is at its old place, or nowhere
     */
    void note(TrackerApi api, String key, Optional<P> now) {
        now.ifPresentOrElse(place -> places.put(name(api, key), place), () -> places.invalidate(name(api, key)));
    }

    void cleanUp() {
        places.cleanUp();
    }

    private static String name(TrackerApi api, String key) {
        return api.base() + " " + key;
    }
}
