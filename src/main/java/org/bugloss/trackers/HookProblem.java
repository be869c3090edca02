package org.bugloss.trackers;

/** Says that what a tracker sent can't be read. Its message is for who set the hook up, and holds nothing of the message. */
public final class HookProblem extends RuntimeException {

    private static final long serialVersionUID = 1L;

    HookProblem(String message) {
        super(message, null, false, false);
    }
}
