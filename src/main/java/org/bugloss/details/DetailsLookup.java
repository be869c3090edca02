package org.bugloss.details;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.bugloss.audience.Viewer;
import org.bugloss.cache.AskedNotes;
import org.bugloss.cache.DetailsFetcher;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.StoredDetails;
import org.bugloss.changes.Change;
import org.bugloss.database.DatabaseAway;
import org.bugloss.details.GlossMemory.Remembered;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.InvalidUrlException;
import org.bugloss.trackers.BugUrl;
import org.jspecify.annotations.Nullable;

/**
 * Answers what is known of the bug behind a URL: from memory or the tables where it can, stale while it refreshes where it must,
 * and only for a URL that was never heard of does the caller wait. While the database is away, memory answers what it can, and
 * nothing is fetched. It knows no HTTP. Safe for use by several threads.
 */
@ApplicationScoped
public class DetailsLookup {

    /** Kept of the deadline for looking into the tables before, and for writing the answer after. */
    private static final Duration TO_ANSWER = Duration.ofMillis(150);

    /** When it is worth asking again for what is being fetched. */
    private static final Duration SOON = Duration.ofSeconds(1);

    /** Who paused a system may end that at any time. */
    private static final Duration ONCE_A_MINUTE = Duration.ofMinutes(1);

    @Inject
    private Glosses glosses;

    @Inject
    private Disclosure disclosure;

    @Inject
    private AskedNotes asked;

    @Inject
    private DetailsFetcher fetcher;

    @Inject
    private DetailsSettings settings;

    @Inject
    private LookupLimit limit;

    @Inject
    private Deadlines deadlines;

    @Inject
    private Clock clock;

    @Inject
    private MeterRegistry meters;

    /** What to do for a caller, by what is known. */
    private enum Plan {
        /** It is fresh, or its source is to be left alone: answer what there is, be it a failure. */
        SHOW,
        /** Answer what there is, and fetch behind the answer. */
        SHOW_AND_FETCH,
        /** Nothing was ever fetched: the caller waits for it. */
        WAIT
    }

    /** How those who ask are answered, for the metrics. */
    private enum Result {
        FRESH,
        STALE,
        FETCHED,
        FAILED,
        REFUSED
    }

    /** From a minute to a week. */
    private static final double[] AGES = {60, 300, 900, 3_600, 14_400, 86_400, 604_800};

    private DistributionSummary ages;

    private final Map<Result, Counter> counters = new EnumMap<>(Result.class);

    @PostConstruct
    void register() {
        for (Result result : Result.values()) {
            counters.put(
                    result,
                    Counter.builder("bugloss.lookups")
                            .description("Bugs asked for, by how they were answered")
                            .tag("result", result.name().toLowerCase(Locale.ROOT))
                            .register(meters));
        }
        ages = DistributionSummary.builder("bugloss.details.age")
                .description("How long ago the details that are served were last known to be so")
                .baseUnit("seconds")
                .serviceLevelObjectives(AGES)
                .register(meters);
    }

    /** Has all meters there before the first question. */
    public void countFromZero() {
        // The container has called register() by now.
    }

    /**
     * The details of one bug, where nobody need wait for them: one read of memory, else of the tables.
     *
     * @param typed the URL as somebody typed it; what is no URL is nothing here
     * @param viewer who asks
     * @return empty where {@link #details(String, Viewer)} is to be asked: there are none yet, or none at all
     */
    public Optional<ReadyDetails> atOnce(String typed, Viewer viewer) {
        Instant now = clock.instant();
        Remembered known = glosses.recall(typed, now);
        if (known == null) {
            Optional<ReadyDetails> withheld = disclosure.withheld(typed, viewer);
            if (withheld.isPresent()) {
                return withheld;
            }
            try {
                known = glosses.read(typed);
            } catch (InvalidUrlException e) {
                return Optional.empty();
            } catch (RuntimeException e) {
                return recalled(typed, viewer, e);
            }
        }
        Gloss gloss = known.gloss(now);
        if (!disclosure.mayAsk(gloss.bug(), viewer)) {
            return Optional.of(disclosure.restricted(gloss.bug()));
        }
        Plan plan = plan(gloss, now);
        if (plan == Plan.WAIT || !gloss.canBeShown()) {
            return Optional.empty();
        }
        noteAsking(gloss, now);
        if (plan == Plan.SHOW_AND_FETCH) {
            fetcher.fetch(gloss.bug(), viewer.name());
        }
        count(gloss.isStale(now) ? Result.STALE : Result.FRESH);
        noteAge(gloss, now);
        return Optional.of(shown(known, gloss, viewer, now));
    }

    /**
     * The details of one bug.
     *
     * @param typed the URL as somebody typed it
     * @param viewer who asks, also for the limit of uncached lookups
     * @return at the latest after the deadline
     */
    public CompletableFuture<Outcome> details(String typed, Viewer viewer) {
        return details(List.of(typed), viewer, settings.deadline()).thenApply(outcomes -> outcomes.get(typed));
    }

    /**
     * The details of many bugs. What is not cached is fetched in as few requests as the trackers allow.
     *
     * @param urls URLs as somebody typed them
     * @param wait how long to wait at most for what is not cached; of zero, what there is now
     * @return an outcome for each URL, in their order
     * @throws RuntimeException that has {@link DatabaseAway} behind it, where the database is away and nothing is remembered
     */
    public CompletableFuture<Map<String, Outcome>> details(Collection<String> urls, Viewer viewer, Duration wait) {
        Instant begin = clock.instant();
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        Map<String, Gloss> awaited = new LinkedHashMap<>();
        List<BugUrl> behind = new ArrayList<>();
        // Most of the time nothing is hidden from anybody, and of each bug there is nothing to be asked.
        boolean seesAll = disclosure.showsEverything(viewer);
        look(urls, viewer, seesAll, begin, outcomes).forEach((typed, known) -> {
            Instant now = clock.instant();
            Gloss gloss = known.gloss(now);
            noteAsking(gloss, now);
            Plan plan = plan(gloss, now);
            if (plan != Plan.WAIT) {
                outcomes.put(
                        typed,
                        gloss.canBeShown()
                                ? new Outcome.Shown(seesAll ? known.ready(now) : shown(known, gloss, viewer, now))
                                : missing(gloss, now));
                count(!gloss.canBeShown() ? Result.FAILED : gloss.isStale(now) ? Result.STALE : Result.FRESH);
                noteAge(gloss, now);
                if (plan == Plan.SHOW_AND_FETCH) {
                    behind.add(gloss.bug());
                }
            } else if (limit.take(viewer.name())) {
                awaited.put(typed, gloss);
            } else {
                outcomes.put(
                        typed,
                        gloss.canBeShown() ? new Outcome.Shown(shown(known, gloss, viewer, now)) : limit.refusal());
                count(Result.REFUSED);
            }
        });
        return fetched(awaited, behind, viewer, begin, wait).thenApply(fetched -> {
            outcomes.putAll(fetched);
            Map<String, Outcome> inOrder = new LinkedHashMap<>();
            urls.forEach(typed -> inOrder.put(typed, Objects.requireNonNull(outcomes.get(typed))));
            return inOrder;
        });
    }

    /**
     * Fetches past the cache, then answers as {@link #details(String, Viewer)} does. Who may not see the outcome does not wait for
     * it.
     */
    CompletableFuture<Outcome> refreshed(String typed, Viewer viewer) {
        Gloss known = glosses.read(typed).gloss(clock.instant());
        if (!limit.take(viewer.name())) {
            return CompletableFuture.completedFuture(limit.refusal());
        }
        CompletableFuture<StoredDetails> fetch = fetcher.fetchAnew(known.bug(), viewer.name());
        if (!disclosure.mayAsk(known.bug(), viewer)) {
            return CompletableFuture.completedFuture(new Outcome.Shown(disclosure.restricted(known.bug())));
        }
        return deadlines
                .within(settings.deadline().minus(TO_ANSWER), fetch)
                .handle((stored, late) -> outcome(known, fetch, viewer));
    }

    /**
     * Fetches behind whoever asks, so that the details are there when somebody asks for them. A caller who has no
     * lookups left leaves it to the timer, or to whoever asks next.
     *
     * @param urls URLs as they were typed
     */
    public void fetchBehind(Collection<String> urls, String caller) {
        Instant now = clock.instant();
        List<BugUrl> bugs = new ArrayList<>();
        for (Remembered remembered : glosses.read(urls).values()) {
            Gloss known = remembered.gloss(now);
            boolean canWait = known.hasDetails() && fetcher.isResting(known.bug());
            if (known.isWanting(now) && !canWait && limit.take(caller)) {
                bugs.add(known.bug());
            }
        }
        if (!bugs.isEmpty()) {
            fetcher.fetch(bugs, caller);
        }
    }

    /**
     * What somebody may see now of many URLs, without waiting and without fetching; those of which nothing is known are left
     * out, but for those of which the viewer may not know that either.
     *
     * @param urls URLs as they were typed; one that is none is left out too: it may have been recorded when the rules were others
     */
    public Map<String, ServedDetails> known(Collection<String> urls, Viewer viewer) {
        Instant now = clock.instant();
        Map<String, ServedDetails> shown = new LinkedHashMap<>();
        List<String> toRead = new ArrayList<>();
        for (String typed : urls) {
            disclosure
                    .withheld(typed, viewer)
                    .ifPresentOrElse(
                            withheld -> shown.put(typed, withheld.served()),
                            () -> (isUrl(typed) ? toRead : new ArrayList<String>()).add(typed));
        }
        glosses.read(toRead).forEach((typed, known) -> {
            Gloss gloss = known.gloss(now);
            if (gloss.canBeShown()) {
                shown.put(typed, shown(known, gloss, viewer, now).served());
            }
        });
        return shown;
    }

    /**
     * Those of bugs of which somebody may see what was told, as they are marked now. Of memory, and one read of the tables at most.
     *
     * @param bugs each as it was told of then: it may be of another system by now
     */
    public Set<Change.Bug> visible(Collection<Change.Bug> bugs, Viewer viewer) {
        if (disclosure.showsEverything(viewer)) {
            return Set.copyOf(bugs);
        }
        Instant now = clock.instant();
        Set<Change.Bug> visible = new HashSet<>();
        Map<Change.Bug, Remembered> known = new HashMap<>();
        Map<Change.Bug, String> toRead = new HashMap<>();
        for (Change.Bug bug : Set.copyOf(bugs)) {
            if (disclosure.maySeeAll(bug.url(), bug.system(), viewer)) {
                visible.add(bug);
            } else if (disclosure.maySeeSome(bug.url(), bug.system(), viewer)) {
                Remembered remembered = glosses.recall(bug.url(), now);
                if (remembered == null) {
                    toRead.put(bug, bug.url());
                } else {
                    known.put(bug, remembered);
                }
            }
        }
        Map<String, Remembered> read = glosses.read(toRead.values());
        toRead.forEach((bug, key) -> known.put(bug, Objects.requireNonNull(read.get(key))));
        known.forEach((bug, remembered) -> {
            if (disclosure.mayRead(remembered.gloss(now), viewer)) {
                visible.add(bug);
            }
        });
        return visible;
    }

    private static boolean isUrl(String typed) {
        try {
            CanonicalUrl.parse(typed);
            return true;
        } catch (InvalidUrlException e) {
            return false;
        }
    }

    private Plan plan(Gloss gloss, Instant now) {
        boolean wanting = gloss.isWanting(now);
        if (!gloss.hasDetails()) {
            return wanting ? Plan.WAIT : Plan.SHOW;
        }
        return wanting && !fetcher.isResting(gloss.bug()) ? Plan.SHOW_AND_FETCH : Plan.SHOW;
    }

    /**
     * What memory or the tables have of each URL.
     *
     * @param outcomes takes those of which it is clear by now what becomes of them
     */
    private Map<String, Remembered> look(
            Collection<String> urls, Viewer viewer, boolean seesAll, Instant now, Map<String, Outcome> outcomes) {
        Map<String, Remembered> known = new LinkedHashMap<>();
        List<String> toRead = new ArrayList<>();
        Map<String, Remembered> recalled = glosses.recall(urls, now);
        for (String typed : urls) {
            Remembered remembered = recalled.get(typed);
            Optional<ReadyDetails> withheld = seesAll ? Optional.empty() : withheld(typed, remembered, now, viewer);
            if (withheld.isPresent()) {
                outcomes.put(typed, new Outcome.Shown(withheld.get()));
                continue;
            }
            if (remembered != null) {
                known.put(typed, remembered);
                continue;
            }
            try {
                CanonicalUrl.parse(typed);
                toRead.add(typed);
            } catch (InvalidUrlException e) {
                outcomes.put(typed, new Outcome.Refused(String.valueOf(e.getMessage())));
            }
        }
        try {
            known.putAll(glosses.read(toRead));
        } catch (RuntimeException e) {
            Map<String, Outcome> anyway = new LinkedHashMap<>();
            toRead.forEach(typed ->
                    recalled(typed, viewer, e).ifPresent(ready -> anyway.put(typed, new Outcome.Shown(ready))));
            if (anyway.isEmpty() && known.isEmpty()) {
                throw e;
            }
            toRead.forEach(typed -> outcomes.put(typed, anyway.getOrDefault(typed, new Outcome.Broken(e))));
        }
        return known;
    }

    private Optional<ReadyDetails> withheld(String typed, @Nullable Remembered known, Instant now, Viewer viewer) {
        if (known == null) {
            return disclosure.withheld(typed, viewer);
        }
        BugUrl bug = known.gloss(now).bug();
        return disclosure.mayAsk(bug, viewer) ? Optional.empty() : Optional.of(disclosure.restricted(bug));
    }

    /** What memory has where the database is away; else the failure is another one. */
    private Optional<ReadyDetails> recalled(String typed, Viewer viewer, RuntimeException failure) {
        if (!DatabaseAway.isBehind(failure)) {
            throw failure;
        }
        Instant now = clock.instant();
        return glosses.recallAnyway(typed)
                .filter(known -> known.gloss(now).canBeShown())
                .map(known -> isBehind(known, now, viewer)
                        ? disclosure.restricted(known.gloss(now).bug())
                        : shown(known, known.gloss(now), viewer, now));
    }

    /** What was written since may have been that the bug is confidential. */
    private boolean isBehind(Remembered known, Instant now, Viewer viewer) {
        return !glosses.isLatest(known)
                && !disclosure.mayReadConfidential(known.gloss(now).bug(), viewer);
    }

    /** Nobody wants a write for every read: it is noted only where the last note is old. */
    private void noteAsking(Gloss gloss, Instant now) {
        StoredDetails stored = gloss.details();
        if (stored != null && stored.isAskingNews(now, settings)) {
            asked.note(gloss.key());
        }
    }

    private CompletableFuture<Map<String, Outcome>> fetched(
            Map<String, Gloss> awaited, List<BugUrl> behind, Viewer viewer, Instant begin, Duration wait) {
        List<BugUrl> bugs =
                new ArrayList<>(awaited.values().stream().map(Gloss::bug).toList());
        bugs.addAll(behind);
        if (bugs.isEmpty()) {
            return CompletableFuture.completedFuture(Map.of());
        }
        List<CompletableFuture<StoredDetails>> fetches = fetcher.fetch(bugs, viewer.name());
        Map<String, CompletableFuture<StoredDetails>> byUrl = new LinkedHashMap<>();
        awaited.keySet().forEach(typed -> byUrl.put(typed, fetches.get(byUrl.size())));
        CompletableFuture<Void> all = CompletableFuture.allOf(byUrl.values().toArray(CompletableFuture[]::new));
        Duration left = wait.minus(TO_ANSWER).minus(Duration.between(begin, clock.instant()));
        CompletableFuture<Void> enough = wait.isZero()
                ? CompletableFuture.completedFuture(null)
                : deadlines.within(left.compareTo(TO_ANSWER) > 0 ? left : TO_ANSWER, all);
        return enough.handle((done, late) -> {
            Map<String, Outcome> outcomes = new LinkedHashMap<>();
            byUrl.forEach((typed, fetch) -> {
                Outcome outcome = outcome(Objects.requireNonNull(awaited.get(typed)), fetch, viewer);
                count(outcome instanceof Outcome.Shown ? Result.FETCHED : Result.FAILED);
                outcomes.put(typed, outcome);
            });
            return outcomes;
        });
    }

    /** What has become of a fetch by now. */
    private Outcome outcome(Gloss known, CompletableFuture<StoredDetails> fetch, Viewer viewer) {
        Instant now = clock.instant();
        if (!fetch.isDone()) {
            return known.at(now).canBeShown() ? shown(known, viewer, now) : new Outcome.NotYet(now.plus(SOON));
        }
        try {
            Gloss fetched = known.with(fetch.join()).at(now);
            return fetched.canBeShown() ? shown(fetched, viewer, now) : missing(fetched, now);
        } catch (CompletionException | CancellationException e) {
            return known.at(now).canBeShown() ? shown(known, viewer, now) : new Outcome.Broken(e);
        }
    }

    private ReadyDetails shown(Remembered known, Gloss gloss, Viewer viewer, Instant now) {
        return disclosure.mayRead(gloss, viewer) ? known.ready(now) : disclosure.restricted(gloss.bug());
    }

    private Outcome shown(Gloss gloss, Viewer viewer, Instant now) {
        return new Outcome.Shown(
                disclosure.mayRead(gloss, viewer)
                        ? new ReadyDetails(gloss.at(now), settings.images(), now)
                        : disclosure.restricted(gloss.bug()));
    }

    /** Where a fetch told nothing and nothing is there, something else came between: it is worth asking again. */
    private static Outcome missing(Gloss gloss, Instant now) {
        if (gloss.pausedSince() != null) {
            FetchException pause = gloss.pause();
            return new Outcome.Missing(
                    pause.reason().word(), String.valueOf(pause.getMessage()), now.plus(ONCE_A_MINUTE));
        }
        StoredDetails stored = gloss.stored();
        if (stored == null || stored.failureReason() == null || stored.retryAt() == null) {
            return new Outcome.NotYet(now.plus(SOON));
        }
        return new Outcome.Missing(stored.failureReason(), String.valueOf(stored.failureMessage()), stored.retryAt());
    }

    private void noteAge(Gloss gloss, Instant now) {
        StoredDetails details = gloss.details();
        if (details != null && details.fetchedAt() != null) {
            ages.record(Math.max(0, Duration.between(details.fetchedAt(), now).toMillis() / 1000.0));
        }
    }

    private void count(Result result) {
        Objects.requireNonNull(counters.get(result)).increment();
    }
}
