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
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.bugloss.cache.DueDetails;
import org.bugloss.cache.KnownDetails;
import org.bugloss.cache.Schedule;
import org.bugloss.outbound.Freshness;

/** The table of what is due, in memory, as one node sees it. Safe for use by several threads. */
final class Table extends DueDetails {

    /** How long details are fresh. */
    static final Duration TTL = Duration.ofHours(1);

    private final Map<String, Row> rows = new HashMap<>();
    private final Map<String, List<Row>> lanes = new HashMap<>();
    private final List<Integer> claims = new ArrayList<>();
    private Runnable onClaim = () -> {};

    private static final class Row {

        private final String url;
        private final String system;
        private final String group;
        private Instant dueAt;
        private Instant fetchedAt;
        private int failures;
        private boolean ours;
        private boolean others;

        Row(String url, String system, String group, Instant dueAt) {
            this.url = url;
            this.system = system;
            this.group = group;
            this.dueAt = dueAt;
            this.fetchedAt = dueAt.minusMillis((long) (TTL.toMillis() * Schedule.EARLIEST));
        }

        KnownDetails known() {
            return new KnownDetails(
                    url,
                    "Tracked",
                    system,
                    false,
                    false,
                    fetchedAt,
                    fetchedAt,
                    fetchedAt,
                    failures,
                    "f",
                    Freshness.UNKNOWN,
                    group,
                    dueAt);
        }
    }

    /** @param system {@code null} for a page; so is {@code group} for bugs whose changes nobody tells */
    synchronized void add(String url, String lane, String system, String group, Instant dueAt) {
        Row row = new Row(url, system, group, dueAt);
        rows.put(url, row);
        lanes.computeIfAbsent(lane, name -> new ArrayList<>()).add(row);
    }

    /** What is done on the thread that claims, before it does. */
    synchronized void onClaim(Runnable first) {
        onClaim = first;
    }

    /** What came of a claim is stored. */
    synchronized void stored(Collection<String> urls, Instant now, boolean failed) {
        urls.forEach(url -> {
            Row row = rows.get(url);
            row.ours = false;
            row.failures = failed ? row.failures + 1 : 0;
            row.fetchedAt = failed ? row.fetchedAt : now;
            row.dueAt = now.plus(failed ? TTL.dividedBy(60) : TTL);
        });
    }

    /** What is told to hold still does. */
    synchronized Set<String> renew(Collection<String> urls, Instant at) {
        Set<String> renewed = new HashSet<>(urls);
        renewed.removeIf(url -> rows.get(url).others);
        stored(renewed, at, false);
        return renewed;
    }

    /** Another node takes a row, as it may when its lease has ended. */
    synchronized void taken(String url, Instant leaseEnd) {
        Row row = rows.get(url);
        row.ours = false;
        row.others = true;
        row.dueAt = leaseEnd;
    }

    synchronized Instant dueAt(String url) {
        return rows.get(url).dueAt;
    }

    /** How many rows this node has claimed. */
    synchronized long claimed() {
        return rows.values().stream().filter(row -> row.ours).count();
    }

    /** How many rows each claim found. */
    synchronized List<Integer> claims() {
        return List.copyOf(claims);
    }

    @Override
    public synchronized Map<String, Instant> lanes(Instant now) {
        Map<String, Instant> oldest = new HashMap<>();
        lanes.forEach((lane, ofLane) -> ofLane.stream()
                .map(row -> row.dueAt)
                .filter(dueAt -> !dueAt.isAfter(now))
                .min(Instant::compareTo)
                .ifPresent(dueAt -> oldest.put(lane, dueAt)));
        Map<String, Instant> inOrder = new LinkedHashMap<>();
        oldest.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .forEach(lane -> inOrder.put(lane.getKey(), lane.getValue()));
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
        synchronized (this) {
            List<Row> claimed = new ArrayList<>();
            Predicate<Row> isDue = row -> !row.dueAt.isAfter(now);
            if (proven) {
                claimed.addAll(rows(lane, isDue.and(row -> row.failures == 0), most));
            }
            if (claimed.isEmpty()) {
                claimed.addAll(rows(lane, isDue, most));
            }
            int more = Math.min(batch, most) - claimed.size();
            if (!claimed.isEmpty() && more > 0) {
                claimed.addAll(rows(
                        lane,
                        row -> row.dueAt.isAfter(now)
                                && !row.dueAt.isAfter(now.plus(soon))
                                && !row.ours
                                && !row.others
                                && row.failures == 0,
                        more));
            }
            claims.add(claimed.size());
            List<KnownDetails> known = claimed.stream().map(Row::known).toList();
            claimed.forEach(row -> {
                row.dueAt = leaseEnd;
                row.ours = true;
                row.others = false;
            });
            return known;
        }
    }

    private List<Row> rows(String lane, Predicate<Row> which, int most) {
        return lanes.getOrDefault(lane, List.of()).stream()
                .filter(which)
                .sorted(Comparator.comparing(row -> row.dueAt))
                .limit(most)
                .toList();
    }

    @Override
    public synchronized Set<String> extend(Collection<String> urls, Instant leaseEnd) {
        Set<String> extended = new HashSet<>();
        ours(urls).forEach(row -> {
            row.dueAt = leaseEnd;
            extended.add(row.url);
        });
        return extended;
    }

    @Override
    public synchronized void giveBack(Collection<KnownDetails> claims) {
        claims.forEach(claim -> ours(List.of(claim.url())).forEach(row -> {
            row.dueAt = claim.dueAt();
            row.ours = false;
        }));
    }

    @Override
    public synchronized void hasten(Collection<String> urls, Instant now) {
        urls.stream().map(rows::get).filter(row -> !row.ours && !row.others).forEach(row -> row.dueAt = now);
    }

    @Override
    public synchronized List<KnownDetails> renewable(String group, Instant since, int most) {
        return rows.values().stream()
                .filter(row ->
                        group.equals(row.group) && !row.fetchedAt.isBefore(since) && row.failures == 0 && !row.others)
                .sorted(Comparator.comparing(row -> row.dueAt))
                .limit(most)
                .map(Row::known)
                .toList();
    }

    private Stream<Row> ours(Collection<String> urls) {
        return urls.stream().map(rows::get).filter(row -> row.ours);
    }
}
