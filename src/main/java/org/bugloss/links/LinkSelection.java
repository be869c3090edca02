package org.bugloss.links;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which link references are meant; a {@code null} component means any. What is said of the bug goes by what is served: an
 * override's first.
 *
 * @param key the canonical key of the URL
 * @param tracker the name of the tracker, case ignored
 * @param system the name of the system
 * @param stale whether the details are
 * @param failing whether the source failed the last time
 * @param terms each begins a word of the title, case ignored, or is the beginning of a URL, an id or an execution; none means any
 */
record LinkSelection(
        @Nullable Boolean defect,
        @Nullable String executionId,
        @Nullable String key,
        @Nullable String tracker,
        @Nullable String system,
        @Nullable Boolean resolved,
        @Nullable Boolean stale,
        @Nullable Boolean failing,
        List<String> terms) {

    /** Of the same those that are defects. */
    LinkSelection defects() {
        return new LinkSelection(true, executionId, key, tracker, system, resolved, stale, failing, terms);
    }

    /** Whether nothing but the link references themselves need be looked at. */
    boolean isOfLinksAlone() {
        return tracker == null
                && system == null
                && resolved == null
                && stale == null
                && failing == null
                && terms.isEmpty();
    }
}
