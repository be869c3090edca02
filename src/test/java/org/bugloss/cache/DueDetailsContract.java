package org.bugloss.cache;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.junit.jupiter.api.Test;

/** What holds of claims whoever keeps the table: H2, PostgreSQL, or the memory that tests of the refresh have in its place. */
public abstract class DueDetailsContract {

    /** How long the details of each row are fresh. */
    protected static final Duration TTL = Duration.ofHours(1);

    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final Duration SOON = TTL.dividedBy(5);

    /**
     * A row.
     *
     * @param lane {@code null} where the timer leaves it alone; so is {@code dueAt} then
     * @param group {@code null} where nobody tells of its changes
     * @param fetchedAt {@code null} where nothing was ever fetched
     */
    public record Row(
            String url,
            String lane,
            String group,
            boolean fromOpenGraph,
            Instant fetchedAt,
            Instant dueAt,
            int failures) {}

    /** Adds a row to the table of this test. */
    protected abstract void add(Row row) throws Exception;

    /** One more node at the table of this test. */
    protected abstract DueDetails node() throws Exception;

    private void row(String url, String lane, Instant dueAt) throws Exception {
        add(new Row(url, lane, null, false, null, dueAt, 0));
    }

    private void failing(String url, String lane, Instant dueAt, int failures) throws Exception {
        add(new Row(url, lane, null, false, null, dueAt, failures));
    }

    private void fetched(String url, String lane, Instant fetchedAt, Instant dueAt) throws Exception {
        add(new Row(url, lane, null, false, fetchedAt, dueAt, 0));
    }

    private void inGroup(String url, Instant fetchedAt) throws Exception {
        add(new Row(url, "acme", "g", false, fetchedAt, START.plusSeconds(100), 0));
    }

    private static List<KnownDetails> rows(DueDetails due, int most, int batch, Instant now) {
        return due.claim("acme", most, batch, false, now, SOON, now.plus(LEASE));
    }

    private static List<String> claim(DueDetails due, int most, Instant now) {
        return claim(due, most, 1, now);
    }

    private static List<String> claim(DueDetails due, int most, int batch, Instant now) {
        return urls(rows(due, most, batch, now));
    }

    private static List<String> urls(List<KnownDetails> rows) {
        return rows.stream().map(KnownDetails::url).toList();
    }

    private static void giveBack(DueDetails due, String url) {
        due.giveBack(List.of(new KnownDetails(
                url, "Acme", null, null, false, null, null, START, 0, null, Freshness.UNKNOWN, null, START, null)));
    }

    @Test
    void tellsOfEachLaneSinceWhenItIsOverdue() throws Exception {
        row("http://a/1", "acme", START.minusSeconds(10));
        row("http://a/2", "acme", START.minusSeconds(20));
        row("http://b/1", "//b", START.minusSeconds(30));
        row("http://c/1", "//c", START.plusSeconds(1));
        row("http://d/1", null, null);

        Map<String, Instant> expected = new LinkedHashMap<>();
        expected.put("//b", START.minusSeconds(30));
        expected.put("acme", START.minusSeconds(20));
        assertEquals(
                List.copyOf(expected.entrySet()),
                List.copyOf(node().lanes(START).entrySet()));
    }

    @Test
    void tellsOfNoLaneWhereThereIsNothing() throws Exception {
        assertEquals(Map.of(), node().lanes(START));
    }

    @Test
    void whatIsDueNowIsDue() throws Exception {
        row("http://a/1", "acme", START);
        DueDetails due = node();

        assertEquals(Map.of(), due.lanes(START.minusMillis(1)));
        assertEquals(List.of(), claim(due, 1, START.minusMillis(1)));
        assertEquals(Map.of("acme", START), due.lanes(START));
        assertEquals(List.of("http://a/1"), claim(due, 1, START));
    }

    @Test
    void aClaimTellsWhatIsCachedAndSinceWhenItWasDue() throws Exception {
        fetched("http://a/1", "acme", START.minusSeconds(3600), START.minusSeconds(2));

        KnownDetails row = rows(node(), 1, 1, START).get(0);

        assertEquals(START.minusSeconds(3600), row.fetchedAt());
        assertEquals(START.minusSeconds(2), row.dueAt());
        assertEquals(0, row.failures());
    }

    @Test
    void claimsTheLongestOverdueFirstAndNobodyGetsThemBeforeTheLeaseEnds() throws Exception {
        for (int i = 1; i <= 5; i++) {
            row("http://a/" + i, "acme", START.minusSeconds(i));
        }
        DueDetails due = node();
        DueDetails other = node();

        assertEquals(List.of("http://a/5", "http://a/4"), claim(due, 2, START));
        assertEquals(List.of("http://a/3", "http://a/2", "http://a/1"), claim(other, 10, START));
        assertEquals(List.of(), claim(due, 10, START.plus(LEASE).minusMillis(1)));
        assertEquals(5, claim(due, 10, START.plus(LEASE)).size());
    }

    @Test
    void manyNodesAtOnceGetEveryRowOnce() throws Exception {
        for (int i = 0; i < 400; i++) {
            row("http://a/" + i, "acme", START.minusSeconds(i));
        }
        ExecutorService nodes = Executors.newFixedThreadPool(4);
        try {
            List<Future<List<String>>> claims = new ArrayList<>();
            for (int node = 0; node < 4; node++) {
                DueDetails its = node();
                claims.add(nodes.submit(() -> {
                    List<String> got = new ArrayList<>();
                    for (int i = 0; i < 40; i++) {
                        got.addAll(claim(its, 20, START));
                    }
                    return got;
                }));
            }
            List<String> all = new ArrayList<>();
            for (Future<List<String>> claim : claims) {
                all.addAll(claim.get(60, TimeUnit.SECONDS));
            }
            assertEquals(400, all.size());
            assertEquals(400, new HashSet<>(all).size());
        } finally {
            nodes.shutdownNow();
        }
    }

    @Test
    void fillsABatchUpWithWhatIsInTheLastFifthOfItsTtl() throws Exception {
        row("http://a/due", "acme", START.minusSeconds(1));
        fetched("http://a/late", "acme", START.minusSeconds(3000), START.plusSeconds(300));
        fetched("http://a/early", "acme", START.minusSeconds(2000), START.plusSeconds(200));
        fetched("http://b/late", "other", START.minusSeconds(3000), START.plusSeconds(300));
        DueDetails due = node();

        assertEquals(List.of("http://a/due"), claim(due, 10, 1, START));
        giveBack(due, "http://a/due");
        assertEquals(List.of("http://a/due", "http://a/late"), claim(due, 10, 10, START));
        assertEquals(List.of(), claim(due, 10, 10, START.plusSeconds(1)));
    }

    @Test
    void fillsNoBatchUpWithWhatFailedOrWasNeverFetchedOrComesDueLater() throws Exception {
        row("http://a/due", "acme", START.minusSeconds(1));
        add(new Row("http://a/failed", "acme", null, false, START.minusSeconds(3000), START.plusSeconds(300), 1));
        row("http://a/never", "acme", START.plusSeconds(300));
        fetched(
                "http://a/later",
                "acme",
                START.minusSeconds(3000),
                START.plus(SOON).plusMillis(1));

        assertEquals(List.of("http://a/due"), claim(node(), 10, 10, START));
    }

    @Test
    void fillsNoBatchUpBeyondWhatIsWanted() throws Exception {
        row("http://a/due", "acme", START.minusSeconds(1));
        fetched("http://a/1", "acme", START.minusSeconds(3000), START.plusSeconds(300));
        fetched("http://a/2", "acme", START.minusSeconds(3000), START.plusSeconds(301));

        assertEquals(List.of("http://a/due", "http://a/1"), claim(node(), 2, 10, START));
    }

    @Test
    void whatIsClaimedFillsNobodysBatch() throws Exception {
        fetched("http://a/1", "acme", START.minusSeconds(3600), START.minusSeconds(2));
        claim(node(), 10, START);
        row("http://a/2", "acme", START.minusSeconds(1));
        assertEquals(List.of("http://a/2"), claim(node(), 10, 10, START));
    }

    @Test
    void onlyWhoClaimedExtendsALeaseOrGivesBack() throws Exception {
        row("http://a/1", "acme", START);
        DueDetails due = node();
        DueDetails other = node();
        claim(due, 1, START);

        assertEquals(Set.of(), other.extend(List.of("http://a/1"), START.plusSeconds(500)));
        giveBack(other, "http://a/1");
        assertEquals(List.of(), claim(other, 1, START));
        assertEquals(Set.of("http://a/1"), due.extend(List.of("http://a/1"), START.plusSeconds(500)));
        assertEquals(List.of(), claim(other, 1, START.plusSeconds(499)));
        giveBack(due, "http://a/1");
        assertEquals(Map.of("acme", START), due.lanes(START));
        assertEquals(List.of("http://a/1"), claim(other, 1, START));
    }

    @Test
    void whoeverClaimsAfterALeaseHasTheRowAndNobodyElse() throws Exception {
        row("http://a/1", "acme", START);
        DueDetails late = node();
        DueDetails other = node();
        claim(late, 1, START);
        Instant leaseEnd = START.plus(LEASE);

        assertEquals(List.of("http://a/1"), claim(other, 1, leaseEnd));

        assertEquals(Set.of(), late.extend(List.of("http://a/1"), leaseEnd.plusSeconds(500)));
        giveBack(late, "http://a/1");
        assertEquals(Map.of("acme", leaseEnd.plus(LEASE)), late.lanes(leaseEnd.plus(LEASE)));
    }

    @Test
    void hastensWhatNoNodeIsAt() throws Exception {
        row("http://a/1", "acme", START.plusSeconds(1000));
        row("http://a/2", null, null);
        DueDetails due = node();
        due.hasten(List.of("http://a/1", "http://a/2"), START);
        assertEquals(List.of("http://a/1"), claim(due, 10, START));
        // Claimed by now, by whomever.
        due.hasten(List.of("http://a/1"), START);
        node().hasten(List.of("http://a/1"), START);
        assertEquals(List.of(), claim(due, 10, START));
    }

    @Test
    void aSourceInTroubleIsTriedWithWhatItAnsweredBefore() throws Exception {
        failing("http://a/1", "acme", START.minusSeconds(9), 3);
        row("http://a/2", "acme", START.minusSeconds(8));
        DueDetails due = node();
        for (String url : List.of("http://a/2", "http://a/1")) {
            assertEquals(List.of(url), urls(due.claim("acme", 1, 1, true, START, SOON, START.plus(LEASE))));
        }
    }

    @Test
    void aQuestionAboutChangesRenewsAllOfItsGroupThatNoOtherNodeIsAt() throws Exception {
        Instant since = START.minusSeconds(100);
        DueDetails due = node();
        // Who claims first gets what is due first.
        add(new Row("http://a/theirs", "acme", "g", false, since, START.minusSeconds(2), 0));
        claim(node(), 1, START);
        add(new Row("http://a/mine", "acme", "g", false, since, START.minusSeconds(1), 0));
        claim(due, 1, START);
        inGroup("http://a/free", since);
        inGroup("http://a/older", since.minusSeconds(1));
        add(new Row("http://a/page", "acme", "g", true, since, START.plusSeconds(100), 0));
        add(new Row("http://a/failed", "acme", "g", false, since, START.plusSeconds(100), 1));
        add(new Row("http://a/unwatched", null, "g", false, since, null, 0));
        fetched("http://b/1", "acme", since, START.plusSeconds(100));

        assertEquals(
                Set.of("http://a/mine", "http://a/free"),
                due.renewable("g", since, 100).stream().map(KnownDetails::url).collect(Collectors.toSet()));
        assertEquals(List.of("http://a/mine"), urls(due.renewable("g", since, 1)));
    }

    @Test
    void whatIsPutOffIsLeftAloneUntilThenAndCountsAsFailed() throws Exception {
        fetched("http://a/1", "acme", START.minusSeconds(3600), START);
        DueDetails due = node();
        claim(due, 1, START);

        due.putOff(Map.of("http://a/1", refused()), START, START.plusSeconds(86_400));

        assertEquals(Map.of(), due.lanes(START.plusSeconds(86_399)));
        KnownDetails row = rows(node(), 1, 1, START.plusSeconds(86_400)).get(0);
        assertEquals(START.minusSeconds(3600), row.fetchedAt());
        assertEquals(1, row.failures());
    }

    @Test
    void onlyWhoClaimedPutsOff() throws Exception {
        row("http://a/1", "acme", START);
        claim(node(), 1, START);

        node().putOff(Map.of("http://a/1", refused()), START, START.plusSeconds(86_400));

        assertEquals(1, rows(node(), 1, 1, START.plus(LEASE)).size());
    }

    private static FetchException refused() {
        return new FetchException(FailureReason.ADDRESS_NOT_ALLOWED, "the URL can't be read any more");
    }
}
