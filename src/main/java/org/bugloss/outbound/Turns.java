package org.bugloss.outbound;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that wait, and whose turn it is: the callers', one after the other, and of each caller's the hosts'. Not safe for use
 * by several threads.
 */
final class Turns {

    /** By caller, then by host, both of {@link LinkedHashMap}: in the order in which it is their turn. */
    private final Map<String, Map<String, Deque<LaneTask<?>>>> callers = new LinkedHashMap<>();

    private int size;

    void add(LaneTask<?> task) {
        callers.computeIfAbsent(task.caller(), caller -> new LinkedHashMap<>())
                .computeIfAbsent(task.host(), host -> new ArrayDeque<>())
                .addLast(task);
        size++;
    }

    /** Whether it was there. */
    boolean remove(LaneTask<?> task) {
        Map<String, Deque<LaneTask<?>>> hosts = callers.get(task.caller());
        Deque<LaneTask<?>> tasks = hosts == null ? null : hosts.get(task.host());
        if (hosts == null || tasks == null || !tasks.remove(task)) {
            return false;
        }
        if (tasks.isEmpty()) {
            hosts.remove(task.host());
        }
        if (hosts.isEmpty()) {
            callers.remove(task.caller());
        }
        size--;
        return true;
    }

    /**
     * Takes out the first task of the first caller and host whose turn it is and who may; both go to the end of the line.
     *
     * @return {@code null} where there is none
     */
    @Nullable
    LaneTask<?> next(Predicate<String> callerMay, Predicate<String> hostMay) {
        for (Iterator<Map.Entry<String, Map<String, Deque<LaneTask<?>>>>> turns =
                        callers.entrySet().iterator();
                turns.hasNext(); ) {
            Map.Entry<String, Map<String, Deque<LaneTask<?>>>> caller = turns.next();
            Map<String, Deque<LaneTask<?>>> hosts = caller.getValue();
            LaneTask<?> task = callerMay.test(caller.getKey()) ? nextOf(hosts, hostMay) : null;
            if (task != null) {
                turns.remove();
                if (!hosts.isEmpty()) {
                    callers.put(caller.getKey(), hosts);
                }
                size--;
                return task;
            }
        }
        return null;
    }

    private static @Nullable LaneTask<?> nextOf(Map<String, Deque<LaneTask<?>>> hosts, Predicate<String> hostMay) {
        for (Iterator<Map.Entry<String, Deque<LaneTask<?>>>> turns =
                        hosts.entrySet().iterator();
                turns.hasNext(); ) {
            Map.Entry<String, Deque<LaneTask<?>>> host = turns.next();
            if (hostMay.test(host.getKey())) {
                Deque<LaneTask<?>> tasks = host.getValue();
                LaneTask<?> task = tasks.removeFirst();
                turns.remove();
                if (!tasks.isEmpty()) {
                    hosts.put(host.getKey(), tasks);
                }
                return task;
            }
        }
        return null;
    }

    /** All that wait. */
    List<LaneTask<?>> all() {
        List<LaneTask<?>> all = new ArrayList<>(size);
        callers.values().forEach(hosts -> hosts.values().forEach(all::addAll));
        return all;
    }

    void clear() {
        callers.clear();
        size = 0;
    }

    int size() {
        return size;
    }
}
