package org.bugloss.cache;

import java.util.Collection;

/**
 * A tracker says that bugs are private now. Told in the transaction that makes them due, before any of them is asked for: whoever
 * hides what not everybody may see observes it.
 *
 * @param urls the canonical keys of those that are known
 */
public record MadePrivate(Collection<String> urls) {}
