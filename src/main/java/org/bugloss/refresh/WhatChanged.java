package org.bugloss.refresh;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bugloss.cache.DetailsWriter;
import org.bugloss.cache.DueDetails;
import org.bugloss.cache.KnownDetails;
import org.bugloss.database.Retried;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.Trackers;
import org.jspecify.annotations.Nullable;

/**
 * Asks trackers that can tell which bugs changed since they were fetched, and renews the others: one request instead of
 * many. Safe for use by several threads.
 */
@ApplicationScoped
public class WhatChanged {

    /** Bugs that one question can renew; those that come due later can be renewed by the next. About 5 MB. */
    private static final int MOST_RENEWED = 5_000;

    /** A group whose changes its tracker can't name now, or that are too many, is asked about them again after this. */
    private static final Duration ASKED_AGAIN_AFTER = Duration.ofHours(1);

    @Inject
    private Trackers trackers;

    @Inject
    private DueDetails due;

    @Inject
    private DetailsWriter writer;

    @Inject
    private OutboundClient client;

    @Inject
    private Clock clock;

    private final Cache<String, Boolean> unanswered = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(ASKED_AGAIN_AFTER)
            .build();

    /**
     * What came of a question.
     *
     * @param unchanged what can be renewed
     * @param changed what is news and not among the bugs that were claimed for the question
     * @param at the moment at which it was so
     * @param requests that were sent
     * @param failureOfSource why the source as a whole did not answer; {@code null} where it did
     * @param took how long that took
     */
    record Changes(
            Map<BugUrl, KnownDetails> unchanged,
            Set<String> changed,
            Instant at,
            long requests,
            @Nullable FetchException failureOfSource,
            Duration took) {}

    /** The bugs about which it is worth asking what changed, by the groups about which one can ask. */
    Map<String, Map<BugUrl, KnownDetails>> groups(Map<BugUrl, KnownDetails> bugs, Instant now) {
        Map<String, Map<BugUrl, KnownDetails>> groups = new LinkedHashMap<>();
        bugs.forEach((bug, known) -> {
            String group = known.changeGroup();
            if (group != null && isRenewable(bug, known, now) && unanswered.getIfPresent(group) == null) {
                groups.computeIfAbsent(group, first -> new LinkedHashMap<>()).put(bug, known);
            }
        });
        return groups;
    }

    /**
     * Asks what changed. Waits for the network.
     *
     * @param claimed the bugs of the group that are due; others of it that can be renewed by the same answer are added
     */
    Changes ask(String group, Map<BugUrl, KnownDetails> claimed) {
        Instant now = clock.instant();
        Instant since = claimed.values().stream()
                .map(KnownDetails::fetchedAt)
                .min(Instant::compareTo)
                .orElseThrow();
        Map<BugUrl, KnownDetails> renewable = renewable(group, since, claimed, now);
        long before = client.sentHere();
        Instant begin = clock.instant();
        FetchException failure = null;
        Optional<Set<BugUrl>> changed = Optional.empty();
        try {
            changed = trackers.changed(List.copyOf(renewable.keySet()), since);
        } catch (FetchException e) {
            failure = e;
        }
        long requests = client.sentHere() - before;
        Duration took = Duration.between(begin, clock.instant());
        if (changed.isEmpty()) {
            FetchException failureOfSource = failure != null && isOfSource(failure) ? failure : null;
            if (failureOfSource == null) {
                unanswered.put(group, true);
            }
            return new Changes(Map.of(), Set.of(), now, requests, failureOfSource, took);
        }
        renewable.keySet().removeAll(changed.get());
        Set<String> unclaimed = changed.get().stream()
                .filter(bug -> !claimed.containsKey(bug))
                .map(bug -> bug.url().key())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        return new Changes(renewable, unclaimed, now, requests, null, took);
    }

    /** What is claimed, and what of its group can be renewed by the same answer. */
    private Map<BugUrl, KnownDetails> renewable(
            String group, Instant since, Map<BugUrl, KnownDetails> claimed, Instant now) {
        Map<BugUrl, KnownDetails> renewable = new LinkedHashMap<>(claimed);
        ReadableRows.of(due.renewable(group, since, MOST_RENEWED), trackers)
                .bugs()
                .forEach((bug, known) -> {
                    if (isRenewable(bug, known, now)) {
                        renewable.putIfAbsent(bug, known);
                    }
                });
        return renewable;
    }

    private static boolean isOfSource(FetchException failure) {
        return failure.reason().isOfTheWholeSource() || failure.retryAt().isPresent();
    }

    /**
     * Renews what did not change, and has what did refreshed soon.
     *
     * @return the URLs of what was renewed; the others' details, or what is known of their failing, changed meanwhile
     */
    Set<String> renew(Changes changes) {
        Set<String> renewed = writer.renew(changes.unchanged(), changes.at());
        if (!changes.changed().isEmpty()) {
            Retried.onConflict(() -> {
                due.hasten(changes.changed(), clock.instant());
                return true;
            });
        }
        return renewed;
    }

    private boolean isRenewable(BugUrl bug, KnownDetails known, Instant now) {
        return !known.fromOpenGraph() && known.canBeRenewed(bug, trackers.trackerOf(bug), now);
    }
}
