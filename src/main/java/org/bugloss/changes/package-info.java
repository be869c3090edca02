/**
 * What became of bugs: the log of changes, and its reading. A room below {@code cache}, whose rows are compared and logged in one
 * transaction, and apart from {@code feed} and {@code notify}, which tell of the changes: each of them reads the one log by a
 * cursor of its own.
 *
 * <p>Numbers that a database gives at an insert become visible in another order than they were given, and a reader that goes by
 * them misses what commits late. So a change has no place in the feed when it is written: {@link org.bugloss.changes.ChangeLog}
 * gives places to what it sees committed, one publisher at a time, and readers go by those.
 */
@NullMarked
package org.bugloss.changes;

import org.jspecify.annotations.NullMarked;
