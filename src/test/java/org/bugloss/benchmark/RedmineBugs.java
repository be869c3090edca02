package org.bugloss.benchmark;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The issues of a Redmine 5, numbered from 1 up, as its API lists them: filters by id and by time of change, pages of at
 * most 100. Safe for use by several threads.
 */
final class RedmineBugs implements Function<URI, String> {

    /** As many as a Redmine gives in one answer. */
    static final int BATCH = 100;

    private static final Instant LONG_AGO = Instant.parse("2026-01-01T00:00:00Z");

    /** Half a kilobyte, as a bug report has it: a few sentences, a list, some code. */
    private static final String DESCRIPTION =
            "When I press *Save* twice in the dialog, the second request is sent before"
                    + " the first is answered, and the server logs the error below. It happens with every browser that I tried,"
                    + " and only if the list has more than one page.\\n\\n* open the list\\n* choose the second page\\n* press Save"
                    + " twice\\n\\n<pre>java.lang.IllegalStateException: already saved\\n  at example.Saving.save(Saving.java:117)"
                    + "</pre>\\n\\nExpected: the second press does nothing. See also #117 and @Saving.save@.";

    private final int number;
    private final Map<Integer, Instant> updated = new HashMap<>();

    RedmineBugs(int number) {
        this.number = number;
    }

    /** Changes every so-manieth issue now: its subject says so. */
    synchronized void change(int every) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        IntStream.rangeClosed(1, number).filter(id -> id % every == 0).forEach(id -> updated.put(id, now));
    }

    /** All issues as they were long ago. */
    synchronized void restore() {
        updated.clear();
    }

    @Override
    public synchronized String apply(URI target) {
        if (!target.getPath().endsWith("/issues.json")) {
            return null;
        }
        Map<String, String> query = Arrays.stream(target.getRawQuery().split("&"))
                .map(parameter -> parameter.split("=", 2))
                .collect(Collectors.toMap(
                        parameter -> parameter[0],
                        parameter -> URLDecoder.decode(parameter[1], StandardCharsets.UTF_8)));
        List<Integer> matching = new ArrayList<>(ids(query));
        String since = query.getOrDefault("updated_on", ">=1970-01-01").substring(2);
        Instant moment = Instant.parse(since.contains("T") ? since : since + "T00:00:00Z");
        matching.removeIf(id -> id > number || updated(id).isBefore(moment));
        if (query.getOrDefault("sort", "id").startsWith("updated_on:desc")) {
            matching.sort(Comparator.comparing(this::updated).reversed());
        }
        int offset = Integer.parseInt(query.getOrDefault("offset", "0"));
        int limit = Math.min(BATCH, Integer.parseInt(query.getOrDefault("limit", "25")));
        return matching.stream()
                .skip(offset)
                .limit(limit)
                .map(this::issue)
                .collect(Collectors.joining(
                        ",",
                        "{\"issues\":[",
                        "],\"total_count\":" + matching.size() + ",\"offset\":" + offset + ",\"limit\":" + limit
                                + "}"));
    }

    private List<Integer> ids(Map<String, String> query) {
        return query.containsKey("issue_id")
                ? Arrays.stream(query.get("issue_id").split(","))
                        .map(Integer::valueOf)
                        .toList()
                : IntStream.rangeClosed(1, number).boxed().toList();
    }

    private Instant updated(int id) {
        return updated.getOrDefault(id, LONG_AGO);
    }

    private String issue(int id) {
        return "{\"id\":" + id + ",\"project\":{\"id\":1,\"name\":\"Shop\"},\"tracker\":{\"id\":1,\"name\":\"Bug\"},"
                + "\"status\":{\"id\":1,\"name\":\"New\",\"is_closed\":false},\"priority\":{\"id\":4,\"name\":\"Normal\"},"
                + "\"author\":{\"id\":7,\"name\":\"Ann\"},\"subject\":\""
                + (updated.containsKey(id) ? "Changed" : "Bug")
                + " " + id + "\",\"description\":\"" + DESCRIPTION + "\",\"done_ratio\":0,\"created_on\":\"" + LONG_AGO
                + "\",\"updated_on\":\"" + updated(id) + "\",\"closed_on\":null}";
    }
}
