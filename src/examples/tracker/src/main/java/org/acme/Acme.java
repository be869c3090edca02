package org.acme;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bugloss.trackers.Answer;
import org.bugloss.trackers.ApiReply;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugFields;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.IssueTracker;
import org.bugloss.trackers.Json;
import org.bugloss.trackers.TrackerApi;
import org.bugloss.trackers.TrackerSystem;

@Named("Acme")
@ApplicationScoped
public class Acme extends IssueTracker {

    private static final Pattern TICKET = Pattern.compile("/tickets/0*([1-9]\\d{0,9})(?:/.*)?");

    @Override
    protected Optional<String> bugId(BugUrl url) {
        Matcher ticket = TICKET.matcher(url.path());
        return ticket.matches() ? Optional.of(ticket.group(1)) : Optional.empty();
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        return api.getUnlessSame("/api/tickets/" + bugKey(url), url, Acme::details);
    }

    // For an API that answers for many in one request

    @Override
    protected int batchSize(TrackerSystem system) {
        return 50;
    }

    @Override
    protected Map<BugUrl, Answer> askAll(List<BugUrl> urls, TrackerApi api) {
        String ids = urls.stream().map(this::bugKey).collect(Collectors.joining(","));
        List<Json> tickets =
                api.reply("/api/tickets?ids=" + ids).orFail().json().at("tickets").elements();
        return answers(urls, byId(tickets, "id"), Acme::details);
    }

    // For an API that tells what changed since a moment

    @Override
    protected boolean tellsChanges(TrackerSystem system) {
        return true;
    }

    @Override
    protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant since, TrackerApi api) {
        ApiReply reply = api.reply("/api/tickets?changed_since=" + since);
        return ifSupported(reply)
                .map(answer -> answer.at("tickets").elements())
                .flatMap(tickets -> ids(tickets, !reply.hasNextPage(), "id"))
                .map(ids -> keys(urls, ids));
    }

    private static BugDetails details(Json ticket) {
        return BugDetails.of(
                        Json.needed(ticket.at("id").text()), ticket.at("title").title())
                .withDescription(ticket.at("html").text().orElse(""))
                .withStatus(ticket.at("state", "name").text().orElse(null))
                .withResolved(ticket.at("state", "closed").flag().orElse(null))
                .withFields(BugFields.NONE
                        .withAssignee(ticket.at("owners").joined("name"))
                        .withLabels(ticket.at("tags").texts())
                        .withUpdated(ticket.at("changed").time().orElse(null)));
    }
}
