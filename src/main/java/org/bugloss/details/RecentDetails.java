package org.bugloss.details;

import static org.bugloss.json.JsonProviders.JSON;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import org.bugloss.outbound.CanonicalUrl;

/**
 * What this node answered lately, in memory, for when the database does not answer. It never answers while the database
 * does: another node or a script may have written since. Safe for use by several threads.
 */
@ApplicationScoped
public class RecentDetails {

    /** Some thousand bugs with descriptions of a page each; a server runs with a heap of 256 MB. */
    private static final long MOST_BYTES = 8L << 20;

    /** Of a value besides the characters of a text, and of an entry besides its values. */
    private static final int OVERHEAD = 64;

    private final Cache<String, Answer> answers = Caffeine.newBuilder()
            .maximumWeight(MOST_BYTES)
            .weigher((String key, Answer answer) -> answer.weight() + 2 * key.length())
            // Its tidying takes no time: no thread of the JVM's common pool is needed.
            .executor(Runnable::run)
            .build();

    /**
     * An answer to be remembered.
     *
     * @param details as they were answered
     * @param freshUntil until when they may pass as fresh
     * @param until when the override in them ends, or {@code null}
     * @param beneath what to answer from then on, or {@code null} where nothing is known
     */
    record Answer(JsonObject details, Instant freshUntil, Instant until, Answer beneath) {

        private Answer at(Instant now) {
            return until == null || until.isAfter(now) ? this : beneath;
        }

        private ServedDetails served(Instant now) {
            boolean fresh = freshUntil.isAfter(now);
            JsonObject json =
                    JSON.createObjectBuilder(details).add("stale", !fresh).build();
            return new ServedDetails(json, fresh ? Duration.between(now, freshUntil) : Duration.ZERO);
        }

        private int weight() {
            return RecentDetails.weight(details) + (beneath == null ? 0 : beneath.weight());
        }
    }

    /** Takes the place of what was answered for this URL before. */
    void remember(CanonicalUrl url, Answer answer) {
        answers.put(url.key(), answer);
    }

    /** To be called when something else holds for this URL from now on. */
    void forget(CanonicalUrl url) {
        answers.invalidate(url.key());
    }

    /** What was last answered, and still holds as far as this node can know; stale unless it has yet to expire. */
    Optional<ServedDetails> recall(CanonicalUrl url, Instant now) {
        return Optional.ofNullable(answers.getIfPresent(url.key()))
                .map(answer -> answer.at(now))
                .map(answer -> answer.served(now));
    }

    /** About how many bytes a value takes. */
    private static int weight(JsonValue value) {
        return switch (value.getValueType()) {
            case STRING -> OVERHEAD + 2 * ((JsonString) value).getChars().length();
            case OBJECT -> sum(value.asJsonObject().values());
            case ARRAY -> sum(value.asJsonArray());
            default -> OVERHEAD;
        };
    }

    private static int sum(Collection<JsonValue> values) {
        return OVERHEAD + values.stream().mapToInt(RecentDetails::weight).sum();
    }
}
