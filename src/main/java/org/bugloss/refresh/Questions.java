package org.bugloss.refresh;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bugloss.cache.KnownDetails;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.Trackers;

/** Makes questions of what is claimed, as few as its trackers allow. Safe for use by several threads. */
final class Questions {

    private final Trackers trackers;
    private final WhatChanged whatChanged;

    Questions(Trackers trackers, WhatChanged whatChanged) {
        this.trackers = trackers;
        this.whatChanged = whatChanged;
    }

    /**
     * What to ask about bugs: first what changed, where that can save requests; the details of the others.
     *
     * @param batch how many bugs one request can ask for
     */
    List<Question> about(Map<BugUrl, KnownDetails> bugs, int batch, Instant now) {
        Map<BugUrl, KnownDetails> left = new LinkedHashMap<>(bugs);
        List<Question> questions = new ArrayList<>();
        whatChanged.groups(bugs, now).forEach((group, ofGroup) -> {
            // It costs no more than asking for these, and renews those of the group that come due later too.
            if (ofGroup.size() >= batch) {
                questions.add(new Question(ofGroup, group));
                left.keySet().removeAll(ofGroup.keySet());
            }
        });
        questions.addAll(forDetails(left));
        return questions;
    }

    /** The questions for the details of bugs. */
    List<Question> forDetails(Map<BugUrl, KnownDetails> bugs) {
        return trackers.portions(List.copyOf(bugs.keySet())).stream()
                .map(portion -> {
                    Map<BugUrl, KnownDetails> ofPortion = new LinkedHashMap<>();
                    portion.forEach(bug -> ofPortion.put(bug, bugs.get(bug)));
                    return new Question(ofPortion, null);
                })
                .toList();
    }
}
