package org.bugloss.trackers;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import jakarta.json.JsonArrayBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
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
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.jspecify.annotations.Nullable;

/**
 * Azure Boards: work items of Azure DevOps Services ({@code dev.azure.com}, {@code ORGANISATION.visualstudio.com}) and of
 * Azure DevOps Server from 2019 on. The base URL is {@code https://dev.azure.com}, with or without an organisation, or a
 * collection of a server, {@code https://server/tfs/COLLECTION}; the API is right below it.
 *
 * <p>URLs below that: {@code /PROJECT/_workitems/edit/12}, {@code /_queries/edit/12}, {@code /_workitems?id=12}, {@code
 * /_workitems#_a=edit&id=12} of TFS, boards, backlogs, sprints, queries
 * and whatever else opens an item with {@code ?workitem=12}, {@code /web/wi.aspx?id=12}, and the API's own. Numbers are
 * unique in an organisation, so the project does not matter.
 *
 * <p>Credentials: a personal access token that may read work items; a user name is of no use. Anonymous requests see
 * public projects, and must name them. A batch is 200 items of an organisation, anonymously of a project; what can't be
 * read is left out or {@code null}. What changed is a query in WIQL for the items of a batch, of an organisation only.
 *
 * <p>Resolved is what is of the category Completed or Removed. Which category a state is of, takes a request for each type
 * of each project; so the states that come with Azure are known here, whose categories can't be changed, and for states
 * that people added it is whether the item has a date on which it was closed, which Azure sets and removes with the
 * category.
 */
@Named("AzureBoards")
@ApplicationScoped
public class AzureBoards extends IssueTracker {

    private static final Pattern EDITED = Pattern.compile("(?i)(.*)/_(?:workitems|queries)/edit/0*(\\d{1,9})(?:/.*)?");
    private static final Pattern OF_API = Pattern.compile("(?i)(.*)/_apis/wit/workitems/0*(\\d{1,9})(?:/.*)?");
    private static final Pattern BY_ID = Pattern.compile("(?i)(.*)/(?:_workitems(?:/.*)?|web/wi\\.aspx)");
    private static final Pattern OPENED = Pattern.compile("(.*?)/_[A-Za-z]+(?:/.*)?");
    private static final Pattern NUMBER = Pattern.compile("0*(\\d{1,9})");

    private static final List<String> FIELDS = List.of(
            "System.Title",
            "System.Description",
            "Microsoft.VSTS.TCM.ReproSteps",
            "System.State",
            "System.AssignedTo",
            "Microsoft.VSTS.Common.Priority",
            "System.WorkItemType",
            "System.Tags",
            "System.ChangedDate",
            "Microsoft.VSTS.Common.ClosedDate",
            "Microsoft.VSTS.Common.ResolvedReason",
            "System.Reason");

    /** The oldest version where people are objects; Azure DevOps Server 2019 has it, and all later ones have. */
    private static final String VERSION = "api-version=5.0";

    private static final int BATCH = 200;

    private static final Set<String> ENDED = Set.of("closed,done,completed,removed,inactive".split(","));

    /** Some of these keep the date on which they were closed for the first time. */
    private static final Set<String> GOING_ON =
            Set.of("new,active,resolved,approved,committed,open,proposed,to do,doing,in progress".split(","));

    /** @param above the path above {@code /_workitems} and the like: organisation, project, team */
    private record Item(String above, String id) {

        static Optional<Item> of(BugUrl url) {
            return of(EDITED, url.path())
                    .or(() -> of(OF_API, url.path()))
                    .or(() -> url.parameter("workitem").flatMap(id -> of(OPENED, url.path(), id)))
                    .or(() -> url.parameter("id").flatMap(id -> of(BY_ID, url.path(), id)));
        }

        private static Optional<Item> of(Pattern shape, String path) {
            Matcher item = shape.matcher(path);
            return item.matches() ? Optional.of(new Item(item.group(1), item.group(2))) : Optional.empty();
        }

        private static Optional<Item> of(Pattern shape, String path, String id) {
            Matcher item = shape.matcher(path);
            Matcher number = NUMBER.matcher(id);
            return item.matches() && number.matches()
                    ? Optional.of(new Item(item.group(1), number.group(1)))
                    : Optional.empty();
        }
    }

    @Override
    protected Optional<String> bugId(BugUrl url) {
        return Item.of(url)
                .filter(item -> !namesOrganisation(url) || !segments(item).isEmpty())
                .map(Item::id);
    }

    @Override
    protected String bugKey(BugUrl url) {
        return organisation(url).toLowerCase(Locale.ROOT) + "#" + bugId(url).orElseThrow();
    }

    @Override
    protected String batchScope(BugUrl url) {
        return place(url).toLowerCase(Locale.ROOT);
    }

    @Override
    protected CanonicalUrl rightBase(CanonicalUrl base) {
        return without(base, "/_[a-z]+(?:/.*)?");
    }

    @Override
    protected int batchSize(TrackerSystem system) {
        return BATCH;
    }

    /** Without the header, who is not known is led to a page to sign in. */
    @Override
    protected Map<String, String> headers() {
        return Map.of("Accept", "application/json", "X-TFS-FedAuthRedirect", "Suppress");
    }

    @Override
    protected Map<String, String> authentication(TrackerSystem.Credentials credentials) {
        String user = credentials.username() == null ? "" : credentials.username();
        byte[] pair = (user + ":" + credentials.password()).getBytes(StandardCharsets.UTF_8);
        return Map.of("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
    }

    @Override
    protected boolean isHookProved(HookRequest hook, HookSecret secret) {
        return hook.hasPassword(secret) || super.isHookProved(hook, secret);
    }

    /** Where an item was updated, the id of the resource is the update's. */
    @Override
    protected HookNews hookNews(HookRequest hook) {
        Json body = hook.json();
        Json resource = body.at("resource");
        if (!body.at("eventType").text().orElse("").startsWith("workitem.")) {
            return HookNews.NONE;
        }
        Optional<String> id = resource.at("workItemId")
                .text()
                .or(() -> resource.at("revision", "id").text())
                .or(() -> resource.at("id").text())
                .filter(number -> NUMBER.matcher(number).matches());
        Optional<String> project = resource.at("revision", "fields", "System.TeamProject")
                .text()
                .or(() -> resource.at("fields", "System.TeamProject").text());
        Optional<String> url = id.flatMap(number ->
                project.map(name -> hook.system().below(name.replace(" ", "%20") + "/_workitems/edit/" + number)));
        return id.map(HookNews.NONE::withId).orElse(HookNews.NONE).withUrls(url);
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        ApiReply reply = api.reply(place(url) + "/_apis/wit/workitems/"
                + bugId(url).orElseThrow() + "?fields=" + String.join(",", FIELDS) + "&" + VERSION);
        return reply.isNoSuchBug()
                ? Optional.empty()
                : Optional.of(details(known(reply).orFail().json()));
    }

    @Override
    protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
        List<String> ids = urls.stream().map(url -> bugId(url).orElseThrow()).toList();
        ApiReply reply =
                known(isAnonymous(urls.get(0)) ? listed(urls.get(0), ids, api) : fetched(urls.get(0), ids, api));
        if (reply.isNoSuchBug()) {
            // Some item is missing, for servers that can't leave it out; or else the project is.
            return reply.text().contains("TF401232") ? super.askAll(urls, api) : Map.of();
        }
        // Null is one that is left out.
        Map<String, Json> byId = byId(reply.orFail().json().at("value").elements(), "id");
        return answers(urls, byId, AzureBoards::details);
    }

    private static ApiReply fetched(BugUrl url, List<String> ids, TrackerApi api) {
        JsonArrayBuilder numbers = JSON.createArrayBuilder();
        ids.forEach(id -> numbers.add(Integer.parseInt(id)));
        String body = JSON.createObjectBuilder()
                .add("ids", numbers)
                .add("fields", JSON.createArrayBuilder(FIELDS))
                .add("errorPolicy", "omit")
                .build()
                .toString();
        return api.reply(place(url) + "/_apis/wit/workitemsbatch?" + VERSION, body, "application/json");
    }

    /** What nobody in particular may post, he may get. */
    private static ApiReply listed(BugUrl url, List<String> ids, TrackerApi api) {
        return api.reply(place(url) + "/_apis/wit/workitems?ids=" + String.join(",", ids) + "&fields="
                + String.join(",", FIELDS) + "&errorPolicy=omit&" + VERSION);
    }

    @Override
    protected boolean tellsChanges(TrackerSystem system) {
        return system.credentials().given();
    }

    /** A query tells of none but the items that it is about, so it is never too long an answer. */
    @Override
    protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant since, TrackerApi api) {
        String ids = urls.stream().map(url -> bugId(url).orElseThrow()).collect(Collectors.joining(","));
        String body = JSON.createObjectBuilder()
                .add(
                        "query",
                        "SELECT [System.Id] FROM WorkItems WHERE [System.Id] IN (" + ids
                                + ") AND [System.ChangedDate] >= '" + since + "'")
                .build()
                .toString();
        // Without time precision a time in a query is an error.
        String path = place(urls.get(0)) + "/_apis/wit/wiql?timePrecision=true&" + VERSION;
        ApiReply reply = known(api.reply(path, body, "application/json"));
        return ifSupported(reply)
                .flatMap(answer -> ids(answer.at("workItems").elements(), true, "id"))
                .map(changed -> keys(urls, changed));
    }

    /** A page to sign in has a status of success, 203, where a token is wrong or has expired. */
    private static ApiReply known(ApiReply reply) {
        if (reply.status() == 203) {
            throw new FetchException(
                    FailureReason.UNAUTHORIZED, reply.host() + " wants a sign-in: the token is wrong or has expired");
        }
        return reply;
    }

    private static boolean isAnonymous(BugUrl url) {
        return !url.system().orElseThrow().credentials().given();
    }

    /** Whether the organisation is in the path below the base, since the base is the whole of the services. */
    private static boolean namesOrganisation(BugUrl url) {
        CanonicalUrl base = url.system().orElseThrow().base();
        return base.host().equals("dev.azure.com") && base.path().equals("/");
    }

    private static List<String> segments(Item item) {
        return Arrays.stream(item.above().split("/"))
                .filter(segment -> !segment.isEmpty())
                .toList();
    }

    private static String organisation(BugUrl url) {
        return namesOrganisation(url)
                ? "/" + segments(Item.of(url).orElseThrow()).get(0)
                : "";
    }

    /** Below the base, where to ask: at the organisation, or at the project for those whom only projects are open to. */
    private static String place(BugUrl url) {
        List<String> projects = segments(Item.of(url).orElseThrow()).stream()
                .skip(namesOrganisation(url) ? 1 : 0)
                .filter(segment -> !segment.equalsIgnoreCase("DefaultCollection"))
                .toList();
        String project = isAnonymous(url) && !projects.isEmpty() ? "/" + projects.get(0) : "";
        return organisation(url) + project;
    }

    private static BugDetails details(Json item) {
        Json fields = item.at("fields");
        String state = fields.at("System.State").text().orElse(null);
        boolean closed = fields.at("Microsoft.VSTS.Common.ClosedDate").present();
        Boolean resolved = state == null ? null : (Boolean) isResolved(state.toLowerCase(Locale.ROOT), closed);
        return BugDetails.of(
                        item.at("id").text().orElseThrow(),
                        fields.at("System.Title").title())
                .withDescription(text(item, "System.Description") + text(item, "Microsoft.VSTS.TCM.ReproSteps"))
                .withStatus(state)
                .withResolved(resolved)
                .withFields(BugFields.NONE
                        .withResolution(fields.at("Microsoft.VSTS.Common.ResolvedReason")
                                .text()
                                .or(() -> fields.at("System.Reason").text())
                                .filter(why -> Boolean.TRUE.equals(resolved))
                                .orElse(null))
                        .withAssignee(assignee(fields.at("System.AssignedTo")))
                        .withPriority(fields.at("Microsoft.VSTS.Common.Priority")
                                .text()
                                .orElse(null))
                        .withType(fields.at("System.WorkItemType").text().orElse(null))
                        .withLabels(tags(fields.at("System.Tags").text().orElse("")))
                        .withUpdated(fields.at("System.ChangedDate").time().orElse(null)));
    }

    private static boolean isResolved(String state, boolean closed) {
        return ENDED.contains(state) || closed && !GOING_ON.contains(state);
    }

    /** HTML, or Markdown for those who chose it. */
    private static String text(Json item, String field) {
        String text = item.at("fields", field).text().orElse("");
        String format = item.at("multilineFieldsFormat", field).text().orElse("");
        return format.equalsIgnoreCase("markdown") ? SafeHtml.fromMarkdown(text) : text;
    }

    /** Old servers have {@code Name <address>} for people. */
    private static @Nullable String assignee(Json person) {
        return person.at("displayName")
                .text()
                .or(() -> person.text().map(text -> text.replaceFirst("\\s*<[^<>]*>$", "")))
                .orElse(null);
    }

    private static List<String> tags(String tags) {
        return Arrays.stream(tags.split(";"))
                .map(String::strip)
                .filter(tag -> !tag.isEmpty())
                .toList();
    }
}
