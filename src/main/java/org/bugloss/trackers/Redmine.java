package org.bugloss.trackers;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bugloss.html.MarkdownSigns;
import org.bugloss.html.SafeHtml;
import org.bugloss.html.Textile;

/**
 * Redmine.
 *
 * <p>URLs below the base: {@code /issues/12} and what hangs from it, {@code /issues/12.json}, the old {@code
 * /issues/show/12}, and a list of one, {@code /projects/x/issues?issue_id=12}. The API is the same URLs with {@code .json}.
 * Credentials: an API key alone, or a user name and a password. Anonymous requests see public projects, unless the
 * administrator requires a login; with credentials the REST API must be switched on, or all is forbidden.
 *
 * <p>A batch is a list with a filter, {@code /issues.json?issue_id=1,2&status_id=*}, of at most 100: without the status it
 * would be the open ones only. What is missing or private is left out. A server whose answer shows that it does not know
 * the filter is asked one by one. What changed is the same list, with a filter on the time.
 *
 * <p>The API does not tell whether descriptions are Textile or Markdown, which an administrator chooses for the whole
 * server: the marks in the text decide, and without any both look the same. Whether a status is closed is told from 5.0
 * on; an older server is asked for its list of statuses once a day.
 */
@Named("Redmine")
@ApplicationScoped
public class Redmine extends IssueTracker {

    private static final Pattern ISSUE =
            Pattern.compile("(?:/projects/[\\w-]+)?/issues/(?:show/)?0*([1-9]\\d{0,9})(?:\\.\\w{1,9})?(?:/.*)?");
    private static final Pattern LIST = Pattern.compile("(?:/projects/[\\w-]+)?/issues/?");
    private static final Pattern NUMBER = Pattern.compile("0*([1-9]\\d{0,9})");

    private static final int PAGE = 100;
    private static final int LONGEST_IDS = 3_500;

    private final Cache<String, Set<String>> closedStatuses = Caffeine.newBuilder()
            .maximumSize(100)
            .expireAfterWrite(Duration.ofDays(1))
            .build();

    @Override
    protected Optional<String> bugId(BugUrl url) {
        Matcher issue = ISSUE.matcher(url.path());
        if (issue.matches()) {
            return Optional.of(issue.group(1));
        }
        return LIST.matcher(url.path()).matches()
                ? url.parameter("issue_id")
                        .map(NUMBER::matcher)
                        .filter(Matcher::matches)
                        .map(number -> number.group(1))
                : Optional.empty();
    }

    @Override
    protected int batchSize(TrackerSystem system) {
        return PAGE;
    }

    @Override
    protected Map<String, String> authentication(TrackerSystem.Credentials credentials) {
        return credentials.username() == null
                ? Map.of("X-Redmine-API-Key", credentials.password())
                : super.authentication(credentials);
    }

    @Override
    protected boolean isHookProved(HookRequest hook, HookSecret secret) {
        return hook.header("X-Redmine-Signature-256").isPresent()
                ? hook.isSigned("X-Redmine-Signature-256", "HmacSHA256", "sha256=", secret)
                : hook.hasPassword(secret) || super.isHookProved(hook, secret);
    }

    /** Of Redmine itself, and of the plugin that was there before. */
    @Override
    protected HookNews hookNews(HookRequest hook) {
        Json body = hook.json();
        Json issue = body.at("data", "issue").present() ? body.at("data", "issue") : body.at("payload", "issue");
        return issue.at("id")
                .text()
                .filter(id -> NUMBER.matcher(id).matches())
                .map(id -> HookNews.NONE
                        .withId(id)
                        .withUrl(hook.system().below("issues/" + id))
                        .withPrivate(issue.at("is_private").flag().orElse(false)))
                .orElse(HookNews.NONE);
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        ApiReply reply = api.reply("/issues/" + bugKey(url) + ".json");
        // A missing issue is an empty 404.
        if (reply.isNoSuchBug()) {
            return Optional.empty();
        }
        Json issue = reply.orFail().json().at("issue");
        Json.needed(issue.at("id").text());
        return Optional.of(details(issue, closedStatuses(List.of(issue), url, api), url));
    }

    @Override
    protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
        Map<String, BugUrl> asked =
                urls.stream().collect(Collectors.toMap(this::bugKey, Function.identity(), (one, same) -> one));
        String list = "/issues.json?issue_id=" + urls.stream().map(this::bugKey).collect(Collectors.joining(","))
                + "&status_id=*&sort=id&limit=" + PAGE;
        Map<BugUrl, Answer> answers = new LinkedHashMap<>();
        int seen = 0;
        boolean more = true;
        // A page has what was asked for; a server that gives less is followed for as many pages as there are bugs.
        for (int page = 0; more && page < urls.size(); page++) {
            ApiReply reply = api.reply(list + (seen == 0 ? "" : "&offset=" + seen));
            if (List.of(400, 413, 414, 422).contains(reply.status())) {
                return super.askAll(urls, api);
            }
            Json answer = reply.orFail().json();
            List<Json> issues = answer.at("issues").elements();
            if (!asked.keySet()
                    .containsAll(issues.stream()
                            .map(issue -> issue.at("id").text().orElse(NO_ID))
                            .toList())) {
                return super.askAll(urls, api);
            }
            Set<String> closed = closedStatuses(issues, urls.get(0), api);
            for (Json issue : issues) {
                BugUrl url = Json.needed(issue.at("id").text().map(asked::get));
                answers.put(url, understood(() -> Optional.of(details(issue, closed, url))));
            }
            seen += issues.size();
            int all = answer.at("total_count")
                    .text()
                    .filter(total -> total.matches("\\d{1,9}"))
                    .map(Integer::valueOf)
                    .orElse(0);
            more = !issues.isEmpty() && seen < all;
        }
        return answers;
    }

    @Override
    protected boolean tellsChanges(TrackerSystem system) {
        return true;
    }

    @Override
    protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant since, TrackerApi api) {
        String ids = urls.stream().map(this::bugKey).sorted().collect(Collectors.joining(",", "&issue_id=", ""));
        ApiReply reply = api.reply("/issues.json?status_id=*&updated_on=%3E%3D" + since
                + (ids.length() > LONGEST_IDS ? "" : ids) + "&sort=id&limit=" + PAGE);
        return ifSupported(reply).flatMap(answer -> {
            List<Json> issues = answer.at("issues").elements();
            String all = Json.needed(answer.at("total_count").text());
            return ids(issues, all.equals(String.valueOf(issues.size())), "id");
        });
    }

    /** The ids of the statuses that are closed, where one of the issues does not say so itself. */
    private Set<String> closedStatuses(List<Json> issues, BugUrl any, TrackerApi api) {
        if (issues.stream()
                .allMatch(issue -> issue.at("status", "is_closed").flag().isPresent())) {
            return Set.of();
        }
        return closedStatuses.get(any.system().orElseThrow().name(), name -> {
            ApiReply reply = api.reply("/issue_statuses.json");
            List<Json> statuses = reply.isSuccess() && !reply.isWebPage()
                    ? reply.json().at("issue_statuses").each()
                    : List.of();
            return statuses.stream()
                    .filter(status -> status.at("is_closed").flag().orElse(false))
                    .flatMap(status -> status.at("id").text().stream())
                    .collect(Collectors.toSet());
        });
    }

    private static BugDetails details(Json issue, Set<String> closed, BugUrl url) {
        Optional<Boolean> listed = closed.isEmpty()
                ? Optional.empty()
                : issue.at("status", "id").text().map(closed::contains);
        return BugDetails.of(
                        issue.at("id").text().orElseThrow(), issue.at("subject").title())
                .withDescription(issue.at("description")
                        .text()
                        .map(text -> html(text, url.system().orElseThrow()))
                        .orElse(""))
                .withStatus(issue.at("status", "name").text().orElse(null))
                .withResolved(
                        issue.at("status", "is_closed").flag().or(() -> listed).orElse(null))
                .withConfidential(issue.at("is_private").flag().orElse(null))
                .withFields(BugFields.NONE
                        .withAssignee(issue.at("assigned_to", "name").text().orElse(null))
                        .withPriority(issue.at("priority", "name").text().orElse(null))
                        .withType(issue.at("tracker", "name").text().orElse(null))
                        .withLabels(issue.at("tags").texts("name"))
                        .withUpdated(issue.at("updated_on").time().orElse(null)));
    }

    private static String html(String description, TrackerSystem system) {
        return switch (system.markup().orElseGet(() -> guessed(description))) {
            case MARKDOWN -> SafeHtml.fromMarkdown(description);
            case TEXTILE -> Textile.toHtml(description);
        };
    }

    private static TrackerSystem.Markup guessed(String description) {
        return MarkdownSigns.outweigh(description) ? TrackerSystem.Markup.MARKDOWN : TrackerSystem.Markup.TEXTILE;
    }
}
