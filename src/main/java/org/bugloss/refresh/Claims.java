package org.bugloss.refresh;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The accounts of what this node has claimed: which URLs, until when, and how much more there is room for. Guarded by the
 * lock of the {@link Refresh} that it belongs to.
 */
final class Claims {

    private final int most;
    private final Map<String, Instant> leaseEnds = new HashMap<>();

    /** Room for claims that are being made. */
    private int reserved;

    private final Set<RefreshLane> waitingForRoom = new LinkedHashSet<>();

    /** @param most how many URLs this node may have claimed at once */
    Claims(int most) {
        this.most = most;
    }

    /**
     * Keeps room for a claim of a lane. No lane gets more than half of what is left, so that there is some for the others; one
     * for which there is none waits for it.
     *
     * @param wanted from 1 up
     * @return for how many rows; 0 where there is no room
     */
    int reserve(RefreshLane lane, int wanted) {
        int room = room();
        if (room <= 0) {
            waitingForRoom.add(lane);
            return 0;
        }
        int rows = Math.min(wanted, Math.max(1, room / 2));
        reserved += rows;
        return rows;
    }

    /** The claim for which room was kept has been made, or has failed. */
    void release(int rows) {
        reserved -= rows;
    }

    /** These are this node's until the lease ends. */
    void add(Collection<String> urls, Instant leaseEnd) {
        urls.forEach(url -> leaseEnds.put(url, leaseEnd));
    }

    /** These are not this node's any more. */
    void remove(Collection<String> urls) {
        urls.forEach(leaseEnds::remove);
    }

    /** The leases of those of these that were not removed meanwhile end later. */
    void extend(Collection<String> urls, Instant leaseEnd) {
        urls.forEach(url -> leaseEnds.computeIfPresent(url, (same, end) -> leaseEnd));
    }

    /** The URLs whose leases have not ended, and do before a moment. */
    List<String> endingBefore(Instant moment, Instant now) {
        return leaseEnds.entrySet().stream()
                .filter(claim ->
                        claim.getValue().isAfter(now) && claim.getValue().isBefore(moment))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether a URL is still this node's: after the end of its lease, another may have it. */
    boolean has(String url, Instant now) {
        Instant leaseEnd = leaseEnds.get(url);
        return leaseEnd != null && leaseEnd.isAfter(now);
    }

    boolean isWaiting(RefreshLane lane) {
        return waitingForRoom.contains(lane);
    }

    /** Takes from those that wait for room as many as there is room for, the one that waits longest first. */
    List<RefreshLane> takeWaiting() {
        List<RefreshLane> lanes = new ArrayList<>();
        Iterator<RefreshLane> waiting = waitingForRoom.iterator();
        for (int room = room(); room > 0 && waiting.hasNext(); room--) {
            lanes.add(waiting.next());
            waiting.remove();
        }
        return lanes;
    }

    int size() {
        return leaseEnds.size();
    }

    /** Whether nothing is claimed, nor about to be. */
    boolean isEmpty() {
        return leaseEnds.isEmpty() && reserved == 0;
    }

    private int room() {
        return most - leaseEnds.size() - reserved;
    }
}
