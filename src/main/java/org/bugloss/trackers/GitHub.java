package org.bugloss.trackers;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bugloss.html.SafeHtml;

/**
 * GitHub: issues and pull requests, of github.com, of data-residency hosts ({@code acme.ghe.com}) and of Enterprise
 * Servers.
 *
 * <p>URLs below the base: {@code /OWNER/REPOSITORY/issues/12}, {@code /pull/12} and what hangs from them ({@code
 * /pull/12/files}); the API serves issues and pull requests alike under {@code /repos/OWNER/REPOSITORY/issues/12}.
 * Credentials: a token alone, or a user name and a token. Anonymous requests see public repositories, 60 in an hour.
 */
@Named("GitHub")
@ApplicationScoped
public class GitHub extends IssueTracker {

    private static final Pattern BUG =
            Pattern.compile("/([\\w.-]+)/([\\w.-]+)/(?:issues|pull|pulls)/(\\d{1,18})(?:/.*)?");

    @Override
    protected Optional<String> bugId(BugUrl url) {
        Matcher bug = BUG.matcher(url.path());
        return bug.matches() ? Optional.of(bug.group(3)) : Optional.empty();
    }

    @Override
    protected String bugKey(BugUrl url) {
        Matcher bug = BUG.matcher(url.path().toLowerCase(Locale.ROOT));
        return bug.matches() ? bug.group(1) + "/" + bug.group(2) + "#" + bug.group(3) : super.bugKey(url);
    }

    @Override
    protected String apiUrl(TrackerSystem system) {
        String host = system.base().host();
        if (host.equals("github.com") || host.endsWith(".ghe.com")) {
            return "https://api." + host;
        }
        String base = system.base().key();
        return base + (base.endsWith("/") ? "" : "/") + "api/v3";
    }

    @Override
    protected Map<String, String> headers() {
        return Map.of("Accept", "application/vnd.github+json", "X-GitHub-Api-Version", "2022-11-28");
    }

    @Override
    protected Map<String, String> publicSystems() {
        return Map.of("github", "https://github.com");
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        Matcher bug = BUG.matcher(url.path());
        if (!bug.matches()) {
            return Optional.empty();
        }
        return api.get("/repos/" + bug.group(1) + "/" + bug.group(2) + "/issues/" + bug.group(3))
                .map(GitHub::details);
    }

    private static BugDetails details(Json issue) {
        Json pullRequest = issue.at("pull_request");
        boolean merged = pullRequest.at("merged_at").present();
        String state = issue.at("state").text().orElseThrow();
        return BugDetails.of(
                        issue.at("number").text().orElseThrow(),
                        issue.at("title").text().orElseThrow())
                .withDescription(SafeHtml.fromMarkdown(issue.at("body").text().orElse("")))
                .withStatus(merged ? "merged" : state)
                .withResolved(state.equals("closed"))
                .withFields(new BugFields(
                        issue.at("assignees").joined("login"),
                        null,
                        issue.at("type", "name").text().orElse(pullRequest.present() ? "pull request" : null),
                        issue.at("labels").texts("name"),
                        issue.at("updated_at").time().orElse(null)));
    }
}
