package org.bugloss.refresh;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.bugloss.cache.KnownDetails;
import org.bugloss.trackers.BugUrl;
import org.jspecify.annotations.Nullable;

/**
 * What a tracker or a page is asked, at one go, about rows that this node has claimed. Immutable.
 *
 * @param bugs with what is cached of them
 * @param changeGroup where the question is what changed: of which bugs; {@code null} where it is for the details
 */
record Question(Map<BugUrl, KnownDetails> bugs, @Nullable String changeGroup) {

    /** The keys of the bugs' rows. */
    List<String> urls() {
        return bugs.keySet().stream().map(bug -> bug.url().key()).toList();
    }

    /** The same question about some of the bugs. */
    Question about(Predicate<BugUrl> which) {
        Map<BugUrl, KnownDetails> some = new LinkedHashMap<>(bugs);
        some.keySet().removeIf(which.negate());
        return new Question(some, changeGroup);
    }

    /** The same question about all bugs but another's. */
    Question without(Question other) {
        return about(bug -> !other.bugs.containsKey(bug));
    }
}
