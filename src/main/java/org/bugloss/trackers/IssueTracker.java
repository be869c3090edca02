package org.bugloss.trackers;

import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.OutboundClient;

/**
 * A kind of issue tracker. A new kind is a subclass that is a CDI bean, {@code @Named("Acme") @ApplicationScoped}: it
 * says which URLs are bugs ({@link #bugId}), where the API is ({@link #apiUrl}), and what the API answers for a bug
 * ({@link #ask}) or for many in one request ({@link #askAll}, {@link #batchSize}). To change what an existing kind
 * tells, subclass it and override {@link #details}.
 *
 * <p>The name of the bean, or the name of its class, is what {@code EXTERNAL_BUG_TRACKERS} lists. Every method may be
 * called by several threads at once. None may be final, since CDI calls them through a proxy.
 */
public abstract class IssueTracker {

    /** The id of bugs that have none. */
    static final String NO_ID = "";

    @Inject
    OutboundClient client;

    @Inject
    OpenGraph openGraph;

    @Inject
    SystemStates states = new SystemStates();

    /**
     * The details of one bug. This is the method to override in an extension: what it returns holds for lookups and
     * for refreshes alike, and a refresh still asks the tracker in batches, because {@code super.details(url)} then
     * gives what the batch answered.
     *
     * <p>Where the API does not answer, and where the URL is of this system but no bug, these are the details of the
     * page's Open Graph metadata. Where the API told of the bug before, the page is left alone: what is cached is better.
     *
     * @return empty where the tracker says that there is no such bug
     * @throws NotModified where the tracker says that what is cached still holds. Let it pass
     * @throws FetchException where neither the API nor the page gives details, or where what the API said before is better
     */
    public Optional<BugDetails> details(BugUrl url) {
        if (bugId(url).isEmpty()) {
            return Optional.of(openGraph.details(url));
        }
        Answer answer = url.answer().orElseGet(() -> answer(url, api(url)));
        if (answer instanceof Answer.Found found) {
            return Optional.of(found.details());
        }
        if (answer instanceof Answer.Unchanged unchanged) {
            throw new NotModified(unchanged.freshness());
        }
        if (answer instanceof Answer.Failed failed) {
            BugUrl.Cached cached = url.cached();
            if (cached.byApi() || cached.canWait() && failed.failure().reason().passesByItself()) {
                // Nor is a system in trouble asked for a hundred pages because one batch failed.
                throw failed.failure();
            }
            return Optional.of(openGraph
                    .detailsInsteadOf(failed.failure(), url)
                    .withId(bugId(url).orElseThrow()));
        }
        return Optional.empty();
    }

    /** The tracker's own number or key of the bug; empty where the URL is none of a bug. */
    protected abstract Optional<String> bugId(BugUrl url);

    /**
     * Asks the API about one bug. Where one answer tells all of it and has an {@code ETag}, {@link
     * TrackerApi#getUnlessSame} spares reading again what is cached.
     *
     * @return empty where the API says that there is no such bug
     * @throws FetchException where the API does not answer
     */
    protected abstract Optional<BugDetails> ask(BugUrl url, TrackerApi api);

    /**
     * What makes a bug one and the same within its system: URLs with the same key are asked for once. The {@link #bugId},
     * unless ids are only unique within a part of the system (a repository, a project).
     */
    protected String bugKey(BugUrl url) {
        return bugId(url).orElseThrow();
    }

    /**
     * The part of the system that one request can ask about (a repository, a project): a batch never has bugs of several.
     * The whole system, unless overridden.
     */
    protected String batchScope(BugUrl url) {
        return "";
    }

    /**
     * How many bugs {@link #askAll} takes at most, from 1 up. It may depend on the system: some APIs take many in one
     * request only from whom they know.
     */
    protected int batchSize(TrackerSystem system) {
        return 1;
    }

    /**
     * Asks the API about many bugs of one system. Where the API can answer for many in one request, override this and
     * {@link #batchSize}; as it stands it asks one by one.
     *
     * @param urls at most {@link #batchSize} URLs of bugs, all of one system and one {@link #batchScope}, each with
     *     another {@link #bugKey}
     * @return an answer for each URL. A bug that is left out counts as one that there is not, or that these credentials
     *     may not see: so most trackers answer for them
     * @throws FetchException where the request failed as a whole
     */
    protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
        Map<BugUrl, Answer> answers = new LinkedHashMap<>();
        for (BugUrl url : urls) {
            answers.put(url, answer(url, api));
        }
        return answers;
    }

    /**
     * Whether {@link #changedSince} can tell; it can't, unless overridden. It may depend on the system: some APIs tell it
     * only whom they know. An extension whose details come from elsewhere too says no, since what changes there is not
     * told.
     */
    protected boolean tellsChanges(TrackerSystem system) {
        return false;
    }

    /**
     * The part of the system that {@link #changedSince} can tell about (a repository, a project); that of a batch, unless
     * overridden.
     */
    protected String changeScope(BugUrl url) {
        return batchScope(url);
    }

    /**
     * Which bugs of one {@link #changeScope} changed since a moment, asked in one request. Override it and {@link
     * #tellsChanges} where the API can tell: a refresh then asks this first, and fetches only what changed. What was
     * deleted or moved need not be told.
     *
     * @param urls bugs of one system and one scope, of which the answer is wanted; an API that can ask about just these may
     *     do so, another tells of all bugs of the scope
     * @param since a moment by the tracker's clock, a whole second; what changed before may be told too
     * @return the {@link #bugKey}s of those that changed, and of others that did or not; empty where this API can't tell,
     *     or where more changed than fits into one answer
     * @throws FetchException where the API does not answer
     */
    protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant since, TrackerApi api) {
        return Optional.empty();
    }

    /** Where the API is, for a system whose {@code api-url} is not configured: at the base URL, unless overridden. */
    protected String apiUrl(TrackerSystem system) {
        return system.base().key();
    }

    /** The headers that every request of the API gets. */
    protected Map<String, String> headers() {
        return Map.of("Accept", "application/json");
    }

    /**
     * The headers that prove who Bugloss is: Basic where there is a user name, else the password as a bearer token. Not
     * called where no credentials are configured.
     */
    protected Map<String, String> authentication(TrackerSystem.Credentials credentials) {
        if (credentials.username() == null) {
            return Map.of("Authorization", "Bearer " + credentials.password());
        }
        String pair = credentials.username() + ":" + credentials.password();
        return Map.of(
                "Authorization", "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
    }

    /** Systems of this kind that everybody knows, which need no configuration: their names and base URLs. */
    protected Map<String, String> publicSystems() {
        return Map.of();
    }

    /**
     * The base URL that is meant, where no bug can be under the one that is configured and it is plain which one is: the
     * administrator is told. As it stands, the base is right.
     */
    protected CanonicalUrl rightBase(CanonicalUrl base) {
        return base;
    }

    /**
     * A base URL without the end of its path.
     *
     * @param end a regular expression for what is cut off, from a slash to the end of the path, case ignored
     */
    protected static CanonicalUrl without(CanonicalUrl base, String end) {
        String path = base.path().replaceFirst("(?i)(?:" + end + ")/*$", "");
        return path.equals(base.path()) ? base : CanonicalUrl.parse(base.origin() + path);
    }

    /** The API of the system that a URL belongs to. */
    protected TrackerApi api(BugUrl url) {
        TrackerSystem system = url.system().orElseThrow();
        String base = system.api().map(api -> api.key()).orElseGet(() -> apiUrl(system));
        Map<String, String> proof = system.credentials().given() ? authentication(system.credentials()) : Map.of();
        return new TrackerApi(
                client,
                base,
                headers(),
                proof,
                reply -> states.replied(system, reply),
                failure -> states.unanswered(system, failure),
                () -> states.now(system));
    }

    /**
     * What reading one bug of an answer gives. Where its shape is not the one foreseen, that is this bug's failure and no
     * other's: a batch should read each of its bugs so.
     */
    protected static Answer understood(Supplier<Optional<BugDetails>> reading) {
        try {
            return reading.get().<Answer>map(Answer.Found::new).orElseGet(Answer.NoSuchBug::new);
        } catch (NotModified e) {
            return new Answer.Unchanged(e.freshness());
        } catch (FetchException e) {
            return new Answer.Failed(e);
        } catch (RuntimeException e) {
            // An answer of an unforeseen shape, or a fault of the tracker's class, must not stop a round.
            return new Answer.Failed(new FetchException(
                    FailureReason.UNEXPECTED_ANSWER,
                    "the answer of the API could not be understood ("
                            + e.getClass().getSimpleName() + ")",
                    e));
        }
    }

    /**
     * The bugs of a list by their ids, as {@link #answers} takes them.
     *
     * @param path of the id, in each bug; what has none is kept under an empty one, since it may be any bug
     */
    protected static Map<String, Json> byId(List<Json> bugs, String... path) {
        Map<String, Json> byId = new LinkedHashMap<>();
        bugs.stream()
                .filter(Json::present)
                .forEach(bug -> byId.put(bug.at(path).text().orElse(NO_ID), bug));
        return byId;
    }

    /**
     * The answers of a batch: each bug read on its own (see {@link #understood}), and those that are not among the bugs
     * that came left out, unless it can't be said which bugs came.
     *
     * @param bugs of the API's answer, by {@link #bugId}
     */
    protected Map<BugUrl, Answer> answers(
            List<BugUrl> urls, Map<String, Json> bugs, Function<Json, BugDetails> reading) {
        return answers(urls, bugs, url -> bugId(url).orElseThrow(), (bug, url) -> reading.apply(bug));
    }

    /** @param key what a URL's bug is called in the answer */
    Map<BugUrl, Answer> answers(
            List<BugUrl> urls,
            Map<String, Json> bugs,
            Function<BugUrl, String> key,
            BiFunction<Json, BugUrl, BugDetails> reading) {
        Map<BugUrl, Answer> answers = new LinkedHashMap<>();
        for (BugUrl url : urls) {
            Json bug = bugs.get(key.apply(url));
            if (bug != null) {
                answers.put(url, understood(() -> Optional.of(reading.apply(bug, url))));
            } else if (bugs.containsKey(NO_ID)) {
                answers.put(
                        url,
                        new Answer.Failed(new FetchException(
                                FailureReason.UNEXPECTED_ANSWER,
                                "the answer of the API has a bug without an id, which may be this one")));
            }
        }
        return answers;
    }

    /**
     * The JSON answer to a question of {@link #changedSince}. Empty where the API does not take the question, or knows no
     * such part of the system: it can't tell then, and what is the matter shows as soon as the bugs are asked for.
     *
     * @throws FetchException where the API does not answer
     */
    protected static Optional<Json> ifSupported(ApiReply reply) {
        boolean refused = List.of(400, 404, 405, 410, 422).contains(reply.status());
        return refused && !(reply.isWebPage() && !reply.text().isBlank())
                ? Optional.empty()
                : Optional.of(reply.orFail().json());
    }

    /**
     * The ids of bugs that changed, at a path of names in each.
     *
     * @param all whether no other bug changed; the result is empty if one may have
     * @throws FetchException where a bug has no id
     */
    protected static Optional<Set<String>> ids(List<Json> bugs, boolean all, String... path) {
        Set<String> ids =
                bugs.stream().map(bug -> Json.needed(bug.at(path).text())).collect(Collectors.toSet());
        return all ? Optional.of(ids) : Optional.empty();
    }

    /** The {@link #bugKey}s of those URLs whose {@link #bugId} is among these. */
    protected Set<String> keys(List<BugUrl> urls, Set<String> ids) {
        return urls.stream()
                .filter(url -> ids.contains(bugId(url).orElseThrow()))
                .map(this::bugKey)
                .collect(Collectors.toSet());
    }

    private Answer answer(BugUrl url, TrackerApi api) {
        return understood(() -> ask(url, api));
    }

    /** How many bytes the body of a hook may have; 2 MB, unless overridden. */
    protected int longestHook() {
        return 2 * 1024 * 1024;
    }

    /**
     * Whether a message that came to a system's hook is its tracker's: the secret as a bearer token, unless overridden. Where
     * the tracker signs, the signature decides, and nothing stands in for one that is wrong.
     */
    protected boolean isHookProved(HookRequest hook, HookSecret secret) {
        return hook.hasBearer(secret);
    }

    /**
     * Which bugs a message names that is proved; none, unless overridden. Its body has no list of {@code urls} or {@code ids},
     * which is read for every tracker. What it says of a bug is of no matter: the bug is asked for as ever.
     */
    protected HookNews hookNews(HookRequest hook) {
        return HookNews.NONE;
    }
}
