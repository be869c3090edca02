package org.bugloss.details;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.Trackers;
import org.bugloss.web.Problem;

/**
 * Answers what is known of the bug behind a URL: from the cache where it can, stale while it refreshes where it must,
 * and only for a URL that was never heard of does the caller wait. Safe for use by several threads.
 */
@ApplicationScoped
public class DetailsLookup {

    @Inject
    private Trackers trackers;

    @Inject
    private DetailsCache cache;

    @Inject
    private Overrides overrides;

    @Inject
    private DetailsFetcher fetcher;

    @Inject
    private DetailsSettings settings;

    @Inject
    private LookupLimit limit;

    @Inject
    private Clock clock;

    @Resource
    private ManagedScheduledExecutorService scheduler;

    /**
     * The details of one bug.
     *
     * @param typed the URL as somebody typed it
     * @param caller who asks, for the limit of uncached lookups
     * @return at the latest after the deadline: the details, or the {@link Problem} why there are none
     * @throws org.bugloss.outbound.InvalidUrlException where the URL is refused
     */
    public CompletableFuture<ServedDetails> details(String typed, String caller) {
        BugUrl bug = trackers.locate(CanonicalUrl.parse(typed));
        CachedDetails row = cache.find(bug.url().key()).orElse(null);
        DetailsOverride override = overrides.find(typed, bug.url()).orElse(null);
        Instant now = clock.instant();
        if (row != null && row.hasDetails()) {
            if (isWanting(row, bug, now)) {
                fetcher.fetch(bug, caller);
            }
            return CompletableFuture.completedFuture(served(bug, row, override));
        }
        if (row != null && !isWanting(row, bug, now)) {
            return answer(bug, row, override);
        }
        limit.takeOrRefuse(caller);
        return withinDeadline(fetcher.fetch(bug, caller))
                .handle((fetched, late) -> {
                    CachedDetails known = fetched == null ? row : fetched;
                    return late != null && override == null
                            ? CompletableFuture.<ServedDetails>failedFuture(late)
                            : answer(bug, known, override);
                })
                .thenCompose(Function.identity());
    }

    /** Fetches past the cache, then answers as {@link #details} does. */
    public CompletableFuture<ServedDetails> refreshed(String typed, String caller) {
        BugUrl bug = trackers.locate(CanonicalUrl.parse(typed));
        limit.takeOrRefuse(caller);
        CachedDetails before = cache.find(bug.url().key()).orElse(null);
        DetailsOverride override = overrides.find(typed, bug.url()).orElse(null);
        return withinDeadline(fetcher.fetchAnew(bug, caller))
                .handle((fetched, late) -> {
                    boolean somethingToShow = override != null || before != null && before.hasDetails();
                    return late != null && !somethingToShow
                            ? CompletableFuture.<ServedDetails>failedFuture(late)
                            : answer(bug, fetched == null ? before : fetched, override);
                })
                .thenCompose(Function.identity());
    }

    /**
     * Fetches behind whoever asks, so that the details are there when somebody asks for them. A caller who has no
     * lookups left leaves it to the timer, or to whoever asks next.
     */
    public void fetchBehind(CanonicalUrl url, String caller) {
        BugUrl bug = trackers.locate(url);
        Instant now = clock.instant();
        CachedDetails row = cache.find(url.key()).orElse(null);
        boolean wanted = row == null || isWanting(row, bug, now);
        if (wanted && limit.take(caller)) {
            fetcher.fetch(bug, caller);
        }
    }

    /** What there is now for a URL that has an override: nobody waits for the network. */
    public ServedDetails known(String typed) {
        CanonicalUrl url = CanonicalUrl.parse(typed);
        BugUrl bug = trackers.locate(url);
        CachedDetails row = cache.find(url.key()).orElse(null);
        DetailsOverride override = overrides.find(typed, url).orElse(null);
        if (override == null && (row == null || !row.hasDetails())) {
            throw Problem.notFound("nothing is known of " + url);
        }
        return served(bug, row, override);
    }

    /**
     * What there is now for many URLs, without waiting and without fetching; those of which nothing is known are
     * left out.
     *
     * @param urls URLs as they were typed, by their canonical form
     */
    public Map<String, ServedDetails> known(Collection<String> urls) {
        Map<String, CanonicalUrl> keys = new LinkedHashMap<>();
        urls.forEach(typed -> keys.put(typed, CanonicalUrl.parse(typed)));
        if (keys.isEmpty()) {
            return Map.of();
        }
        Instant now = clock.instant();
        Map<String, CachedDetails> rows =
                cache.find(keys.values().stream().map(CanonicalUrl::key).collect(Collectors.toSet()));
        Map<String, DetailsOverride> laid = overrides
                .find(keys.entrySet().stream()
                        .flatMap(entry ->
                                List.of(entry.getKey(), entry.getValue().key()).stream())
                        .collect(Collectors.toSet()))
                .stream()
                .filter(override -> override.isActive(now))
                .collect(Collectors.toMap(DetailsOverride::url, Function.identity()));
        Map<String, ServedDetails> known = new LinkedHashMap<>();
        keys.forEach((typed, url) -> {
            CachedDetails row = rows.get(url.key());
            DetailsOverride override = newer(laid.get(typed), laid.get(url.key()));
            if (override != null || row != null && row.hasDetails()) {
                known.put(typed, served(trackers.locate(url), row, override));
            }
        });
        return known;
    }

    private static DetailsOverride newer(DetailsOverride one, DetailsOverride other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.createdAt().isAfter(other.createdAt()) ? one : other;
    }

    private CompletableFuture<ServedDetails> answer(BugUrl bug, CachedDetails row, DetailsOverride override) {
        return override != null || row.hasDetails()
                ? CompletableFuture.completedFuture(served(bug, row, override))
                : CompletableFuture.failedFuture(problem(row));
    }

    private ServedDetails served(BugUrl bug, CachedDetails row, DetailsOverride override) {
        Instant now = clock.instant();
        boolean stale = row != null && isStale(row, bug, now);
        return ServedDetails.of(bug.url(), trackers.trackerOf(bug), row, override, stale, settings, now);
    }

    private boolean isStale(CachedDetails row, BugUrl bug, Instant now) {
        return !row.isFresh(now) || !row.isOf(bug, trackers.trackerOf(bug));
    }

    private boolean isWanting(CachedDetails row, BugUrl bug, Instant now) {
        return row.isWanting(bug, trackers.trackerOf(bug), now);
    }

    private Problem problem(CachedDetails row) {
        String reason = row.failureReason();
        int status = switch (reason) {
            case "not_found" -> 404;
            case "address_not_allowed" -> 422;
            case "timeout" -> 504;
            default -> 502;
        };
        Problem problem = Problem.of(status, row.failureMessage()).because(reason);
        return status == 422 ? problem : problem.retryAfter(Duration.between(clock.instant(), row.retryAt()));
    }

    private CompletableFuture<CachedDetails> withinDeadline(CompletableFuture<CachedDetails> fetch) {
        CompletableFuture<CachedDetails> waiting = fetch.copy();
        ScheduledFuture<?> alarm = scheduler.schedule(
                () -> {
                    waiting.completeExceptionally(Problem.of(
                                    504,
                                    "no answer within " + settings.deadline().toSeconds()
                                            + " seconds; it may be there on the next call")
                            .because(FailureReason.TIMEOUT.word())
                            .retryAfter(settings.deadline()));
                },
                settings.deadline().toMillis(),
                TimeUnit.MILLISECONDS);
        waiting.whenComplete((row, failure) -> alarm.cancel(false));
        return waiting;
    }
}
