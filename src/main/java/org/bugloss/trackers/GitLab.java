package org.bugloss.trackers;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.CanonicalUrl;
import org.jspecify.annotations.Nullable;

/**
 * GitLab, of gitlab.com or one's own: issues, incidents, tasks and merge requests of projects. Epics and other items of
 * groups are none, since the API for them is another.
 *
 * <p>URLs below the base: {@code /GROUP/…/PROJECT/-/issues/12}, {@code /-/work_items/12}, {@code /-/issues/incident/12},
 * {@code /-/merge_requests/12} and what hangs from them ({@code /-/merge_requests/12/diffs}), the same without {@code
 * /-}, as old versions have them, an item in the drawer of a list or board ({@code ?show=…}, JSON in Base64), and the
 * API's own. The API is at {@code /api/v4}, where a project is its path, encoded as one segment. Issues and merge
 * requests are numbered apart.
 *
 * <p>Credentials: a token of any kind with the scope {@code read_api}, sent as a bearer; a user name is of no use.
 * Anonymous requests see public projects; what is private or confidential is missing for them. A batch is 100 issues,
 * or 100 merge requests, of one project; what can't be read is left out of the list. What changed is a list of one project
 * too, of its issues or of its merge requests.
 */
@Named("GitLab")
@ApplicationScoped
public class GitLab extends IssueTracker {

    /** {@code groups} is no name that a group can have. */
    private static final Pattern BUG = Pattern.compile("(?!/groups/|/api/)((?:/(?!-/)[\\w.-]+){2,20}?)(?:/-)?"
            + "/(issues|issues/incident|work_items|merge_requests)/0*(\\d{1,9})(?:/.*)?");

    private static final Pattern API_URL =
            Pattern.compile("/api/v4/projects(/(?:[\\w.-]|%2[fF])+)/(issues|merge_requests)/0*(\\d{1,9})(?:/.*)?");
    private static final Pattern WEB = Pattern.compile(
            "https?://[^/]+((?:/(?!-/)[\\w.-]+){2,24}?)(?:/-)?/(?:issues|work_items|merge_requests)/\\d{1,9}(?:[/?#].*)?");
    private static final Pattern DRAWER = Pattern.compile("[A-Za-z0-9+/]{1,2000}={0,2}");
    private static final Pattern FULL_PATH = Pattern.compile("\"full_path\":\"([\\w.-]+(?:/[\\w.-]+)+)\"");
    private static final Pattern IID = Pattern.compile("\"iid\":\"?0*(\\d{1,9})\\b");

    /** As many as fit on one page. */
    private static final int BATCH = 100;

    /** @param list where the API lists the project's items of this kind */
    private record Item(String list, String iid) {

        static Optional<Item> of(BugUrl url) {
            return of(BUG, url)
                    .or(() -> of(API_URL, url))
                    .or(() -> url.parameter("show").flatMap(Item::inDrawer));
        }

        private static Optional<Item> of(Pattern shape, BugUrl url) {
            Matcher item = shape.matcher(url.path());
            return item.matches() ? Optional.of(of(item.group(1), item.group(2), item.group(3))) : Optional.empty();
        }

        private static Item of(String project, String kind, String iid) {
            String segment = project.substring(1).replaceAll("/|%2f", "%2F");
            String kindOfApi = kind.equals("merge_requests") ? kind : "issues";
            return new Item("/projects/" + segment + "/" + kindOfApi, iid);
        }

        /** Projects are the same in upper and lower case. */
        String scope() {
            return list.toLowerCase(Locale.ROOT);
        }

        /** A plus sign of Base64 in a URL may have been read as a space. */
        private static Optional<Item> inDrawer(String shown) {
            String base64 =
                    shown.replace(' ', '+').replace('-', '+').replace('_', '/').replaceAll("=+$", "");
            if (!DRAWER.matcher(base64).matches() || base64.length() % 4 == 1) {
                return Optional.empty();
            }
            String json = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
            Matcher project = FULL_PATH.matcher(json);
            Matcher iid = IID.matcher(json);
            return project.find() && iid.find()
                    ? Optional.of(of("/" + project.group(1), "issues", iid.group(1)))
                    : Optional.empty();
        }
    }

    @Override
    protected Optional<String> bugId(BugUrl url) {
        return Item.of(url).map(Item::iid);
    }

    @Override
    protected String bugKey(BugUrl url) {
        return Item.of(url).map(item -> item.scope() + "/" + item.iid()).orElseThrow();
    }

    @Override
    protected String batchScope(BugUrl url) {
        return Item.of(url).map(Item::scope).orElseThrow();
    }

    @Override
    protected CanonicalUrl rightBase(CanonicalUrl base) {
        return without(base, "/(?:api/v4|-)(?:/.*)?");
    }

    @Override
    protected int batchSize(TrackerSystem system) {
        return BATCH;
    }

    @Override
    protected String apiUrl(TrackerSystem system) {
        return system.below("api/v4");
    }

    @Override
    protected Map<String, String> authentication(TrackerSystem.Credentials credentials) {
        return Map.of("Authorization", "Bearer " + credentials.password());
    }

    @Override
    protected Map<String, String> publicSystems() {
        return Map.of("gitlab", "https://gitlab.com");
    }

    /** As large as GitLab sends them. */
    @Override
    protected int longestHook() {
        return 25 * 1024 * 1024;
    }

    /** A signing token signs, and nothing stands in for it; the token of old is sent as it is. */
    @Override
    protected boolean isHookProved(HookRequest hook, HookSecret secret) {
        if (hook.header("webhook-signature").isPresent()) {
            return hook.isSignedAsStandard(secret);
        }
        return !secret.isOfStandard() && (hook.hasToken("X-Gitlab-Token", secret) || super.isHookProved(hook, secret));
    }

    /** Issues, work items, merge requests and notes on them; of a system hook, projects that are elsewhere. */
    @Override
    protected HookNews hookNews(HookRequest hook) {
        Json body = hook.json();
        HookNews news = HookNews.NONE
                .withUrls(
                        body.at("object_attributes", "url").text(),
                        body.at("issue", "url").text(),
                        body.at("work_item", "url").text(),
                        body.at("merge_request", "url").text())
                .withPrivate(
                        body.at("changes", "confidential", "current").flag().orElse(false));
        for (String path : List.of("path_with_namespace", "old_path_with_namespace")) {
            String project = body.at(path).text().orElse("");
            if (!project.isEmpty()) {
                news = news.withAllBeside(hook.system().below(project + "/-/issues/0"))
                        .withAllBeside(hook.system().below(project + "/-/merge_requests/0"));
            }
        }
        return news;
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        Item item = Item.of(url).orElseThrow();
        return api.getUnlessSame(item.list() + "/" + item.iid(), url, found -> details(found, url));
    }

    @Override
    protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
        String list = Item.of(urls.get(0)).orElseThrow().list();
        String query = urls.stream()
                .map(url -> "iids%5B%5D=" + bugId(url).orElseThrow())
                .collect(Collectors.joining("&", list + "?scope=all&state=all&", ""));
        Map<String, Json> byIid = new HashMap<>();
        boolean more = true;
        for (int page = 1; more && byIid.size() < urls.size() && page <= BATCH; page++) {
            ApiReply reply = api.reply(query + "&per_page=" + BATCH + "&page=" + page);
            if (reply.isNoSuchBug()) {
                return Map.of(); // the project is missing or private, and all that is in it
            }
            List<Json> items = reply.orFail().json().elements();
            byIid.putAll(byId(items, "iid"));
            more = !items.isEmpty() && reply.hasNextPage();
        }
        return answers(urls, byIid, url -> bugId(url).orElseThrow(), GitLab::details);
    }

    @Override
    protected boolean tellsChanges(TrackerSystem system) {
        return true;
    }

    @Override
    protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant since, TrackerApi api) {
        String list = Item.of(urls.get(0)).orElseThrow().list();
        ApiReply reply = api.reply(list + "?scope=all&state=all&updated_after=" + since + "&per_page=" + BATCH);
        return ifSupported(reply)
                .map(Json::elements)
                .flatMap(items -> ids(items, items.size() < BATCH && !reply.hasNextPage(), "iid"))
                .map(iids -> keys(urls, iids));
    }

    private static BugDetails details(Json item, BugUrl url) {
        String state = item.at("state").text().orElseThrow();
        String type = item.at("source_branch").present()
                ? "merge request"
                : item.at("issue_type").text().orElse(null);
        return BugDetails.of(
                        item.at("iid").text().orElseThrow(), item.at("title").title())
                .withDescription(
                        SafeHtml.fromMarkdown(item.at("description").text().orElse("")))
                .withStatus(state)
                .withResolved(state.equals("closed") || state.equals("merged"))
                .withConfidential(item.at("confidential").flag().orElse(null))
                .withMovedTo(movedTo(item, url))
                .withFields(BugFields.NONE
                        .withResolution(resolution(item))
                        .withAssignee(assignees(item))
                        .withType(type)
                        .withLabels(item.at("labels").texts())
                        .withUpdated(item.at("updated_at").time().orElse(null)));
    }

    /**
     * Where a project was renamed or moved, the API leads on, and the item's page is another. Of an item that was moved alone,
     * the API tells no more than a number that leads nowhere.
     */
    private static @Nullable String movedTo(Json item, BugUrl url) {
        Optional<Matcher> page = item.at("web_url").text().map(WEB::matcher).filter(Matcher::matches);
        String typed = Item.of(url).orElseThrow().list();
        return page.filter(now -> isElsewhere(now, typed, url))
                .map(Matcher::group)
                .orElse(null);
    }

    private static boolean isElsewhere(Matcher page, String typed, BugUrl url) {
        String base = url.system().orElseThrow().base().path().replaceFirst("/+$", "");
        String project = page.group(1).startsWith(base) ? page.group(1).substring(base.length()) : page.group(1);
        String list = "/projects/" + project.substring(1).replace("/", "%2F") + "/";
        // A project that is named by its number is where it always was.
        return typed.contains("%2F") && !typed.toLowerCase(Locale.ROOT).startsWith(list.toLowerCase(Locale.ROOT));
    }

    /** As GitLab's page words it beside {@code Closed}. */
    private static @Nullable String resolution(Json item) {
        if (item.at("_links", "closed_as_duplicate_of").present()) {
            return "duplicated";
        }
        return item.at("moved_to_id").present() ? "moved" : null;
    }

    private static @Nullable String assignees(Json item) {
        String names = item.at("assignees").each().stream()
                .flatMap(user ->
                        user.at("name").text().or(() -> user.at("username").text()).stream())
                .collect(Collectors.joining(", "));
        return names.isEmpty() ? item.at("assignee", "name").text().orElse(null) : names;
    }
}
