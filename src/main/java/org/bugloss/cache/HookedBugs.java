package org.bugloss.cache;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import javax.sql.DataSource;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.database.InTransaction;
import org.bugloss.database.Sql;
import org.bugloss.trackers.NamedBugs;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;

/**
 * The known bugs that hooks named, until they have been asked for: whose turn that is, on all nodes. Every method is one
 * transaction of its own. Safe for use by several threads and nodes.
 *
 * <p>Whether and when the timer refreshes a bug is another matter ({@link DueDetails}), which no hook changes: so a bug that is
 * merely cached is asked for once, and no more.
 */
@ApplicationScoped
@InTransaction
public class HookedBugs {

    /** Many trackers tell before their own reading side has it. */
    public static final Duration FIRST_WAIT = Duration.ofSeconds(1);

    /** However often a bug is told of, its source is asked no more often than so. */
    static final Duration NEXT_WAIT = Duration.ofSeconds(2);

    /** What waits for one system; beyond, all of it is looked after. */
    static final int MOST_WAITING = 10_000;

    /** How often a source is asked that does not answer; then it is the timer's again. */
    private static final int MOST_TRIES = 5;

    /** Who this node is, to itself. */
    private final String node = UUID.randomUUID().toString();

    private static final String UNUSABLE = "what hooks told can't be written";

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    @Inject
    private Trackers trackers;

    @Inject
    private Event<MadePrivate> madePrivate;

    /**
     * What came of messages.
     *
     * @param due how many known bugs each made due, in the order of the messages
     * @param missed the names of systems of which so much is waiting that all is to be looked after: nothing more is kept bug by
     *     bug
     */
    public record Told(List<Integer> due, Set<String> missed) {}

    /**
     * Makes the known ones among the bugs due in a second, whoever refers to them or asked for them. What is due already is due
     * no later for it.
     */
    public Told tell(List<NamedBugs> messages, Instant now) {
        Map<NamedBugs, Set<String>> found = new LinkedHashMap<>();
        Map<String, String> lanes = new TreeMap<>();
        Set<String> missed = new TreeSet<>();
        return Sql.on(database, UNUSABLE, connection -> {
            for (List<NamedBugs> ofSystem : bySystem(messages)) {
                TrackerSystem system = ofSystem.get(0).system();
                KnownBugs known = new KnownBugs(trackers, connection, system);
                List<Set<String>> urls = known.of(ofSystem);
                for (int i = 0; i < ofSystem.size(); i++) {
                    found.put(ofSystem.get(i), urls.get(i));
                    urls.get(i).forEach(url -> lanes.put(url, system.name()));
                }
                if (known.areTooMany() || ofSystem.stream().anyMatch(NamedBugs::areCut)) {
                    missed.add(system.name());
                }
            }
            for (String lane : new TreeSet<>(lanes.values())) {
                if (isFull(connection, lane)) {
                    missed.add(lane);
                    lanes.values().removeIf(lane::equals);
                }
            }
            put(connection, lanes, now.plus(FIRST_WAIT));
            found.forEach((message, urls) -> {
                if (message.isPrivate() && !urls.isEmpty()) {
                    madePrivate.fire(new MadePrivate(urls));
                }
            });
            return new Told(
                    messages.stream()
                            .map(message ->
                                    found.getOrDefault(message, Set.of()).size())
                            .toList(),
                    missed);
        });
    }

    private static Collection<List<NamedBugs>> bySystem(List<NamedBugs> messages) {
        Map<String, List<NamedBugs>> bySystem = new LinkedHashMap<>();
        messages.stream()
                .filter(message -> !message.isEmpty())
                .distinct()
                .forEach(message -> bySystem.computeIfAbsent(message.system().name(), first -> new ArrayList<>())
                        .add(message));
        return bySystem.values();
    }

    /** In the order of the URLs, so that no two nodes lock each other out. */
    private static void put(Connection connection, Map<String, String> lanes, Instant toldAt) throws SQLException {
        Map<String, String> others = new TreeMap<>(lanes);
        others.keySet()
                .removeAll(changed(
                        connection,
                        "update hook_due set told_at = ?, tries = 0,"
                                + " due_at = case when claimed_by is null and tries > 0 and due_at > ? then ? else due_at end where url = ?",
                        lanes.keySet(),
                        (update, url) -> {
                            update.setObject(1, utc(toldAt));
                            update.setObject(2, utc(toldAt));
                            update.setObject(3, utc(toldAt));
                            update.setString(4, url);
                        }));
        changed(
                connection,
                "insert into hook_due (url, lane, told_at, due_at) values (?, ?, ?, ?)",
                others.keySet(),
                (insert, url) -> {
                    insert.setString(1, url);
                    insert.setString(2, others.get(url));
                    insert.setObject(3, utc(toldAt));
                    insert.setObject(4, utc(toldAt));
                });
    }

    private static boolean isFull(Connection connection, String lane) throws SQLException {
        try (PreparedStatement count = connection.prepareStatement(
                "select count(*) from (select url from hook_due where lane = ? limit " + MOST_WAITING + ") waiting")) {
            count.setString(1, lane);
            try (ResultSet row = count.executeQuery()) {
                return row.next() && row.getInt(1) >= MOST_WAITING;
            }
        }
    }

    /** The lanes that have something waiting, and from when on it is due. */
    public Map<String, Instant> lanes() {
        return Sql.on(database, UNUSABLE, connection -> {
            Map<String, Instant> lanes = new LinkedHashMap<>();
            try (PreparedStatement select =
                            connection.prepareStatement("select lane, min(due_at) from hook_due group by lane");
                    ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    lanes.put(
                            rows.getString(1),
                            rows.getObject(2, OffsetDateTime.class).toInstant());
                }
            }
            return lanes;
        });
    }

    /**
     * Claims what is due in a lane, what waits longest first. Nobody else gets it until the lease ends.
     *
     * @param most how many at most
     */
    public List<KnownDetails> claim(String lane, int most, Instant now, Instant leaseEnd) {
        return Sql.on(database, UNUSABLE, connection -> {
            List<String> urls = new ArrayList<>();
            try (PreparedStatement select =
                    connection.prepareStatement("select url from hook_due where lane = ? and due_at <= ?"
                            + " order by due_at limit " + most + " for update skip locked")) {
                select.setString(1, lane);
                select.setObject(2, utc(now));
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        urls.add(rows.getString(1));
                    }
                }
            }
            changed(connection, "update hook_due set due_at = ?, claimed_by = ? where url = ?", urls, (claim, url) -> {
                claim.setObject(1, utc(leaseEnd));
                claim.setString(2, node);
                claim.setString(3, url);
            });
            return DueDetails.known(connection, urls);
        });
    }

    /** Gives claims back that were not asked about: they are due then, for any node. */
    public void giveBack(Collection<String> urls, Instant dueAt) {
        Sql.on(
                database,
                UNUSABLE,
                connection -> changed(
                        connection,
                        "update hook_due set due_at = ?, claimed_by = null where url = ? and claimed_by = ?",
                        new TreeSet<>(urls),
                        (update, url) -> {
                            update.setObject(1, utc(dueAt));
                            update.setString(2, url);
                            update.setString(3, node);
                        }));
    }

    /**
     * Ends claims whose answers are stored, be they details or failures. What was told of meanwhile is due again, though not at
     * once, and so is what did not answer, as it is to be retried; after some tries that is left to the timer.
     *
     * @param claimedAt no later than when the sources were asked
     */
    public void answered(Collection<String> urls, Instant claimedAt) {
        Sql.on(database, UNUSABLE, connection -> {
            String ours = " where url = ? and claimed_by = ?";
            // All at first, in the order of the URLs: else this and a hook lock each other out, and what a hook tells
            // between two of these statements is deleted.
            Set<String> others = changed(
                    connection, "update hook_due set claimed_by = claimed_by" + ours, new TreeSet<>(urls), this::ours);
            others.removeAll(changed(
                    connection,
                    "update hook_due set due_at = greatest(told_at, cast(? as timestamp with time zone)), claimed_by = null"
                            + ours + " and told_at > ?",
                    others,
                    (again, url) -> {
                        again.setObject(1, utc(claimedAt.plus(NEXT_WAIT)));
                        again.setString(2, url);
                        again.setString(3, node);
                        again.setObject(4, utc(claimedAt));
                    }));
            others.removeAll(changed(
                    connection,
                    "update hook_due set tries = tries + 1, claimed_by = null,"
                            + " due_at = (select d.retry_at from bug_details d where d.url = hook_due.url)"
                            + ours + " and tries < " + MOST_TRIES + " and exists (select 1 from bug_details d"
                            + " where d.url = hook_due.url and d.retry_at is not null"
                            + " and d.failure_reason not in ('not_found', 'forbidden', 'address_not_allowed'))",
                    others,
                    this::ours));
            return changed(connection, "delete from hook_due" + ours, others, this::ours);
        });
    }

    private void ours(PreparedStatement statement, String url) throws SQLException {
        statement.setString(1, url);
        statement.setString(2, node);
    }

    private interface Parameters {
        void set(PreparedStatement statement, String url) throws SQLException;
    }

    /** Those of the URLs whose rows a statement changed. */
    private static Set<String> changed(
            Connection connection, String sql, Collection<String> urls, Parameters parameters) throws SQLException {
        if (urls.isEmpty()) {
            return new TreeSet<>();
        }
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (String url : urls) {
                parameters.set(statement, url);
                statement.addBatch();
            }
            return new TreeSet<>(DueDetails.changed(List.copyOf(urls), statement.executeBatch()));
        }
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
