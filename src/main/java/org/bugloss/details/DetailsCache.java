package org.bugloss.details;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.trackers.Answer;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TrackerSystem;
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
    private DetailsSettings settings;

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
     * @param asked whether a caller's question was the cause, rather than the timer
     * @return the rows as they are now, by URL
     */
    public Map<String, CachedDetails> store(Map<BugUrl, Answer> answers, boolean asked) {
        Instant now = clock.instant();
        Map<String, BugUrl> bugs = new TreeMap<>();
        answers.keySet().forEach(bug -> bugs.put(bug.url().key(), bug));
        // Locked: else a row would be overwritten that a link recorded meanwhile has told to be watched.
        // In the order of the keys, so that two nodes that store the same bugs can't lock each other out.
        Map<String, CachedDetails> rows = new TreeMap<>();
        entities.createQuery("select d from CachedDetails d where d.url in :urls order by d.url", CachedDetails.class)
                .setParameter("urls", bugs.keySet())
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .getResultStream()
                .forEach(row -> rows.put(row.url(), row));
        bugs.forEach((key, bug) -> {
            CachedDetails row = rows.computeIfAbsent(key, missing -> row(bug));
            store(row, bug, answers.get(bug), now);
            if (asked) {
                row.asked(now);
            }
        });
        return rows;
    }

    /** The URLs whose details the timer should refresh by now, the longest overdue first. */
    public List<String> due(Instant now, int most) {
        return entities.createQuery(
                        "select d.url from CachedDetails d where d.dueAt <= :now order by d.dueAt", String.class)
                .setParameter("now", now.atOffset(ZoneOffset.UTC))
                .setMaxResults(most)
                .getResultList();
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

    /** Deletes details that no link reference has and nobody asked for since. */
    public int forget(Instant before) {
        // In SQL: EclipseLink would write the time of such a nested condition into the statement, without its zone.
        return entities.createNativeQuery(
                        "delete from bug_details where due_at is null and asked_at < ?1 and not exists"
                                + " (select 1 from link_reference l where l.url_key = bug_details.url)")
                .setParameter(1, before.atOffset(ZoneOffset.UTC))
                .executeUpdate();
    }

    private void store(CachedDetails row, BugUrl bug, Answer answer, Instant now) {
        if (answer instanceof Answer.Found found) {
            Duration ttl = Boolean.TRUE.equals(found.details().resolved())
                    ? settings.resolvedTtl()
                    : bug.system().flatMap(TrackerSystem::ttl).orElse(settings.ttl());
            row.fetched(bug, trackers.trackerOf(bug), found.details(), now, ttl, settings);
        } else if (answer instanceof Answer.Failed failed) {
            row.failed(failed.failure(), now, settings);
        } else {
            row.failed(
                    new FetchException(
                            FailureReason.NOT_FOUND,
                            trackers.trackerOf(bug) + " says that there is no such bug, or none that may be seen"),
                    now,
                    settings);
        }
    }
}
