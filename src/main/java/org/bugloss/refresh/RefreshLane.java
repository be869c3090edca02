package org.bugloss.refresh;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.bugloss.outbound.Gate;
import org.bugloss.trackers.TrackerSystem;

/**
 * What this node is doing for one lane: a system, or the host of pages. Guarded by the lock of the {@link Refresh} that it
 * belongs to.
 */
final class RefreshLane {

    /** Claimed for every request that may be under way, so that the next is at hand when one ends. */
    private static final int AHEAD = 2;

    private static final int MOST_IN_A_CLAIM = 1000;

    final String name;
    final Gate gate;
    final Optional<TrackerSystem> system;
    final int batch;

    /** What is claimed and not asked yet. */
    final Deque<Question> questions = new ArrayDeque<>();

    /** Questions under way. */
    int asking;

    /** Whether rows are being claimed. */
    boolean claiming;

    /** Whether there may be more that is due. */
    boolean more;

    /** Whether it is to be looked after when its gate opens. */
    boolean alarmed;

    /** Whether a thread is sending what may be sent. */
    boolean pumping;

    /** Whether there may be more to send since. */
    boolean pumpAgain;

    /** @param batch how many bugs one request can ask for */
    RefreshLane(String name, Gate gate, Optional<TrackerSystem> system, int batch) {
        this.name = name;
        this.gate = gate;
        this.system = system;
        this.batch = batch;
    }

    /** How many rows to claim now; 0 where there is enough to do. */
    int wanted() {
        int width = gate.width();
        if (!more || claiming || questions.size() >= width) {
            return 0;
        }
        int ahead = gate.state() == Gate.State.FAILING ? 1 : AHEAD;
        return Math.min(MOST_IN_A_CLAIM, (ahead * width - questions.size()) * batch);
    }

    boolean isIdle() {
        return asking == 0 && !claiming && !alarmed && questions.isEmpty();
    }

    /** Takes what its gate lets through now. */
    List<Question> takeWhatMayBeAsked() {
        List<Question> taken = new ArrayList<>();
        while (!questions.isEmpty() && asking < gate.width() && gate.enter()) {
            asking++;
            taken.add(questions.remove());
        }
        return taken;
    }

    /** Takes what was claimed and not asked yet. */
    List<Question> takeAll() {
        List<Question> all = List.copyOf(questions);
        questions.clear();
        return all;
    }
}
