package org.bugloss.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
    private static final int ROUNDS_TO_WARM_UP = 5;
    private static final int ROUNDS = 7;

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
        few = new Reads(FEW, FEW);
        many = new Reads(MILLION, DETAILS);
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
}
