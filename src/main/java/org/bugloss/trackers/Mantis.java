package org.bugloss.trackers;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;

/**
 * MantisBT.
 *
 * <p>URLs below the base: {@code /view.php?id=12}, the pages {@code /bug_…_page.php?bug_id=12}, {@code
 * /api/rest/issues/12}. One issue is asked for at {@code /api/rest/issues/12}, or at {@code /api/rest/index.php/issues/12}
 * where the web server does not rewrite URLs.
 *
 * <p>Credentials: an API token, alone or with the name of its user. Anonymous requests see what the server shows without
 * a login.
 *
 * <p>REST has no way to ask for many issues. SOAP has, {@code mc_issues_get} from 1.3 on, and leaves out what is missing or
 * private; it takes the token as the password of its user, whose name REST tells where it is not configured. It is only
 * used with credentials. A server without it is asked one by one. What changed is at the top of REST's list of all issues,
 * below those that are sticky.
 *
 * <p>Statuses, priorities and the like have an English {@code name} and a localised {@code label} in REST; the only name
 * of SOAP is the localised one, so that this is what is shown. An issue counts as resolved from status 80 on, as a server
 * has it by default.
 */
@Named("Mantis")
@ApplicationScoped
public class Mantis extends IssueTracker {

    private static final Pattern PAGE = Pattern.compile("/(?:view|bug_\\w{1,40}_page|bug_update)\\.php/?");
    private static final Pattern REST = Pattern.compile("/api/rest/(?:index\\.php/)?issues/(\\d{1,12})/?");
    private static final Pattern ROUTER =
            Pattern.compile("(?i)\\s*\\{\\s*\"message\"\\s*:\\s*\"(?:404 )?(?:page )?not found\\.?\"\\s*}\\s*");
    private static final Pattern NUMBER = Pattern.compile("\\s*0*([1-9]\\d{0,9})/?\\s*");

    private static final String FIELDS =
            "id,summary,description,status,resolution,handler,priority,severity,category,tags,view_state,updated_at";

    /** How many issues a page of the list has that is not asked for a number of them, and how many are asked for. */
    private static final int DEFAULT_PAGE = 50;

    private static final int LONG_PAGE = 100;

    private static final int RESOLVED = 80;
    private static final String NO_PRIORITY = "10";
    private static final String UNRESOLVED = "10";
    private static final String PRIVATE = "50";

    private final Cache<String, String> userNames = Caffeine.newBuilder()
            .maximumSize(100)
            .expireAfterWrite(Duration.ofDays(1))
            .build();

    @Override
    protected Optional<String> bugId(BugUrl url) {
        Matcher rest = REST.matcher(url.path());
        Optional<String> typed = rest.matches()
                ? Optional.of(rest.group(1))
                : Optional.of(url.path())
                        .filter(path -> PAGE.matcher(path).matches())
                        .flatMap(path -> url.parameter("id").or(() -> url.parameter("bug_id")));
        return typed.map(NUMBER::matcher).filter(Matcher::matches).map(number -> number.group(1));
    }

    @Override
    protected CanonicalUrl rightBase(CanonicalUrl base) {
        return without(base, "/(?:\\w+\\.php|api(?:/.*)?)");
    }

    /** SOAP answers with everything there is of an issue, notes included. */
    @Override
    protected int batchSize(TrackerSystem system) {
        return system.credentials().given() ? 50 : 1;
    }

    /** REST wants the token with no scheme before it. */
    @Override
    protected Map<String, String> authentication(TrackerSystem.Credentials credentials) {
        return Map.of("Authorization", credentials.password());
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        ApiReply reply = rest("/issues/" + bugKey(url) + "?select=" + FIELDS, path -> api.replyUnlessSame(path, url));
        if (reply.isNoSuchBug() && !isOfRouter(reply)) {
            return Optional.empty();
        }
        return reply.orFail().json().at("issues").elements().stream()
                .findFirst()
                .map(issue -> details(
                        path -> issue.at(path.split("/")).text(),
                        issue.at("summary").title(),
                        issue.at("tags").texts("name")))
                .map(details -> details.withFreshness(reply.freshness()));
    }

    /** Slim, in front of REST, has no code for what it does not find. */
    private static boolean isOfRouter(ApiReply reply) {
        return ROUTER.matcher(reply.text()).matches();
    }

    /** What the REST API answers at the place where it is with URL rewriting, or else without. */
    private static ApiReply rest(String path, Function<String, ApiReply> asking) {
        ApiReply reply = asking.apply("/api/rest" + path);
        return reply.isMissing() && !reply.isNoSuchBug() ? asking.apply("/api/rest/index.php" + path) : reply;
    }

    @Override
    protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
        TrackerSystem system = urls.get(0).system().orElseThrow();
        Optional<String> user = system.credentials().given() ? userName(system, api) : Optional.empty();
        if (user.isEmpty() || urls.size() == 1) {
            return super.askAll(urls, api);
        }
        Map<String, BugUrl> asked =
                urls.stream().collect(Collectors.toMap(this::bugKey, Function.identity(), (one, same) -> one));
        ApiReply reply = api.reply(
                "/api/soap/mantisconnect.php",
                envelope(user.get(), Objects.requireNonNull(system.credentials().password()), asked.keySet()),
                "text/xml; charset=utf-8");
        boolean xml = !reply.isWebPage() && (reply.isSuccess() || reply.status() == 500);
        Xml body = xml ? Xml.of(reply).at("Body") : Xml.NOTHING;
        if (reply.isMissing() || reply.isSuccess() && !xml || xml && isUnknown(body)) {
            return super.askAll(urls, api);
        }
        if (xml && fault(body).contains("access denied")) {
            throw new FetchException(
                    FailureReason.UNAUTHORIZED,
                    "the SOAP API of " + reply.host() + " does not take the token for this user's");
        }
        reply.orFail();
        Map<BugUrl, Answer> answers = new LinkedHashMap<>();
        for (Xml issue : body.at("mc_issues_getResponse", "return").each()) {
            if (!issue.at("id").present()) {
                return super.askAll(urls, api);
            }
            BugUrl url = asked.get(issue.at("id").text().orElse(""));
            List<String> tags = issue.at("tags").each().stream()
                    .flatMap(tag -> tag.at("name").text().stream())
                    .toList();
            if (url != null) {
                answers.put(url, understood(() -> {
                    Json.needed(issue.at("summary").present() ? Optional.of(issue) : Optional.empty());
                    String title = issue.at("summary").text().orElse("");
                    return Optional.of(details(path -> issue.at(path.split("/")).text(), title, tags));
                }));
            }
        }
        return answers;
    }

    @Override
    protected boolean tellsChanges(TrackerSystem system) {
        return system.credentials().given();
    }

    /** The list has all that changed where it goes on with issues that did not. */
    @Override
    protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant since, TrackerApi api) {
        ApiReply reply = rest("/issues?page_size=" + LONG_PAGE + "&page=1&select=id,updated_at,sticky", api::reply);
        return ifSupported(reply).map(answer -> answer.at("issues").elements()).flatMap(issues -> {
            List<Json> changed =
                    issues.stream().filter(issue -> !isOlder(issue, since)).toList();
            boolean reachesBack =
                    issues.size() < DEFAULT_PAGE || isOldAndNotSticky(issues.get(issues.size() - 1), since);
            return ids(changed, reachesBack, "id");
        });
    }

    private static boolean isOldAndNotSticky(Json issue, Instant since) {
        return isOlder(issue, since) && !issue.at("sticky").flag().orElse(true);
    }

    private static boolean isOlder(Json issue, Instant since) {
        return Json.needed(issue.at("updated_at").time()).isBefore(since);
    }

    private static boolean isUnknown(Xml body) {
        boolean answered = body.at("mc_issues_getResponse", "return").present();
        return !answered
                && (fault(body).isEmpty() || fault(body).matches("(?s).*(?:not a valid method|not present).*"));
    }

    private static String fault(Xml body) {
        return body.at("Fault", "faultstring").text().orElse("").toLowerCase(Locale.ROOT);
    }

    /** The name of the user whose token it is. */
    private Optional<String> userName(TrackerSystem system, TrackerApi api) {
        if (system.credentials().username() != null) {
            return Optional.of(system.credentials().username());
        }
        String name = userNames.get(system.name(), key -> {
            ApiReply me = rest("/users/me", api::reply);
            return me.isMissing() ? "" : me.orFail().json().at("name").text().orElse("");
        });
        return Optional.of(name).filter(known -> !known.isEmpty());
    }

    private static String envelope(String user, String password, Collection<String> ids) {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" \
                xmlns:c="http://schemas.xmlsoap.org/soap/encoding/" xmlns:m="http://futureware.biz/mantisconnect" \
                xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" \
                e:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">
                <e:Body><m:mc_issues_get><username i:type="s:string">%s</username>\
                <password i:type="s:string">%s</password>\
                <issue_ids i:type="c:Array" c:arrayType="s:integer[%d]">%s</issue_ids></m:mc_issues_get></e:Body>
                </e:Envelope>
                """.formatted(
                        escaped(user),
                        escaped(password),
                        ids.size(),
                        ids.stream().map(id -> "<item>" + id + "</item>").collect(Collectors.joining()));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /** @param at the text at a path of names, of REST or of SOAP */
    private static BugDetails details(Function<String, Optional<String>> at, String title, List<String> tags) {
        Optional<Boolean> resolved =
                at.apply("status/id").filter(id -> id.matches("\\d{1,9}")).map(id -> Integer.parseInt(id) >= RESOLVED);
        return BugDetails.of(at.apply("id").orElseThrow(), title)
                .withDescription(SafeHtml.fromPlainText(at.apply("description").orElse("")))
                .withStatus(at.apply("status/label")
                        .or(() -> at.apply("status/name"))
                        .orElse(null))
                .withResolved(resolved.orElse(null))
                .withConfidential(at.apply("view_state/id")
                        .map(PRIVATE::equals)
                        .or(() -> at.apply("view_state/name").map("private"::equals))
                        .orElse(null))
                .withFields(BugFields.NONE
                        .withResolution(at.apply("resolution/label")
                                .or(() -> at.apply("resolution/name"))
                                .filter(why -> resolved.orElse(false)
                                        && !at.apply("resolution/id").equals(Optional.of(UNRESOLVED)))
                                .orElse(null))
                        .withAssignee(at.apply("handler/real_name")
                                .or(() -> at.apply("handler/name"))
                                .orElse(null))
                        .withPriority(at.apply("priority/label")
                                .or(() -> at.apply("priority/name"))
                                .filter(name -> !at.apply("priority/id").equals(Optional.of(NO_PRIORITY)))
                                .orElse(null))
                        .withType(at.apply("category/name")
                                .or(() -> at.apply("category"))
                                .orElse(null))
                        .withLabels(tags)
                        .withUpdated(at.apply("updated_at")
                                .or(() -> at.apply("last_updated"))
                                .flatMap(Json::time)
                                .orElse(null)));
    }
}
