/**
 * What is fetched, cleaned, kept and due: the persisted cache of what is known of bugs. A room of its own, since lookups, the
 * timer, link references and whatever tells of changes all come here, each for its own reason, and none of them shall know how
 * a row is kept.
 *
 * <p>{@code DetailsFetcher → Trackers} asks, {@code DetailsWriter → DetailsCache} stores, {@code Schedule} says when to ask again
 * and {@code DueDetails} what is due. No network call is ever made inside a transaction.
 */
@NullMarked
package org.bugloss.cache;

import org.jspecify.annotations.NullMarked;
