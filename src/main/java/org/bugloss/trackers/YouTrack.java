package org.bugloss.trackers;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.CanonicalUrl;
import org.jspecify.annotations.Nullable;

/**
 * YouTrack, in the cloud and on premises.
 *
 * <p>URLs below the base: {@code /issue/ABC-12} and what hangs from it ({@code /issue/ABC-12/its-summary}), {@code
 * /issues/}, {@code /tickets/} and {@code /projects/ABC/issues/} likewise, {@code ?issue=ABC-12} on boards and lists, and the
 * API's own. Projects' names are the same in upper and lower case. The API is {@code /api} below the base; at {@code
 * NAME.myjetbrains.com} both are below {@code /youtrack}, which the base URL may leave out. Credentials: a permanent token
 * alone. Anonymous requests see what the site shows to guests.
 *
 * <p>Batch: the search {@code issue id: }, {@value #BATCH} at a time; issues that one may not see are left out. A
 * search for an issue that there never was may be refused as a whole (400): it is asked once more without those that the
 * refusal names, and where that does not help, one by one. An issue that was moved to another project answers to its old id
 * under the new one, which is kept in mind.
 *
 * <p>What changed is the search for what was updated, the newest first. Times in searches are in the time zone of the
 * user, which nobody else knows; so it is asked by days, with a day to spare on both sides, and the answer's times tell.
 */
@Named("YouTrack")
@ApplicationScoped
public class YouTrack extends IssueTracker {

    private static final int BATCH = 100;
    private static final int MOST_CHANGES = 500;

    /** What a page holds that is not asked for a number of issues: none is known to hold less. */
    private static final int DEFAULT_PAGE = 42;

    private static final String ID = "([A-Za-z]\\w{0,49}-[1-9]\\d{0,17})";
    private static final Pattern BUG = Pattern.compile(
            "(?:/youtrack)?(?:/api|/lite|/mobile|/projects/[\\w.%-]+)?/(?:issues?|tickets?)/" + ID + "(?:/.*)?");
    private static final Pattern KEY = Pattern.compile(ID);
    private static final Pattern NAMED = Pattern.compile("\\w+-\\d+");

    /** A search that can't be read, or is too long for a server in between. */
    private static final Set<Integer> REFUSED = Set.of(400, 413, 414);

    /** Without this, YouTrack answers with internal ids only. Fields that an old version lacks do not matter. */
    private static final String FIELDS = "fields=idReadable,summary,description,wikifiedDescription,resolved,updated,"
            + "visibility(permittedGroups(id),permittedUsers(id)),"
            + "tags(name),customFields(name,value(name,localizedName,fullName,login))";

    /** Where issues were moved to. */
    private final MovedBugs<String> moved = new MovedBugs<>();

    @Override
    protected Optional<String> bugId(BugUrl url) {
        Matcher bug = BUG.matcher(url.path());
        return (bug.matches() ? Optional.of(bug.group(1)) : url.parameter("issue"))
                .filter(KEY.asMatchPredicate())
                .map(id -> id.toUpperCase(Locale.ROOT));
    }

    @Override
    protected CanonicalUrl rightBase(CanonicalUrl base) {
        return base.host().endsWith(".youtrack.cloud")
                ? without(base, "/.*")
                : without(base, "/(?:api|issues?|agiles|dashboard)(?:/.*)?");
    }

    @Override
    protected int batchSize(TrackerSystem system) {
        return BATCH;
    }

    @Override
    protected String apiUrl(TrackerSystem system) {
        String base = system.base().key().replaceFirst("/+$", "");
        boolean withoutPath = system.base().host().endsWith(".myjetbrains.com")
                && !system.base().path().startsWith("/youtrack");
        return base + (withoutPath ? "/youtrack/api" : "/api");
    }

    /** YouTrack takes tokens only; a user name beside one is of no use. */
    @Override
    protected Map<String, String> authentication(TrackerSystem.Credentials credentials) {
        return Map.of("Authorization", "Bearer " + credentials.password());
    }

    /** The header that the app names, unless one says otherwise. */
    @Override
    protected boolean isHookProved(HookRequest hook, HookSecret secret) {
        return hook.hasToken("X-YouTrack-Token", secret) || super.isHookProved(hook, secret);
    }

    /** The id that people see, or an internal one with the number in its project beside it. */
    @Override
    protected HookNews hookNews(HookRequest hook) {
        Json body = hook.json();
        Optional<String> numbered = body.at("project", "shortName")
                .text()
                .flatMap(project -> body.at("numberInProject").text().map(number -> project + "-" + number));
        return body.at("id")
                .text()
                .filter(KEY.asMatchPredicate())
                .or(() -> numbered.filter(KEY.asMatchPredicate()))
                .map(id -> id.toUpperCase(Locale.ROOT))
                .map(id -> HookNews.NONE.withId(id).withUrl(hook.system().below("issue/" + id)))
                .orElse(HookNews.NONE);
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        String id = bugId(url).orElseThrow();
        Optional<Json> issue = api.get("/issues/" + id + "?" + FIELDS);
        moved.note(
                api,
                id,
                issue.flatMap(found -> found.at("idReadable").text())
                        .map(now -> now.toUpperCase(Locale.ROOT))
                        .filter(now -> !now.equals(id)));
        return issue.map(found -> details(found, url));
    }

    @Override
    protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
        if (urls.size() == 1) {
            return super.askAll(urls, api);
        }
        ApiReply reply = search(urls, api);
        List<BugUrl> asked = urls;
        if (reply.status() == 400) {
            List<String> named = NAMED.matcher(reply.text().toUpperCase(Locale.ROOT))
                    .results()
                    .map(found -> found.group())
                    .toList();
            asked = urls.stream().filter(url -> !named.contains(bugKey(url))).toList();
            if (asked.isEmpty()) {
                return Map.of();
            }
            reply = asked.size() < urls.size() ? search(asked, api) : reply;
        }
        return REFUSED.contains(reply.status())
                ? super.askAll(asked, api)
                : answers(asked, reply.orFail().json().elements(), api);
    }

    private ApiReply search(List<BugUrl> urls, TrackerApi api) {
        String query = urls.stream().map(this::bugKey).sorted().collect(Collectors.joining(", ", "issue id: ", ""));
        return api.reply("/issues?query=" + encoded(query) + "&$top=" + BATCH + "&" + FIELDS);
    }

    private static String encoded(String query) {
        return URLEncoder.encode(query, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    protected boolean tellsChanges(TrackerSystem system) {
        return true;
    }

    /** The answer has all that changed where it is short, or goes on with issues that did not. */
    @Override
    protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant since, TrackerApi api) {
        LocalDate first = LocalDate.ofInstant(since, ZoneOffset.UTC).minusDays(1);
        LocalDate last = LocalDate.ofInstant(api.now(), ZoneOffset.UTC).plusDays(1);
        String query = encoded("updated: " + first + " .. " + last + " sort by: updated desc");
        ApiReply reply = api.reply("/issues?query=" + query + "&$top=" + MOST_CHANGES + "&fields=idReadable,updated");
        return ifSupported(reply)
                .map(Json::elements)
                .flatMap(issues -> {
                    List<Json> changed = issues.stream()
                            .filter(issue -> !isOlder(issue, since))
                            .toList();
                    boolean all = issues.size() < DEFAULT_PAGE || isOlder(issues.get(issues.size() - 1), since);
                    return ids(changed, all, "idReadable");
                })
                .map(ids -> ids.stream().map(id -> id.toUpperCase(Locale.ROOT)).collect(Collectors.toSet()))
                .map(ids -> urls.stream()
                        .map(this::bugKey)
                        .filter(id -> ids.contains(moved.of(api, id).orElse(id)))
                        .collect(Collectors.toSet()));
    }

    private static boolean isOlder(Json issue, Instant since) {
        return Json.needed(Optional.ofNullable(time(issue.at("updated")))).isBefore(since);
    }

    /** What is there under an id that nobody asked for was moved: which of the missing it is takes asking for these. */
    private Map<BugUrl, Answer> answers(List<BugUrl> urls, List<Json> issues, TrackerApi api) {
        Map<String, Json> byId = new LinkedHashMap<>();
        byId(issues, "idReadable").forEach((id, issue) -> byId.put(id.toUpperCase(Locale.ROOT), issue));
        Map<BugUrl, Answer> answers = new LinkedHashMap<>();
        List<BugUrl> missing = new ArrayList<>();
        for (BugUrl url : urls) {
            Json issue = byId.remove(bugKey(url));
            if (issue == null) {
                missing.add(url);
            } else {
                answers.put(url, understood(() -> Optional.of(details(issue, url))));
            }
        }
        if (!byId.isEmpty()) {
            answers.putAll(super.askAll(missing, api));
        }
        return answers;
    }

    private BugDetails details(Json issue, BugUrl url) {
        List<Json> fields = issue.at("customFields").each();
        String description = issue.at("description").text().orElse("");
        String id = issue.at("idReadable").text().orElseThrow();
        return BugDetails.of(id, issue.at("summary").title())
                .withDescription(
                        issue.at("wikifiedDescription").text().orElseGet(() -> SafeHtml.fromMarkdown(description)))
                .withStatus(value(fields, "State", type -> type.startsWith("State")))
                .withResolved(issue.at("resolved").present())
                .withConfidential(confidential(issue.at("visibility")))
                .withMovedTo(
                        id.equalsIgnoreCase(bugKey(url))
                                ? null
                                : url.system().orElseThrow().below("issue/" + id))
                .withFields(BugFields.NONE
                        .withAssignee(value(fields, "Assignee", type -> type.endsWith("UserIssueCustomField")))
                        .withPriority(value(fields, "Priority", type -> false))
                        .withType(value(fields, "Type", type -> false))
                        .withLabels(issue.at("tags").texts("name"))
                        .withUpdated(time(issue.at("updated"))));
    }

    /** Who may see it is limited by its type, and named where one may see the names. */
    private static @Nullable Boolean confidential(Json visibility) {
        if (!visibility.present()) {
            return null;
        }
        return visibility.at("$type").text().filter("LimitedVisibility"::equals).isPresent()
                || !visibility.at("permittedGroups").each().isEmpty()
                || !visibility.at("permittedUsers").each().isEmpty();
    }

    /** The field of this name, else the first of this type: projects name their fields as they like. */
    private static @Nullable String value(List<Json> fields, String name, Predicate<String> ofType) {
        return Stream.<Predicate<Json>>of(
                        field -> field.at("name")
                                .text()
                                .filter(name::equalsIgnoreCase)
                                .isPresent(),
                        field -> field.at("$type").text().filter(ofType).isPresent())
                .flatMap(wanted -> fields.stream().filter(wanted).limit(1))
                .findFirst()
                .map(field -> shown(field.at("value")))
                .orElse(null);
    }

    /** A value is an object, an array of them, a plain text, or {@code null}. */
    private static @Nullable String shown(Json value) {
        List<Json> each = value.each().isEmpty() ? List.of(value) : value.each();
        String shown = each.stream()
                .flatMap(one -> one
                        .at("localizedName")
                        .text()
                        .or(() -> one.at("fullName").text())
                        .or(() -> one.at("name").text())
                        .or(() -> one.at("login").text())
                        .or(one::text)
                        .stream())
                .collect(Collectors.joining(", "));
        return shown.isEmpty() ? null : shown;
    }

    /** Milliseconds since 1970. */
    private static @Nullable Instant time(Json millis) {
        return millis.text()
                .filter(text -> text.matches("\\d{1,15}"))
                .map(text -> Instant.ofEpochMilli(Long.parseLong(text)))
                .orElse(null);
    }
}
