package org.bugloss.links;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceContext;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bugloss.cache.DetailsCache;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.Trackers;
import org.bugloss.web.Problem;

/**
 * The recorded link references. Every method is one transaction; run those that write through {@link
 * org.bugloss.database.Retried}, since two callers may record the same link at once. Safe for use by several threads.
 */
@ApplicationScoped
@Transactional
public class LinkReferences {

    @PersistenceContext
    private EntityManager entities;

    @Inject
    private DetailsCache cache;

    @Inject
    private Trackers trackers;

    @Inject
    private DetailsSettings settings;

    @Inject
    private Clock clock;

    /** The link reference that there is now, and whether it is new. */
    record Stored(LinkReference link, boolean isNew) {}

    /** Records a link; the same execution and URL again gives the one there is, unchanged. */
    Stored record(LinkReference.Recorded recorded) {
        Optional<LinkReference> earlier = byNaturalKey(recorded);
        if (earlier.isPresent()) {
            return new Stored(earlier.get(), false);
        }
        LinkReference link = new LinkReference(recorded, clock.instant());
        entities.persist(link);
        watch(link);
        entities.flush();
        return new Stored(link, true);
    }

    Optional<LinkReference> find(long id) {
        return Optional.ofNullable(entities.find(LinkReference.class, id));
    }

    /**
     * Changes a link reference. Locked, so that two callers who change a member each change both.
     *
     * @param changed makes what shall be recorded of what is
     * @throws Problem 409 where another one has that execution and URL
     */
    LinkReference change(long id, UnaryOperator<LinkReference.Recorded> changed) {
        LinkReference link = Optional.ofNullable(entities.find(LinkReference.class, id, LockModeType.PESSIMISTIC_WRITE))
                .orElseThrow(() -> unknown(id));
        LinkReference.Recorded recorded = changed.apply(link.recorded());
        byNaturalKey(recorded).filter(twin -> !twin.id().equals(link.id())).ifPresent(twin -> {
            throw Problem.of(409, "link reference " + twin.id() + " already has this execution_id and url");
        });
        String oldKey = link.key();
        link.become(recorded);
        entities.flush();
        unwatch(oldKey);
        watch(link);
        return link;
    }

    /** Deletes a link reference. Its details stay until nobody refers to them or asks for them any more. */
    void delete(long id) {
        LinkReference link = find(id).orElseThrow(() -> unknown(id));
        entities.remove(link);
        entities.flush();
        unwatch(link.key());
    }

    /** The next link references in the order of their ids, beginning behind {@code after}. */
    @SuppressWarnings("unchecked")
    List<LinkReference> page(LinkFilter filter, long after, int most) {
        List<Object> values = new ArrayList<>();
        String sql = "select l.* from link_reference l where " + filter.condition(after, values) + " order by l.id";
        return with(values, entities.createNativeQuery(sql, LinkReference.class))
                .setMaxResults(most)
                .getResultList();
    }

    /** How many link references there are. */
    long count(LinkFilter filter) {
        List<Object> values = new ArrayList<>();
        String sql = "select count(*) from link_reference l where " + filter.condition(Long.MIN_VALUE, values);
        return ((Number) with(values, entities.createNativeQuery(sql)).getSingleResult()).longValue();
    }

    static Problem unknown(Object id) {
        return Problem.notFound("there is no link reference " + id);
    }

    private static Query with(List<Object> values, Query query) {
        for (int i = 0; i < values.size(); i++) {
            query.setParameter(i + 1, values.get(i));
        }
        return query;
    }

    private Optional<LinkReference> byNaturalKey(LinkReference.Recorded recorded) {
        return entities.createQuery("select l from LinkReference l where l.naturalKey = :key", LinkReference.class)
                .setParameter("key", recorded.naturalKey())
                .getResultStream()
                .findFirst();
    }

    private void watch(LinkReference link) {
        BugUrl bug = trackers.locate(CanonicalUrl.parse(link.url()));
        // Whoever records a defect has it fetched too: the timer need not be quicker.
        cache.know(Map.of(bug, link.isDefect()), clock.instant().plus(settings.deadline()));
    }

    private void unwatch(String key) {
        cache.unwatch(key, () -> count(new LinkFilter(true, null, key, null, null)) > 0);
    }
}
