/**
 * Changes sent out: Standard Webhooks 1.0.0 to the endpoints of {@code bugloss.notify}. A room above {@code feed}, since an endpoint
 * is a reader of the feed like any other, with a cursor that the database keeps; it sends through {@code outbound} alone.
 *
 * <p>In order: an endpoint that fails waits for itself only, and what follows waits behind it. One node at a time sends to an
 * endpoint, by a lease.
 */
@NullMarked
package org.bugloss.notify;

import org.jspecify.annotations.NullMarked;
