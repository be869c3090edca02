/**
 * The way out of Bugloss, in one place because it is where the danger is.
 *
 * <p>Bugloss fetches addresses that other people type, from inside somebody's network. So that nobody has to remember to be
 * careful, there is nothing to be careful with elsewhere: no other package opens a connection or looks a name up, which a
 * test holds by reading the compiled classes. A URL is read once ({@link org.bugloss.outbound.CanonicalUrl}), its addresses
 * are judged once for every hop ({@link org.bugloss.outbound.AddressGuard}), and what was judged is what is connected to
 * ({@link org.bugloss.outbound.OutboundClient}). {@link org.bugloss.outbound.Lanes} keeps one slow host from holding up the
 * others.
 */
@NullMarked
package org.bugloss.outbound;

import org.jspecify.annotations.NullMarked;
