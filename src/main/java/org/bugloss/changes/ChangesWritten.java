package org.bugloss.changes;

/** Changes were written: an event of the transaction that did, of which others hear once that is committed. */
public record ChangesWritten() {}
