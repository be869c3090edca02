package org.bugloss.changes;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The last changes of the feed, as many as there is room for, ready to be sent to any number of listeners. Safe for use by several
 * threads.
 */
public final class RecentChanges {

    /** More than come at once, and 2 MB or so. */
    private static final int MOST = 2_048;

    private static final long NOTHING = -1;

    private final @Nullable Remembered[] ring = new Remembered[MOST];

    /** All behind it, up to the top, are there. */
    private long floor = NOTHING;

    private long top = NOTHING;

    /**
     * A change, and the bytes that all listeners share.
     *
     * @param event the item as one server-sent event, in UTF-8, not to be written to
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Remembered(ChangeItem item, byte[] event) {

        public static Remembered of(ChangeItem item) {
            String event = "id: " + Cursor.text(item.place()) + "\nevent: "
                    + item.change().kind().word() + "\ndata: " + item.json() + "\n\n";
            return new Remembered(item, event.getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * The feed goes as far as this; nothing of it need be remembered that is further back than there is room for.
     *
     * @return whether nothing was remembered until now
     */
    synchronized boolean begin(long last) {
        boolean isNew = top == NOTHING || last < top;
        if (isNew || last - top > MOST) {
            forget();
            floor = isNew ? last : last - MOST;
            top = floor;
        }
        return isNew;
    }

    synchronized void forget() {
        Arrays.fill(ring, null);
        floor = NOTHING;
        top = NOTHING;
    }

    /** The changes behind the top, in their order. */
    synchronized void remember(List<ChangeItem> items) {
        for (ChangeItem item : items) {
            if (item.place() != top + 1) {
                // Some between were deleted, so that who is further back has to find out.
                floor = item.place() - 1;
            }
            ring[(int) (item.place() % MOST)] = Remembered.of(item);
            top = item.place();
            floor = Math.max(floor, top - MOST);
        }
    }

    synchronized long top() {
        return top;
    }

    /** See {@link ChangeFeed#behind}. */
    synchronized Optional<List<Remembered>> behind(long place, int most) {
        if (top != NOTHING && place < floor) {
            return Optional.empty();
        }
        List<Remembered> behind = new ArrayList<>();
        for (long next = place + 1; next <= top && behind.size() < most; next++) {
            behind.add(Objects.requireNonNull(ring[(int) (next % MOST)]));
        }
        return Optional.of(behind);
    }
}
