package org.bugloss.trackers;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.CanonicalUrl;
import org.jspecify.annotations.Nullable;

/**
 * Gitea and Forgejo, Codeberg included: issues and pull requests, which share one sequence of numbers in each repository.
 *
 * <p>URLs below the base: {@code /OWNER/REPOSITORY/issues/12}, {@code /pulls/12} and what hangs from them ({@code
 * /pulls/12/files}), and the API's own. The API is {@code /api/v1} below the base and serves both kinds under {@code
 * /repos/OWNER/REPOSITORY/issues/12}. Credentials: a token alone, or a user name with a password or token. Anonymous
 * requests see public repositories, unless the site lets nobody in without signing in (403). A private repository is a
 * 404, as a missing bug is; a renamed or transferred one redirects.
 *
 * <p>There is no batch: no request takes several numbers, and lists are ordered by time and cut into pages, so that how
 * many of them hold the bugs that are due is anybody's guess. One request a bug never takes more than that. What changed is
 * such a list, of one repository. What is in a repository that is not public is confidential, which the repository tells: who has
 * credentials asks about it once an hour.
 */
@Named("Gitea")
@ApplicationScoped
public class Gitea extends IssueTracker {

    private static final Pattern BUG =
            Pattern.compile("(?:/api/v1/repos)?/([\\w.-]+)/([\\w.-]+)/(?:issues|pulls)/0*([1-9]\\d{0,17})(?:/.*)?");

    private static final Pattern WEB = Pattern.compile("https?://.*/([\\w.-]+)/([\\w.-]+)/(?:issues|pulls)/\\d{1,18}");

    /** More than a page of this is not given, unless the administrator set another maximum. */
    private static final int MOST_CHANGES = 50;

    private final PrivateRepositories privateRepositories = new PrivateRepositories();

    @Override
    protected Optional<String> bugId(BugUrl url) {
        Matcher bug = BUG.matcher(url.path());
        return bug.matches() ? Optional.of(bug.group(3)) : Optional.empty();
    }

    /** Names of owners and repositories are the same in upper and lower case. */
    @Override
    protected String bugKey(BugUrl url) {
        Matcher bug = BUG.matcher(url.path().toLowerCase(Locale.ROOT));
        return bug.matches() ? bug.group(1) + "/" + bug.group(2) + "#" + bug.group(3) : super.bugKey(url);
    }

    @Override
    protected CanonicalUrl rightBase(CanonicalUrl base) {
        return without(base, "/api/v1(?:/.*)?");
    }

    @Override
    protected String apiUrl(TrackerSystem system) {
        return system.below("api/v1");
    }

    /** {@code token} is the scheme that every version knows; {@code Bearer} came later. */
    @Override
    protected Map<String, String> authentication(TrackerSystem.Credentials credentials) {
        return credentials.username() == null
                ? Map.of("Authorization", "token " + credentials.password())
                : super.authentication(credentials);
    }

    @Override
    protected Map<String, String> publicSystems() {
        return Map.of("codeberg", "https://codeberg.org");
    }

    @Override
    protected boolean isHookProved(HookRequest hook, HookSecret secret) {
        for (String signature : List.of("X-Gitea-Signature", "X-Forgejo-Signature")) {
            if (hook.header(signature).isPresent()) {
                return hook.isSigned(signature, "HmacSHA256", "", secret);
            }
        }
        return super.isHookProved(hook, secret);
    }

    @Override
    protected HookNews hookNews(HookRequest hook) {
        return HookNews.NONE.withUrls(
                hook.json().at("issue", "html_url").text(),
                hook.json().at("pull_request", "html_url").text());
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        Matcher bug = BUG.matcher(url.path());
        if (!bug.matches()) {
            return Optional.empty();
        }
        return api.get("/repos/" + bug.group(1) + "/" + bug.group(2) + "/issues/" + bug.group(3))
                .map(issue -> details(issue, url).withConfidential(confidential(issue, url, api)));
    }

    /** Who is nobody in particular sees what is public only. */
    private @Nullable Boolean confidential(Json issue, BugUrl url, TrackerApi api) {
        Optional<Boolean> told = issue.at("repository", "private").flag();
        if (told.isPresent() || !url.system().orElseThrow().credentials().given()) {
            return told.orElse(null);
        }
        String repository = changeScope(url);
        return privateRepositories.isPrivate(api, repository, () -> api.reply("/repos/" + repository));
    }

    @Override
    protected boolean tellsChanges(TrackerSystem system) {
        return true;
    }

    @Override
    protected String changeScope(BugUrl url) {
        String key = bugKey(url);
        return key.substring(0, key.indexOf('#'));
    }

    /** The administrator may have set a smaller page than asked for, so that only the header tells whether it is all. */
    @Override
    protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant since, TrackerApi api) {
        ApiReply reply = api.reply(
                "/repos/" + changeScope(urls.get(0)) + "/issues?state=all&since=" + since + "&limit=" + MOST_CHANGES);
        return ifSupported(reply)
                .map(Json::elements)
                .flatMap(issues -> {
                    String size = String.valueOf(issues.size());
                    String all = reply.header("X-Total-Count").orElse("0");
                    return ids(issues, all.equals(size) && !reply.hasNextPage(), "number");
                })
                .map(numbers -> keys(urls, numbers));
    }

    private static BugDetails details(Json issue, BugUrl url) {
        Json pullRequest = issue.at("pull_request");
        boolean merged = pullRequest.at("merged").flag().orElse(false)
                || pullRequest.at("merged_at").present();
        String state = issue.at("state").text().orElseThrow();
        String assignee = issue.at("assignees").joined("login");
        return BugDetails.of(
                        issue.at("number").text().orElseThrow(),
                        issue.at("title").title())
                .withDescription(SafeHtml.fromMarkdown(
                        issue.at("body").text().orElse(""), url.url().uri()))
                .withStatus(merged ? "merged" : state)
                .withResolved(state.equals("closed"))
                .withMovedTo(movedTo(issue, url))
                .withFields(BugFields.NONE
                        .withAssignee(
                                assignee == null
                                        ? issue.at("assignee", "login").text().orElse(null)
                                        : assignee)
                        .withType(pullRequest.present() ? "pull request" : null)
                        .withLabels(issue.at("labels").texts("name"))
                        .withUpdated(issue.at("updated_at").time().orElse(null)));
    }

    /** Where the repository was renamed or transferred, the API leads on, and the issue's page is another. */
    private static @Nullable String movedTo(Json issue, BugUrl url) {
        Matcher typed = BUG.matcher(url.path());
        return issue.at("html_url")
                .text()
                .map(WEB::matcher)
                .filter(now -> now.matches() && typed.matches())
                .filter(now -> !now.group(1).equalsIgnoreCase(typed.group(1))
                        || !now.group(2).equalsIgnoreCase(typed.group(2)))
                .map(Matcher::group)
                .orElse(null);
    }
}
