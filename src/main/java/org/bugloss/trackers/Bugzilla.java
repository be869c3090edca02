package org.bugloss.trackers;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;

/**
 * Bugzilla from 5.0 on, whose REST API is {@code /rest}: stock ones, Mozilla's and Red Hat's.
 *
 * <p>URLs below the base: {@code /show_bug.cgi?id=12}, where an alias may stand for the number, and the other pages of
 * one bug; {@code /12} and {@code /bug/12}, as bugzilla.mozilla.org has them; {@code /rest/bug/12}. The status is worded as
 * the page shows it, with the resolution: {@code RESOLVED FIXED}.
 *
 * <p>Credentials: an API key alone, or a login and a password. Mozilla reads the key in a header, Red Hat as a bearer, and
 * a stock Bugzilla in the query only: it ignores the header without a word. Anonymous requests see public bugs.
 *
 * <p>A batch is a search, {@code /rest/bug?id=1,2}, which leaves out what is missing or private. The description of a stock
 * Bugzilla is the first comment, which nobody can change: it is asked for once, for all new bugs of a batch together, and
 * remembered. Mozilla and Red Hat have it as a field of the bug. An alias can't be searched for together with numbers: it
 * is asked for alone the first time, and its number is remembered. What changed is such a search too, by the time of the
 * last change.
 */
@Named("Bugzilla")
@ApplicationScoped
public class Bugzilla extends IssueTracker {

    private static final Pattern PAGE =
            Pattern.compile("/(?:show_bug|show_activity|showdependency(?:tree|graph)|process_bug)\\.cgi/?");
    private static final Pattern PATH =
            Pattern.compile("/(?:(?:rest(?:\\.cgi)?/)?bug/)?(\\d{1,12})(?:/(?:comment|attachment|history))?/?");
    private static final Pattern NUMBER = Pattern.compile("\\s*0*([1-9]\\d{0,9})/?\\s*");
    private static final Pattern ALIAS = Pattern.compile("[\\w.:+@-]{1,64}");

    private static final String FIELDS = "id,summary,status,resolution,is_open,assigned_to,assigned_to_detail,priority,"
            + "severity,type,keywords,groups,last_change_time,description";

    /** Bugzilla does not say whether it left some out; no server is known that does so with as few. */
    private static final int MOST_CHANGES = 200;

    private static final int LONGEST_IDS = 3_500;

    @Inject
    FirstComments firstComments = new FirstComments();

    /** The REST API as an {@code api-url} may name it. */
    private static final Pattern NAMED_API = Pattern.compile("/rest(?:\\.cgi)?$");

    /** Where the REST API is a script. The server may be mended. */
    private final Cache<String, Boolean> scripts = Caffeine.newBuilder()
            .maximumSize(1_000)
            .expireAfterWrite(Duration.ofDays(1))
            .build();

    /** An alias may be given to another bug. */
    private final Cache<String, String> numbersOfAliases = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(Duration.ofDays(1))
            .build();

    @Override
    protected Optional<String> bugId(BugUrl url) {
        Optional<String> typed = Optional.empty();
        Matcher path = PATH.matcher(url.path());
        if (path.matches()) {
            typed = Optional.of(path.group(1));
        } else if (PAGE.matcher(url.path()).matches()) {
            typed = url.parameter("id").or(() -> url.parameter("bug_id"));
        } else if (url.path().equals("/attachment.cgi")) {
            typed = url.parameter("bugid");
        }
        return typed.flatMap(Bugzilla::numberOrAlias);
    }

    private static Optional<String> numberOrAlias(String typed) {
        Matcher number = NUMBER.matcher(typed);
        if (number.matches()) {
            return Optional.of(number.group(1));
        }
        boolean alias = ALIAS.matcher(typed).matches() && !typed.matches("\\d+");
        return alias ? Optional.of(typed) : Optional.empty();
    }

    @Override
    protected String bugKey(BugUrl url) {
        String id = super.bugKey(url);
        return Objects.requireNonNullElse(numbersOfAliases.getIfPresent(inSystem(url, id)), id);
    }

    @Override
    protected String batchScope(BugUrl url) {
        String key = bugKey(url);
        return isNumber(key) ? "" : key;
    }

    @Override
    protected CanonicalUrl rightBase(CanonicalUrl base) {
        return without(base, "/(?:\\w+\\.cgi|rest)(?:/.*)?");
    }

    @Override
    protected int batchSize(TrackerSystem system) {
        return 100;
    }

    @Override
    protected String apiUrl(TrackerSystem system) {
        return system.base().host().equals("bugzil.la") ? "https://bugzilla.mozilla.org" : super.apiUrl(system);
    }

    @Override
    protected Map<String, String> authentication(TrackerSystem.Credentials credentials) {
        return credentials.username() == null
                ? Map.of("X-BUGZILLA-API-KEY", credentials.password())
                : Map.of("X-BUGZILLA-LOGIN", credentials.username(), "X-BUGZILLA-PASSWORD", credentials.password());
    }

    @Override
    protected TrackerApi api(BugUrl url) {
        TrackerApi api = super.api(url);
        TrackerSystem.Credentials credentials = url.system().orElseThrow().credentials();
        boolean bearer = credentials.given() && credentials.username() == null && isOf(api, "redhat.com");
        return bearer ? api.withCredential("Authorization", "Bearer " + credentials.password()) : api;
    }

    @Override
    protected Map<String, String> publicSystems() {
        return Map.of("mozilla", "https://bugzilla.mozilla.org");
    }

    /** As Mozilla's extension sends them: the address of a bug is none of its fields. */
    @Override
    protected HookNews hookNews(HookRequest hook) {
        Json bug = hook.json().at("bug");
        return bug.at("id")
                .text()
                .filter(id -> NUMBER.matcher(id).matches())
                .map(id -> HookNews.NONE
                        .withId(id)
                        .withUrl(hook.system().below("show_bug.cgi?id=" + id))
                        .withUrl(hook.system().below(id))
                        .withPrivate(bug.at("is_private").flag().orElse(false)))
                .orElse(HookNews.NONE);
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        String id = bugKey(url);
        ApiReply reply = rest("/bug/" + id + "?include_fields=" + FIELDS + inQuery(url, api), api);
        if (code(reply).matches("10[01]")) {
            return Optional.empty();
        }
        List<Json> bugs = answer(reply).at("bugs").elements();
        if (bugs.size() == 1 && !isNumber(id)) {
            bugs.get(0).at("id").text().ifPresent(number -> numbersOfAliases.put(inSystem(url, id), number));
        }
        return bugs.isEmpty()
                ? Optional.empty()
                : Optional.of(details(bugs.get(0), firstComments(bugs.subList(0, 1), url, api)));
    }

    /**
     * What the REST API answers where it is: at {@code /rest}, or at {@code /rest.cgi} of a server that rewrites no URLs, or
     * at the one that the administrator named.
     */
    private ApiReply rest(String path, TrackerApi api) {
        if (NAMED_API.matcher(api.base()).find()) {
            return api.reply(path);
        }
        boolean byScript = scripts.getIfPresent(api.base()) != null;
        ApiReply reply = api.reply((byScript ? "/rest.cgi" : "/rest") + path);
        if (!isNoApi(reply)) {
            return reply;
        }
        ApiReply other = api.reply((byScript ? "/rest" : "/rest.cgi") + path);
        if (isNoApi(other)) {
            return reply;
        }
        if (byScript) {
            scripts.invalidate(api.base());
        } else {
            scripts.put(api.base(), true);
        }
        return other;
    }

    /** Whether a web server answered in the place of an API. */
    private static boolean isNoApi(ApiReply reply) {
        return (reply.isMissing() || reply.isSuccess() && reply.isWebPage())
                && !reply.text().stripLeading().startsWith("{");
    }

    @Override
    protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
        BugUrl any = urls.get(0);
        if (!isNumber(bugKey(any))) {
            return super.askAll(urls, api);
        }
        String ids = urls.stream().map(this::bugKey).collect(Collectors.joining(","));
        ApiReply reply = rest("/bug?id=" + ids + "&limit=0&include_fields=" + FIELDS + inQuery(any, api), api);
        Map<String, Json> byId = byId(answer(reply).at("bugs").elements(), "id");
        Map<String, String> comments = firstComments(List.copyOf(byId.values()), any, api);
        return answers(urls, byId, this::bugKey, (bug, url) -> details(bug, comments));
    }

    @Override
    protected boolean tellsChanges(TrackerSystem system) {
        return true;
    }

    @Override
    protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant since, TrackerApi api) {
        List<String> numbers = urls.stream().map(this::bugKey).sorted().toList();
        if (!numbers.stream().allMatch(Bugzilla::isNumber)) {
            return Optional.empty();
        }
        String ids = "&id=" + String.join(",", numbers);
        ApiReply reply = rest(
                "/bug?last_change_time=" + since + (ids.length() > LONGEST_IDS ? "" : ids) + "&limit=" + MOST_CHANGES
                        + "&include_fields=id" + inQuery(urls.get(0), api),
                api);
        List<Json> bugs = answer(reply).at("bugs").elements();
        return ids(bugs, bugs.size() < MOST_CHANGES, "id");
    }

    /** The first comments of those that have no description, by their numbers. */
    private Map<String, String> firstComments(List<Json> bugs, BugUrl any, TrackerApi api) {
        List<String> ids = bugs.stream()
                .filter(bug -> !bug.at("description").present())
                .flatMap(bug -> bug.at("id").text().stream())
                .toList();
        TrackerSystem system = any.system().orElseThrow();
        Map<String, String> comments = new HashMap<>();
        ids.forEach(id -> firstComments.of(system, id).ifPresent(html -> comments.put(id, html)));
        List<String> unknown =
                ids.stream().filter(id -> !comments.containsKey(id)).toList();
        if (!unknown.isEmpty()) {
            comments.putAll(askForComments(unknown, any, api));
            unknown.forEach(id ->
                    Optional.ofNullable(comments.get(id)).ifPresent(html -> firstComments.remember(system, id, html)));
        }
        return comments;
    }

    private Map<String, String> askForComments(List<String> ids, BugUrl any, TrackerApi api) {
        String others = ids.stream().skip(1).map(id -> "&ids=" + id).collect(Collectors.joining());
        ApiReply reply = rest(
                "/bug/" + ids.get(0) + "/comment?include_fields=bug_id,count,text,is_markdown" + others
                        + inQuery(any, api),
                api);
        Map<String, String> comments = new HashMap<>();
        if (code(reply).matches("10[0-2]")) {
            // One of them vanished since it was found, and that fails them all.
            int half = ids.size() / 2;
            if (half > 0) {
                comments.putAll(askForComments(ids.subList(0, half), any, api));
                comments.putAll(askForComments(ids.subList(half, ids.size()), any, api));
            }
            return comments;
        }
        Json bugs = answer(reply).at("bugs");
        Json.needed(Optional.ofNullable(bugs.value()).filter(JsonObject.class::isInstance));
        for (String id : ids) {
            // None where it is private: that is remembered too, or it would be asked for with every refresh.
            String first = bugs.at(id, "comments").each().stream()
                    .filter(comment -> comment.at("count").text().orElse("0").equals("0"))
                    .findFirst()
                    .map(Bugzilla::html)
                    .orElse("");
            comments.put(id, first);
        }
        return comments;
    }

    private static String html(Json comment) {
        String text = comment.at("text").text().orElse("");
        return comment.at("is_markdown").flag().orElse(false)
                ? SafeHtml.fromMarkdown(text)
                : SafeHtml.fromPlainText(text);
    }

    private static BugDetails details(Json bug, Map<String, String> comments) {
        String id = bug.at("id").text().orElseThrow();
        // Of those that have the description as a field, those with types of bugs write Markdown: Mozilla.
        String description = bug.at("description")
                .text()
                .map(text -> bug.at("type").present() ? SafeHtml.fromMarkdown(text) : SafeHtml.fromPlainText(text))
                .orElse(comments.getOrDefault(id, ""));
        String status = bug.at("status").text().orElseThrow();
        String severity = bug.at("severity").text().orElse("");
        boolean assigned = !bug.at("assigned_to").text().orElse("nobody").matches("(?:nobody|unassigned)(?:@.*)?");
        return BugDetails.of(id, bug.at("summary").title())
                .withDescription(description)
                .withStatus(bug.at("resolution")
                        .text()
                        .map(how -> status + " " + how)
                        .orElse(status))
                .withResolved(bug.at("is_open").flag().map(open -> !open).orElse(null))
                // Whoever may see it must be of one of these.
                .withConfidential(
                        bug.at("groups").present()
                                ? Boolean.valueOf(!bug.at("groups").each().isEmpty())
                                : bug.at("is_private").flag().orElse(null))
                .withFields(BugFields.NONE
                        .withResolution(bug.at("resolution").text().orElse(null))
                        .withAssignee(
                                !assigned
                                        ? null
                                        : bug.at("assigned_to_detail", "real_name")
                                                .text()
                                                .or(() -> bug.at("assigned_to").text())
                                                .orElse(null))
                        .withPriority(bug.at("priority")
                                .text()
                                .filter(name -> !name.matches("-+"))
                                .orElse(null))
                        .withType(bug.at("type").text().orElse(severity.equals("enhancement") ? severity : null))
                        .withLabels(bug.at("keywords").texts())
                        .withUpdated(bug.at("last_change_time").time().orElse(null)));
    }

    /** The number of the error that the API tells of, which says more than the status; empty where there is none. */
    private static String code(ApiReply reply) {
        boolean json = reply.header("Content-Type").orElse("").contains("json");
        if (!json || reply.isSuccess() && !reply.text().contains("\"error\"")) {
            return "";
        }
        Json answer = reply.json();
        boolean failed = !reply.isSuccess()
                || answer.at("error").present() && !answer.at("bugs").present();
        return failed ? answer.at("code").text().orElse("") : "";
    }

    private static Json answer(ApiReply reply) {
        String code = code(reply);
        if (code.equals("102")) {
            throw new FetchException(
                    FailureReason.FORBIDDEN, "the API of " + reply.host() + " shows this bug to others only");
        }
        if (reply.status() == 400 && reply.text().toLowerCase(Locale.ROOT).contains("rate limit")) {
            throw new FetchException(
                    FailureReason.RATE_LIMITED,
                    "the API of " + reply.host() + " limits the rate of requests",
                    reply.until(),
                    null);
        }
        boolean generic = code.equals("32000") && List.of(200, 400).contains(reply.status());
        if (generic || code.matches("30[0-7]|410")) {
            throw new FetchException(
                    FailureReason.UNAUTHORIZED,
                    "the API of " + reply.host() + " does not know the credentials, or wants some (error " + code
                            + ")");
        }
        return reply.orFail().json();
    }

    /** What a stock Bugzilla takes as a proof, which Mozilla and Red Hat refuse in a URL. */
    private static String inQuery(BugUrl url, TrackerApi api) {
        TrackerSystem.Credentials credentials = url.system().orElseThrow().credentials();
        if (!credentials.given() || isOf(api, "mozilla.org") || isOf(api, "redhat.com")) {
            return "";
        }
        String password = URLEncoder.encode(credentials.password(), StandardCharsets.UTF_8);
        return credentials.username() == null
                ? "&Bugzilla_api_key=" + password
                : "&Bugzilla_login=" + URLEncoder.encode(credentials.username(), StandardCharsets.UTF_8)
                        + "&Bugzilla_password=" + password;
    }

    private static boolean isOf(TrackerApi api, String domain) {
        return ("." + URI.create(api.base()).getHost()).endsWith("." + domain);
    }

    private static boolean isNumber(String id) {
        return NUMBER.matcher(id).matches();
    }

    private static String inSystem(BugUrl url, String id) {
        return url.system().orElseThrow().name() + "\n" + id;
    }
}
