package org.bugloss.refresh;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.IssueTracker;
import org.bugloss.trackers.TrackerApi;
import org.bugloss.trackers.TrackerSystem;

/** A tracker that tells what changed, in the words of a test. */
final class Tracked extends IssueTracker {

    private final int batch;
    private volatile boolean apart;
    private final List<List<String>> questions = new ArrayList<>();
    private Supplier<Optional<Set<String>>> changes = Optional::empty;

    /** Each question is one request. */
    final class Client extends OutboundClient {

        @Override
        public long sentHere() {
            return questions().size();
        }
    }

    Tracked(int batch) {
        this.batch = batch;
    }

    /** From now on no two bugs fit into one batch. */
    void keepBugsApart() {
        apart = true;
    }

    /** From now on this is what changed; or what throws. */
    synchronized void tell(Supplier<Optional<Set<String>>> changed) {
        changes = changed;
    }

    /** The ids of the bugs of which it was asked whether they changed, question by question. */
    synchronized List<List<String>> questions() {
        return List.copyOf(questions);
    }

    @Override
    protected Optional<String> bugId(BugUrl url) {
        return Optional.of(url.path().substring(1));
    }

    @Override
    protected int batchSize(TrackerSystem system) {
        return batch;
    }

    @Override
    protected String batchScope(BugUrl url) {
        return apart ? url.path() : "";
    }

    @Override
    protected boolean tellsChanges(TrackerSystem system) {
        return true;
    }

    @Override
    protected Optional<Set<String>> changedSince(List<BugUrl> urls, Instant since, TrackerApi api) {
        Supplier<Optional<Set<String>>> told;
        synchronized (this) {
            questions.add(urls.stream().map(url -> bugId(url).orElseThrow()).toList());
            told = changes;
        }
        return told.get();
    }

    @Override
    protected Optional<BugDetails> ask(BugUrl url, TrackerApi api) {
        throw new UnsupportedOperationException("details are the fetcher's matter");
    }
}
