package org.bugloss.trackers;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.bugloss.outbound.FetchException;

/**
 * Which repositories are private, for APIs that tell it of a repository and not of each of its bugs: asked for once in a while, and
 * never for each bug. Safe for use by several threads.
 */
final class PrivateRepositories {

    private static final int MOST = 10_000;

    /** As long as details are fresh by default: with them a repository's visibility is looked at again. */
    private static final Duration LASTS = Duration.ofHours(1);

    private static final Duration UNKNOWN_LASTS = Duration.ofMinutes(1);

    private final Cache<String, Boolean> known;
    private final Cache<String, Boolean> unknown;

    PrivateRepositories() {
        this(Ticker.systemTicker());
    }

    PrivateRepositories(Ticker ticker) {
        known = cache(LASTS, ticker);
        unknown = cache(UNKNOWN_LASTS, ticker);
    }

    private static Cache<String, Boolean> cache(Duration lasts, Ticker ticker) {
        return Caffeine.newBuilder()
                .maximumSize(MOST)
                .expireAfterWrite(lasts)
                .ticker(ticker)
                .build();
    }

    /**
     * Whether a repository is private. So is one of which the API does not tell it: of the two errors the one that shows nothing.
     *
     * @param asking what the API says of the repository
     */
    boolean isPrivate(TrackerApi api, String repository, Supplier<ApiReply> asking) {
        String name = name(api, repository);
        Boolean lately = known.getIfPresent(name);
        if (lately != null) {
            return lately;
        }
        if (unknown.getIfPresent(name) != null) {
            return true;
        }
        Optional<Boolean> told = told(asking);
        told.ifPresentOrElse(isPrivate -> known.put(name, isPrivate), () -> unknown.put(name, true));
        return told.orElse(true);
    }

    /** What the API said in passing. */
    void note(TrackerApi api, String repository, boolean isPrivate) {
        known.put(name(api, repository), isPrivate);
    }

    /** What may be seen by those only who are signed in is not public either. */
    private static Optional<Boolean> told(Supplier<ApiReply> asking) {
        try {
            ApiReply reply = asking.get();
            if (!reply.isSuccess() || reply.isWebPage()) {
                return Optional.empty();
            }
            Json repository = reply.json();
            boolean isInternal = repository.at("internal").flag().orElse(false);
            return repository.at("private").flag().map(isPrivate -> isPrivate || isInternal);
        } catch (FetchException e) {
            return Optional.empty();
        }
    }

    private static String name(TrackerApi api, String repository) {
        return api.base() + " " + repository;
    }
}
