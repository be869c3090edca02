/**
 * Keeps the details of defects fresh: the timer that looks for what is due, lanes in which that is refreshed beside one
 * another, and the question what changed. It asks {@link org.bugloss.cache.DetailsFetcher} as lookups do, only with a
 * lower priority.
 */
@NullMarked
package org.bugloss.refresh;

import org.jspecify.annotations.NullMarked;
