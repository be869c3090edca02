package org.bugloss.details;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.bugloss.outbound.CanonicalUrl;

/** The overrides that outside scripts supplied. Every method is one transaction. Safe for use by several threads. */
@ApplicationScoped
@Transactional
public class Overrides {

    @PersistenceContext
    private EntityManager entities;

    @Inject
    private Clock clock;

    /**
     * The override in force for a URL. A script may have stored it under the canonical key or under the URL as it was
     * typed; the newer one wins.
     */
    public Optional<DetailsOverride> find(String typed, CanonicalUrl url) {
        Instant now = clock.instant();
        return find(List.of(typed, url.key())).stream()
                .filter(override -> override.isActive(now))
                .max(java.util.Comparator.comparing(DetailsOverride::createdAt));
    }

    /** The overrides for any of these URLs, expired ones included. */
    public List<DetailsOverride> find(Collection<String> urls) {
        return entities.createQuery("select o from DetailsOverride o where o.url in :urls", DetailsOverride.class)
                .setParameter("urls", urls)
                .getResultList();
    }

    /** Makes or replaces the override of a URL. */
    public void put(String typed, CanonicalUrl url, DetailsOverride.Supplied supplied) {
        Instant now = clock.instant();
        DetailsOverride override = entities.find(DetailsOverride.class, url.key());
        if (override == null) {
            override = new DetailsOverride(url.key());
            override.become(supplied, now);
            entities.persist(override);
        } else {
            override.become(supplied, now);
        }
        if (!typed.equals(url.key())) {
            remove(typed);
        }
    }

    /** Ends the override of a URL, under either form of it. */
    public void end(String typed, CanonicalUrl url) {
        remove(url.key());
        remove(typed);
    }

    private void remove(String key) {
        DetailsOverride override = entities.find(DetailsOverride.class, key);
        if (override != null) {
            entities.remove(override);
        }
    }
}
