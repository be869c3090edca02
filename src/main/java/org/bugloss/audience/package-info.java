/**
 * Who may see the details of which system. A room of its own at the bottom, since every exit asks it: what is read one by one, and
 * what is looked for in the tables. It knows neither HTTP nor details: who looks is a {@link org.bugloss.audience.Viewer}, and of a
 * bug it is told the system and whether its tracker marks it as confidential.
 */
@NullMarked
package org.bugloss.audience;

import org.jspecify.annotations.NullMarked;
