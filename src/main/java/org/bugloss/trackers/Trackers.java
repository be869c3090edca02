package org.bugloss.trackers;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.WrongConfiguration;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.jspecify.annotations.Nullable;

/**
 * The registry: which trackers there are, which of them are enabled, and which system a URL belongs to. Immutable once
 * made, so safe for use by several threads.
 *
 * <p>Its making throws {@link WrongConfiguration} for an unknown tracker and for one that can't start, which stops
 * the deployment.
 */
@ApplicationScoped
public class Trackers {

    private static final System.Logger LOG = System.getLogger(Trackers.class.getName());

    /** Search indexes lag behind, and some APIs cut times to minutes. */
    private static final Duration OVERLAP = Duration.ofMinutes(5);

    /** By so much of the overlap a clock may go wrong unnoticed. */
    private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(1);

    private static final int LONGEST_GROUP = 400;

    private final Map<String, IssueTracker> enabled = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private Systems systems = new Systems(List.of(), List.of());
    private OpenGraph openGraph;
    private SystemStates states;
    private PausedSystems paused;

    /** For CDI's proxy. */
    @SuppressWarnings("NullAway.Init")
    protected Trackers() {}

    @Inject
    Trackers(
            @Any Instance<IssueTracker> beans,
            OpenGraph openGraph,
            SystemStates states,
            PausedSystems paused,
            Keys keys) {
        this(beans.handlesStream().map(NamedTracker::of).toList(), openGraph, states, paused, keys);
    }

    Trackers(List<NamedTracker> all, OpenGraph openGraph, SystemStates states, PausedSystems paused, Keys keys) {
        this.openGraph = openGraph;
        this.states = states;
        this.paused = paused;
        Selection selection = Selection.of(all, keys);
        selection.enabled().forEach(tracker -> enabled.put(tracker.name(), tracker.tracker()));
        systems = systems(keys, selection);
        selection.tellWhatIsNotEnabled();
    }

    /** The names of the enabled trackers, in alphabetical order. */
    public List<String> names() {
        return List.copyOf(enabled.keySet());
    }

    /** The systems that are known, the one with the longest base URL first. */
    public List<TrackerSystem> systems() {
        return systems.all();
    }

    /**
     * Says which system a URL belongs to. Where it is a bug's without the punctuation that was pasted with it, it is read as
     * that bug's.
     */
    public BugUrl locate(CanonicalUrl url) {
        BugUrl typed = new BugUrl(url, systems.covering(url).orElse(null));
        return Punctuation.without(url)
                .filter(meant -> systems.covering(meant).equals(typed.system()))
                .map(typed::readAs)
                .filter(this::isBug)
                .orElse(typed);
    }

    /** The name of the tracker that tells of this URL. */
    public String trackerOf(BugUrl url) {
        return url.system().map(TrackerSystem::trackerName).orElse(OpenGraph.NAME);
    }

    /** Whether a tracker is asked about this URL; else its page's metadata are all there is. */
    public boolean isBug(BugUrl url) {
        IssueTracker tracker = tracker(url);
        return tracker != null
                && unlessFaulty(url, () -> tracker.bugId(url)).flatMap(id -> id).isPresent();
    }

    /**
     * The id of a bug as its URL shows it: the tracker's own number or key, or the last number in a URL of which no tracker knows
     * what it is.
     */
    public Optional<String> bugId(BugUrl url) {
        IssueTracker tracker = tracker(url);
        return tracker == null
                ? Optional.ofNullable(OpenGraph.lastNumber(url))
                : unlessFaulty(url, () -> tracker.bugId(url)).flatMap(id -> id);
    }

    /** How many bugs of a system one request can ask for. */
    public int batchSize(TrackerSystem system) {
        return Math.max(
                1,
                unlessFaulty(
                                new BugUrl(system.base(), system),
                                () -> Objects.requireNonNull(enabled.get(system.trackerName()))
                                        .batchSize(system))
                        .orElse(1));
    }

    /** Where the API of a URL's system is. */
    public Optional<String> apiUrlOf(BugUrl url) {
        return Optional.ofNullable(tracker(url)).map(tracker -> tracker.api(url).base());
    }

    /**
     * Cuts URLs into portions that one call of {@link #details} may ask for: each of one system and one part of it, with
     * no more different bugs than its tracker's batch holds; URLs that are no system's bugs are alone.
     */
    public List<List<BugUrl>> portions(List<BugUrl> urls) {
        List<List<BugUrl>> portions = new ArrayList<>();
        Map<String, Map<String, List<BugUrl>>> byScope = new LinkedHashMap<>();
        for (BugUrl url : urls) {
            Optional<String> scope =
                    isBug(url) ? unlessFaulty(url, () -> trackerOfBug(url).batchScope(url)) : Optional.empty();
            Optional<String> key = scope.flatMap(
                    any -> unlessFaulty(url, () -> trackerOfBug(url).bugKey(url)));
            if (key.isEmpty()) {
                portions.add(List.of(url));
            } else {
                byScope.computeIfAbsent(
                                url.system().orElseThrow().name() + "\n" + scope.get(), name -> new LinkedHashMap<>())
                        .computeIfAbsent(key.get(), same -> new ArrayList<>())
                        .add(url);
            }
        }
        for (Map<String, List<BugUrl>> bugs : byScope.values()) {
            List<List<BugUrl>> different = List.copyOf(bugs.values());
            BugUrl first = different.get(0).get(0);
            int size = batchSize(first.system().orElseThrow());
            for (int from = 0; from < different.size(); from += size) {
                portions.add(different.subList(from, Math.min(from + size, different.size())).stream()
                        .flatMap(List::stream)
                        .toList());
            }
        }
        return portions;
    }

    /**
     * The bugs of one system, or of a part of it, about which {@link #changed} can tell with one request.
     *
     * @return a name of at most {@value #LONGEST_GROUP} characters that stays the same; empty where the URL is no bug, or its
     *     tracker can't tell
     */
    public Optional<String> changeGroup(BugUrl url) {
        if (!isBug(url)) {
            return Optional.empty();
        }
        IssueTracker tracker = trackerOfBug(url);
        TrackerSystem system = url.system().orElseThrow();
        return unlessFaulty(url, () -> tracker.tellsChanges(system) ? tracker.changeScope(url) : null)
                .map(scope -> system.name() + "\n" + scope)
                .filter(name -> name.length() <= LONGEST_GROUP);
    }

    /**
     * Which bugs of one group (see {@link #changeGroup}) changed since a moment, by one request. It says rather of too
     * many bugs that they changed than of too few. A bug that was deleted, or that went elsewhere, may count as one that
     * did not. Waits for the network; not to be called in a transaction.
     *
     * @param since by our clock, no later than when the details at hand were asked for; some minutes before are looked
     *     through too
     * @return those of the URLs whose bugs changed; empty where the tracker can't tell this time, or is paused
     * @throws FetchException where the tracker's API does not answer
     */
    public Optional<Set<BugUrl>> changed(List<BugUrl> urls, Instant since) {
        if (urls.isEmpty()) {
            return Optional.of(Set.of());
        }
        TrackerSystem system = urls.get(0).system().orElseThrow();
        if (paused.isPaused(system.name())) {
            return Optional.empty();
        }
        try {
            Optional<Set<BugUrl>> changed = changed(urls, since, system);
            changed.ifPresent(any -> states.succeeded(system));
            return changed;
        } catch (FetchException e) {
            states.failed(system, e);
            throw e;
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            LOG.log(System.Logger.Level.WARNING, "A tracker failed at what changed in the system " + system.name(), e);
            return Optional.empty();
        }
    }

    private Optional<Set<BugUrl>> changed(List<BugUrl> urls, Instant since, TrackerSystem system) {
        IssueTracker tracker = trackerOfBug(urls.get(0));
        if (!tracker.tellsChanges(system)) {
            return Optional.empty();
        }
        Map<String, BugUrl> different = new LinkedHashMap<>();
        urls.forEach(url -> different.putIfAbsent(tracker.bugKey(url), url));
        Duration skew = states.skew(system);
        Optional<Set<String>> keys = tracker.changedSince(
                List.copyOf(different.values()),
                since.plus(skew).minus(OVERLAP).truncatedTo(ChronoUnit.SECONDS),
                tracker.api(urls.get(0)));
        if (states.skew(system).compareTo(skew.minus(CLOCKS_DIFFER)) < 0) {
            // Only the answer told that the tracker's clock is behind: what changed was asked for from too late on.
            return Optional.empty();
        }
        return keys.map(changed -> urls.stream()
                .filter(url -> changed.contains(tracker.bugKey(url)))
                .collect(Collectors.toSet()));
    }

    /**
     * Asks for the details of one portion (see {@link #portions}): the tracker in a batch where it can, several URLs of one
     * bug once, and {@link IssueTracker#details} has the last word on each URL. Waits for the network; not to be called in
     * a transaction. Here, and in {@link #changed}, is where a paused system is left alone, whoever wants to ask.
     *
     * @return an answer for every URL; a failing one does not affect the others
     */
    public Map<BugUrl, Answer> details(List<BugUrl> portion) {
        Map<BugUrl, Answer> answers = new LinkedHashMap<>();
        List<BugUrl> toAsk = new ArrayList<>();
        for (BugUrl url : portion) {
            if (paused.since(url) == null) {
                toAsk.add(url);
            } else {
                String system = url.system().map(TrackerSystem::name).orElse("");
                answers.put(url, new Answer.Failed(PausedSystems.refusal(system)));
            }
        }
        answers.putAll(answers(toAsk));
        return answers;
    }

    private Map<BugUrl, Answer> answers(List<BugUrl> portion) {
        Map<BugUrl, String> keys = portion.size() > 1 ? keys(portion) : Map.of();
        Map<String, Answer> batch = keys.isEmpty() ? Map.of() : askAll(portion, keys);
        Map<BugUrl, Answer> answers = new LinkedHashMap<>();
        for (BugUrl url : portion) {
            Answer inBatch = batch.get(keys.getOrDefault(url, ""));
            Answer answer = lastWord(inBatch == null ? url : url.answered(inBatch));
            answers.put(url, answer);
            note(url, answer);
        }
        return answers;
    }

    /** The keys of bugs as they are before they are asked for: an answer may tell another one. */
    private Map<BugUrl, String> keys(List<BugUrl> portion) {
        Map<BugUrl, String> keys = new LinkedHashMap<>();
        portion.forEach(url -> keys.put(url, trackerOfBug(url).bugKey(url)));
        return keys;
    }

    /** The answers by the keys of the bugs; none where the tracker has a fault and should be asked one by one. */
    private Map<String, Answer> askAll(List<BugUrl> portion, Map<BugUrl, String> keys) {
        Map<String, BugUrl> different = new LinkedHashMap<>();
        // What is unchanged for one URL may be news for another of the same bug: then it is asked as if for the first
        // time.
        portion.forEach(url -> different.merge(
                keys.getOrDefault(url, ""), url, (first, same) -> first.withCached(BugUrl.Cached.NOTHING)));
        return ask(different, trackerOfBug(portion.get(0)));
    }

    /** The answers to one request, or to several where its answer is too large: those that can't be had are left out. */
    private static Map<String, Answer> ask(Map<String, BugUrl> bugs, IssueTracker tracker) {
        try {
            List<BugUrl> urls = List.copyOf(bugs.values());
            Map<BugUrl, Answer> answers = tracker.askAll(urls, tracker.api(urls.get(0)));
            return bugs.entrySet().stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, bug -> answers.getOrDefault(bug.getValue(), new Answer.NoSuchBug())));
        } catch (AnswerTooLarge e) {
            // What is too large even alone is left out here: it may be smaller where it is asked for as one.
            return bugs.size() > 1 ? askHalves(bugs, tracker) : Map.of();
        } catch (FetchException e) {
            return bugs.keySet().stream().collect(Collectors.toMap(key -> key, key -> new Answer.Failed(e)));
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            LOG.log(System.Logger.Level.WARNING, "A tracker failed at a batch; its bugs are asked for one by one", e);
            return Map.of();
        }
    }

    private static Map<String, Answer> askHalves(Map<String, BugUrl> bugs, IssueTracker tracker) {
        Map<String, BugUrl> one = new LinkedHashMap<>();
        Map<String, BugUrl> other = new LinkedHashMap<>();
        bugs.forEach((key, bug) -> (one.size() < bugs.size() / 2 ? one : other).put(key, bug));
        Map<String, Answer> answers = new LinkedHashMap<>(ask(one, tracker));
        answers.putAll(ask(other, tracker));
        return answers;
    }

    private Answer lastWord(BugUrl url) {
        try {
            Optional<BugDetails> details =
                    url.system().isPresent() ? trackerOfBug(url).details(url) : Optional.of(openGraph.details(url));
            return details.<Answer>map(Answer.Found::new).orElseGet(Answer.NoSuchBug::new);
        } catch (NotModified e) {
            return new Answer.Unchanged(e.freshness());
        } catch (FetchException e) {
            return new Answer.Failed(e);
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            LOG.log(System.Logger.Level.WARNING, "The tracker " + trackerOf(url) + " failed at " + url, e);
            return new Answer.Failed(new FetchException(
                    FailureReason.UNEXPECTED_ANSWER,
                    "the tracker " + trackerOf(url) + " failed (" + e.getClass().getSimpleName() + ")",
                    e));
        }
    }

    /** The system of a name. */
    public Optional<TrackerSystem> system(String name) {
        return systems().stream().filter(system -> system.name().equals(name)).findFirst();
    }

    /** How many bytes the body of a hook of this system may have. */
    public int longestHook(TrackerSystem system) {
        return unlessFaulty(root(system), () -> trackerOfBug(root(system)).longestHook())
                .orElse(0);
    }

    /** Whether a message came from the tracker of its system: by any of these secrets, all of which are tried. */
    public boolean isHookProved(HookRequest hook, List<HookSecret> secrets) {
        BugUrl root = root(hook.system());
        boolean proved = false;
        for (HookSecret secret : secrets) {
            proved |= unlessFaulty(root, () -> trackerOfBug(root).isHookProved(hook, secret))
                    .orElse(false);
        }
        return proved;
    }

    /**
     * Which bugs a message names that is proved.
     *
     * @throws HookProblem where it is no JSON
     */
    public NamedBugs named(HookRequest hook) {
        BugUrl root = root(hook.system());
        HookNews news = HookNews.ofGeneralForm(hook.json())
                .or(() -> unlessFaulty(root, () -> trackerOfBug(root).hookNews(hook)))
                .orElse(HookNews.NONE);
        if (news.isEmpty() && hook.isWithoutBody()) {
            throw new HookProblem("the body is empty");
        }
        return named(hook.system(), news);
    }

    private NamedBugs named(TrackerSystem system, HookNews news) {
        Set<String> ids = news.ids().stream().filter(HookedUrls::isId).collect(Collectors.toSet());
        Map<String, String> keys = new LinkedHashMap<>();
        Set<String> urls = new LinkedHashSet<>();
        news.urls().stream().flatMap(url -> inSystem(system, url)).forEach(bug -> {
            urls.add(bug.url().key());
            key(bug).ifPresent(key -> keys.put(key, bugId(bug).orElseThrow()));
        });
        Set<String> groups = news.parts().stream()
                .flatMap(url -> inSystem(system, url))
                .flatMap(bug -> changeGroup(bug).stream())
                .collect(Collectors.toSet());
        int longest = Math.max(news.ids().size(), news.urls().size());
        return new NamedBugs(system, ids, keys, urls, groups, news.isPrivate(), longest >= HookJson.MOST_ELEMENTS);
    }

    /** A URL as it is, and as it is below the system's base URL: a tracker may know itself under another name. */
    private Stream<BugUrl> inSystem(TrackerSystem system, String typed) {
        return HookedUrls.of(system, typed)
                .map(this::locate)
                .filter(bug -> bug.system().filter(system::equals).isPresent())
                .filter(this::isBug)
                .limit(1);
    }

    /** By what {@link NamedBugs#keys} has the bug at a URL of a system; empty where it is none of that system. */
    public Optional<String> keyIn(TrackerSystem system, String url) {
        return inSystem(system, url).flatMap(bug -> key(bug).stream()).findFirst();
    }

    private Optional<String> key(BugUrl bug) {
        return unlessFaulty(bug, () -> trackerOfBug(bug).bugKey(bug));
    }

    private BugUrl root(TrackerSystem system) {
        return new BugUrl(system.base(), system);
    }

    /** Notes how the API of the bug's system is. That there is no such bug is an answer like any other. */
    private void note(BugUrl url, Answer answer) {
        if (!isBug(url)) {
            return;
        }
        FetchException failure = answer instanceof Answer.Failed failed
                ? failed.failure()
                : answer instanceof Answer.Found found ? found.details().failure() : null;
        TrackerSystem system = url.system().orElseThrow();
        if (failure == null) {
            states.succeeded(system);
        } else {
            states.failed(system, failure);
        }
    }

    /** What a tracker says; empty where its class has a fault, which must not stop the others' bugs. */
    private <T> Optional<T> unlessFaulty(BugUrl url, Supplier<T> question) {
        try {
            return Optional.ofNullable(question.get());
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            LOG.log(System.Logger.Level.WARNING, "The tracker " + trackerOf(url) + " failed at " + url, e);
            return Optional.empty();
        }
    }

    private IssueTracker trackerOfBug(BugUrl url) {
        return Objects.requireNonNull(tracker(url), () -> "no tracker for " + url);
    }

    private @Nullable IssueTracker tracker(BugUrl url) {
        return url.system().isPresent() ? enabled.get(trackerOf(url)) : null;
    }

    private static Systems systems(Keys keys, Selection selection) {
        List<NamedTracker> chosen = selection.enabled();
        List<CanonicalUrl> roots =
                wellKnown(chosen).stream().map(TrackerSystem::base).toList();
        List<Systems.Place> configured = new ArrayList<>();
        for (TrackerSystem system : Systems.configured(keys)) {
            String key = "bugloss.system." + system.name() + ".tracker";
            NamedTracker tracker = selection
                    .find(system.trackerName())
                    .orElseThrow(() -> new WrongConfiguration(
                            key, system.trackerName(), "there is no such tracker; there are " + selection.names()));
            if (chosen.contains(tracker)) {
                TrackerSystem right = withRightBase(system.withTrackerName(tracker.name()), tracker.tracker(), roots);
                configured.add(Systems.Place.of(right, wellKnownOf(tracker)));
            } else {
                LOG.log(
                        System.Logger.Level.WARNING,
                        key + "=" + system.trackerName() + " is not enabled in " + Selection.KEY
                                + ": its URLs get Open Graph details");
            }
        }
        boolean alsoPublic = keys.flag("bugloss.public-systems");
        return Systems.of(configured, alsoPublic ? wellKnown(chosen) : List.of(), roots);
    }

    /** Puts a base URL right that no bug can be under, and tells the administrator. */
    private static TrackerSystem withRightBase(TrackerSystem system, IssueTracker tracker, List<CanonicalUrl> roots) {
        CanonicalUrl right = tracker.rightBase(Systems.plain(system.base(), roots));
        if (!right.equals(system.base())) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "bugloss.system." + system.name() + ".base-url=" + system.base() + " is taken for " + right
                            + ", where the bugs of " + system.trackerName() + " are");
        }
        return system.withBase(right);
    }

    /** The systems that everybody knows. A subclass comes before its parent, so that it stands in for it. */
    private static List<TrackerSystem> wellKnown(List<NamedTracker> chosen) {
        return chosen.stream()
                .sorted(Comparator.comparing((NamedTracker tracker) -> depth(tracker.type()))
                        .reversed())
                .flatMap(tracker -> tracker.tracker().publicSystems().entrySet().stream()
                        .map(system -> new TrackerSystem(
                                system.getKey(),
                                tracker.name(),
                                CanonicalUrl.parse(system.getValue()),
                                Optional.empty(),
                                TrackerSystem.Credentials.NONE,
                                Optional.empty(),
                                Optional.empty())))
                .toList();
    }

    private static List<CanonicalUrl> wellKnownOf(NamedTracker tracker) {
        return wellKnown(List.of(tracker)).stream().map(TrackerSystem::base).toList();
    }

    private static int depth(Class<?> type) {
        return type == null ? 0 : 1 + depth(type.getSuperclass());
    }
}
