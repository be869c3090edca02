package org.bugloss.details;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;

/** The overrides that outside scripts supplied. Every method is one transaction. Safe for use by several threads. */
@ApplicationScoped
@Transactional
public class Overrides {

    @PersistenceContext
    private EntityManager entities;

    @Inject
    private Clock clock;

    /**
     * The overrides in force, by canonical keys. A script may have stored one under the canonical key, or under a URL as
     * somebody typed it: one that is asked for, or one of a link reference. Of several for one key the newest wins.
     *
     * @param typed the URLs that are asked for, as they were typed
     * @param keys their canonical keys
     */
    public Map<String, DetailsOverride> inForce(Collection<String> typed, Collection<String> keys) {
        Set<String> forms = new HashSet<>(keys);
        forms.addAll(typed);
        Instant now = clock.instant();
        Map<String, DetailsOverride> newest = new HashMap<>();
        entities.createQuery(
                        "select o from DetailsOverride o where o.url in :forms"
                                + " or o.url in (select l.url from LinkReference l where l.key in :keys)",
                        DetailsOverride.class)
                .setParameter("forms", forms)
                .setParameter("keys", keys)
                .getResultStream()
                .filter(override -> override.isActive(now))
                .forEach(override -> key(override)
                        .ifPresent(key ->
                                newest.merge(key, override, (one, other) -> one.isNewerThan(other) ? one : other)));
        return newest;
    }

    /** A script may have written anything where the URL belongs. */
    private static Optional<String> key(DetailsOverride override) {
        try {
            return Optional.of(CanonicalUrl.parse(override.url()).key());
        } catch (InvalidUrlException e) {
            return Optional.empty();
        }
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
