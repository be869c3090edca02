/**
 * The read side: what callers get to know of the bug behind a URL, from the cache and from the overrides that outside scripts
 * supply.
 *
 * <p>A caller's question passes {@code DetailsFilter → DetailsLookup → GlossMemory}, and where memory has nothing {@code
 * GlossTable}: a gloss is what is cached and the override over it. Where nothing fresh is there either, {@code DetailsResource}
 * waits for {@code DetailsFetcher}. {@code Outcome} is what becomes of a question, {@code DetailsAnswers} what HTTP says of it.
 * While the database is away, {@code GlossMemory} answers what was answered lately.
 */
@NullMarked
package org.bugloss.details;

import org.jspecify.annotations.NullMarked;
