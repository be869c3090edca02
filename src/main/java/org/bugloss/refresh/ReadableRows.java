package org.bugloss.refresh;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bugloss.cache.KnownDetails;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.InvalidUrlException;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.Trackers;

/**
 * Rows of the cache, and the bugs that they are of. An upgrade may have made the rules for URLs stricter, and other processes
 * may write into the table: what can't be read as the key that it is costs its own row only. Immutable.
 *
 * @param bugs with what is cached of them
 * @param unreadable the keys that are none any more, and why
 */
record ReadableRows(Map<BugUrl, KnownDetails> bugs, Map<String, FetchException> unreadable) {

    static ReadableRows of(List<KnownDetails> rows, Trackers trackers) {
        Map<BugUrl, KnownDetails> bugs = new LinkedHashMap<>();
        Map<String, FetchException> unreadable = new LinkedHashMap<>();
        for (KnownDetails row : rows) {
            try {
                bugs.put(trackers.locate(key(row.url())), row);
            } catch (InvalidUrlException e) {
                unreadable.put(
                        row.url(),
                        new FetchException(
                                FailureReason.ADDRESS_NOT_ALLOWED,
                                "the URL can't be read any more: " + e.getMessage()));
            }
        }
        return new ReadableRows(bugs, unreadable);
    }

    private static CanonicalUrl key(String text) {
        CanonicalUrl url = CanonicalUrl.parse(text);
        if (!url.key().equals(text)) {
            throw new InvalidUrlException("its canonical form is " + url.key());
        }
        return url;
    }
}
