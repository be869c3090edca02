package org.bugloss.cache;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceContext;
import jakarta.persistence.TypedQuery;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.bugloss.changes.Change;
import org.bugloss.changes.ChangeLog;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.database.InTransaction;
import org.bugloss.database.Sql;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;

/**
 * The persisted cache of details: one row a canonical URL. Every method is one transaction of its own, or part of the
 * caller's. Safe for use by several threads; on several nodes the database decides who came first.
 */
@ApplicationScoped
@InTransaction
public class DetailsCache {

    private static final String UNUSABLE = "the table of details can't be written";

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    @PersistenceContext
    private EntityManager entities;

    @Inject
    private SearchTable search;

    @Inject
    private ChangeLog changes;

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
        if (bugs.isEmpty()) {
            return;
        }
        // In the order of the keys, so that two nodes that lock the same bugs can't lock each other out.
        Map<String, BugUrl> byKey = new TreeMap<>();
        bugs.keySet().forEach(bug -> byKey.put(bug.url().key(), bug));
        Instant now = clock.instant();
        Sql.on(database, UNUSABLE, connection -> {
            Set<String> known = lockedKeys(connection, byKey.keySet());
            watch(
                    connection,
                    byKey.values().stream()
                            .filter(bug -> Boolean.TRUE.equals(bugs.get(bug))
                                    && known.contains(bug.url().key()))
                            .toList(),
                    first);
            List<BugUrl> missing = byKey.values().stream()
                    .filter(bug -> !known.contains(bug.url().key()))
                    .toList();
            insert(connection, missing, bugs, now, first);
            search.put(missing.stream()
                    .map(bug -> new SearchTable.Entry(bug.url().key(), null, null, null, null))
                    .toList());
            return true;
        });
    }

    /**
     * Locks the rows of bugs until the transaction ends, in one order, so that no two lock each other out.
     *
     * @param keys at least one
     * @return those that have a row
     */
    public static Set<String> lockedKeys(Connection connection, Collection<String> keys) throws SQLException {
        Set<String> known = new HashSet<>();
        String sql = "select url from bug_details where url in (?" + ", ?".repeat(keys.size() - 1)
                + ") order by url for update";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            int parameter = 1;
            for (String key : keys) {
                select.setString(parameter++, key);
            }
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    known.add(rows.getString(1));
                }
            }
        }
        return known;
    }

    private static void watch(Connection connection, List<BugUrl> defects, Instant first) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("update bug_details set lane = ?,"
                + " due_at = coalesce(retry_at, expires_at, ?) where url = ? and due_at is null")) {
            for (BugUrl bug : defects) {
                update.setString(1, bug.lane());
                update.setObject(2, first.atOffset(ZoneOffset.UTC));
                update.setString(3, bug.url().key());
                update.addBatch();
            }
            if (!defects.isEmpty()) {
                update.executeBatch();
            }
        }
    }

    private void insert(
            Connection connection, List<BugUrl> missing, Map<BugUrl, Boolean> isDefect, Instant now, Instant first)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("insert into bug_details"
                + " (url, tracker, system_name, asked_at, lane, due_at) values (?, ?, ?, ?, ?, ?)")) {
            for (BugUrl bug : missing) {
                boolean watched = Boolean.TRUE.equals(isDefect.get(bug));
                insert.setString(1, bug.url().key());
                insert.setString(2, trackers.trackerOf(bug));
                insert.setString(3, bug.system().map(TrackerSystem::name).orElse(null));
                insert.setObject(4, now.atOffset(ZoneOffset.UTC));
                insert.setString(5, watched ? bug.lane() : null);
                insert.setObject(6, watched ? first.atOffset(ZoneOffset.UTC) : null, Types.TIMESTAMP_WITH_TIMEZONE);
                insert.addBatch();
            }
            if (!missing.isEmpty()) {
                insert.executeBatch();
            }
        }
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
     * Stores what came of asking about bugs, and logs what became of them. The last good details stay where the answer is a
     * failure.
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
        List<SearchTable.Entry> searched = new ArrayList<>();
        List<Change> changed = new ArrayList<>();
        byKey.forEach((key, fetched) -> {
            CachedDetails row = rows.containsKey(key) ? rows.get(key) : newRow(fetched.bug());
            SearchTable.Entry before = SearchTable.Entry.of(row.stored());
            LastKnown known = row.lastKnown();
            fetched.into(row, now, schedule);
            changed.addAll(known.changesTo(row.lastKnown(), now));
            if (!rows.containsKey(key)) {
                // Whole, so that it is one statement.
                entities.persist(row);
            }
            stored.put(key, row.stored());
            SearchTable.Entry after = SearchTable.Entry.of(row.stored());
            if (!rows.containsKey(key) || !after.equals(before)) {
                searched.add(after);
            }
        });
        // Here, where it can be told what the database refuses, and not in the commit.
        entities.flush();
        search.put(searched);
        changes.write(changed);
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
        String unneeded = " lane is null and due_at is null and asked_at < ? and not exists"
                + " (select 1 from link_reference l where l.url_key = bug_details.url)";
        OffsetDateTime time = before.atOffset(ZoneOffset.UTC);
        return Sql.on(database, UNUSABLE, connection -> {
            List<String> urls = new ArrayList<>();
            // Locked, then looked at once more: somebody may just be recording a link reference to one of them, and
            // has locked its details for that (know).
            try (PreparedStatement select = connection.prepareStatement("select url from bug_details where" + unneeded
                    + " order by url limit " + most + " for update skip locked")) {
                select.setObject(1, time);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        urls.add(rows.getString(1));
                    }
                }
            }
            try (PreparedStatement delete =
                    connection.prepareStatement("delete from bug_details where url = ? and" + unneeded)) {
                for (String url : urls) {
                    delete.setString(1, url);
                    delete.setObject(2, time);
                    delete.addBatch();
                }
                return urls.isEmpty() ? 0 : IntStream.of(delete.executeBatch()).sum();
            }
        });
    }
}
