package org.bugloss.cache;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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

    /** What is cached for canonical URLs, by URL; without those that were never heard of. */
    public Map<String, CachedDetails> find(Collection<String> keys) {
        if (keys.isEmpty()) {
            return Map.of();
        }
        return entities
                .createQuery("select d from CachedDetails d where d.url in :urls", CachedDetails.class)
                .setParameter("urls", keys)
                .getResultList()
                .stream()
                .collect(Collectors.toMap(CachedDetails::url, Function.identity()));
    }

    /** The row of a canonical URL, if there is one, which nobody else can change until the transaction ends. */
    public Optional<CachedDetails> locked(String key) {
        return Optional.ofNullable(entities.find(CachedDetails.class, key, LockModeType.PESSIMISTIC_WRITE));
    }

    /**
     * The row of a bug, made where there is none, so that its tracker is known before its details are; nobody else can
     * change it until the transaction ends.
     */
    public CachedDetails row(BugUrl bug) {
        return locked(bug.url().key()).orElseGet(() -> {
            CachedDetails row = new CachedDetails(bug, trackers.trackerOf(bug), clock.instant());
            entities.persist(row);
            return row;
        });
    }

    /**
     * Stores what came of asking about bugs. The last good details stay where the answer is a failure.
     *
     * @return the rows as they are now, by URL
     */
    Map<String, CachedDetails> store(Collection<Fetched> answers) {
        Instant now = clock.instant();
        Map<String, Fetched> byKey = new TreeMap<>();
        answers.forEach(fetched -> byKey.put(fetched.bug().url().key(), fetched));
        // Locked: else a row would be overwritten that a link recorded meanwhile has told to be watched.
        // In the order of the keys, so that two nodes that store the same bugs can't lock each other out.
        Map<String, CachedDetails> rows = new TreeMap<>();
        entities.createQuery("select d from CachedDetails d where d.url in :urls order by d.url", CachedDetails.class)
                .setParameter("urls", byKey.keySet())
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .getResultStream()
                .forEach(row -> rows.put(row.url(), row));
        byKey.forEach((key, fetched) -> {
            CachedDetails row = rows.computeIfAbsent(key, missing -> row(fetched.bug()));
            if (fetched.details() == null) {
                row.failed(fetched.failure(), now, schedule);
            } else {
                row.fetched(fetched.bug(), fetched.tracker(), fetched.changeGroup(), fetched.details(), now, schedule);
            }
            if (fetched.asked()) {
                row.asked(now);
            }
        });
        // Here, where it can be told what the database refuses, and not in the commit.
        entities.flush();
        return rows;
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
