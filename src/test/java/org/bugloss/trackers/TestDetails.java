package org.bugloss.trackers;

import org.bugloss.outbound.FetchException;

/** Details for tests that only this package can make. */
public final class TestDetails {

    private TestDetails() {}

    /** A page's details, where the tracker's API did not answer. */
    public static BugDetails pageInsteadOf(String id, String title, FetchException failure) {
        return BugDetails.of(id, title).asOpenGraph().insteadOf(failure);
    }
}
