/** The audit log: apart from everything, since what is refused far below the REST interface is noted as its writes are. */
@NullMarked
package org.bugloss.audit;

import org.jspecify.annotations.NullMarked;
