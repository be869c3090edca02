package org.bugloss.refresh;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.bugloss.cache.DueDetails;
import org.bugloss.cache.DueDetailsContract;
import org.bugloss.cache.KnownDetails;
import org.bugloss.cache.Schedule;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;

/** The table of what is due, in memory, as one node sees it. Safe for use by several threads. */
final class Table extends DueDetails {

    /** How long details are fresh. */
    static final Duration TTL = Duration.ofHours(1);

    private static final String ANOTHER_NODE = "another node";

    /** All that nodes share, by URL. Guarded by itself. */
    private final Map<String, Row> rows;

    /** The same rows, lane by lane. Guarded by the other. */
    private final Map<String, List<Row>> lanes;

    private final String node = UUID.randomUUID().toString();
    private final List<Integer> claims = new ArrayList<>();
    private Runnable onClaim = () -> {};
    private Runnable onPutOff = () -> {};

    private static final class Row {

        private final String url;
        private final String lane;
        private final String system;
        private final String group;
        private final boolean fromOpenGraph;
        private Instant dueAt;
        private Instant fetchedAt;
        private int failures;
        private String claimedBy;

        Row(
                String url,
                String lane,
                String system,
                String group,
                boolean fromOpenGraph,
                Instant fetchedAt,
                Instant dueAt,
                int failures) {
            this.url = url;
            this.lane = lane;
            this.system = system;
            this.group = group;
            this.fromOpenGraph = fromOpenGraph;
            this.fetchedAt = fetchedAt;
            this.dueAt = dueAt;
            this.failures = failures;
        }

        KnownDetails known() {
            return new KnownDetails(
                    url,
                    "Tracked",
                    system,
                    false,
                    fromOpenGraph,
                    fetchedAt,
                    fetchedAt,
                    fetchedAt,
                    failures,
                    "f",
                    Freshness.UNKNOWN,
                    group,
                    dueAt,
                    false);
        }

        boolean isDue(Instant now) {
            return dueAt != null && !dueAt.isAfter(now);
        }

        boolean isInTheLastFifthOfItsTtl(Instant now) {
            return fetchedAt != null
                    && !fetchedAt
                            .plusMillis((long) (TTL.toMillis() * Schedule.EARLIEST))
                            .isAfter(now);
        }
    }

    Table() {
        this(new HashMap<>(), new HashMap<>());
    }

    private Table(Map<String, Row> rows, Map<String, List<Row>> lanes) {
        this.rows = rows;
        this.lanes = lanes;
    }

    /** The same table, as another node sees it. */
    Table otherNode() {
        return new Table(rows, lanes);
    }

    /**
     * What was fetched a while ago, so that it is due then and in the last fifth of its ttl.
     *
     * @param system {@code null} for a page; so is {@code group} for bugs whose changes nobody tells
     */
    void add(String url, String lane, String system, String group, Instant dueAt) {
        Instant fetchedAt = dueAt.minusMillis(TTL.toMillis() / 100 * 95);
        add(new Row(url, lane, system, group, false, fetchedAt, dueAt, 0));
    }

    /** As any row may be. */
    void add(DueDetailsContract.Row row) {
        add(new Row(
                row.url(),
                row.lane(),
                null,
                row.group(),
                row.fromOpenGraph(),
                row.fetchedAt(),
                row.dueAt(),
                row.failures()));
    }

    private void add(Row row) {
        synchronized (rows) {
            rows.put(row.url, row);
            if (row.lane != null) {
                lanes.computeIfAbsent(row.lane, name -> new ArrayList<>()).add(row);
            }
        }
    }

    /** What is done on the thread that claims, before it does. */
    synchronized void onClaim(Runnable first) {
        onClaim = first;
    }

    /** What is done on the thread that puts off, before it does. */
    synchronized void onPutOff(Runnable first) {
        onPutOff = first;
    }

    /** What came of a claim is stored. */
    void stored(Collection<String> urls, Instant now, boolean failed) {
        synchronized (rows) {
            urls.stream().map(rows::get).forEach(row -> {
                row.claimedBy = null;
                row.failures = failed ? row.failures + 1 : 0;
                row.fetchedAt = failed ? row.fetchedAt : now;
                row.dueAt = now.plus(failed ? TTL.dividedBy(60) : TTL);
            });
        }
    }

    /** What is told to hold still does. */
    Set<String> renew(Collection<String> urls, Instant at) {
        synchronized (rows) {
            Set<String> renewed = new HashSet<>(urls);
            renewed.removeIf(url -> isOthers(rows.get(url)));
            stored(renewed, at, false);
            return renewed;
        }
    }

    /** Another node takes a row, as it may when its lease has ended. */
    void taken(String url, Instant leaseEnd) {
        synchronized (rows) {
            Row row = rows.get(url);
            row.claimedBy = ANOTHER_NODE;
            row.dueAt = leaseEnd;
        }
    }

    Instant dueAt(String url) {
        synchronized (rows) {
            return rows.get(url).dueAt;
        }
    }

    int failures(String url) {
        synchronized (rows) {
            return rows.get(url).failures;
        }
    }

    /** How many rows this node has claimed. */
    long claimed() {
        synchronized (rows) {
            return rows.values().stream().filter(this::isOurs).count();
        }
    }

    /** How many rows each claim of this node found. */
    synchronized List<Integer> claims() {
        return List.copyOf(claims);
    }

    @Override
    public Map<String, Instant> lanes(Instant now) {
        Map<String, Instant> inOrder = new LinkedHashMap<>();
        synchronized (rows) {
            rows.values().stream()
                    .filter(row -> row.isDue(now))
                    .sorted(Comparator.comparing(row -> row.dueAt))
                    .forEach(row -> inOrder.putIfAbsent(row.lane, row.dueAt));
        }
        return inOrder;
    }

    @Override
    public List<KnownDetails> claim(
            String lane, int most, int batch, boolean proven, Instant now, Duration soon, Instant leaseEnd) {
        Runnable first;
        synchronized (this) {
            first = onClaim;
        }
        first.run();
        List<KnownDetails> claimed;
        synchronized (rows) {
            List<Row> found = toClaim(lane, most, batch, proven, now, now.plus(soon));
            claimed = found.stream().map(Row::known).toList();
            found.forEach(row -> {
                row.dueAt = leaseEnd;
                row.claimedBy = node;
            });
        }
        synchronized (this) {
            claims.add(claimed.size());
        }
        return claimed;
    }

    private List<Row> toClaim(String lane, int most, int batch, boolean proven, Instant now, Instant soon) {
        List<Row> found = new ArrayList<>();
        if (proven) {
            found.addAll(ofLane(lane, row -> row.isDue(now) && row.failures == 0, most));
        }
        if (found.isEmpty()) {
            found.addAll(ofLane(lane, row -> row.isDue(now), most));
        }
        int more = Math.min(batch, most) - found.size();
        if (!found.isEmpty() && more > 0) {
            found.addAll(ofLane(
                    lane,
                    row -> !row.isDue(now)
                            && row.isDue(soon)
                            && row.claimedBy == null
                            && row.failures == 0
                            && row.isInTheLastFifthOfItsTtl(now),
                    more));
        }
        return found;
    }

    private List<Row> ofLane(String lane, Predicate<Row> which, int most) {
        return lanes.getOrDefault(lane, List.of()).stream()
                .filter(which)
                .sorted(Comparator.comparing(row -> row.dueAt))
                .limit(most)
                .toList();
    }

    @Override
    public Set<String> extend(Collection<String> urls, Instant leaseEnd) {
        synchronized (rows) {
            Set<String> extended = new HashSet<>();
            ours(urls).forEach(row -> {
                row.dueAt = leaseEnd;
                extended.add(row.url);
            });
            return extended;
        }
    }

    @Override
    public void giveBack(Collection<KnownDetails> claims) {
        synchronized (rows) {
            claims.forEach(claim -> ours(List.of(claim.url())).forEach(row -> {
                row.dueAt = claim.dueAt();
                row.claimedBy = null;
            }));
        }
    }

    @Override
    public void putOff(Map<String, FetchException> failures, Instant now, Instant until) {
        Runnable first;
        synchronized (this) {
            first = onPutOff;
        }
        first.run();
        synchronized (rows) {
            ours(failures.keySet()).forEach(row -> {
                row.dueAt = until;
                row.claimedBy = null;
                row.failures++;
            });
        }
    }

    @Override
    public void hasten(Collection<String> urls, Instant now) {
        synchronized (rows) {
            urls.stream()
                    .map(rows::get)
                    .filter(row -> row.dueAt != null && row.claimedBy == null)
                    .forEach(row -> row.dueAt = now);
        }
    }

    @Override
    public List<KnownDetails> renewable(String group, Instant since, int most) {
        synchronized (rows) {
            return rows.values().stream()
                    .filter(row -> group.equals(row.group)
                            && row.dueAt != null
                            && row.fetchedAt != null
                            && !row.fetchedAt.isBefore(since)
                            && row.failures == 0
                            && !row.fromOpenGraph
                            && !isOthers(row))
                    .sorted(Comparator.comparing(row -> row.dueAt))
                    .limit(most)
                    .map(Row::known)
                    .toList();
        }
    }

    private boolean isOurs(Row row) {
        return node.equals(row.claimedBy);
    }

    private boolean isOthers(Row row) {
        return row.claimedBy != null && !isOurs(row);
    }

    private Stream<Row> ours(Collection<String> urls) {
        return urls.stream().map(rows::get).filter(this::isOurs);
    }
}
