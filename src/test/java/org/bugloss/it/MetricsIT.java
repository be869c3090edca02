package org.bugloss.it;

import static org.bugloss.it.DetailsIT.assertProblem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code GET /api/metrics}. The timer sends requests meanwhile, for the links of other tests: of what goes out, a test
 * knows the least, of what callers ask for, all. {@link AccessIT} has who may see them.
 */
@OnServer
class MetricsIT {

    private static final String METRICS = "/api/metrics";

    private static final Pattern COMMENT = Pattern.compile("# (HELP|TYPE) ((?:bugloss|jvm)_[a-z_]+) (.+)");
    private static final Pattern SAMPLE = Pattern.compile(
            "((bugloss|jvm)_[a-z_]+(\\{[a-z]+=\"[^\"\\\\]*\"(,[a-z]+=\"[^\"\\\\]*\")*})?)" + " ([0-9.E+-]+|NaN)");

    @ArquillianResource
    Http bugloss;

    @ArquillianResource
    Upstream upstream;

    @Test
    void everyLineIsOfThePrometheusTextFormat() {
        String text = metrics();

        assertTrue(text.endsWith("\n"), text);
        Set<String> types = new HashSet<>();
        for (String line : text.lines().toList()) {
            Matcher comment = COMMENT.matcher(line);
            if (!comment.matches()) {
                assertTrue(SAMPLE.matcher(line).matches(), line);
                assertTrue(types.stream().anyMatch(line::startsWith), () -> "no type before " + line);
            } else if (comment.group(1).equals("TYPE")) {
                assertTrue(types.add(comment.group(2)), () -> "twice: " + line);
                assertTrue(Set.of("counter", "gauge", "summary", "histogram").contains(comment.group(3)), line);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*/*",
                "text/plain",
                "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                        + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
            })
    void theMediaTypeIsThatOfTheFormat(String accept) {
        Http.Answer answer = bugloss.get(METRICS, "Accept", accept);

        assertEquals(200, answer.status(), answer::toString);
        // In any order: the servers differ.
        assertEquals(
                Set.of("text/plain", "version=0.0.4", "charset=utf-8"),
                Set.of(answer.header("Content-Type")
                        .orElse("")
                        .toLowerCase(Locale.ROOT)
                        .split("; ?")));
        assertEquals("no-store", answer.header("Cache-Control").orElse(""));
    }

    @Test
    void whatThereIsToSeeIsThereFromTheStart() {
        Map<String, Double> seen = samples();

        for (String name : List.of(
                "bugloss_outbound_requests_total{outcome=\"2xx\"}",
                "bugloss_outbound_requests_total{outcome=\"429\"}",
                "bugloss_outbound_requests_total{outcome=\"timeout\"}",
                "bugloss_outbound_seconds_count",
                "bugloss_outbound_seconds_sum",
                "bugloss_outbound_seconds_max",
                "bugloss_lanes_queued{priority=\"caller\"}",
                "bugloss_lanes_queued{priority=\"refresh\"}",
                "bugloss_lanes_running",
                "bugloss_lookups_total{result=\"refused\"}",
                "bugloss_changes_total{kind=\"gone\"}",
                "bugloss_database_up",
                "bugloss_database_connections",
                "bugloss_details_age_seconds_count",
                "bugloss_refresh_details_total{outcome=\"failed\"}",
                "bugloss_refresh_oldest_overdue_seconds",
                "bugloss_refresh_round_seconds_count",
                "bugloss_gate_state{state=\"paused\",system=\"hub\"}",
                "bugloss_hooks_total{result=\"refused\",system=\"hub\"}",
                "bugloss_upstream_requests_total{outcome=\"429\",system=\"hub\"}")) {
            assertTrue(seen.containsKey(name), () -> name + " in " + seen.keySet());
        }
        for (String name : List.of("jvm_memory_used_bytes", "bugloss_build_info{version=\"")) {
            assertTrue(seen.keySet().stream().anyMatch(one -> one.startsWith(name)), name);
        }
    }

    @Test
    void aLookupThatWaitsForAFetchAndOneThatDoesNotAreToldApart() {
        upstream.on("/metrics/page", Route.page("Counted", ""));
        Map<String, Double> before = samples();

        details("/metrics/page");
        details("/metrics/page");
        details("/metrics/page");

        assertEquals(Map.of("fetched", 1, "fresh", 2), lookupsSince(before));
        assertTrue(since(before, "bugloss_outbound_requests_total{outcome=\"2xx\"}") >= 1);
        assertTrue(since(before, "bugloss_outbound_seconds_count") >= 1);
        assertTrue(since(before, "bugloss_outbound_seconds_sum") > 0);
    }

    @Test
    void whatIsTooOldCountsAsStale() {
        upstream.on("/quick/metrics", Route.page("Soon old", ""));
        details("/quick/metrics");
        upstream.on("/quick/metrics", Route.slow(Duration.ofSeconds(2), Route.page("New", "")));
        Map<String, Double> before = samples();

        Http.eventually(() -> details("/quick/metrics"), answer -> answer.json().getBoolean("stale"));

        assertEquals(1, lookupsSince(before).get("stale"));
    }

    @Test
    void aLookupThatFailsCountsAsOneAndTheRequestByItsStatus() {
        Map<String, Double> before = samples();

        assertProblem(details("/404?metrics"), 404);
        assertProblem(details("/404?metrics"), 404);
        assertProblem(details("/503?metrics"), 502);

        assertEquals(Map.of("failed", 3), lookupsSince(before));
        assertTrue(since(before, "bugloss_outbound_requests_total{outcome=\"4xx\"}") >= 1);
        assertTrue(since(before, "bugloss_outbound_requests_total{outcome=\"5xx\"}") >= 1);
    }

    @Test
    void aQueryCountsEachBugAndNotWhatIsNoUrl() {
        upstream.on("/metrics/one", Route.page("One", ""));
        String one = upstream.uri("/metrics/one").toString();
        String gone = upstream.uri("/metrics/gone").toString();
        String query = Json.createObjectBuilder()
                .add("urls", Json.createArrayBuilder().add(one).add(gone).add("ftp://x/"))
                .build()
                .toString();
        Map<String, Double> before = samples();

        bugloss.post("/api/details/query", query);
        bugloss.post("/api/details/query", query);

        assertEquals(Map.of("fetched", 1, "fresh", 1, "failed", 2), lookupsSince(before));
    }

    @Test
    void theMetricsTellNeitherHostNorPathNorCredential() {
        upstream.on("/metrics/secret-path", Route.page("Secret title", ""));
        details("/metrics/secret-path?secret=query");
        details("/github/secret-owner/secret-repo/issues/1");
        bugloss.get("/api/details?url=" + Http.encoded("http://10.11.12.13/"));

        String text = metrics();

        for (String told : List.of("secret", "s3cret", "127.0.0.1", "10.11.12.13", "localhost", "http:", "/metrics")) {
            assertFalse(text.contains(told), () -> told + " in " + text);
        }
    }

    @Test
    void theMetricsAreOnlyToBeRead() {
        for (String method : List.of("POST", "PUT", "DELETE")) {
            assertProblem(bugloss.send(method, METRICS, ""), 405);
        }
    }

    private String metrics() {
        Http.Answer answer = bugloss.get(METRICS);
        assertEquals(200, answer.status(), answer::toString);
        return answer.body();
    }

    /** Each value under its name with its labels. */
    private Map<String, Double> samples() {
        Map<String, Double> samples = new HashMap<>();
        metrics()
                .lines()
                .map(SAMPLE::matcher)
                .filter(Matcher::matches)
                .forEach(sample -> samples.put(sample.group(1), Double.valueOf(sample.group(5))));
        return samples;
    }

    private double since(Map<String, Double> before, String name) {
        return samples().getOrDefault(name, 0.0) - before.getOrDefault(name, 0.0);
    }

    /** By their result; of those results that there were. */
    private Map<String, Integer> lookupsSince(Map<String, Double> before) {
        Map<String, Double> now = samples();
        Map<String, Integer> lookups = new HashMap<>();
        for (String result : List.of("fresh", "stale", "fetched", "failed", "refused")) {
            String name = "bugloss_lookups_total{result=\"" + result + "\"}";
            double count = now.getOrDefault(name, 0.0) - before.getOrDefault(name, 0.0);
            if (count > 0) {
                lookups.put(result, (int) count);
            }
        }
        return lookups;
    }

    private Http.Answer details(String path) {
        return bugloss.get("/api/details?url=" + Http.encoded(upstream.uri(path)));
    }
}
