package org.bugloss.changes;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.bugloss.database.Retried;

/** Reads the feed page by page. Safe for use by several threads. */
@ApplicationScoped
public class ChangeReader {

    /** The most items of a page. */
    public static final int MOST = 1_000;

    /** How often the table is read for one page, where its reader may not see what is there. */
    private static final int MOST_READS = 10;

    @Inject
    private ChangeLog log;

    @Inject
    private ChangeTable table;

    /**
     * Some of the feed.
     *
     * @param next the place from which to go on
     * @param more whether there may be more behind it by now
     */
    public record Page(List<ChangeItem> items, long next, boolean more) {}

    /** How far the feed goes, with all that is committed by now. */
    public ChangeLog.Extent extent() {
        return Retried.onConflict(log::publish);
    }

    /**
     * The changes behind a place. Where few of many are wanted or may be seen, a page may have fewer items than there are: {@link
     * Page#more} tells.
     *
     * @param sight what the reader may see
     * @param limit from 1 up
     * @throws CursorTooOld where some behind the place were deleted
     * @throws IllegalArgumentException where there is no such place: the message is for the caller
     */
    public Page page(ChangeSelection selection, ChangeSight sight, long after, int limit) {
        return page(selection, sight, after, limit, extent());
    }

    /**
     * Whether somebody may go on from a place, and misses nothing.
     *
     * @throws CursorTooOld where some behind the place were deleted
     * @throws IllegalArgumentException where there is no such place: the message is for the caller
     */
    public static void check(long after, ChangeLog.Extent extent) {
        if (after < extent.forgotten()) {
            throw new CursorTooOld();
        }
        if (after > extent.last()) {
            throw new IllegalArgumentException(
                    "after is a cursor of no place in this feed: begin again with after=now");
        }
    }

    /** The same of a feed of which is known how far it goes. */
    Page page(ChangeSelection selection, ChangeSight sight, long after, int limit, ChangeLog.Extent extent) {
        check(after, extent);
        List<ChangeItem> items = new ArrayList<>();
        long from = after;
        for (int reads = 0; reads < MOST_READS; reads++) {
            List<ChangeItem> some = table.read(selection, from, extent.last(), limit);
            Predicate<Change> visible =
                    sight.among(some.stream().map(ChangeItem::change).toList());
            for (ChangeItem item : some) {
                if (items.size() == limit) {
                    return new Page(items, from, true);
                }
                if (visible.test(item.change())) {
                    items.add(item);
                }
                from = item.place();
            }
            if (some.size() < limit) {
                return new Page(items, extent.last(), false);
            }
        }
        return new Page(items, from, from < extent.last());
    }
}
