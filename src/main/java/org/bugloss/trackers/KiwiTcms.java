package org.bugloss.trackers;

import static org.bugloss.json.JsonProviders.JSON;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.jsoup.parser.Parser;
import org.jspecify.annotations.Nullable;

/**
 * The bug tracker that is part of Kiwi TCMS.
 *
 * <p>URLs below the base: {@code /bugs/12/} and what hangs from it. The API is JSON-RPC 2.0 at {@code /json-rpc/}; the
 * calls about a batch travel as one array, in one request. A server that takes no array is asked call by call, and about
 * descriptions only for a bug alone.
 *
 * <p>Credentials: a user name and a password, which buy a session. It is kept, sent in a cookie, and bought once more where
 * it has ended. Without credentials nothing but what anonymous users may view is seen, which is nothing by default.
 *
 * <p>{@code Bug.filter} tells names and no status; {@code Bug.filter_canonical}, from 15.3 on, tells the status and no
 * names: both are called. Older servers are asked which of the bugs are open instead. The description is the first
 * comment, for which there is one call a bug: it is asked for once and remembered. Kiwi TCMS escapes all text for HTML,
 * even here. It has no time of the last change, and its tags can't be had without listing all that is tagged.
 */
@Named("KiwiTCMS")
@ApplicationScoped
public class KiwiTcms extends IssueTracker {

    private static final Pattern BUG = Pattern.compile("/bugs/0*([1-9]\\d{0,9})(?:/.*)?");
    private static final Pattern SESSION = Pattern.compile("[\\w-]{8,128}");

    private static final String API = "/json-rpc/";
    private static final String CANONICAL = "Bug.filter_canonical";
    private static final String ARRAYS = "arrays of calls";
    private static final String NO_SUCH_METHOD = "-32601";

    @Inject
    FirstComments firstComments = new FirstComments();

    private final Cache<String, String> sessions =
            Caffeine.newBuilder().maximumSize(100).build();

    /** What a server was found to lack. Later it may have been updated. */
    private final Cache<String, Boolean> lacking = Caffeine.newBuilder()
            .maximumSize(100)
            .expireAfterWrite(Duration.ofHours(12))
            .build();

    @Override
    protected Optional<String> bugId(BugUrl url) {
        Matcher bug = BUG.matcher(url.path());
        return bug.matches() ? Optional.of(bug.group(1)) : Optional.empty();
    }

    @Override
    protected CanonicalUrl rightBase(CanonicalUrl base) {
        return without(base, "/(?:bugs|json-rpc|xml-rpc)(?:/.*)?");
    }

    @Override
    protected int batchSize(TrackerSystem system) {
        return 100;
    }

    /** None: a session proves who Bugloss is. */
    @Override
    protected Map<String, String> authentication(TrackerSystem.Credentials credentials) {
        return Map.of();
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        return Optional.ofNullable(details(List.of(url), api).get(bugKey(url)));
    }

    @Override
    protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
        Map<String, BugDetails> found = details(urls, api);
        Map<BugUrl, Answer> answers = new LinkedHashMap<>();
        for (BugUrl url : urls) {
            BugDetails details = found.get(bugKey(url));
            if (details != null) {
                answers.put(url, new Answer.Found(details));
            }
        }
        return answers;
    }

    /** The bugs that there are, by their numbers. */
    private Map<String, BugDetails> details(List<BugUrl> urls, TrackerApi api) {
        TrackerSystem system = urls.get(0).system().orElseThrow();
        List<String> ids = urls.stream().map(this::bugKey).toList();
        boolean old = lacks(system, CANONICAL);
        List<JsonObject> calls = new ArrayList<>();
        calls.add(old ? filter("Bug.filter", "status", ids, true) : filter(CANONICAL, "status", ids, false));
        calls.add(filter("Bug.filter", "bugs", ids, false));
        boolean canAsk = !old && (ids.size() == 1 || !lacks(system, ARRAYS));
        Map<String, String> comments = new HashMap<>();
        ids.forEach(id -> firstComments.of(system, id).ifPresent(html -> comments.put(id, html)));
        ids.stream()
                .filter(id -> canAsk && !comments.containsKey(id))
                .forEach(id -> calls.add(call("Bug.get_comments", id, list(Long.parseLong(id)))));
        Map<String, Json> answers = answers(calls, system, api);
        if (answer(answers, "status").at("error", "code").text().orElse("").equals(NO_SUCH_METHOD) && !old) {
            lacking.put(system.name() + CANONICAL, true);
            return details(urls, api);
        }
        for (String id : ids) {
            Json first =
                    answer(answers, id).at("result").each().stream().findFirst().orElse(new Json(null));
            text(first.at("comment")).map(SafeHtml::fromMarkdown).ifPresent(html -> {
                comments.put(id, html);
                firstComments.remember(system, id, html);
            });
        }
        Map<String, Boolean> open = new HashMap<>();
        for (Json bug : result(answer(answers, "status"), system).elements()) {
            open.put(
                    Json.needed(bug.at(old ? "pk" : "id").text()),
                    old || bug.at("status").flag().orElse(false));
        }
        Map<String, BugDetails> details = new LinkedHashMap<>();
        for (Json bug : result(answer(answers, "bugs"), system).elements()) {
            String id = Json.needed(bug.at("pk").text());
            details.put(
                    id, details(id, bug, open.getOrDefault(id, false)).withDescription(comments.getOrDefault(id, "")));
        }
        return details;
    }

    private static BugDetails details(String id, Json bug, boolean open) {
        return BugDetails.of(id, Parser.unescapeEntities(bug.at("summary").title(), true))
                .withStatus(open ? "Open" : "Closed")
                .withResolved(!open)
                .withFields(BugFields.NONE
                        .withAssignee(text(bug.at("assignee__username")).orElse(null))
                        .withPriority(text(bug.at("severity__name")).orElse(null)));
    }

    private static Optional<String> text(Json place) {
        return place.text().map(escaped -> Parser.unescapeEntities(escaped, true));
    }

    /** The answers to the calls, by the ids of the calls. */
    private Map<String, Json> answers(List<JsonObject> calls, TrackerSystem system, TrackerApi api) {
        boolean known = system.credentials().given();
        String session = known ? session(system, api) : null;
        Map<String, Json> answers = send(calls, system, inSession(api, session));
        if (known && refused(answers)) {
            sessions.asMap().remove(system.name(), session);
            answers = send(calls, system, inSession(api, session(system, api)));
        }
        if (refused(answers)) {
            throw new FetchException(
                    known ? FailureReason.FORBIDDEN : FailureReason.UNAUTHORIZED,
                    "the API of " + system.base().host() + " does not let " + (known ? "this user" : "anonymous users")
                            + " view bugs");
        }
        return answers;
    }

    private Map<String, Json> send(List<JsonObject> calls, TrackerSystem system, TrackerApi api) {
        Map<String, Json> answers = new HashMap<>();
        if (!lacks(system, ARRAYS)) {
            ApiReply reply = api.reply(API, list(calls.toArray()).toString(), "application/json");
            if (reply.status() == 401) {
                return Map.of();
            }
            boolean understood = reply.status() != 400 && reply.status() != 500;
            List<Json> each = understood ? reply.orFail().json().each() : List.of();
            each.forEach(answer -> answers.put(answer.at("id").text().orElse(""), answer));
            if (answers.containsKey("status") && answers.containsKey("bugs")) {
                return answers;
            }
        }
        for (JsonObject call : calls.subList(0, calls.size() == 3 ? 3 : 2)) {
            answers.put(call.getString("id"), api.post(API, call));
        }
        // Only now, since a server that is out of order lacks nothing.
        lacking.put(system.name() + ARRAYS, true);
        return answers;
    }

    private String session(TrackerSystem system, TrackerApi api) {
        return sessions.get(system.name(), name -> {
            TrackerSystem.Credentials user = system.credentials();
            String userName = Objects.requireNonNullElse(user.username(), "");
            Json answer =
                    api.post(API, call("Auth.login", "login", list(userName, Objects.requireNonNull(user.password()))));
            return answer.at("result")
                    .text()
                    .filter(session -> SESSION.matcher(session).matches())
                    .orElseThrow(() -> new FetchException(
                            FailureReason.UNAUTHORIZED,
                            "the API of " + system.base().host() + " does not take the user name and the password"));
        });
    }

    private static TrackerApi inSession(TrackerApi api, @Nullable String session) {
        return session == null ? api : api.withCredential("Cookie", "sessionid=" + session);
    }

    /** For want of a session and for want of a permission the words are the same. */
    private static boolean refused(Map<String, Json> answers) {
        return answers.isEmpty()
                || List.of("status", "bugs").stream()
                        .map(call -> answer(answers, call)
                                .at("error", "message")
                                .text()
                                .orElse(""))
                        .anyMatch(message -> message.startsWith("Authentication failed"));
    }

    /** A place that holds nothing where there is none. */
    private static Json answer(Map<String, Json> answers, String call) {
        return answers.getOrDefault(call, new Json(null));
    }

    private static Json result(Json answer, TrackerSystem system) {
        if (answer.at("error").present()) {
            String code = answer.at("error", "code").text().orElse("?");
            throw new FetchException(
                    FailureReason.UNEXPECTED_ANSWER,
                    "the API of " + system.base().host() + " could not answer (error " + code + ")");
        }
        return answer.at("result");
    }

    private boolean lacks(TrackerSystem system, String what) {
        return lacking.getIfPresent(system.name() + what) != null;
    }

    private static JsonObject filter(String method, String id, List<String> bugs, boolean onlyOpen) {
        var query = JSON.createObjectBuilder()
                .add("pk__in", list(bugs.stream().map(Long::valueOf).toArray()));
        return call(method, id, list(onlyOpen ? query.add("status", true).build() : query.build()));
    }

    private static JsonObject call(String method, String id, JsonArray parameters) {
        return JSON.createObjectBuilder()
                .add("jsonrpc", "2.0")
                .add("id", id)
                .add("method", method)
                .add("params", parameters)
                .build();
    }

    private static JsonArray list(Object... values) {
        var list = JSON.createArrayBuilder();
        for (Object value : values) {
            if (value instanceof JsonValue json) {
                list.add(json);
            } else if (value instanceof Long number) {
                list.add(number);
            } else {
                list.add((String) value);
            }
        }
        return list.build();
    }
}
