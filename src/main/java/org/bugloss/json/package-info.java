/** The one JSON provider, kept. */
@NullMarked
package org.bugloss.json;

import org.jspecify.annotations.NullMarked;
