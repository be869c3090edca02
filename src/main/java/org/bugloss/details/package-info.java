/**
 * The read side: what callers get to know of the bug behind a URL, from the cache and from the overrides that outside scripts
 * supply.
 *
 * <p>A caller's question passes {@code DetailsResource → DetailsLookup → DetailsCache}, and where nothing fresh is there {@code
 * DetailsFetcher} and back. While the database is away, {@code RecentDetails} answers what was answered lately.
 */
@NullMarked
package org.bugloss.details;

import org.jspecify.annotations.NullMarked;
