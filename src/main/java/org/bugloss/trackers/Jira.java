package org.bugloss.trackers;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bugloss.html.AtlassianDocument;
import org.bugloss.html.JiraMarkup;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.jspecify.annotations.Nullable;

/**
 * Jira: Cloud, and Data Center or Server. It is Cloud where the API is on a host of {@code atlassian.net} or behind {@code
 * https://api.atlassian.com/ex/jira/ID}; a site of the Cloud under a name of its own needs that as its {@code api-url}.
 *
 * <p>URLs below the base: {@code /browse/ABC-12}, {@code /projects/ABC/issues/ABC-12}, {@code /issues/ABC-12}, the same
 * below {@code /jira/software}, queues and portals of service desks, boards and lists with {@code ?selectedIssue=ABC-12},
 * and the API's own. Keys are the same in upper and lower case.
 *
 * <p>Credentials: Cloud takes an e-mail address and an API token, Data Center a personal access token alone or a user
 * name and a password. Anonymous requests see what the site shows to everybody.
 *
 * <p>A batch is 100 issues: {@code bulkfetch} of API 3 in the Cloud, where descriptions are documents, a search by keys of
 * API 2 in Data Center, where they are wiki markup. Both leave out what one may not see. An issue that was moved comes
 * under its new key: its history says which the old one was, and its number is kept in mind.
 *
 * <p>What changed is a search in the projects of the issues. Times in a search are in the time zone of the user, which
 * nobody else knows; so it says how many minutes ago.
 */
@Named("JIRA")
@ApplicationScoped
public class Jira extends IssueTracker {

    private static final String KEY = "[A-Za-z][A-Za-z0-9_]{0,99}-[1-9]\\d{0,9}";

    private static final Pattern BUG = Pattern.compile("/(?:.*/)?(?:browse|issues?|(?:custom|portal)/\\d{1,9}"
            + "|jira\\.issueviews:issue-\\w{1,9})/(" + KEY + ")(?:/.*)?");
    private static final Pattern NUMBER = Pattern.compile("/rest/api/(?:[23]|latest)/issue/(\\d{1,12})(?:/.*)?");
    private static final Pattern NAMED = Pattern.compile("\\b(" + KEY + ")\\b");
    private static final List<String> PARAMETERS = List.of("selectedIssue", "issueKey", "key");

    private static final List<String> FIELDS = List.of(
            "summary",
            "description",
            "status",
            "assignee",
            "priority",
            "issuetype",
            "labels",
            "updated",
            "resolution",
            "security");

    private static final Pattern CLOUD =
            Pattern.compile("https://(?:[\\w-]+\\.atlassian\\.net|api\\.atlassian\\.com)(?:[:/]|$)");

    private static final int BATCH = 100;
    private static final int MOST_CHANGES = 100;

    /** The numbers of issues that were moved. */
    private final MovedBugs<String> moved = new MovedBugs<>();

    @Override
    protected Optional<String> bugId(BugUrl url) {
        return first(NUMBER, url.path())
                .or(() -> first(BUG, url.path()))
                .or(() -> PARAMETERS.stream()
                        .flatMap(name -> url.parameter(name).stream())
                        .flatMap(key -> first(NAMED, key).stream())
                        .findFirst())
                .map(key -> key.toUpperCase(Locale.ROOT));
    }

    private static Optional<String> first(Pattern shape, String text) {
        Matcher matcher = shape.matcher(text);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /** Sites of the Cloud have nothing but Jira at their root, whatever the paths of its pages. */
    @Override
    protected CanonicalUrl rightBase(CanonicalUrl base) {
        return base.host().endsWith(".atlassian.net")
                ? without(base, "/.*")
                : without(base, "/(?:browse|secure|rest)(?:/.*)?");
    }

    @Override
    protected int batchSize(TrackerSystem system) {
        return BATCH;
    }

    /** A signature from 10 on and in the Cloud, or Basic; what is older can send nothing but what is in the hook's URL. */
    @Override
    protected boolean isHookProved(HookRequest hook, HookSecret secret) {
        if (hook.header("X-Hub-Signature").isPresent()) {
            return hook.isSigned("X-Hub-Signature", "HmacSHA256", "sha256=", secret);
        }
        return hook.hasPassword(secret)
                || hook.parameter("secret").filter(secret::is).isPresent()
                || super.isHookProved(hook, secret);
    }

    /** Under both keys where it was moved. A hook may leave its body out and name the issue in its URL. */
    @Override
    protected HookNews hookNews(HookRequest hook) {
        Set<String> keys = new LinkedHashSet<>();
        hook.parameter("key").ifPresent(keys::add);
        Json body = hook.json();
        body.at("issue", "key").text().ifPresent(keys::add);
        body.at("changelog", "items").each().stream()
                .filter(item -> item.at("field").text().orElse("").equals("Key"))
                .flatMap(item -> Stream.of(item.at("fromString"), item.at("toString")))
                .forEach(key -> key.text().ifPresent(keys::add));
        HookNews news = HookNews.NONE.withUrls(hook.parameter("url"));
        for (String key : keys) {
            if (first(NAMED, key).isPresent()) {
                String id = key.toUpperCase(Locale.ROOT);
                news = news.withId(id).withUrl(hook.system().below("browse/" + id));
            }
        }
        return news;
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        String name = bugId(url).orElseThrow();
        String path = "/rest/api/" + (isCloud(api) ? "3" : "2") + "/issue/" + name;
        ApiReply reply = checked(api.reply(path + "?fields=" + String.join(",", FIELDS)));
        if (reply.isNoSuchBug() && !isOfGateway(reply)) {
            moved.note(api, name, Optional.empty());
            return Optional.empty();
        }
        Json issue = reply.orFail().json();
        moved.note(api, name, issue.at("id").text().filter(id -> !names(issue).containsKey(name) && isNumber(id)));
        return Optional.of(details(issue, url));
    }

    /** Jira itself always has a list of messages; what only has one message is a server before it. */
    private static boolean isOfGateway(ApiReply reply) {
        return !reply.text().isBlank()
                && !reply.json().at("errorMessages").present()
                && (reply.json().at("message").present()
                        || reply.json().at("errorMessage").present());
    }

    private static boolean isNumber(String id) {
        return id.matches("\\d{1,18}");
    }

    @Override
    protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
        Set<String> asked = new LinkedHashSet<>();
        urls.forEach(url -> asked.add(bugId(url).orElseThrow()));
        Optional<List<Json>> issues = issues(asked, List.of(), api);
        if (issues.isEmpty()) {
            return super.askAll(urls, api);
        }
        Map<String, Json> byName = byName(asked, issues.get(), api);
        return answers(urls, byName, this::bugKey, this::details);
    }

    /** The issues by key, number and, where they were moved, the old key. That takes another request the first time. */
    private Map<String, Json> byName(Set<String> asked, List<Json> issues, TrackerApi api) {
        Map<String, Json> byName = new HashMap<>();
        byName.putAll(byId(issues, "key"));
        issues.forEach(issue -> byName.putAll(names(issue)));
        asked.stream().filter(byName::containsKey).forEach(key -> moved.note(api, key, Optional.empty()));
        asked.forEach(key -> moved.of(api, key).map(byName::get).ifPresent(issue -> byName.putIfAbsent(key, issue)));
        Set<Json> expected = asked.stream().map(byName::get).collect(Collectors.toSet());
        Set<String> strangers = issues.stream()
                .filter(issue -> !expected.contains(issue))
                .flatMap(issue -> issue.at("id").text().stream())
                .filter(Jira::isNumber)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        if (!strangers.isEmpty() && !byName.keySet().containsAll(asked)) {
            for (Json issue : issues(strangers, List.of("changelog"), api).orElse(List.of())) {
                String id = issue.at("id").text().orElse("");
                issue.at("changelog", "histories").each().stream()
                        .flatMap(change -> change.at("items").each().stream())
                        .filter(item -> item.at("field").text().orElse("").equalsIgnoreCase("Key"))
                        .flatMap(item -> item.at("fromString").text().stream())
                        .filter(key -> asked.contains(key) && !byName.containsKey(key) && byName.containsKey(id))
                        .forEach(key -> {
                            byName.put(key, byName.get(id));
                            moved.note(api, key, Optional.of(id));
                        });
            }
        }
        return byName;
    }

    @Override
    protected boolean tellsChanges(TrackerSystem system) {
        return true;
    }

    @Override
    protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant since, TrackerApi api) {
        Map<BugUrl, String> names = new HashMap<>();
        urls.forEach(url -> names.put(url, moved.of(api, bugKey(url)).orElse(bugKey(url))));
        long seconds = Math.max(1, Duration.between(since, api.now()).toSeconds());
        String body = JSON.createObjectBuilder()
                .add("jql", "(" + places(names.values()) + ") AND updated >= -" + (seconds + 59) / 60 + "m")
                .add("maxResults", MOST_CHANGES)
                .add("fields", JSON.createArrayBuilder().add("updated"))
                .build()
                .toString();
        String search = isCloud(api) ? "/rest/api/3/search/jql" : "/rest/api/2/search";
        return ifSupported(checked(api.reply(search, body, "application/json"))).flatMap(answer -> {
            List<Json> issues = answer.at("issues").elements();
            boolean all = isCloud(api)
                    ? !answer.at("nextPageToken").present()
                            && answer.at("isLast").flag().orElse(true)
                            && issues.size() < MOST_CHANGES
                    : Json.needed(answer.at("total").text()).equals(String.valueOf(issues.size()));
            return ids(issues, all, "key")
                    .flatMap(keys -> ids(issues, all, "id")
                            .map(numbers -> urls.stream()
                                    .filter(url -> keys.contains(names.get(url)) || numbers.contains(names.get(url)))
                                    .map(this::bugKey)
                                    .collect(Collectors.toSet())));
        });
    }

    /** The projects of keys, and the numbers, in JQL. */
    private static String places(Collection<String> names) {
        Set<String> projects = new TreeSet<>();
        Set<String> numbers = new TreeSet<>();
        for (String name : names) {
            int dash = name.lastIndexOf('-');
            if (dash < 0) {
                numbers.add(name);
            } else {
                projects.add('"' + name.substring(0, dash) + '"');
            }
        }
        List<String> places = new ArrayList<>();
        if (!projects.isEmpty()) {
            places.add("project in (" + String.join(",", projects) + ")");
        }
        if (!numbers.isEmpty()) {
            places.add("key in (" + String.join(",", numbers) + ")");
        }
        return String.join(" OR ", places);
    }

    private static Map<String, Json> names(Json issue) {
        Map<String, Json> names = new HashMap<>();
        issue.at("key").text().ifPresent(key -> names.put(key, issue));
        issue.at("id").text().ifPresent(id -> names.put(id, issue));
        return names;
    }

    /** Those of these keys and numbers that there are and that one may see; empty where one can't ask for many. */
    private static Optional<List<Json>> issues(Set<String> names, List<String> expand, TrackerApi api) {
        if (!isCloud(api)) {
            return found(names, expand, api);
        }
        JsonObjectBuilder body = JSON.createObjectBuilder()
                .add("issueIdsOrKeys", JSON.createArrayBuilder(names))
                .add("fields", JSON.createArrayBuilder(FIELDS))
                .add("expand", JSON.createArrayBuilder(expand));
        ApiReply reply =
                checked(api.reply("/rest/api/3/issue/bulkfetch", body.build().toString(), "application/json"));
        // Without the history, moved issues are missing, and no other is the worse for it.
        return expand.isEmpty() || reply.isSuccess()
                ? Optional.of(reply.orFail().json().at("issues").elements())
                : Optional.empty();
    }

    private static Optional<List<Json>> found(Set<String> names, List<String> expand, TrackerApi api) {
        Set<String> sought = new LinkedHashSet<>(names);
        ApiReply reply = search(sought, 0, expand, api);
        if (reply.status() == 400) {
            // Versions that check the query all the same refuse it for keys that there are not, and name them.
            boolean named = NAMED.matcher(reply.text())
                    .results()
                    .map(key -> sought.remove(key.group().toUpperCase(Locale.ROOT)))
                    .reduce(false, Boolean::logicalOr);
            if (named && sought.isEmpty()) {
                return Optional.of(List.of());
            }
            reply = named ? search(sought, 0, expand, api) : reply;
        }
        boolean missing = reply.isMissing() && !reply.isWebPage() || reply.status() == 405;
        if (missing || !expand.isEmpty() && !reply.isSuccess()) {
            return Optional.empty();
        }
        List<Json> issues = new ArrayList<>();
        for (int page = 1; ; page++) {
            Json answer = reply.orFail().json();
            List<Json> some = answer.at("issues").elements();
            issues.addAll(some);
            boolean all = answer.at("total").text().orElse("").equals(String.valueOf(issues.size()));
            if (all || some.isEmpty() || issues.size() >= sought.size() || page == BATCH) {
                return Optional.of(issues);
            }
            reply = search(sought, issues.size(), expand, api);
        }
    }

    private static ApiReply search(Set<String> names, int start, List<String> expand, TrackerApi api) {
        String jql = names.stream()
                .map(name -> Character.isDigit(name.charAt(0)) ? name : '"' + name + '"')
                .collect(Collectors.joining(",", "key in (", ") ORDER BY key"));
        JsonObjectBuilder body = JSON.createObjectBuilder()
                .add("jql", jql)
                .add("startAt", start)
                .add("maxResults", BATCH)
                .add("validateQuery", false)
                .add("fields", JSON.createArrayBuilder(FIELDS))
                .add("expand", JSON.createArrayBuilder(expand));
        return checked(api.reply("/rest/api/2/search", body.build().toString(), "application/json"));
    }

    private static boolean isCloud(TrackerApi api) {
        return CLOUD.matcher(api.base()).lookingAt();
    }

    /**
     * Tells apart what Jira says with headers and texts. Who it does not know may be asked for a CAPTCHA, or be answered as
     * if nobody in particular had asked; what Data Center does not show to just anybody is a 401 like a wrong password.
     */
    private static ApiReply checked(ApiReply reply) {
        String login = reply.header("X-Seraph-LoginReason").orElse("");
        if (reply.header("X-Authentication-Denied-Reason").orElse("").contains("CAPTCHA")) {
            throw new FetchException(
                    FailureReason.UNAUTHORIZED,
                    reply.host()
                            + " wants a CAPTCHA solved: sign in there once, as the configured user, with a browser");
        }
        if (login.contains("AUTHENTICATED_FAILED") || login.contains("AUTHENTICATION_DENIED")) {
            throw new FetchException(FailureReason.UNAUTHORIZED, reply.host() + " does not accept the credentials");
        }
        if (reply.status() == 401
                && reply.text().contains("errorMessages")
                && reply.text().contains("permission")) {
            throw new FetchException(
                    FailureReason.FORBIDDEN,
                    reply.host() + " does not show this bug to just anybody: it wants credentials");
        }
        return reply;
    }

    private BugDetails details(Json issue, BugUrl url) {
        Json fields = issue.at("fields");
        Json description = fields.at("description");
        Json status = fields.at("status");
        Optional<String> resolution = fields.at("resolution", "name").text();
        return BugDetails.of(
                        issue.at("key").text().orElseThrow(),
                        fields.at("summary").title())
                .withDescription(
                        description.value() instanceof JsonString
                                ? JiraMarkup.toHtml(description.text().orElse(""))
                                : AtlassianDocument.toHtml(description.value()))
                .withStatus(status.at("name").text().orElse(null))
                .withResolved(status.at("statusCategory", "key")
                        .text()
                        .map("done"::equals)
                        // Before 6.1 there were no categories, and what has a resolution counted as resolved.
                        .orElse(
                                status.at("statusCategory").present()
                                                || fields.at("resolution").value() == null
                                        ? null
                                        : (Boolean) resolution.isPresent()))
                .withConfidential(
                        fields.at("security").value() == null
                                ? null
                                : Boolean.valueOf(fields.at("security").present()))
                .withMovedTo(movedTo(issue, url))
                .withFields(BugFields.NONE
                        .withResolution(resolution.orElse(null))
                        .withAssignee(fields.at("assignee", "displayName")
                                .text()
                                .or(() -> fields.at("assignee", "name").text())
                                .orElse(null))
                        .withPriority(fields.at("priority", "name").text().orElse(null))
                        .withType(fields.at("issuetype", "name").text().orElse(null))
                        .withLabels(fields.at("labels").texts())
                        .withUpdated(fields.at("updated").time().orElse(null)));
    }

    /** Numbers stay, keys change. */
    private @Nullable String movedTo(Json issue, BugUrl url) {
        String key = issue.at("key").text().orElseThrow();
        return names(issue).containsKey(bugKey(url))
                ? null
                : url.system().orElseThrow().below("browse/" + key);
    }
}
