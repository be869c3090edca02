package org.bugloss.details;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
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
     * The overrides in force, by the URLs that they are stored under. A script may have stored one under the canonical
     * key or under the URL as it was typed.
     */
    public Map<String, DetailsOverride> inForce(Collection<String> urls) {
        Instant now = clock.instant();
        return entities.createQuery("select o from DetailsOverride o where o.url in :urls", DetailsOverride.class)
                .setParameter("urls", urls)
                .getResultStream()
                .filter(override -> override.isActive(now))
                .collect(Collectors.toMap(DetailsOverride::url, Function.identity()));
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
