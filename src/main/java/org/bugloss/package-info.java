/** Where all comes together: what the container is given to inject, and what must be right before the first request. */
@NullMarked
package org.bugloss;

import org.jspecify.annotations.NullMarked;
