package org.bugloss.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What it costs that a system has an audience, for who is in it: by the same reads of a system that has none. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class AudienceBenchmark {

    private static final int REFERENCES = 20_000;
    private static final int DETAILS = 10_000;
    private static final int CHANGES = 500;

    private static final Duration TURN = Duration.ofMillis(500);
    private static final int ROUNDS_TO_WARM_UP = 6;
    private static final int ROUNDS = 7;

    /** No more than 1.3 times slower. The measurements are short, and what else the machine does shows in them. */
    private static final String AIM = ">= 0.77";

    private static final Map<String, String> PAGES = Map.of(
            "list", "/api/link-references?embed=details",
            "list by time", "/api/link-references?embed=details&sort=-updated",
            "list of open ones", "/api/link-references?embed=details&resolved=false",
            "list by q", "/api/link-references?embed=details&q=8f14e45fce",
            "summary", "/api/link-references/summary?execution_id=TE-7",
            "changes", "/api/changes?limit=" + CHANGES);

    @Test
    void whoIsInTheAudienceHardlyNoticesIt() {
        Ratios ratios = new Ratios("Three WildFlys with -Xmx256m, PostgreSQL, 16 connections, load average before %.1f"
                .formatted(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
        try (Reads open = Reads.ofSystem(REFERENCES, DETAILS, "readers", "*");
                Reads readers = Reads.ofSystem(REFERENCES, DETAILS, "readers", "token:" + Reads.TOKEN);
                Reads someReaders = Reads.ofSystem(REFERENCES, DETAILS, "private-readers", "none")) {
            Map<String, Reads> servers = new LinkedHashMap<>();
            servers.put("open", open);
            servers.put("readers", readers);
            servers.put("private-readers", someReaders);
            Turns<Load.Result> turns = new Turns<>();
            servers.forEach((name, server) -> {
                new Lines(server.server().http())
                        .sent(
                                "/api/details/overrides",
                                CHANGES,
                                i -> "{\"url\":\"%s\",\"title\":\"Crash when saving\",\"resolved\":%s}"
                                        .formatted(server.url(i), i % 3 != 0));
                assertEquals(
                        CHANGES,
                        server.ok("/api/changes?limit=" + CHANGES)
                                .json()
                                .getJsonArray("items")
                                .size());
                turns.with("GET, " + name, () -> server.gets(TURN));
                turns.with("query, " + name, () -> server.queries(TURN));
                PAGES.forEach((page, target) -> turns.with(page + ", " + name, () -> server.page(TURN, target)));
            });
            turns.take(ROUNDS_TO_WARM_UP, ROUNDS);
            for (String audience : servers.keySet()) {
                if (!audience.equals("open")) {
                    limits(ratios, turns, "GET", audience);
                    limits(ratios, turns, "query", audience);
                    PAGES.keySet().stream().sorted().forEach(page -> limits(ratios, turns, page, audience));
                }
            }
        } finally {
            System.out.println(ratios);
        }
    }

    private static void limits(Ratios ratios, Turns<Load.Result> turns, String what, String audience) {
        String limited = what + ", " + audience;
        String open = what + ", open";
        ratios.aim(limited + ": rate / without an audience", turns.ratio(limited, open, Load.Result::perSecond), AIM);
        ratios.control("  without one: a second", Math.rint(turns.median(open, Load.Result::perSecond)));
    }
}
