package org.bugloss.details;

import static org.bugloss.json.JsonProviders.JSON;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bugloss.outbound.FailureReason;
import org.bugloss.web.EntityTags;
import org.bugloss.web.Problem;
import org.bugloss.web.Problems;
import org.jspecify.annotations.Nullable;

/** What HTTP says of the outcome of a lookup: the one place for it, whoever writes the answer. */
final class DetailsAnswers {

    /** An override is to be seen soon, so nobody may keep an answer for longer without asking again. */
    private static final Duration LONGEST_AGE = Duration.ofSeconds(5);

    private static final String FRESH = "private, max-age=" + LONGEST_AGE.toSeconds();

    /** By what answers differ: who asks, from which page, and how it is sent. */
    static final String VARY = "Authorization, Cookie, Origin, Accept-Encoding";

    private static final byte[] BEGIN = "{\"details\":{".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] COMMA = {','};
    private static final byte[] COLON = {':'};
    private static final byte[] END = "}}".getBytes(StandardCharsets.US_ASCII);

    private DetailsAnswers() {}

    static String cacheControl(ReadyDetails details, Instant now) {
        Duration fresh = details.fresh(now);
        return fresh.compareTo(LONGEST_AGE) >= 0 ? FRESH : "private, max-age=" + fresh.toSeconds();
    }

    /**
     * Whether a caller has this answer already. RFC 9110, 13.1.2: a list of tags, compared weakly, or {@code *}.
     *
     * @param known the caller's {@code If-None-Match}, or {@code null}
     */
    static boolean isKnown(ReadyDetails.Body body, @Nullable String known) {
        return EntityTags.isKnown(known, body.etag(false), body.etag(true));
    }

    /** The details, or the problem that there are none; to one who waited as long as one may. */
    static ReadyDetails orProblem(Outcome outcome, Duration deadline, Clock clock) {
        if (outcome instanceof Outcome.Shown shown) {
            return shown.details();
        }
        if (outcome instanceof Outcome.NotYet) {
            throw Problem.of(
                            504,
                            "no answer within " + deadline.toSeconds() + " seconds; it may be there on the next call")
                    .because(FailureReason.TIMEOUT.word())
                    .retryAfter(deadline);
        }
        throw problem(outcome, clock);
    }

    /** Why there are no details. */
    static Problem problem(Outcome outcome, Clock clock) {
        if (outcome instanceof Outcome.NotYet late) {
            return Problem.of(202, "being fetched; it is there on the next call, or the reason why not")
                    .retryAt(late.retryAt());
        }
        if (outcome instanceof Outcome.OverLimit limit) {
            return Problem.of(
                            429,
                            "a caller may cause " + limit.perMinute()
                                    + " uncached lookups in a minute (bugloss.lookups-per-minute)")
                    .retryAfter(Duration.between(clock.instant(), limit.retryAt()))
                    .retryAt(limit.retryAt());
        }
        if (outcome instanceof Outcome.Missing missing) {
            int status = switch (missing.reason()) {
                case "not_found" -> 404;
                case "address_not_allowed" -> 422;
                case "paused" -> 503;
                case "timeout" -> 504;
                default -> 502;
            };
            Problem problem = Problem.of(status, missing.message()).because(missing.reason());
            return status == 422 ? problem : problem.retryAfter(Duration.between(clock.instant(), missing.retryAt()));
        }
        if (outcome instanceof Outcome.Refused refused) {
            return Problem.badRequest("url: " + refused.why());
        }
        return Problems.of(((Outcome.Broken) outcome).failure());
    }

    /** The answer to a query, put together from what is ready. */
    static byte[] query(Map<String, Outcome> outcomes, boolean brief, Clock clock) {
        List<byte[]> pieces = new ArrayList<>(4 * outcomes.size() + 2);
        pieces.add(BEGIN);
        outcomes.forEach((typed, outcome) -> {
            if (pieces.size() > 1) {
                pieces.add(COMMA);
            }
            pieces.add(quoted(typed));
            pieces.add(COLON);
            pieces.add(piece(outcome, brief, clock));
        });
        pieces.add(END);
        // Of the size that it will have: to grow with the pieces, it was copied as often as it doubled.
        ByteBuffer answer = ByteBuffer.allocate(
                pieces.stream().mapToInt(piece -> piece.length).sum());
        pieces.forEach(answer::put);
        return answer.array();
    }

    private static byte[] piece(Outcome outcome, boolean brief, Clock clock) {
        if (outcome instanceof Outcome.Shown shown) {
            return (brief ? shown.details().brief() : shown.details().whole()).bytes();
        }
        return JSON.createObjectBuilder()
                .add("problem", problem(outcome, clock).document())
                .build()
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] quoted(String typed) {
        String quoted =
                isPlain(typed) ? '"' + typed + '"' : JSON.createValue(typed).toString();
        return quoted.getBytes(StandardCharsets.UTF_8);
    }

    /** Without a stream, which takes longer for each URL of a query than all the rest. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }
}
