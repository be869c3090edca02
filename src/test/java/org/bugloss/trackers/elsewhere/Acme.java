package org.bugloss.trackers.elsewhere;

import java.util.Optional;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.IssueTracker;
import org.bugloss.trackers.TrackerApi;

/** A tracker that is not built in, since it is of another package. */
public class Acme extends IssueTracker {

    @Override
    protected Optional<String> bugId(BugUrl url) {
        return Optional.of(url.path());
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        return Optional.empty();
    }
}
