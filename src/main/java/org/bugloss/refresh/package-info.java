/**
 * Keeps the details of defects fresh: the timer that looks for what is due, and one round of refreshing it. It asks
 * {@link org.bugloss.details.DetailsFetcher} as lookups do, only with a lower priority.
 */
package org.bugloss.refresh;
