package org.bugloss.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.bugloss.it.Http;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * What reading costs, by what a resource in the same server costs that returns as many bytes and does nothing else. It wants the
 * machine for itself.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ReadBenchmark {

    private static final int MILLION = 1_000_000;
    private static final int DETAILS = 200_000;
    private static final int FEW = 1_000;

    private static final Duration TURN = Duration.ofSeconds(1);

    /** Compilers take their time, on two processors that are busy with the load. */
    private static final int ROUNDS_TO_WARM_UP = 15;

    private static final int ROUNDS = 7;

    private static final Duration SHORT_TURN = Duration.ofMillis(500);
    private static final int SHORT_ROUNDS_TO_WARM_UP = 6;

    private static final String LIST = "/api/link-references";
    private static final int PAGE = 100;
    private static final int DEEP = 10_000;
    private static final List<String> SORTS = List.of("id", "-id", "updated", "-updated", "fetched", "-fetched");

    /** The beginning of a word in the title of one bug; and a word in all titles. */
    private static final Map<String, String> SEARCHES =
            Map.of("one bug's word", "8f14e45fce", "everybody's word", "crash");

    private static final int BULK = 20_000;
    private static final Duration HALF_OF_MIXTURE = Duration.ofMinutes(1);
    private static final int EXPIRING = 4_000;

    private final Ratios ratios = new Ratios(
            "One WildFly with -Xmx256m, PostgreSQL, 16 connections, %d processors for all of it, load average before %.1f"
                    .formatted(
                            Runtime.getRuntime().availableProcessors(),
                            ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));

    private Reads many;
    private Reads few;

    @BeforeAll
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void start() {
        few = Reads.undisturbed(FEW, FEW);
        many = Reads.undisturbed(MILLION, DETAILS);
    }

    @AfterAll
    void stop() {
        System.out.println(ratios);
        boolean outOfMemory = (many.server().log() + few.server().log()).contains("OutOfMemoryError");
        many.close();
        few.close();
        assertFalse(outOfMemory);
    }

    @Test
    @Order(1)
    void detailsCostHardlyMoreThanAnEmptyResource() {
        Turns<Load.Result> turns = new Turns<Load.Result>()
                .with("constant", () -> many.constant(TURN, "brief"))
                .with("bare servlet", () -> many.constant(TURN, "bare"))
                .with("get", () -> many.gets(TURN))
                .with("get among few", () -> few.gets(TURN))
                .with("304", () -> many.notModified(TURN))
                .with("304 among few", () -> few.notModified(TURN))
                .with("spread", () -> many.spread(TURN))
                .with("primary key", () -> many.primaryKey(TURN))
                .with("long constant", () -> many.constant(TURN, "lengthy"))
                .with("query", () -> many.queries(TURN))
                .with("query among few", () -> few.queries(TURN))
                .take(ROUNDS_TO_WARM_UP, ROUNDS);
        double rate = turns.ratio("get", "constant", Load.Result::perSecond);
        ratios.atLeast("cached GET: rate / constant resource", rate, 1.2);
        ratios.aim("", rate, ">= 2");
        ratios.atMost(
                "  99th percentile / constant resource", turns.ratio("get", "constant", Load.Result::slowest), 1.2);
        ratios.control(
                "  rate / servlet that returns as many bytes, the least there is",
                turns.ratio("get", "bare servlet", Load.Result::perSecond));
        ratios.control(
                "  that servlet's rate / constant resource",
                turns.ratio("bare servlet", "constant", Load.Result::perSecond));
        ratios.atLeast("304: rate / constant resource", turns.ratio("304", "constant", Load.Result::perSecond), 1.3);
        double spread = turns.ratio("spread", "constant", Load.Result::perSecond);
        ratios.atLeast("GETs spread over %,d details: rate / constant resource".formatted(DETAILS), spread, 0.4);
        ratios.aim("", spread, ">= 0.7");
        ratios.aim(
                "  rate / read of one column by primary key, in JAX-RS",
                turns.ratio("spread", "primary key", Load.Result::perSecond),
                ">= 0.6");
        double query = turns.ratio("long constant", "query", Load.Result::perSecond);
        ratios.atMost("query of %d, cached: time / constant resource".formatted(Reads.QUERIED), query, 4);
        ratios.aim("", query, "<= 2.5");
        ratios.aim("  time / cached GET", turns.ratio("get", "query", Load.Result::perSecond), "<= 6");
        for (String what : List.of("get", "304", "query")) {
            ratios.atLeast(
                    "%s with %,d references and %,d details: rate / %,d and %,d"
                            .formatted(what, MILLION, DETAILS, FEW, FEW),
                    turns.ratio(what, what + " among few", Load.Result::perSecond),
                    0.9);
        }
        for (String what : List.of("constant", "get", "304", "spread", "primary key", "long constant", "query")) {
            ratios.control("  %s: a second".formatted(what), Math.rint(turns.median(what, Load.Result::perSecond)));
        }
        assertEquals(List.of(), ratios.broken());
    }

    @Test
    @Order(2)
    void listsCostTheSameWhereverThePageIsAndHoweverManyThereAre() {
        Turns<Load.Result> turns = new Turns<>();
        for (String sort : SORTS) {
            String target = LIST + "?sort=" + sort;
            String deep = target + "&after=" + many.rows().cursor(sort, (DEEP - 1) * PAGE);
            assertEquals(PAGE, items(many.ok(deep)));
            turns.with(sort, () -> many.page(SHORT_TURN, target));
            turns.with(sort + " deep", () -> many.page(SHORT_TURN, deep));
        }
        SEARCHES.forEach((name, word) -> {
            String target = LIST + "?q=" + word;
            assertTrue(items(few.ok(target)) >= 1);
            turns.with(name, () -> many.page(SHORT_TURN, target));
            turns.with(name + " among few", () -> few.page(SHORT_TURN, target));
        });
        turns.take(SHORT_ROUNDS_TO_WARM_UP, ROUNDS);
        for (String sort : SORTS) {
            ratios.atLeast(
                    "list by %s: rate of page %,d / page 1".formatted(sort, DEEP),
                    turns.ratio(sort + " deep", sort, Load.Result::perSecond),
                    0.8);
        }
        for (String name : SEARCHES.keySet()) {
            ratios.atLeast(
                    "list by q, %s: rate with %,d references / %,d".formatted(name, MILLION, FEW),
                    turns.ratio(name, name + " among few", Load.Result::perSecond),
                    0.8);
        }
        assertEquals(List.of(), ratios.broken());
    }

    private static int items(Http.Answer answer) {
        return answer.json().getJsonArray("items").size();
    }

    @Test
    @Order(3)
    void linesComeAndGoByTheThousand() {
        Lines lines = new Lines(many.server().http());
        lines.received(LIST, MILLION);
        ratios.atLeast(
                "NDJSON of %,d references: lines a second".formatted(MILLION), lines.received(LIST, MILLION), 20_000);
        IntFunction<String> override =
                i -> "{\"url\":\"%s\",\"title\":\"Known since 4.1\",\"status\":\"parked\",\"resolved\":false}"
                        .formatted(many.url(i));
        IntFunction<String> reference =
                i -> "{\"execution_id\":\"NEW-%d\",\"name\":\"crash\",\"url\":\"%s\",\"is_defect\":true}"
                        .formatted(i / PAGE, many.url(i));
        lines.sent("/api/details/overrides", BULK / 2, override);
        double overrides = lines.sent("/api/details/overrides", BULK, override);
        ratios.atLeast("bulk overrides: lines a second", overrides, 2_000);
        ratios.aim("", overrides, ">= 5,000");
        lines.sent(LIST, BULK / 2, reference);
        double references = lines.sent(LIST, BULK, i -> reference.apply(i + BULK));
        ratios.atLeast("bulk references: lines a second", references, 2_000);
        ratios.aim("", references, ">= 5,000");
        assertEquals(List.of(), ratios.broken());
    }

    @Test
    @Order(4)
    void nothingFailsAndNothingPilesUpWhereReadsAndWritesComeTogether() {
        many.close();
        few.close();
        try (PunctualUpstream upstream =
                        PunctualUpstream.start("127.0.0.1", "text/html; charset=utf-8", Mixture::page);
                Reads mixed = Reads.refreshed(upstream, DETAILS, DETAILS)) {
            Mixture mixture = new Mixture(mixed);
            mixed.rows().expireWithin(HALF_OF_MIXTURE.multipliedBy(2), EXPIRING);
            Load.Result first = mixed.mixture(HALF_OF_MIXTURE, mixture::next);
            long middle = Heap.alive(mixed.server().pid());
            Load.Result second = mixed.mixture(HALF_OF_MIXTURE, mixture::next);
            long end = Heap.alive(mixed.server().pid());
            String failure = first.firstRefused() == null ? second.firstRefused() : first.firstRefused();
            assertNull(failure);
            ratios.atMost("mixed load for two minutes: errors", first.refused() + second.refused(), 0);
            ratios.atMost("  live heap, end / middle", (double) end / middle, 1.05);
            ratios.control("  live heap at the end: MB", Math.rint(end / 1e6));
            ratios.control("  answers a second", Math.rint(second.perSecond()));
            ratios.control("  pages that the timer and callers fetched meanwhile", upstream.requests());
            assertFalse(mixed.server().log().contains("OutOfMemoryError"));
        }
        assertEquals(List.of(), ratios.broken());
    }
}
