package org.bugloss.refresh;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.bugloss.details.KnownDetails;
import org.bugloss.trackers.BugUrl;

/**
 * What a tracker or a page is asked, at one go, about rows that this node has claimed.
 *
 * @param bugs with what is cached of them
 * @param changeGroup where the question is what changed: of which bugs; {@code null} where it is for the details
 */
record Question(Map<BugUrl, KnownDetails> bugs, String changeGroup) {

    boolean isAboutChanges() {
        return changeGroup != null;
    }

    /** The keys of the bugs' rows. */
    List<String> urls() {
        return bugs.keySet().stream().map(bug -> bug.url().key()).toList();
    }

    /** Since when all of these may have changed. */
    Instant since() {
        return bugs.values().stream()
                .map(KnownDetails::fetchedAt)
                .min(Instant::compareTo)
                .orElseThrow();
    }
}
