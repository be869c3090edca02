package org.bugloss.details;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.details.GlossMemory.Remembered;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.Trackers;
import org.jspecify.annotations.Nullable;

/**
 * What is known of bugs: from memory where that still holds, else from the tables. What is asked for again and again is read again
 * before it no longer holds, many in one statement, so that nobody waits for it. Safe for use by several threads.
 */
@ApplicationScoped
public class Glosses {

    private static final System.Logger LOG = System.getLogger(Glosses.class.getName());

    /** Twice between when something becomes wanted and when it no longer holds. */
    private static final long PERIOD_MILLIS = 200;

    /**
     * How many statements for one URL each may be under way. 16 callers who asked for 200,000 bugs by turns got 1.3 to 2 times as many
     * answers with two or four as with a statement for each caller (WildFly and PostgreSQL on two processors); with four, one that
     * takes long holds up fewer.
     */
    private static final int STATEMENTS = 4;

    private static final int OF_ONE_STATEMENT = 64;

    @Inject
    private GlossMemory memory;

    @Inject
    private GlossTable table;

    @Inject
    private Trackers trackers;

    @Inject
    private DatabaseWatch database;

    @Inject
    private Clock clock;

    @Resource
    private ManagedScheduledExecutorService scheduler;

    private @Nullable ScheduledFuture<?> renewing;

    private final Gathered<Wanted> gathered = new Gathered<>(STATEMENTS, OF_ONE_STATEMENT, this::readTogether);

    /** What one caller among several wants, and what came of it. Filled before that caller goes on. */
    private static final class Wanted {

        private final String typed;
        private final BugUrl bug;
        private @Nullable Remembered known;
        private @Nullable RuntimeException failure;

        Wanted(String typed, BugUrl bug) {
            this.typed = typed;
            this.bug = bug;
        }
    }

    @PostConstruct
    void begin() {
        renewing = scheduler.scheduleWithFixedDelay(this::renew, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    @PreDestroy
    void end() {
        if (renewing != null) {
            renewing.cancel(false);
        }
    }

    /** What memory has of this URL, where it still holds; {@code null} where it is to be {@linkplain #read read}. */
    public @Nullable Remembered recall(String typed, Instant now) {
        return memory.recall(typed, now);
    }

    /** The same of many, in one call: the container's proxies take longer to be called than memory to be asked. */
    public Map<String, Remembered> recall(Collection<String> typed, Instant now) {
        return memory.recall(typed, now);
    }

    /**
     * The last that memory has of this URL, for while the database is away.
     *
     * @param typed a URL that is one
     */
    Optional<Remembered> recallAnyway(String typed) {
        return memory.recallAnyway(typed, CanonicalUrl.parse(typed).key());
    }

    /** Whether nothing that is remembered was written on this node since it was read. */
    boolean isLatest(Remembered known) {
        return memory.isLatest(known);
    }

    /**
     * Reads the tables, once however many URLs there are.
     *
     * @param urls as they were typed
     * @throws RuntimeException that has {@link DatabaseAway} behind it, while the database is away
     * @throws InvalidUrlException where a URL is refused
     */
    public Map<String, Remembered> read(Collection<String> urls) {
        Map<String, BugUrl> bugs = new LinkedHashMap<>();
        urls.forEach(typed -> bugs.put(typed, trackers.locate(CanonicalUrl.parse(typed))));
        if (bugs.isEmpty()) {
            return Map.of();
        }
        database.refuseWhileAway();
        return read(bugs);
    }

    /**
     * The same of one URL, in one statement with those that others ask for at the same time. It begins after this was called, so it
     * misses nothing that was written before.
     */
    Remembered read(String typed) {
        Wanted wanted = new Wanted(typed, trackers.locate(CanonicalUrl.parse(typed)));
        database.refuseWhileAway();
        gathered.want(wanted);
        if (wanted.failure != null) {
            throw wanted.failure;
        }
        return Objects.requireNonNull(wanted.known);
    }

    private void readTogether(List<Wanted> group) {
        Map<String, BugUrl> bugs = new LinkedHashMap<>();
        group.forEach(wanted -> bugs.put(wanted.typed, wanted.bug));
        try {
            Map<String, Remembered> known = read(bugs);
            group.forEach(wanted -> wanted.known = known.get(wanted.typed));
        } catch (RuntimeException e) {
            group.forEach(wanted -> wanted.failure = e);
        } catch (Error e) {
            group.forEach(wanted -> wanted.failure = new IllegalStateException("the details can't be read", e));
            throw e;
        }
    }

    private Map<String, Remembered> read(Map<String, BugUrl> bugs) {
        Instant now = clock.instant();
        Map<String, Long> stamps = new HashMap<>();
        bugs.forEach((typed, bug) -> stamps.put(typed, memory.stamp(bug.url().key())));
        Map<String, Remembered> known = new LinkedHashMap<>();
        table.read(bugs, trackers::trackerOf)
                .forEach((typed, gloss) -> known.put(
                        typed,
                        memory.remember(typed, gloss.named(trackers), now, Objects.requireNonNull(stamps.get(typed)))));
        return known;
    }

    /** Reads again what is wanted. */
    void renew() {
        try {
            List<Remembered> wanted = memory.wanted();
            if (!wanted.isEmpty() && !database.isAway()) {
                Map<String, BugUrl> bugs = new LinkedHashMap<>();
                wanted.forEach(known -> bugs.put(known.typed(), known.bug()));
                read(bugs);
            }
        } catch (RuntimeException e) {
            // Else the scheduler would never come back; whoever asks next reads for himself.
            if (!DatabaseAway.isBehind(e)) {
                LOG.log(System.Logger.Level.WARNING, "What is asked for often could not be read again", e);
            }
        }
    }
}
