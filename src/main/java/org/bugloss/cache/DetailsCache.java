package org.bugloss.cache;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceContext;
import jakarta.persistence.TypedQuery;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.Trackers;

/**
 * The persisted cache of details: one row a canonical URL. Every method is one transaction of its own, or part of the
 * caller's. Safe for use by several threads; on several nodes the database decides who came first.
 */
@ApplicationScoped
@Transactional
public class DetailsCache {

    @PersistenceContext
    private EntityManager entities;

    @Inject
    private Schedule schedule;

    @Inject
    private Trackers trackers;

    @Inject
    private Clock clock;

    /** The rows of canonical URLs, by URL; without those that were never heard of. */
    Map<String, CachedDetails> find(Collection<String> keys) {
        return keys.isEmpty() ? Map.of() : byUrl(select(keys));
    }

    private TypedQuery<CachedDetails> select(Collection<String> keys) {
        // In the order of the keys, so that two nodes that lock the same bugs can't lock each other out.
        return entities.createQuery(
                        "select d from CachedDetails d where d.url in :urls order by d.url", CachedDetails.class)
                .setParameter("urls", keys);
    }

    /** Rows that nobody else can change until the transaction ends. */
    private Map<String, CachedDetails> locked(Collection<String> keys) {
        return byUrl(select(keys).setLockMode(LockModeType.PESSIMISTIC_WRITE));
    }

    private static Map<String, CachedDetails> byUrl(TypedQuery<CachedDetails> rows) {
        return rows.getResultStream().collect(Collectors.toMap(CachedDetails::url, Function.identity()));
    }

    /**
     * Sees to it that there are rows of these bugs, so that their trackers are known before their details are, and that the
     * timer refreshes those that are defects.
     *
     * @param bugs whether each is a defect
     * @param first when the timer shall fetch what nobody has fetched by then
     */
    public void know(Map<BugUrl, Boolean> bugs, Instant first) {
        Map<String, BugUrl> byKey = new TreeMap<>();
        bugs.keySet().forEach(bug -> byKey.put(bug.url().key(), bug));
        Map<String, CachedDetails> rows = locked(byKey.keySet());
        byKey.forEach((key, bug) -> {
            CachedDetails row = rows.containsKey(key) ? rows.get(key) : newRow(bug);
            if (Boolean.TRUE.equals(bugs.get(bug))) {
                row.watch(bug, first);
            }
            if (!rows.containsKey(key)) {
                entities.persist(row);
            }
        });
    }

    /**
     * Has the timer leave a bug alone, unless somebody needs it. Its row is locked before that is asked: whoever needs it from
     * then on comes after this.
     */
    public void unwatch(String key, BooleanSupplier isNeeded) {
        locked(List.of(key)).values().stream()
                .filter(row -> !isNeeded.getAsBoolean())
                .forEach(CachedDetails::unwatch);
    }

    private CachedDetails newRow(BugUrl bug) {
        return new CachedDetails(bug, trackers.trackerOf(bug), clock.instant());
    }

    /**
     * Stores what came of asking about bugs. The last good details stay where the answer is a failure.
     *
     * @return the rows as they are now, by URL
     */
    Map<String, StoredDetails> store(Collection<Fetched> answers) {
        Instant now = clock.instant();
        Map<String, Fetched> byKey = new TreeMap<>();
        answers.forEach(fetched -> byKey.put(fetched.bug().url().key(), fetched));
        // Locked: else a row would be overwritten that a link recorded meanwhile has told to be watched.
        Map<String, CachedDetails> rows = locked(byKey.keySet());
        Map<String, StoredDetails> stored = new LinkedHashMap<>();
        byKey.forEach((key, fetched) -> {
            CachedDetails row = rows.containsKey(key) ? rows.get(key) : newRow(fetched.bug());
            fetched.into(row, now, schedule);
            if (!rows.containsKey(key)) {
                // Whole, so that it is one statement.
                entities.persist(row);
            }
            stored.put(key, row.stored());
        });
        // Here, where it can be told what the database refuses, and not in the commit.
        entities.flush();
        return stored;
    }

    /** How many link references each system has, by its name; without those that have none. */
    public Map<String, Long> referencesBySystem() {
        return entities.createQuery(
                        "select d.system, count(l) from LinkReference l, CachedDetails d"
                                + " where d.url = l.key and d.system is not null group by d.system",
                        Object[].class)
                .getResultStream()
                .collect(Collectors.toMap(row -> (String) row[0], row -> ((Number) row[1]).longValue()));
    }

    /** Notes that callers asked for these URLs, whose details needed no fetching. */
    public void asked(Collection<String> keys) {
        entities.createQuery("update CachedDetails d set d.askedAt = :now where d.url in :urls")
                .setParameter("now", clock.instant().atOffset(ZoneOffset.UTC))
                .setParameter("urls", keys)
                .executeUpdate();
    }

    /**
     * Deletes details that no link reference has and nobody asked for since.
     *
     * @param most how many at once
     */
    public int forget(Instant before, int most) {
        // In SQL: EclipseLink would write the time of such a nested condition into the statement, without its zone.
        return entities.createNativeQuery("delete from bug_details where url in (select d.url from bug_details d"
                        + " where d.lane is null and d.due_at is null and d.asked_at < ?1 and not exists"
                        + " (select 1 from link_reference l where l.url_key = d.url) limit " + most + ")")
                .setParameter(1, before.atOffset(ZoneOffset.UTC))
                .executeUpdate();
    }
}
