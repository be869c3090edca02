package org.bugloss.details;

import static org.bugloss.json.JsonProviders.JSON;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bugloss.cache.CachedDetails;
import org.bugloss.cache.DetailsCache;
import org.bugloss.cache.DetailsFetcher;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.InvalidUrlException;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.Trackers;
import org.bugloss.web.Problem;
import org.bugloss.web.Problems;

/**
 * Answers what is known of the bug behind a URL: from the cache where it can, stale while it refreshes where it must,
 * and only for a URL that was never heard of does the caller wait. While the database is away, {@link RecentDetails}
 * answers what it can, and nothing is fetched. Safe for use by several threads.
 */
@ApplicationScoped
public class DetailsLookup {

    /** Kept of the deadline for looking into the tables before, and for writing the answer after. */
    private static final Duration TO_ANSWER = Duration.ofMillis(150);

    private static final Problem NOT_YET =
            Problem.of(202, "being fetched; it is there on the next call, or the reason why not");

    private static final JsonObject NOTHING = JsonValue.EMPTY_JSON_OBJECT;

    @Inject
    private Trackers trackers;

    @Inject
    private DetailsCache cache;

    @Inject
    private Overrides overrides;

    @Inject
    private RecentDetails recent;

    @Inject
    private DatabaseWatch database;

    @Inject
    private DetailsFetcher fetcher;

    @Inject
    private DetailsSettings settings;

    @Inject
    private LookupLimit limit;

    @Inject
    private Clock clock;

    @Inject
    private MeterRegistry meters;

    @Resource
    private ManagedScheduledExecutorService scheduler;

    /** What the tables have for a URL; a {@code null} component where they have nothing. */
    private record Known(BugUrl bug, CachedDetails row, DetailsOverride override) {

        Known with(CachedDetails newer) {
            return newer == null ? this : new Known(bug, newer, override);
        }

        boolean hasDetails() {
            return row != null && row.hasDetails();
        }

        Known withoutOverride() {
            return new Known(bug, row, null);
        }

        boolean canBeShown() {
            return override != null || hasDetails();
        }
    }

    /**
     * The details of one bug.
     *
     * @param typed the URL as somebody typed it
     * @param caller who asks, for the limit of uncached lookups
     * @return at the latest after the deadline: the details, or the {@link Problem} why there are none
     * @throws org.bugloss.outbound.InvalidUrlException where the URL is refused
     */
    public CompletableFuture<ServedDetails> details(String typed, String caller) {
        Known known;
        try {
            known = look(typed);
            asked(List.of(known));
        } catch (RuntimeException e) {
            return CompletableFuture.completedFuture(recalled(typed, e).orElseThrow(() -> e));
        }
        boolean wanting = isWanting(known);
        if (known.hasDetails() && wanting && !fetcher.isResting(known.bug())) {
            fetcher.fetch(known.bug(), caller);
        }
        if (known.hasDetails() || !wanting) {
            count(atOnce(known));
            return answer(known);
        }
        if (!limit.take(caller)) {
            count("refused");
            if (known.canBeShown()) {
                return answer(known);
            }
            throw limit.refusal();
        }
        return withinDeadline(fetcher.fetch(known.bug(), caller))
                .handle((fetched, late) -> late == null || known.override() != null
                        ? answer(known.with(fetched))
                        : CompletableFuture.<ServedDetails>failedFuture(late))
                .thenCompose(Function.identity())
                .whenComplete((served, failure) -> count(failure == null ? "fetched" : "failed"));
    }

    /** Fetches past the cache, then answers as {@link #details(String, String)} does. */
    public CompletableFuture<ServedDetails> refreshed(String typed, String caller) {
        Known known = look(typed);
        limit.takeOrRefuse(caller);
        return withinDeadline(fetcher.fetchAnew(known.bug(), caller))
                .handle((fetched, late) -> late == null || known.canBeShown()
                        ? answer(known.with(fetched))
                        : CompletableFuture.<ServedDetails>failedFuture(late))
                .thenCompose(Function.identity());
    }

    /**
     * The details of many bugs. What is not cached is fetched in as few requests as the trackers allow.
     *
     * @param urls URLs as somebody typed them
     * @return at the latest after the deadline, for each URL: the details, or {@code {"problem": {…}}}; of status 202
     *     where they are not there yet
     */
    public CompletableFuture<Map<String, JsonObject>> details(List<String> urls, String caller) {
        Instant asked = clock.instant();
        Map<String, JsonObject> answers = new LinkedHashMap<>();
        List<String> allowed = new ArrayList<>();
        for (String typed : new LinkedHashSet<>(urls)) {
            answers.put(typed, NOTHING);
            try {
                CanonicalUrl.parse(typed);
                allowed.add(typed);
            } catch (InvalidUrlException e) {
                answers.put(typed, wrapped(Problems.of(e)));
            }
        }
        Map<String, Known> known;
        try {
            known = look(allowed);
            asked(known.values());
        } catch (RuntimeException e) {
            answers.putAll(recalled(allowed, e));
            return CompletableFuture.completedFuture(answers);
        }
        Map<String, BugUrl> awaited = new LinkedHashMap<>();
        List<BugUrl> behind = new ArrayList<>();
        known.forEach((typed, one) -> {
            boolean wanting = isWanting(one);
            if (one.hasDetails() || !wanting) {
                count(atOnce(one));
                answers.put(typed, shown(one));
                if (wanting && !fetcher.isResting(one.bug())) {
                    behind.add(one.bug());
                }
            } else if (limit.take(caller)) {
                awaited.put(typed, one.bug());
            } else {
                count("refused");
                answers.put(typed, one.canBeShown() ? shown(one) : wrapped(limit.refusal()));
            }
        });
        List<BugUrl> bugs = new ArrayList<>(awaited.values());
        bugs.addAll(behind);
        List<CompletableFuture<CachedDetails>> fetches = fetcher.fetch(bugs, caller);
        Map<String, CompletableFuture<CachedDetails>> awaitedFetches = new LinkedHashMap<>();
        awaited.keySet().forEach(typed -> awaitedFetches.put(typed, fetches.get(awaitedFetches.size())));
        CompletableFuture<Void> all =
                CompletableFuture.allOf(awaitedFetches.values().toArray(CompletableFuture[]::new));
        Duration left = settings.deadline().minus(Duration.between(asked, clock.instant()));
        return within(left.compareTo(TO_ANSWER) > 0 ? left : TO_ANSWER, all).handle((done, late) -> {
            awaitedFetches.forEach((typed, fetch) -> {
                JsonObject outcome = outcome(known.get(typed), fetch);
                count(outcome.containsKey("problem") ? "failed" : "fetched");
                answers.put(typed, outcome);
            });
            return answers;
        });
    }

    /** What memory has where the database is away; else the failure is another one. */
    private Optional<ServedDetails> recalled(String typed, RuntimeException failure) {
        return DatabaseAway.isBehind(failure)
                ? recent.recall(CanonicalUrl.parse(typed), clock.instant())
                : Optional.empty();
    }

    /** The same for many. Where memory has none of them, it is the caller who is to come again. */
    private Map<String, JsonObject> recalled(List<String> urls, RuntimeException failure) {
        Map<String, JsonObject> answers = new LinkedHashMap<>();
        urls.forEach(typed -> recalled(typed, failure).ifPresent(details -> answers.put(typed, details.json())));
        if (answers.isEmpty()) {
            throw failure;
        }
        JsonObject away = wrapped(Problems.of(failure));
        urls.forEach(typed -> answers.putIfAbsent(typed, away));
        return answers;
    }

    private JsonObject outcome(Known known, CompletableFuture<CachedDetails> fetch) {
        if (!fetch.isDone()) {
            return known.canBeShown() ? shown(known) : wrapped(NOT_YET);
        }
        try {
            return shown(known.with(fetch.join()));
        } catch (CompletionException | CancellationException e) {
            return known.canBeShown() ? shown(known) : wrapped(Problems.of(e));
        }
    }

    /** How many of those who ask are answered from the cache, and how. */
    private void count(String result) {
        Counter.builder("bugloss.lookups")
                .description("Bugs asked for, by how they were answered")
                .tag("result", result)
                .register(meters)
                .increment();
    }

    /** What {@link #count} calls an answer that nobody had to wait for. */
    private String atOnce(Known known) {
        if (!known.canBeShown()) {
            return "failed";
        }
        return known.hasDetails() && isStale(known, clock.instant()) ? "stale" : "fresh";
    }

    private JsonObject shown(Known known) {
        return known.canBeShown() ? served(known).json() : wrapped(problem(known.row()));
    }

    private static JsonObject wrapped(Problem problem) {
        return JSON.createObjectBuilder().add("problem", problem.document()).build();
    }

    /**
     * Fetches behind whoever asks, so that the details are there when somebody asks for them. A caller who has no
     * lookups left leaves it to the timer, or to whoever asks next.
     */
    public void fetchBehind(CanonicalUrl url, String caller) {
        Known known = look(url.key());
        boolean canWait = known.hasDetails() && fetcher.isResting(known.bug());
        if (isWanting(known) && !canWait && limit.take(caller)) {
            fetcher.fetch(known.bug(), caller);
        }
    }

    /**
     * What there is now for many URLs, without waiting and without fetching; those of which nothing is known are left
     * out.
     *
     * @param urls URLs as they were typed
     */
    public Map<String, ServedDetails> known(Collection<String> urls) {
        Map<String, ServedDetails> shown = new LinkedHashMap<>();
        look(urls).forEach((typed, known) -> {
            if (known.canBeShown()) {
                shown.put(typed, served(known));
            }
        });
        return shown;
    }

    /** Nobody wants a write, nor a transaction, for every read: it is noted only where the last note is old. */
    private void asked(Collection<Known> asked) {
        Instant now = clock.instant();
        List<String> longAgo = asked.stream()
                .filter(known -> known.hasDetails() && known.row().isAskingNews(now, settings))
                .map(known -> known.row().url())
                .toList();
        if (!longAgo.isEmpty()) {
            cache.asked(longAgo);
        }
    }

    private Known look(String typed) {
        // Not List.of: a URL that is not there at all is refused as one.
        return look(Collections.singletonList(typed)).get(typed);
    }

    /**
     * Looks into the tables, twice however many URLs there are.
     *
     * @throws RuntimeException that has {@link DatabaseAway} behind it, while the database is away
     */
    private Map<String, Known> look(Collection<String> urls) {
        Map<String, BugUrl> bugs = new LinkedHashMap<>();
        urls.forEach(typed -> bugs.put(typed, trackers.locate(CanonicalUrl.parse(typed))));
        if (bugs.isEmpty()) {
            return Map.of();
        }
        database.refuseWhileAway();
        Set<String> keys = bugs.values().stream().map(bug -> bug.url().key()).collect(Collectors.toSet());
        Map<String, CachedDetails> rows = cache.find(keys);
        Map<String, DetailsOverride> laid = overrides.inForce(bugs.keySet(), keys);
        Map<String, Known> known = new LinkedHashMap<>();
        bugs.forEach((typed, bug) -> {
            String key = bug.url().key();
            known.put(typed, new Known(bug, rows.get(key), laid.get(key)));
        });
        return known;
    }

    private CompletableFuture<ServedDetails> answer(Known known) {
        return known.canBeShown()
                ? CompletableFuture.completedFuture(served(known))
                : CompletableFuture.failedFuture(problem(known.row()));
    }

    private ServedDetails served(Known known) {
        Instant now = clock.instant();
        ServedDetails details = served(known, now);
        recent.remember(known.bug().url(), toRemember(known, details, now));
        return details;
    }

    private ServedDetails served(Known known, Instant now) {
        String tracker = trackers.trackerOf(known.bug());
        return ServedDetails.of(
                known.bug().url(), tracker, known.row(), known.override(), isStale(known, now), settings, now);
    }

    private boolean isStale(Known known, Instant now) {
        return known.row() != null && known.row().isStale(known.bug(), trackers.trackerOf(known.bug()), now);
    }

    private RecentDetails.Answer toRemember(Known known, ServedDetails details, Instant now) {
        Instant freshUntil = now.plus(details.fresh());
        if (known.hasDetails() && known.row().expiresAt().isBefore(freshUntil)) {
            freshUntil = known.row().expiresAt();
        }
        Instant until = known.override() == null ? null : known.override().expiresAt();
        RecentDetails.Answer beneath = null;
        if (until != null && known.hasDetails()) {
            Known bare = known.withoutOverride();
            beneath = toRemember(bare, served(bare, now), now);
        }
        return new RecentDetails.Answer(details.json(), freshUntil, until, beneath);
    }

    private boolean isWanting(Known known) {
        return known.row() == null
                || known.row().isWanting(known.bug(), trackers.trackerOf(known.bug()), clock.instant());
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

    private <T> CompletableFuture<T> withinDeadline(CompletableFuture<T> fetch) {
        return within(settings.deadline(), fetch);
    }

    /** The same future, or a 504 where it takes longer. */
    <T> CompletableFuture<T> within(Duration deadline, CompletableFuture<T> fetch) {
        CompletableFuture<T> waiting = fetch.copy();
        ScheduledFuture<?> alarm = scheduler.schedule(
                () -> {
                    waiting.completeExceptionally(Problem.of(
                                    504,
                                    "no answer within " + deadline.toSeconds()
                                            + " seconds; it may be there on the next call")
                            .because(FailureReason.TIMEOUT.word())
                            .retryAfter(deadline));
                },
                deadline.minus(TO_ANSWER).toMillis(),
                TimeUnit.MILLISECONDS);
        waiting.whenComplete((row, failure) -> alarm.cancel(false));
        return waiting;
    }
}
