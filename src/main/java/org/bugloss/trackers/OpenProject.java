package org.bugloss.trackers;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.CanonicalUrl;
import org.jspecify.annotations.Nullable;

/**
 * OpenProject: work packages, in the cloud and on premises.
 *
 * <p>URLs below the base: {@code /work_packages/12}, {@code /projects/NAME/work_packages/12} and what hangs from them
 * ({@code /activity}), the short {@code /wp/12}, {@code …/details/12} in split views (lists, boards, notifications,
 * calendars), and the API's own; from 17.5 on with {@code OP-12} for the number. The API is {@code /api/v3} below the base. Credentials: a token alone, or a user name and
 * a password. Anonymous requests see public projects; without the right to see a work package it is a 404, as a missing one
 * is.
 *
 * <p>Batch: the default query, filtered by ids, {@value #BATCH} at a time. A filter with the id of a work package that one
 * may not see is invalid and refused, as a whole, by {@code /work_packages}; {@code valid_subset}, which OpenProject's own
 * pages use, has the query drop such ids. It drops the filter where no id is left, so the answer then has work packages
 * that nobody asked for. Answers of many do not say which statuses are closed: those are asked for once in an hour. What
 * changed is the same query, with a filter on the time.
 */
@Named("OpenProject")
@ApplicationScoped
public class OpenProject extends IssueTracker {

    private static final int BATCH = 100;
    private static final int LONGEST_IDS = 3_500;

    /** The administrator may have set a smaller page than asked for. */
    private static final int MOST_PAGES = 10;

    private static final Duration STATUSES_LAST = Duration.ofHours(1);
    private static final Duration UNKNOWN_LASTS = Duration.ofMinutes(1);

    /** No such query in this version, or one that is too long for a server in between. */
    private static final Set<Integer> REFUSED = Set.of(400, 404, 413, 414);

    /** A number, or from 17.5 on a project's identifier and a number. */
    private static final String ID = "0*([1-9]\\d{0,17}|[A-Za-z]\\w{0,99}-[1-9]\\d{0,17})";

    private static final Pattern BUG =
            Pattern.compile("(?:/[^/]+){0,8}?/(?:(?:work_packages|wp)(?:/details)?|details)/" + ID + "(?:/.*)?");

    /** What work packages that were asked for by their identifiers are numbered. */
    private final Cache<String, String> numbers = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(Duration.ofDays(1))
            .build();

    private final Map<String, Statuses> statuses = new ConcurrentHashMap<>();

    /** Which statuses of a system are closed, by their addresses; none where that could not be found out. */
    private record Statuses(Map<String, Boolean> closed, Instant until) {

        @Nullable
        Boolean isClosed(Json workPackage) {
            return closed.get(workPackage.at("_links", "status", "href").text().orElse(""));
        }
    }

    @Override
    protected Optional<String> bugId(BugUrl url) {
        Matcher bug = BUG.matcher(url.path());
        return bug.matches() ? Optional.of(bug.group(1).toUpperCase(Locale.ROOT)) : Optional.empty();
    }

    /** The number, once it is known: an identifier changes where a work package is moved to another project. */
    @Override
    protected String bugKey(BugUrl url) {
        String id = super.bugKey(url);
        return isNumber(id) ? id : Objects.requireNonNullElse(numbers.getIfPresent(inSystem(url, id)), id);
    }

    private static boolean isNumber(String id) {
        return Character.isDigit(id.charAt(0));
    }

    private static String inSystem(BugUrl url, String id) {
        return url.system().orElseThrow().name() + "\n" + id;
    }

    private void noteNumber(BugUrl url, Json workPackage) {
        String id = super.bugKey(url);
        workPackage
                .at("id")
                .text()
                .filter(number -> !isNumber(id))
                .ifPresent(number -> numbers.put(inSystem(url, id), number));
    }

    @Override
    protected CanonicalUrl rightBase(CanonicalUrl base) {
        return without(base, "/(?:api/v3|work_packages|wp|projects/.+)(?:/.*)?");
    }

    @Override
    protected int batchSize(TrackerSystem system) {
        return BATCH;
    }

    @Override
    protected String apiUrl(TrackerSystem system) {
        return system.below("api/v3");
    }

    /** A token goes where the password would, of a user that is always named so. */
    @Override
    protected Map<String, String> authentication(TrackerSystem.Credentials credentials) {
        return super.authentication(
                credentials.username() == null
                        ? new TrackerSystem.Credentials("apikey", credentials.password())
                        : credentials);
    }

    @Override
    protected boolean isHookProved(HookRequest hook, HookSecret secret) {
        return hook.header("X-OP-Signature").isPresent()
                ? hook.isSigned("X-OP-Signature", "HmacSHA1", "sha1=", secret)
                : super.isHookProved(hook, secret);
    }

    @Override
    protected HookNews hookNews(HookRequest hook) {
        HookNews news = HookNews.NONE;
        for (String name : List.of("id", "displayId")) {
            String id = hook.json().at("work_package", name).text().orElse("");
            if (!id.isEmpty()) {
                news = news.withId(id).withUrl(hook.system().below("work_packages/" + id));
            }
        }
        return news;
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        // By what the URL says: an identifier that went to another work package is that one's.
        return api.get("/work_packages/" + bugId(url).orElseThrow()).map(found -> {
            Optional<Boolean> closed =
                    found.at("_embedded", "status", "isClosed").flag();
            BugDetails details = details(
                    found, closed.isPresent() ? closed.get() : statuses(api).isClosed(found), url);
            noteNumber(url, found);
            return details;
        });
    }

    @Override
    protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
        Map<String, BugUrl> byId = new LinkedHashMap<>();
        urls.forEach(url -> byId.put(bugKey(url), url));
        String filter = filter(byId.keySet());
        Map<BugUrl, Answer> answers = new LinkedHashMap<>();
        int seen = 0;
        int withoutId = 0;
        for (int page = 1; page <= MOST_PAGES; page++) {
            ApiReply reply = api.reply(query(filter, page));
            if (REFUSED.contains(reply.status())) {
                return super.askAll(urls, api);
            }
            Json results = reply.orFail().json().at("_embedded", "results");
            int before = answers.size();
            for (Json found : results.at("_embedded", "elements").elements()) {
                seen++;
                withoutId += found.at("id").text().isPresent() ? 0 : 1;
                String number = found.at("id").text().orElse(NO_ID);
                BugUrl url = byId.getOrDefault(
                        number, byId.get(found.at("displayId").text().orElse(number)));
                if (url != null) {
                    Boolean closed = statuses(api).isClosed(found);
                    answers.put(url, understood(() -> Optional.of(details(found, closed, url))));
                    noteNumber(url, found);
                }
            }
            if (answers.size() == before || seen >= number(results.at("total"))) {
                break;
            }
        }
        // A filter may know numbers only, and an identifier of before a move answers under the new one.
        boolean hasOdd = withoutId > 0;
        List<BugUrl> alone = urls.stream()
                .filter(url -> !answers.containsKey(url) && (hasOdd || !isNumber(bugKey(url))))
                .toList();
        answers.putAll(super.askAll(alone, api));
        return answers;
    }

    @Override
    protected boolean tellsChanges(TrackerSystem system) {
        return true;
    }

    @Override
    protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant since, TrackerApi api) {
        String time = encoded("{\"updatedAt\":{\"operator\":\"<>d\",\"values\":[\"" + since + "\",\"\"]}}");
        Set<String> keys = urls.stream().map(this::bugKey).collect(Collectors.toSet());
        if (!keys.stream().allMatch(OpenProject::isNumber)) {
            return Optional.empty();
        }
        String ids = filter(keys);
        ApiReply reply = api.reply(query(ids.length() > LONGEST_IDS ? time : ids + encoded(",") + time, 1));
        return ifSupported(reply)
                .map(answer -> answer.at("_embedded", "results"))
                .flatMap(results -> {
                    List<Json> changed = results.at("_embedded", "elements").elements();
                    String all = Json.needed(results.at("total").text());
                    return ids(changed, all.equals(String.valueOf(changed.size())), "id");
                });
    }

    /** The filter for these ids, encoded for a query. */
    private static String filter(Set<String> ids) {
        return encoded(ids.stream()
                .sorted()
                .collect(Collectors.joining("\",\"", "{\"id\":{\"operator\":\"=\",\"values\":[\"", "\"]}}")));
    }

    private static String query(String filters, int page) {
        return "/queries/default?valid_subset=true&showHierarchies=false&pageSize=" + BATCH + "&offset=" + page
                + "&filters=" + encoded("[") + filters + encoded("]");
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Batches of one system wait here for one request. */
    private Statuses statuses(TrackerApi api) {
        return statuses.compute(
                api.base(),
                (base, known) -> known != null && Instant.now().isBefore(known.until()) ? known : askStatuses(api));
    }

    private static Statuses askStatuses(TrackerApi api) {
        ApiReply reply = api.reply("/statuses");
        if (!reply.isSuccess() || reply.isWebPage()) {
            return new Statuses(Map.of(), Instant.now().plus(UNKNOWN_LASTS));
        }
        Map<String, Boolean> closed = new LinkedHashMap<>();
        for (Json status : reply.json().at("_embedded", "elements").each()) {
            status.at("_links", "self", "href")
                    .text()
                    .ifPresent(href ->
                            closed.put(href, status.at("isClosed").flag().orElse(false)));
        }
        return new Statuses(closed, Instant.now().plus(STATUSES_LAST));
    }

    private BugDetails details(Json workPackage, @Nullable Boolean closed, BugUrl url) {
        Json links = workPackage.at("_links");
        Json description = workPackage.at("description");
        String number = workPackage.at("id").text().orElseThrow();
        String id = workPackage.at("displayId").text().orElse(number);
        String typed = super.bugKey(url);
        return BugDetails.of(id, workPackage.at("subject").title())
                .withDescription(description
                        .at("html")
                        .text()
                        .orElseGet(() -> SafeHtml.fromMarkdown(
                                description.at("raw").text().orElse(""))))
                .withStatus(links.at("status", "title").text().orElse(null))
                .withResolved(closed)
                .withMovedTo(
                        isNumber(typed) || isNumber(id) || id.equalsIgnoreCase(typed)
                                ? null
                                : url.system().orElseThrow().below("work_packages/" + id))
                .withFields(BugFields.NONE
                        .withAssignee(links.at("assignee", "title").text().orElse(null))
                        .withPriority(links.at("priority", "title").text().orElse(null))
                        .withType(links.at("type", "title").text().orElse(null))
                        .withLabels(links.at("labels").texts("title"))
                        .withUpdated(workPackage.at("updatedAt").time().orElse(null)));
    }

    private static int number(Json count) {
        return count.text()
                .filter(text -> text.matches("\\d{1,9}"))
                .map(Integer::valueOf)
                .orElse(0);
    }
}
