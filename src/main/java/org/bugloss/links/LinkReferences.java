package org.bugloss.links;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceContext;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.bugloss.audience.Sight;
import org.bugloss.cache.DetailsCache;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.database.DatabaseSettings;
import org.bugloss.database.DatabaseVendor;
import org.bugloss.database.InTransaction;
import org.bugloss.database.Sql;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.PausedSystems;
import org.bugloss.trackers.Trackers;
import org.jspecify.annotations.Nullable;

/**
 * The recorded link references. Every method is one transaction; run those that write through {@link
 * org.bugloss.database.Retried}, since two callers may record the same link at once. Safe for use by several threads.
 */
@ApplicationScoped
@InTransaction
public class LinkReferences {

    /** So many candidates are quickly gone through. */
    private static final int FEW = 2_000;

    /** So many of a list are looked through, before anything is looked up: what two of five mean fills the usual page. */
    private static final int NEXT = 250;

    private static final String UNUSABLE = "the table of link references can't be used";

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    @PersistenceContext
    private EntityManager entities;

    @Inject
    private DetailsCache cache;

    @Inject
    private Trackers trackers;

    @Inject
    private DetailsSettings settings;

    @Inject
    private PausedSystems paused;

    @Inject
    private Clock clock;

    private DatabaseVendor vendor;

    /** For the container, which gives it its database. */
    public LinkReferences() {}

    /** To read lists. */
    LinkReferences(DataSource database, DatabaseVendor vendor, PausedSystems paused, Clock clock) {
        this.database = database;
        this.vendor = vendor;
        this.paused = paused;
        this.clock = clock;
    }

    @PostConstruct
    void begin() {
        vendor = DatabaseSettings.current().vendor();
    }

    /** The link reference that there is now, and whether it is new. */
    record Stored(Listed link, boolean isNew) {}

    /** Another link reference has the execution and the URL already. */
    static final class Twin extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final long id;

        Twin(long id) {
            super("link reference " + id, null, false, false);
            this.id = id;
        }

        long id() {
            return id;
        }
    }

    /**
     * Records links, all or none; the same execution and URL again gives the one there is, unchanged.
     *
     * @return what there is of each, in their order
     */
    List<Stored> record(List<LinkReference.Recorded> links) {
        OffsetDateTime now = clock.instant().truncatedTo(ChronoUnit.MILLIS).atOffset(ZoneOffset.UTC);
        List<String> keys =
                links.stream().map(LinkReference.Recorded::naturalKey).toList();
        return Sql.on(database, UNUSABLE, connection -> {
            Map<String, Listed> known = byNaturalKeys(connection, Set.copyOf(keys));
            Map<String, LinkReference.Recorded> missing = new LinkedHashMap<>();
            for (int i = 0; i < keys.size(); i++) {
                if (!known.containsKey(keys.get(i))) {
                    missing.putIfAbsent(keys.get(i), links.get(i));
                }
            }
            insert(connection, missing, now, known);
            watch(missing.values());
            List<Stored> stored = new ArrayList<>();
            for (String key : keys) {
                // The second of two alike finds what the first has made.
                stored.add(new Stored(Objects.requireNonNull(known.get(key)), missing.remove(key) != null));
            }
            return stored;
        });
    }

    private static Map<String, Listed> byNaturalKeys(Connection connection, Set<String> keys) throws SQLException {
        Map<String, Listed> known = new HashMap<>();
        String sql =
                "select id, execution_id, name, url, is_defect, created_on, cast(null as timestamp with time zone),"
                        + " natural_key from link_reference where natural_key in (?" + ", ?".repeat(keys.size() - 1)
                        + ")";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            int parameter = 1;
            for (String key : keys) {
                select.setString(parameter++, key);
            }
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    known.put(rows.getString(8), Listed.read(rows));
                }
            }
        }
        return known;
    }

    private void insert(
            Connection connection,
            Map<String, LinkReference.Recorded> missing,
            OffsetDateTime now,
            Map<String, Listed> known)
            throws SQLException {
        if (missing.isEmpty()) {
            return;
        }
        Iterator<Long> ids = nextIds(connection, missing.size()).iterator();
        try (PreparedStatement insert = connection.prepareStatement("insert into link_reference"
                + " (id, execution_id, name, url, is_defect, created_on, url_key, natural_key)"
                + " values (?, ?, ?, ?, ?, ?, ?, ?)")) {
            for (Map.Entry<String, LinkReference.Recorded> link : missing.entrySet()) {
                LinkReference.Recorded recorded = link.getValue();
                long id = ids.next();
                insert.setLong(1, id);
                insert.setString(2, recorded.executionId());
                insert.setString(3, recorded.name());
                insert.setString(4, recorded.url());
                insert.setBoolean(5, recorded.defect());
                insert.setObject(6, now);
                insert.setString(7, CanonicalUrl.parse(recorded.url()).key());
                insert.setString(8, link.getKey());
                insert.addBatch();
                known.put(
                        link.getKey(),
                        new Listed(
                                id,
                                recorded.executionId(),
                                recorded.name(),
                                recorded.url(),
                                recorded.defect(),
                                now.toInstant(),
                                null));
            }
            insert.executeBatch();
        }
    }

    private List<Long> nextIds(Connection connection, int count) throws SQLException {
        String next = vendor.nextOf("link_reference_ids");
        String sql = "with recursive n(i) as (select 1 union all select i + 1 from n where i < " + count + ") select "
                + next + " from n";
        List<Long> ids = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql);
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                ids.add(rows.getLong(1));
            }
        }
        // So that ids rise in the order of recording.
        ids.sort(null);
        return ids;
    }

    Optional<LinkReference> find(long id) {
        return Optional.ofNullable(entities.find(LinkReference.class, id));
    }

    /**
     * Changes a link reference. Locked, so that two callers who change a member each change both.
     *
     * @param changed makes what shall be recorded of what is
     * @return empty where there is none
     * @throws Twin where another one has that execution and URL
     */
    Optional<LinkReference> change(long id, UnaryOperator<LinkReference.Recorded> changed) {
        LinkReference link = entities.find(LinkReference.class, id, LockModeType.PESSIMISTIC_WRITE);
        if (link == null) {
            return Optional.empty();
        }
        LinkReference.Recorded recorded = changed.apply(link.recorded());
        byNaturalKey(recorded).filter(twin -> !twin.id().equals(link.id())).ifPresent(twin -> {
            throw new Twin(twin.id());
        });
        String oldKey = link.key();
        link.become(recorded);
        entities.flush();
        unwatch(oldKey);
        watch(List.of(link.recorded()));
        return Optional.of(link);
    }

    /**
     * Deletes a link reference. Its details stay until nobody refers to them or asks for them any more.
     *
     * @return whether there was one
     */
    boolean delete(long id) {
        Optional<LinkReference> link = find(id);
        link.ifPresent(found -> {
            entities.remove(found);
            entities.flush();
            unwatch(found.key());
        });
        return link.isPresent();
    }

    /**
     * The next link references of a list.
     *
     * @param sight what of the bugs may be seen
     * @param after where the page before ended; {@code null} for the first
     */
    List<Listed> page(LinkSelection filter, Sight sight, LinkSort sort, LinkSort.@Nullable Cursor after, int most) {
        boolean hasValues = sort.by() != LinkSort.By.ID && (after == null || after.value() != null);
        return Sql.on(database, UNUSABLE, connection -> {
            if (vendor.indexesWords() && !filter.terms().isEmpty()) {
                // What many can mean fills the page soon, and to look it up in an index would find them all first.
                LinkSql next = sql(filter, sight, null).lookingThrough(NEXT);
                List<Listed> page = page(connection, next.page(sort, after, !hasValues, most));
                if (page.size() == most) {
                    return page;
                }
            }
            LinkSql sql = sql(connection, filter, sight);
            List<Listed> page = new ArrayList<>();
            if (hasValues) {
                page.addAll(page(connection, sql.page(sort, after, false, most)));
            }
            if (page.size() < most) {
                LinkSort.Cursor behind = hasValues ? null : after;
                page.addAll(page(connection, sql.page(sort, behind, true, most - page.size())));
            }
            return page;
        });
    }

    private static List<Listed> page(Connection connection, LinkSql.Statement statement) throws SQLException {
        List<Listed> page = new ArrayList<>();
        try (PreparedStatement select = prepared(connection, statement);
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                page.add(Listed.read(rows));
            }
        }
        return page;
    }

    /**
     * How many of the defects there are of each kind.
     *
     * @param unknown whose bugs are neither known to be open nor to be resolved
     */
    record Summary(long open, long resolved, long unknown, long stale, long failing) {}

    Summary summary(LinkSelection filter, Sight sight) {
        return Sql.on(database, UNUSABLE, connection -> {
            try (PreparedStatement select = prepared(
                            connection, sql(connection, filter.defects(), sight).summary());
                    ResultSet row = select.executeQuery()) {
                row.next();
                return new Summary(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5));
            }
        });
    }

    private LinkSql sql(Connection connection, LinkSelection filter, Sight sight) throws SQLException {
        LinkSql sql = sql(filter, sight, null);
        Optional<String> longest = filter.terms().stream().max(Comparator.comparingInt(String::length));
        if (longest.isEmpty()) {
            return sql;
        }
        // What few can mean is looked up in each index by itself.
        Set<Long> among = new TreeSet<>();
        try (PreparedStatement select = prepared(connection, sql.among(longest.get(), FEW + 1));
                ResultSet rows = select.executeQuery()) {
            while (rows.next() && among.size() <= FEW) {
                among.add(rows.getLong(1));
            }
        }
        return among.size() > FEW ? sql : sql(filter, sight, List.copyOf(among));
    }

    private LinkSql sql(LinkSelection filter, Sight sight, @Nullable List<Long> among) {
        return new LinkSql(
                filter,
                sight,
                vendor.indexesWords(),
                List.copyOf(paused.names()),
                clock.instant().atOffset(ZoneOffset.UTC),
                among);
    }

    private static PreparedStatement prepared(Connection connection, LinkSql.Statement statement) throws SQLException {
        PreparedStatement prepared = connection.prepareStatement(statement.sql());
        for (int i = 0; i < statement.values().size(); i++) {
            prepared.setObject(i + 1, statement.values().get(i));
        }
        return prepared;
    }

    private Optional<LinkReference> byNaturalKey(LinkReference.Recorded recorded) {
        return entities.createQuery("select l from LinkReference l where l.naturalKey = :key", LinkReference.class)
                .setParameter("key", recorded.naturalKey())
                .getResultStream()
                .findFirst();
    }

    private void watch(Collection<LinkReference.Recorded> links) {
        Map<BugUrl, Boolean> bugs = new LinkedHashMap<>();
        links.forEach(
                link -> bugs.merge(trackers.locate(CanonicalUrl.parse(link.url())), link.defect(), Boolean::logicalOr));
        // Whoever records a defect has it fetched too: the timer need not be quicker.
        cache.know(bugs, clock.instant().plus(settings.deadline()));
    }

    private void unwatch(String key) {
        cache.unwatch(key, () -> hasDefect(key));
    }

    private boolean hasDefect(String key) {
        return !entities.createQuery(
                        "select l.id from LinkReference l where l.key = :key and l.defect = true", Long.class)
                .setParameter("key", key)
                .setMaxResults(1)
                .getResultList()
                .isEmpty();
    }
}
