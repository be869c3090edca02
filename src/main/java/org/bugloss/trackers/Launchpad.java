package org.bugloss.trackers;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.jspecify.annotations.Nullable;

/**
 * Launchpad. A bug has a task for each project, series or package that it affects, and the tasks have the statuses.
 *
 * <p>URLs below the base: {@code /TARGET/+bug/12} and what hangs from it ({@code /comments/3}), where the target is a
 * project, {@code ubuntu/+source/PACKAGE} or a series of one; {@code /bugs/12} and {@code /+bug/12}, which leave the target
 * open; the API's own; and {@code /12} where the base is the short {@code https://pad.lv}. With a target, its task tells;
 * without one the first task that is still open does, else the first, so that a bug is resolved when all its tasks are.
 *
 * <p>The API of {@code bugs.launchpad.net} is at {@code https://api.launchpad.net/1.0}, of {@code bugs.X} at {@code
 * https://api.X/1.0}. It can't be asked for several bugs, and a bug takes two requests: one for the bug, one for its
 * tasks. What changed can be asked for of a project, whose every status is named, since only what is open is told otherwise.
 * Anonymous requests see public bugs. Credentials are those of OAuth 1.0 that {@code launchpadlib} makes: the user
 * name is {@code CONSUMER_KEY:ACCESS_TOKEN}, or the token alone where the consumer is {@code bugloss}; the password is the
 * token's secret. Where there is no user name, the password is {@code ACCESS_TOKEN:SECRET}.
 */
@Named("Launchpad")
@ApplicationScoped
public class Launchpad extends IssueTracker {

    private static final Pattern BUG = Pattern.compile("(?:/api)?(?:/(?:1\\.0|beta|devel))?"
            + "(?:/bugs?|((?:/[\\w.~%+-]+){0,8}?)/(?:\\+|%2[Bb])bug)/0*([1-9]\\d{0,17})(?:/.*)?");
    private static final Pattern SHORT = Pattern.compile("()/0*([1-9]\\d{0,17})/?");

    /** Security bugs of kernels have more tasks than the 75 of a page; 300 is the most that a page may have. */
    private static final String TASKS = "/bug_tasks?ws.size=300";

    private static final Pattern PROJECT = Pattern.compile("/[a-z0-9][a-z0-9.+-]*");

    /** All but Unknown, which can't be searched for: that of tasks whose projects have their bugs elsewhere. */
    private static final List<String> STATUSES = List.of(
            "New",
            "Incomplete",
            "Opinion",
            "Invalid",
            "Won't Fix",
            "Expired",
            "Confirmed",
            "Triaged",
            "In Progress",
            "Deferred",
            "Fix Committed",
            "Fix Released",
            "Does Not Exist");

    private static final int MOST_CHANGES = 300;

    /** Of {@code information_type}, where there is no {@code private}. */
    private static final Pattern PUBLIC = Pattern.compile("(?i)public(?: security)?");

    private static final String MISSING = "MaloneApplication object";

    /** What Launchpad counts as complete ({@code RESOLVED_BUGTASK_STATUSES}), where a task does not say it itself. */
    private static final Set<String> RESOLVED =
            Set.of("fix released", "invalid", "won't fix", "expired", "opinion", "does not exist");

    @Override
    protected Optional<String> bugId(BugUrl url) {
        Matcher bug = matcher(url);
        return bug.matches() ? Optional.of(bug.group(2)) : Optional.empty();
    }

    /** With the target, since each has a status of its own. */
    @Override
    protected String bugKey(BugUrl url) {
        return super.bugKey(url) + target(url).map(target -> "@" + target).orElse("");
    }

    @Override
    protected CanonicalUrl rightBase(CanonicalUrl base) {
        return base.host().equals("api.launchpad.net") ? CanonicalUrl.parse("https://bugs.launchpad.net") : base;
    }

    @Override
    protected String apiUrl(TrackerSystem system) {
        String host = system.base().host();
        String site = host.equals("pad.lv") ? "launchpad.net" : host.replaceFirst("^(?:bugs|www)\\.", "");
        return "https://api." + site + "/1.0";
    }

    @Override
    protected Map<String, String> authentication(TrackerSystem.Credentials credentials) {
        String name = credentials.username() == null ? "" : credentials.username() + ":";
        String[] parts = (name + credentials.password()).split(":", -1);
        String secret = parts[parts.length - 1];
        String token = parts.length > 1 ? parts[parts.length - 2] : "";
        String consumer = parts.length > 2 ? parts[parts.length - 3] : "bugloss";
        // RFC 5849, 3.4.4: with PLAINTEXT the signature is the consumer's secret, which is empty, "&", the token's
        // secret.
        return Map.of(
                "Authorization",
                "OAuth realm=\"https://api.launchpad.net/\", oauth_consumer_key=\"" + encoded(consumer)
                        + "\", oauth_token=\"" + encoded(token)
                        + "\", oauth_signature_method=\"PLAINTEXT\", oauth_signature=\"%26" + encoded(secret)
                        + "\", oauth_timestamp=\"" + Instant.now().getEpochSecond()
                        + "\", oauth_nonce=\"" + UUID.randomUUID() + "\", oauth_version=\"1.0\"");
    }

    @Override
    protected Map<String, String> publicSystems() {
        return Map.of("launchpad", "https://bugs.launchpad.net", "launchpad-net", "https://launchpad.net");
    }

    @Override
    protected boolean isHookProved(HookRequest hook, HookSecret secret) {
        return hook.header("X-Hub-Signature").isPresent()
                ? hook.isSigned("X-Hub-Signature", "HmacSHA1", "sha1=", secret)
                : super.isHookProved(hook, secret);
    }

    /** By its number, since each target of a bug has a URL. */
    @Override
    protected HookNews hookNews(HookRequest hook) {
        Matcher bug = BUG.matcher(hook.json().at("bug").text().orElse(""));
        return bug.matches()
                ? HookNews.NONE.withId(bug.group(2)).withUrl(hook.system().below("bugs/" + bug.group(2)))
                : HookNews.NONE;
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        String path = "/bugs/" + bugId(url).orElseThrow();
        ApiReply reply = api.reply(path);
        // The status is that of wrong credentials, the text names the permission that is missing.
        if (reply.status() == 401 && reply.text().contains("launchpad.View")) {
            throw new FetchException(
                    FailureReason.FORBIDDEN, reply.host() + " shows this bug to those only whom it was disclosed to");
        }
        // Launchpad words it as plain text: Object: <... MaloneApplication object>, name: '12'.
        if (reply.isNoSuchBug() || reply.isMissing() && reply.text().contains(MISSING)) {
            return Optional.empty();
        }
        Json bug = reply.orFail().json();
        Json.needed(bug.at("id").text());
        List<Json> tasks = api.reply(path + TASKS).orFail().json().at("entries").elements();
        return Optional.of(details(bug, task(tasks, url)));
    }

    @Override
    protected boolean tellsChanges(TrackerSystem system) {
        return true;
    }

    /** The project; nothing for what is not one's alone, which can't be told. */
    @Override
    protected String changeScope(BugUrl url) {
        return target(url).filter(target -> PROJECT.matcher(target).matches()).orElse("");
    }

    @Override
    protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant since, TrackerApi api) {
        String project = changeScope(urls.get(0));
        if (project.isEmpty()) {
            return Optional.empty();
        }
        String statuses =
                STATUSES.stream().map(status -> "&status=" + encoded(status)).collect(Collectors.joining());
        // Duplicates, and bugs that are to be fixed in a series, are left out otherwise.
        ApiReply reply = api.reply(project + "?ws.op=searchTasks&modified_since=" + since
                + "&omit_duplicates=false&omit_targeted=false" + statuses + "&ws.size=" + MOST_CHANGES);
        return ifSupported(reply)
                .flatMap(answer -> {
                    List<Json> tasks = answer.at("entries").elements();
                    boolean more = answer.at("next_collection_link").present();
                    return ids(tasks, tasks.size() < MOST_CHANGES && !more, "bug_link");
                })
                .map(links -> links.stream()
                        .map(link -> link.substring(link.lastIndexOf('/') + 1))
                        .collect(Collectors.toSet()))
                .map(numbers -> keys(urls, numbers));
    }

    private static BugDetails details(Json bug, Json task) {
        String status = task.at("status").text().orElse(null);
        return BugDetails.of(bug.at("id").text().orElseThrow(), bug.at("title").title())
                .withDescription(
                        SafeHtml.fromPlainText(bug.at("description").text().orElse("")))
                .withStatus(status)
                .withResolved(status == null ? null : isResolved(task))
                .withConfidential(confidential(bug))
                .withFields(BugFields.NONE
                        .withResolution(bug.at("duplicate_of_link").present() ? "Duplicate" : null)
                        .withAssignee(task.at("assignee_link")
                                .text()
                                .map(link -> link.substring(link.lastIndexOf('~') + 1))
                                .orElse(null))
                        .withPriority(task.at("importance").text().orElse(null))
                        .withLabels(bug.at("tags").texts())
                        .withUpdated(bug.at("date_last_updated").time().orElse(null)));
    }

    private static @Nullable Boolean confidential(Json bug) {
        return bug.at("private")
                .flag()
                .or(() -> bug.at("information_type")
                        .text()
                        .map(type -> !PUBLIC.matcher(type).matches()))
                .orElse(null);
    }

    private static Json task(List<Json> tasks, BugUrl url) {
        return tasks.stream()
                .filter(task -> target(url).isPresent() && target(url).equals(target(task)))
                .findFirst()
                .or(() -> tasks.stream().filter(task -> !isResolved(task)).findFirst())
                .or(() -> tasks.stream().findFirst())
                .orElse(new Json(null));
    }

    private static boolean isResolved(Json task) {
        return task.at("is_complete")
                .flag()
                .orElseGet(() -> task.at("status")
                        .text()
                        .filter(status -> RESOLVED.contains(status.toLowerCase(Locale.ROOT)))
                        .isPresent());
    }

    /** {@code /ubuntu/+source/linux} of {@code https://api.launchpad.net/1.0/ubuntu/+source/linux}. */
    private static Optional<String> target(Json task) {
        return task.at("target_link")
                .text()
                .map(link -> plain(link.replaceFirst("^https?://[^/]+/(?:1\\.0|beta|devel)(?=/)", "")));
    }

    private static Optional<String> target(BugUrl url) {
        Matcher bug = matcher(url);
        return bug.matches()
                ? Optional.ofNullable(bug.group(1))
                        .filter(target -> !target.isEmpty())
                        .map(Launchpad::plain)
                : Optional.empty();
    }

    private static String plain(String target) {
        return target.toLowerCase(Locale.ROOT).replace("%2b", "+");
    }

    private static Matcher matcher(BugUrl url) {
        return (url.url().host().equals("pad.lv") ? SHORT : BUG).matcher(url.path());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
