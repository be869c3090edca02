package org.bugloss.browser;

import com.sun.net.httpserver.HttpExchange;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Plays {@code GET /api/changes}: pages, waits and streams. A cursor is {@code c} and a number. */
final class FakeFeed {

    /** How it answers those who want a stream. */
    enum Way {
        STREAM,
        /** As through a proxy that holds back what it gets until it has it all. */
        HELD_BACK,
        /** With a page, as something that knows no streams. */
        PAGE
    }

    volatile Way way = Way.STREAM;

    /** Cursors before this one are too old. */
    volatile int forgotten;

    /** From which cursor each stream began, as it was asked for. */
    final List<String> streams = new CopyOnWriteArrayList<>();

    /** How many changes some stream has sent. */
    final AtomicInteger told = new AtomicInteger();

    private final List<JsonObject> items = new ArrayList<>();
    private int generation;

    /** Adds a change, and tells all who wait for it. */
    synchronized void add(String kind, JsonObject before, JsonObject after, String... executions) {
        items.add(FakeBugloss.object(
                "id", "c" + (items.size() + 1),
                "at", FakeBugloss.ago(Duration.ZERO),
                "kind", kind,
                "url", after.getString("url"),
                "bug_id", after.getString("id"),
                "tracker", after.getString("tracker"),
                "system", after.getString("system"),
                "title", after.getString("title"),
                "before", state(before),
                "after", state(after),
                "executions", List.of(executions),
                "executions_total", executions.length));
        notifyAll();
    }

    private static JsonObject state(JsonObject details) {
        return FakeBugloss.object(
                "status", details.get("status"),
                "resolved", details.get("resolved"),
                "title", details.get("title"),
                "assignee", details.getJsonObject("fields").get("assignee"));
    }

    /** Ends all streams, as a proxy or a server that is started anew does. */
    synchronized void breakOff() {
        generation++;
        notifyAll();
    }

    /**
     * Answers.
     *
     * @return what is to be sent; {@code null} where it was sent
     */
    LocalSite.Answer answer(HttpExchange exchange, Map<String, String> query) throws IOException {
        boolean wantsStream =
                "text/event-stream".equals(exchange.getRequestHeaders().getFirst("Accept"));
        String after = query.getOrDefault("after", "c" + forgotten);
        int place;
        synchronized (this) {
            place = after.equals("now") ? items.size() : Integer.parseInt(after.substring(1));
        }
        if (place < forgotten) {
            return FakeBugloss.problem(410, "this cursor is too old");
        }
        if (!wantsStream || way == Way.PAGE) {
            return page(place, query);
        }
        streams.add(after);
        stream(exchange, place);
        return null;
    }

    private synchronized LocalSite.Answer page(int place, Map<String, String> query) {
        int now = generation;
        if (query.containsKey("wait")) {
            await(place, now, Duration.ofSeconds(Integer.parseInt(query.get("wait"))));
        }
        Set<String> kinds = Set.of(query.getOrDefault("kind", "").split(","));
        int limit = Integer.parseInt(query.getOrDefault("limit", "100"));
        var page = Json.createArrayBuilder();
        int next = place;
        for (int found = 0; next < items.size() && found < limit; next++) {
            if (!query.containsKey("kind") || kinds.contains(items.get(next).getString("kind"))) {
                page.add(items.get(next));
                found++;
            }
        }
        return LocalSite.Answer.of(
                200,
                "application/json",
                Json.createObjectBuilder()
                        .add("items", page)
                        .add("next", "c" + next)
                        .build()
                        .toString());
    }

    private void stream(HttpExchange exchange, int from) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        int place = from;
        int now;
        synchronized (this) {
            now = generation;
        }
        if (way == Way.STREAM) {
            write(out, "retry: 5000\nid: c" + place + "\n\n");
        }
        while (true) {
            List<JsonObject> fresh;
            synchronized (this) {
                await(place, now, Duration.ofSeconds(30));
                if (generation != now) {
                    return;
                }
                fresh = List.copyOf(items.subList(place, items.size()));
                place = items.size();
            }
            for (JsonObject item : way == Way.STREAM ? fresh : List.<JsonObject>of()) {
                write(
                        out,
                        "id: " + item.getString("id") + "\nevent: " + item.getString("kind") + "\ndata: " + item
                                + "\n\n");
            }
            told.accumulateAndGet(place, Math::max);
        }
    }

    /** Holding the monitor. */
    private void await(int place, int now, Duration most) {
        long end = System.nanoTime() + most.toNanos();
        try {
            for (long left; items.size() <= place && generation == now && (left = end - System.nanoTime()) > 0; ) {
                wait(left / 1_000_000 + 1);
            }
        } catch (InterruptedException e) {
            generation++;
            Thread.currentThread().interrupt();
        }
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
