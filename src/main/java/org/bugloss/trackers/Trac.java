package org.bugloss.trackers;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bugloss.html.TracWiki;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;

/**
 * Trac, from 0.12 on, with no plugin. The base URL is an environment's.
 *
 * <p>URLs below the base: {@code /ticket/12}, with or without a query, and the links of other environments, {@code
 * /intertrac/ticket:12} and {@code /intertrac/%2312}. There is no API: the custom query answers with a CSV table, for one
 * ticket as for {@value #BATCH}, and leaves out those that do not exist and those that one may not see. Credentials: a user
 * name and a password, where the web server or a plugin takes them with every request (Trac by itself takes them at {@code
 * /login} only); a token alone is the value of the cookie {@code trac_auth}, which {@code /login} gives.
 *
 * <p>The table's columns are those asked for that the environment has: one without priorities has no such column. They are
 * named by their English labels, or by their names in old versions. Times are written for the reader and without a time
 * zone, unless the administrator chose ISO 8601; only then they serve.
 */
@Named("Trac")
@ApplicationScoped
public class Trac extends IssueTracker {

    /** The query has no limit; this keeps its URL well below what servers take. */
    private static final int BATCH = 200;

    private static final Pattern BUG =
            Pattern.compile("/(?:ticket/|intertrac/(?:ticket(?::|%3[Aa])|%23))0*([1-9]\\d{0,17})(?:/.*)?");

    private static final String COLUMNS = "&format=csv&max=0&order=id&col=id&col=summary&col=status&col=resolution"
            + "&col=owner&col=priority&col=type&col=keywords&col=changetime&col=description";

    @Override
    protected Optional<String> bugId(BugUrl url) {
        Matcher bug = BUG.matcher(url.path());
        return bug.matches() ? Optional.of(bug.group(1)) : Optional.empty();
    }

    @Override
    protected CanonicalUrl rightBase(CanonicalUrl base) {
        return without(base, "/(?:ticket|newticket|query|report|login)(?:/.*)?");
    }

    @Override
    protected int batchSize(TrackerSystem system) {
        return BATCH;
    }

    /** Labels and times are in the reader's language otherwise. */
    @Override
    protected Map<String, String> headers() {
        return Map.of("Accept", "text/csv, text/plain;q=0.9, */*;q=0.1", "Accept-Language", "en");
    }

    @Override
    protected Map<String, String> authentication(TrackerSystem.Credentials credentials) {
        return credentials.username() == null
                ? Map.of("Cookie", "trac_auth=" + credentials.password())
                : super.authentication(credentials);
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        Answer answer = askAll(List.of(url), api).get(url);
        if (answer instanceof Answer.Failed failed) {
            throw failed.failure();
        }
        return answer instanceof Answer.Found found ? Optional.of(found.details()) : Optional.empty();
    }

    @Override
    protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
        String ids = urls.stream().map(this::bugKey).sorted().collect(Collectors.joining(","));
        ApiReply reply = api.reply("/query?id=" + ids + COLUMNS).orFail();
        String columns = reply.text().lines().findFirst().orElse("").toLowerCase(Locale.ROOT);
        if (!List.of(columns.replace("\uFEFF", "").split(",")).containsAll(List.of("id", "summary"))) {
            throw new FetchException(
                    FailureReason.UNEXPECTED_ANSWER,
                    reply.host() + " answered with something else than a table of tickets: check the base URL");
        }
        Map<String, Map<String, String>> byId = new LinkedHashMap<>();
        Csv.rows(reply.text()).forEach(row -> byId.put(row.getOrDefault("id", ""), row));
        Map<BugUrl, Answer> answers = new LinkedHashMap<>();
        for (BugUrl url : urls) {
            answers.put(
                    url,
                    understood(() -> Optional.ofNullable(byId.get(bugKey(url)))
                            .map(row -> details(
                                    row, url.system().orElseThrow().base().key()))));
        }
        return answers;
    }

    private static BugDetails details(Map<String, String> ticket, String base) {
        String status = text(ticket, "status").orElse(null);
        boolean closed = "closed".equals(status);
        String id = Objects.requireNonNull(ticket.get("id"), "id");
        return BugDetails.of(id, Json.needed(Optional.ofNullable(ticket.get("summary"))))
                .withDescription(TracWiki.toHtml(text(ticket, "description").orElse(""), base, id))
                // "closed: fixed" is how Trac itself words it in the tooltip of a link to a ticket.
                .withStatus(
                        closed
                                ? text(ticket, "resolution")
                                        .map("closed: "::concat)
                                        .orElse(status)
                                : status)
                .withResolved(status == null ? null : closed)
                .withFields(BugFields.NONE
                        .withResolution(closed ? text(ticket, "resolution").orElse(null) : null)
                        .withAssignee(text(ticket, "owner").orElse(null))
                        .withPriority(text(ticket, "priority").orElse(null))
                        .withType(text(ticket, "type").orElse(null))
                        .withLabels(text(ticket, "keywords")
                                .map(words -> Arrays.stream(words.split("[,;\\s]+"))
                                        .filter(word -> !word.isEmpty())
                                        .toList())
                                .orElse(List.of()))
                        .withUpdated(text(ticket, "modified")
                                .or(() -> text(ticket, "changetime"))
                                .flatMap(Json::time)
                                .orElse(null)));
    }

    private static Optional<String> text(Map<String, String> ticket, String column) {
        return Optional.ofNullable(ticket.get(column)).filter(value -> !value.isBlank() && !value.equals("--"));
    }
}
