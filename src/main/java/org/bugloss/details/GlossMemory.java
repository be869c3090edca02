package org.bugloss.details;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Stream;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.DetailsWriter;
import org.bugloss.cache.StoredDetails;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.PausedSystems;
import org.jspecify.annotations.Nullable;

/**
 * What was read lately, by the URL as it was typed, so that most questions need no database, and are still answered while it is
 * away. Weighed by size. Safe for use by several threads.
 *
 * <p>It is exact with respect to what this node writes: whoever reads takes a {@link #stamp} first, and what was read before the
 * last write is not remembered. What other nodes and scripts write shows when {@link #HOLDS} is over.
 */
@ApplicationScoped
public class GlossMemory {

    /** The outside contract says two seconds, of which a part goes into reading and answering. */
    static final Duration HOLDS = Duration.ofMillis(1500);

    /** For the others while one reads it again. */
    private static final Duration HOLDS_MEANWHILE = HOLDS.plusMillis(250);

    /** What is asked for after that is read again before it no longer holds. */
    static final Duration HOLDS_UNWANTED = Duration.ofSeconds(1);

    /** About so many are read in the time that is left; whoever asks for the others reads for himself. */
    private static final int MOST_WANTED = 5_000;

    /** An eighth of the heap: beside it, the tables' rows in flight and what is fetched need their room. */
    private static final long MOST_BYTES = Math.min(
            128L * 1024 * 1024, Math.max(8L * 1024 * 1024, Runtime.getRuntime().maxMemory() / 8));

    /** About what the objects of an entry take besides their texts. */
    private static final int OVERHEAD = 1_200;

    /** Writes of one bug make those that share its stamp be read again: with so many, hardly any. */
    private static final int STAMPS = 1 << 16;

    /** What an override adds to a stamp, so that it can be told from what a source does. */
    private static final long OVERRIDE = 1L << 32;

    private static final long MOST_BYTES_OF_SPELLINGS = 4L * 1024 * 1024;

    private final AtomicLongArray stamps = new AtomicLongArray(STAMPS);
    private final Cache<String, Remembered> glosses = Caffeine.newBuilder()
            .maximumWeight(MOST_BYTES)
            .weigher((String typed, Remembered remembered) -> typed.length() + weight(remembered.gloss))
            // Its tidying takes no time: no thread of the JVM's common pool is needed.
            .executor(Runnable::run)
            .build();

    /** By the canonical key, how a bug that was asked for otherwise was spelled the last time. */
    private final Cache<String, String> spellings = Caffeine.newBuilder()
            .maximumWeight(MOST_BYTES_OF_SPELLINGS)
            .weigher((String key, String typed) -> 100 + key.length() + typed.length())
            .executor(Runnable::run)
            .build();

    private final Queue<Remembered> wanted = new ConcurrentLinkedQueue<>();
    private final AtomicInteger wantedCount = new AtomicInteger();

    @Inject
    private DetailsSettings settings;

    @Inject
    private DetailsWriter writer;

    @Inject
    private PausedSystems paused;

    /** What was read of a bug. Public for CDI's proxies, which find other types by reflection only, and that takes its time. */
    public final class Remembered {

        private final String typed;
        private final Gloss gloss;
        private final Instant readAt;
        private final long stamp;
        private final AtomicBoolean isWanted = new AtomicBoolean();
        private final AtomicBoolean beingReadAgain = new AtomicBoolean();
        private volatile @Nullable ReadyDetails ready;

        private Remembered(String typed, Gloss gloss, Instant readAt, long stamp) {
            this.typed = typed;
            this.gloss = gloss;
            this.readAt = readAt;
            this.stamp = stamp;
        }

        /** The same, found to be so later: the answer need not be made anew. */
        private Remembered readAgain(Instant later, long stampThen) {
            Remembered again = new Remembered(typed, gloss, later, stampThen);
            again.ready = ready;
            return again;
        }

        String typed() {
            return typed;
        }

        BugUrl bug() {
            return gloss.bug();
        }

        Gloss gloss(Instant now) {
            return gloss.at(now).pausedSince(paused.since(gloss.bug()));
        }

        /** The answer; only where the gloss of this moment can be shown. */
        ReadyDetails ready(Instant now) {
            ReadyDetails made = ready;
            Instant pausedSince = paused.since(gloss.bug());
            if (made == null || !made.holds(now) || !Objects.equals(made.pausedSince(), pausedSince)) {
                made = new ReadyDetails(gloss(now), settings.images(), now);
                ready = made;
            }
            return made;
        }
    }

    @PostConstruct
    void listen() {
        writer.whenStored(this::changed);
    }

    /** What sources tell of these bugs was written, by their canonical keys. */
    public void changed(Collection<String> keys) {
        keys.forEach(key -> stamps.incrementAndGet(stripe(key)));
    }

    /** An override of these bugs came or went, by their canonical keys: not even an outage is answered from what was before. */
    public void overridden(Collection<String> keys) {
        keys.forEach(key -> stamps.addAndGet(stripe(key), OVERRIDE));
    }

    /** To be taken before a bug is read that shall be remembered. */
    public long stamp(String key) {
        return stamps.get(stripe(key));
    }

    /**
     * Takes the place of what was remembered for this URL, unless that was read later.
     *
     * @param readAt a moment before it was read
     * @param stamp taken before it was read
     * @return what was read, be it for others or, where something was written meanwhile, for this caller alone
     */
    public Remembered remember(String typed, Gloss gloss, Instant readAt, long stamp) {
        Remembered before = glosses.getIfPresent(typed);
        Remembered read = before != null && before.gloss.equals(gloss)
                ? before.readAgain(readAt, stamp)
                : new Remembered(typed, gloss, readAt, stamp);
        glosses.asMap().merge(typed, read, (one, other) -> one.readAt.isAfter(other.readAt) ? one : other);
        if (!typed.equals(gloss.key())) {
            spellings.put(gloss.key(), typed);
        }
        return read;
    }

    /** What was read of this URL, where it still holds; {@code null} where it is to be read again, by one of those who ask. */
    public @Nullable Remembered recall(String typed, Instant now) {
        Remembered remembered = glosses.getIfPresent(typed);
        if (remembered == null || remembered.stamp != stamp(remembered.gloss.key())) {
            return null;
        }
        Duration age = Duration.between(remembered.readAt, now);
        if (age.compareTo(HOLDS_UNWANTED) < 0) {
            return remembered;
        }
        if (age.compareTo(HOLDS) < 0) {
            want(remembered);
            return remembered;
        }
        return age.compareTo(HOLDS_MEANWHILE) < 0 && !remembered.beingReadAgain.compareAndSet(false, true)
                ? remembered
                : null;
    }

    /** The same of many: those that are to be read again are left out. */
    public Map<String, Remembered> recall(Collection<String> typed, Instant now) {
        Map<String, Remembered> recalled = new HashMap<>(2 * typed.size());
        for (String url : typed) {
            Remembered remembered = recall(url, now);
            if (remembered != null) {
                recalled.put(url, remembered);
            }
        }
        return recalled;
    }

    private void want(Remembered remembered) {
        if (!remembered.isWanted.get()
                && wantedCount.get() < MOST_WANTED
                && remembered.isWanted.compareAndSet(false, true)) {
            wantedCount.incrementAndGet();
            wanted.add(remembered);
        }
    }

    /** Takes what is to be read again soon, since it was asked for when it was no longer new. */
    List<Remembered> wanted() {
        List<Remembered> taken = new ArrayList<>();
        for (Remembered one = wanted.poll(); one != null; one = wanted.poll()) {
            wantedCount.decrementAndGet();
            taken.add(one);
        }
        return taken;
    }

    /** Whether nothing that is remembered was written on this node since it was read. */
    boolean isLatest(Remembered known) {
        return known.stamp == stamp(known.gloss.key());
    }

    /** The last that is known, however old and whatever the spelling: for while the database is away. */
    Optional<Remembered> recallAnyway(String typed, String key) {
        return Stream.of(typed, key, spelling(key))
                .map(glosses::getIfPresent)
                .filter(Objects::nonNull)
                .filter(known -> known.stamp / OVERRIDE == stamp(key) / OVERRIDE)
                .max(Comparator.comparing(known -> known.readAt));
    }

    private String spelling(String key) {
        String typed = spellings.getIfPresent(key);
        return typed == null ? key : typed;
    }

    private static int stripe(String key) {
        int hash = key.hashCode();
        return (hash ^ hash >>> 16) & STAMPS - 1;
    }

    /** About how many bytes an entry takes: its texts once as they were read, once or twice ready to be sent. */
    private static int weight(Gloss gloss) {
        int texts = 0;
        StoredDetails stored = gloss.stored();
        if (stored != null && stored.hasDetails()) {
            texts += 2 * length(stored.description())
                    + 4 * (length(stored.title()) + length(stored.excerpt()) + length(stored.fields()));
        }
        DetailsOverride override = gloss.override();
        if (override != null) {
            texts += 2 * length(override.description()) + 4 * (length(override.title()) + length(override.fields()));
        }
        return OVERHEAD + texts;
    }

    private static int length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }
}
