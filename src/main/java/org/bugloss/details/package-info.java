/**
 * What is known of the bug behind a URL: the persisted cache of it, the overrides that outside scripts supply, and the
 * lookup that answers from both.
 *
 * <p>A caller's question passes {@code DetailsResource → DetailsLookup → DetailsCache}, and where nothing fresh is
 * there {@code DetailsFetcher → Trackers} and back into the cache. The timer takes the same way from {@code
 * DetailsFetcher} on. While the database is away, {@code RecentDetails} answers what was answered lately. No network call is ever made inside a transaction.
 */
package org.bugloss.details;
