/**
 * Link references: which URLs were recorded against which test executions, and which of them are bugs. The resource
 * checks what callers send; {@link org.bugloss.links.LinkReferences} keeps the rows, and tells the cache of details
 * which URLs the timer has to watch.
 */
@NullMarked
package org.bugloss.links;

import org.jspecify.annotations.NullMarked;
