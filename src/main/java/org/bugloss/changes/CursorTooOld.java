package org.bugloss.changes;

/** Changes behind a cursor have been deleted, so whoever goes on from it would miss them. */
public final class CursorTooOld extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CursorTooOld() {
        super("changes behind this cursor are not kept any more: read GET /api/link-references?embed=details,"
                + " and begin again with after=now");
    }
}
