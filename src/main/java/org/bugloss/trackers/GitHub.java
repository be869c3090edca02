package org.bugloss.trackers;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.jspecify.annotations.Nullable;

/**
 * GitHub: issues and pull requests, of github.com, of data-residency hosts ({@code acme.ghe.com}) and of Enterprise
 * Servers.
 *
 * <p>URLs below the base: {@code /OWNER/REPOSITORY/issues/12}, {@code /pull/12} and what hangs from them ({@code
 * /pull/12/files}), the pane of a project ({@code /orgs/ACME/projects/1?pane=issue&issue=OWNER|REPOSITORY|12}), and the
 * API's own. The API serves issues and pull requests alike under {@code /repos/OWNER/REPOSITORY/issues/12}.
 * Credentials: a token alone, or a user name and a token. Anonymous requests see public repositories, 60 in an hour.
 *
 * <p>A batch is one GraphQL query with an alias for each bug, for 100 bugs of any repositories; only who has a token may
 * ask so. What can't be read comes as {@code null} beside the others, with an error that says why. GraphQL does not follow
 * issues that were transferred, while the API for one bug redirects: where they went is kept in mind. A request for one bug
 * that did not change (304) does not count against the rate limit of who has a token. What changed is the list of a
 * repository's issues, which has its pull requests too. What is in a repository that is not public is confidential: GraphQL tells
 * of the repository, and for one bug the repository is asked about once an hour, by who has a token.
 */
@Named("GitHub")
@ApplicationScoped
public class GitHub extends IssueTracker {

    private static final Pattern BUG = Pattern.compile(
            "(?:/api/v3/repos)?/([\\w.-]+)/([\\w.-]+)/(?:issues|pull|pulls)/0*(\\d{1,9})(?:\\.diff|\\.patch|/.*)?");
    private static final Pattern PROJECT = Pattern.compile("/(?:orgs|users)/[\\w.-]+/projects/\\d+(?:/.*)?");
    private static final Pattern IN_PANE = Pattern.compile("([\\w.-]+)\\|([\\w.-]+)\\|0*(\\d{1,9})");
    private static final Pattern API = Pattern.compile(".*/repos/([\\w.-]+)/([\\w.-]+)/issues/(\\d{1,9})");
    private static final Pattern WEB = Pattern.compile("https?://.*/([\\w.-]+)/([\\w.-]+)/(?:issues|pull)/(\\d{1,9})");

    /** The largest page that there is. */
    private static final int MOST_CHANGES = 100;

    private static final String FIELDS = "number title body url updatedAt"
            + " assignees(first: 10) { nodes { login } } labels(first: 100) { nodes { name } } repository { isPrivate }";

    private static final String SIGNATURE = "X-Hub-Signature-256";

    /** What may happen to a repository that changes what is known of its bugs. */
    private static final Set<String> OF_REPOSITORIES =
            Set.of("renamed", "transferred", "privatized", "publicized", "deleted");

    /** Where issues were transferred to. */
    private final MovedBugs<Place> moved = new MovedBugs<>();

    private final PrivateRepositories privateRepositories = new PrivateRepositories();

    /**
     * APIs of Enterprise Servers from before issues had types, or reasons of their states: they refuse a query for what they
     * do not know.
     */
    private final Set<String> withoutTypes = ConcurrentHashMap.newKeySet();

    private record Place(String owner, String repository, String number) {

        static Optional<Place> of(BugUrl url) {
            return PROJECT.matcher(url.path()).matches()
                    ? url.parameter("issue").flatMap(issue -> of(IN_PANE, issue))
                    : of(BUG, url.path());
        }

        static Optional<Place> of(Pattern shape, String text) {
            Matcher place = shape.matcher(text);
            return place.matches()
                    ? Optional.of(new Place(place.group(1), place.group(2), place.group(3)))
                    : Optional.empty();
        }

        /** Owners and repositories are the same in upper and lower case. */
        String home() {
            return (owner + "/" + repository).toLowerCase(Locale.ROOT);
        }

        String key() {
            return home() + "#" + number;
        }

        /** The page of the issue, in the system of this URL. */
        String at(BugUrl url) {
            return url.system().orElseThrow().below(owner + "/" + repository + "/issues/" + number);
        }
    }

    /** @param moved where it is known to have gone, which holds unless there is a bug at the place that the URL says */
    private record Sought(Place typed, Optional<Place> moved) {

        Stream<Place> places() {
            return Stream.concat(moved.stream(), Stream.of(typed));
        }
    }

    @Override
    protected Optional<String> bugId(BugUrl url) {
        return Place.of(url).map(Place::number);
    }

    @Override
    protected String bugKey(BugUrl url) {
        return Place.of(url).map(Place::key).orElseThrow();
    }

    @Override
    protected int batchSize(TrackerSystem system) {
        return system.credentials().given() ? 100 : 1;
    }

    @Override
    protected String apiUrl(TrackerSystem system) {
        String host = system.base().host();
        if (host.equals("github.com") || host.endsWith(".ghe.com")) {
            return "https://api." + host;
        }
        return system.below("api/v3");
    }

    @Override
    protected CanonicalUrl rightBase(CanonicalUrl base) {
        return base.key().startsWith("https://api.github.com/")
                ? CanonicalUrl.parse("https://github.com")
                : without(base, "/api/v3(?:/.*)?");
    }

    @Override
    protected Map<String, String> headers() {
        return Map.of("Accept", "application/vnd.github+json", "X-GitHub-Api-Version", "2022-11-28");
    }

    @Override
    protected Map<String, String> publicSystems() {
        return Map.of("github", "https://github.com");
    }

    /** As large as GitHub sends them. */
    @Override
    protected int longestHook() {
        return 25 * 1024 * 1024;
    }

    @Override
    protected boolean isHookProved(HookRequest hook, HookSecret secret) {
        return hook.header(SIGNATURE).isPresent()
                ? hook.isSigned(SIGNATURE, "HmacSHA256", "sha256=", secret)
                : super.isHookProved(hook, secret);
    }

    @Override
    protected HookNews hookNews(HookRequest hook) {
        Json body = hook.json();
        if (hook.header("X-GitHub-Event").orElse("").equals("repository")) {
            return ofRepository(body, hook.system());
        }
        return HookNews.NONE.withUrls(
                body.at("issue", "html_url").text(),
                body.at("pull_request", "html_url").text(),
                body.at("changes", "new_issue", "html_url").text(),
                body.at("changes", "old_issue", "html_url").text());
    }

    /** All bugs of a repository, under its name of before too. */
    private static HookNews ofRepository(Json body, TrackerSystem system) {
        String action = body.at("action").text().orElse("");
        String owner = body.at("repository", "owner", "login").text().orElse("");
        String name = body.at("repository", "name").text().orElse("");
        if (!OF_REPOSITORIES.contains(action)) {
            return HookNews.NONE;
        }
        Json changes = body.at("changes");
        String ownerBefore = changes.at("owner", "from", "user", "login")
                .text()
                .or(() -> changes.at("owner", "from", "organization", "login").text())
                .orElse(owner);
        String nameBefore = changes.at("repository", "name", "from").text().orElse(name);
        return HookNews.NONE
                .withAllBeside(system.below(owner + "/" + name + "/issues/0"))
                .withAllBeside(system.below(ownerBefore + "/" + nameBefore + "/issues/0"))
                .withPrivate(action.equals("privatized"));
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        Place place = Place.of(url).orElseThrow();
        ApiReply reply = api.replyUnlessSame(
                "/repos/" + place.owner() + "/" + place.repository() + "/issues/" + place.number(), url);
        if (reply.isNoSuchBug()) {
            moved.note(api, place.key(), Optional.empty());
            return Optional.empty();
        }
        Json issue = withinLimits(reply).orFail().json();
        Optional<Place> elsewhere = issue.at("url")
                .text()
                .flatMap(answered -> Place.of(API, answered))
                .filter(answered -> !answered.key().equals(place.key()));
        moved.note(api, place.key(), elsewhere);
        Json pullRequest = issue.at("pull_request");
        String state = issue.at("state").text().orElseThrow();
        return Optional.of(details(
                        issue,
                        pullRequest.at("merged_at").present() ? "merged" : state,
                        issue.at("type", "name").text().orElse(pullRequest.present() ? "pull request" : null),
                        issue.at("state_reason").text(),
                        assignees(issue),
                        issue.at("labels"),
                        issue.at("updated_at"))
                .withConfidential(confidential(issue, elsewhere.orElse(place), url, api))
                .withMovedTo(elsewhere
                        .map(now -> issue.at("html_url").text().orElse(now.at(url)))
                        .orElse(null))
                .withFreshness(reply.freshness()));
    }

    /** Who has no token sees what is public only. */
    private @Nullable Boolean confidential(Json issue, Place place, BugUrl url, TrackerApi api) {
        Optional<Boolean> told = issue.at("repository", "private").flag();
        if (told.isPresent() || !url.system().orElseThrow().credentials().given()) {
            return told.orElse(null);
        }
        return privateRepositories.isPrivate(api, place.home(), () -> api.reply("/repos/" + place.home()));
    }

    /** What is older than several assignees has one. */
    private static @Nullable String assignees(Json issue) {
        String names = issue.at("assignees").joined("login");
        return names == null ? issue.at("assignee", "login").text().orElse(null) : names;
    }

    @Override
    protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
        String base = api.base();
        TrackerApi graph = api.withBase(base.endsWith("/api/v3") ? base.substring(0, base.length() - 3) : base);
        Map<BugUrl, Sought> places = new LinkedHashMap<>();
        urls.forEach(url -> {
            Place typed = Place.of(url).orElseThrow();
            places.put(url, new Sought(typed, moved.of(api, typed.key())));
        });
        boolean typed = !withoutTypes.contains(base);
        Optional<Json> answer = query(graph, places, typed);
        if (typed && answer.filter(GitHub::knowsNoTypes).isPresent()) {
            withoutTypes.add(base);
            answer = query(graph, places, false);
        }
        return answer.map(given -> answers(places, given, api)).orElseGet(() -> super.askAll(urls, api));
    }

    /** Where a bug is, which may be another place than where it was. */
    private Place place(BugUrl url, TrackerApi api) {
        Place typed = Place.of(url).orElseThrow();
        return moved.of(api, typed.key()).orElse(typed);
    }

    @Override
    protected boolean tellsChanges(TrackerSystem system) {
        return true;
    }

    @Override
    protected String changeScope(BugUrl url) {
        return place(url, api(url)).home();
    }

    @Override
    protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant since, TrackerApi api) {
        String home = place(urls.get(0), api).home();
        ApiReply reply = withinLimits(
                api.reply("/repos/" + home + "/issues?state=all&since=" + since + "&per_page=" + MOST_CHANGES));
        return ifSupported(reply)
                .map(Json::elements)
                .flatMap(issues -> ids(issues, issues.size() < MOST_CHANGES && !reply.hasNextPage(), "number"))
                .map(numbers -> urls.stream()
                        // One that was just found to be elsewhere is none that this list is about.
                        .filter(url -> !place(url, api).home().equals(home)
                                || numbers.contains(place(url, api).number()))
                        .map(this::bugKey)
                        .collect(Collectors.toSet()));
    }

    /** Empty where a server has no GraphQL. Names and numbers are of characters that need no quoting. */
    private static Optional<Json> query(TrackerApi graph, Map<BugUrl, Sought> places, boolean typed) {
        List<String> homes = homes(places);
        StringBuilder query = new StringBuilder("query {");
        for (String home : homes) {
            String[] names = home.split("/", 2);
            query.append(String.format(
                    " r%d: repository(owner: \"%s\", name: \"%s\") {", homes.indexOf(home), names[0], names[1]));
            places.values().stream()
                    .flatMap(Sought::places)
                    .filter(place -> place.home().equals(home))
                    .map(Place::number)
                    .distinct()
                    .forEach(number ->
                            query.append(String.format(" n%s: issueOrPullRequest(number: %<s) { ...i ...p }", number)));
            query.append(" }");
        }
        query.append(" } fragment i on Issue { ").append(FIELDS).append(" issueState: state");
        query.append(typed ? " stateReason issueType { name }" : "").append(" } fragment p on PullRequest { ");
        query.append(FIELDS).append(" prState: state }");
        String body = JSON.createObjectBuilder()
                .add("query", query.toString())
                .build()
                .toString();
        ApiReply reply = graph.reply("/graphql", body, "application/json");
        if (reply.isMissing()) {
            return Optional.empty();
        }
        Json answer = withinLimits(reply).orFail().json();
        if (answer.at("errors").texts("type").stream().anyMatch(type -> type.startsWith("RATE_LIMIT"))
                || answer.at("errors").texts("message").stream().anyMatch(GitHub::isTooFast)) {
            throw limited(reply);
        }
        return Optional.of(answer);
    }

    private static List<String> homes(Map<BugUrl, Sought> places) {
        return places.values().stream()
                .flatMap(Sought::places)
                .map(Place::home)
                .distinct()
                .toList();
    }

    private static boolean knowsNoTypes(Json answer) {
        return !answer.at("data").present()
                && answer.at("errors").texts("message").stream()
                        .anyMatch(message -> message.contains("issueType") || message.contains("stateReason"));
    }

    private Map<BugUrl, Answer> answers(Map<BugUrl, Sought> places, Json answer, TrackerApi api) {
        if (!answer.at("data").present()) {
            throw new FetchException(FailureReason.UNEXPECTED_ANSWER, "GitHub's GraphQL API refused the query");
        }
        List<String> homes = homes(places);
        Function<Place, List<String>> path = place -> List.of("r" + homes.indexOf(place.home()), "n" + place.number());
        Function<Place, Json> at = place ->
                answer.at("data").at(path.apply(place).get(0), path.apply(place).get(1));
        Map<BugUrl, Answer> answers = new LinkedHashMap<>();
        places.forEach((url, sought) -> {
            boolean isBack = at.apply(sought.typed()).present();
            if (isBack) {
                moved.note(api, sought.typed().key(), Optional.empty());
            }
            Place place = isBack ? sought.typed() : sought.moved().orElse(sought.typed());
            Json bug = at.apply(place);
            Optional<Boolean> isPrivate =
                    at.apply(place).at("repository", "isPrivate").flag();
            isPrivate.ifPresent(told -> privateRepositories.note(api, place.home(), told));
            answers.put(
                    url,
                    bug.present()
                            ? understood(() -> Optional.of(ofGraph(bug)
                                    .withConfidential(isPrivate.orElse(null))
                                    .withMovedTo(movedTo(bug, place, sought, url))))
                            : absent(path.apply(place), answer));
        });
        return answers;
    }

    /** Also where GraphQL followed a repository that was renamed. */
    private static @Nullable String movedTo(Json bug, Place place, Sought sought, BugUrl url) {
        Optional<String> page = bug.at("url").text();
        Place now = page.flatMap(address -> Place.of(WEB, address)).orElse(place);
        return now.key().equals(sought.typed().key()) ? null : page.orElse(now.at(url));
    }

    /** Why an alias is {@code null}: the error for it, or for its repository. */
    private static Answer absent(List<String> path, Json answer) {
        String type = answer.at("errors").each().stream()
                .filter(error -> isFor(path, error.at("path").texts()))
                .flatMap(error -> error.at("type").text().stream())
                .findFirst()
                .orElse("");
        if (type.equals("NOT_FOUND")) {
            return new Answer.NoSuchBug();
        }
        boolean forbidden = type.equals("FORBIDDEN") || type.equals("INSUFFICIENT_SCOPES");
        return new Answer.Failed(new FetchException(
                forbidden ? FailureReason.FORBIDDEN : FailureReason.UNEXPECTED_ANSWER,
                forbidden ? "GitHub: the token does not suffice for this bug" : "GitHub left this bug of a batch out"));
    }

    private static boolean isFor(List<String> path, List<String> failed) {
        return !failed.isEmpty() && failed.equals(path.subList(0, Math.min(path.size(), failed.size())));
    }

    /** GitHub also says with 403, and no telling header, that one asked too fast. */
    private static ApiReply withinLimits(ApiReply reply) {
        if (reply.status() == 403 && isTooFast(reply.text())) {
            throw limited(reply);
        }
        return reply;
    }

    /** The second is what older servers call it. */
    private static boolean isTooFast(String message) {
        String text = message.toLowerCase(Locale.ROOT);
        return text.contains("rate limit") || text.contains("abuse detection");
    }

    private static FetchException limited(ApiReply reply) {
        return new FetchException(
                FailureReason.RATE_LIMITED,
                "the API of " + reply.host() + " limits the rate of requests",
                reply.until(),
                null);
    }

    private static BugDetails ofGraph(Json bug) {
        Optional<String> pullRequest = bug.at("prState").text();
        return details(
                bug,
                pullRequest.or(() -> bug.at("issueState").text()).orElseThrow().toLowerCase(Locale.ROOT),
                bug.at("issueType", "name").text().orElse(pullRequest.isPresent() ? "pull request" : null),
                bug.at("stateReason").text(),
                bug.at("assignees", "nodes").joined("login"),
                bug.at("labels", "nodes"),
                bug.at("updatedAt"));
    }

    private static BugDetails details(
            Json bug,
            String state,
            @Nullable String type,
            Optional<String> reason,
            @Nullable String assignees,
            Json labels,
            Json updated) {
        return BugDetails.of(
                        bug.at("number").text().orElseThrow(), bug.at("title").title())
                .withDescription(SafeHtml.fromMarkdown(bug.at("body").text().orElse("")))
                .withStatus(state)
                .withResolved(!state.equals("open"))
                .withFields(BugFields.NONE
                        .withAssignee(assignees)
                        .withResolution(reason.filter(any -> !state.equals("open"))
                                .map(why -> why.toLowerCase(Locale.ROOT))
                                .orElse(null))
                        .withType(type)
                        .withLabels(labels.texts("name"))
                        .withUpdated(updated.time().orElse(null)));
    }
}
