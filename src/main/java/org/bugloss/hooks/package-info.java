/**
 * What trackers send by themselves. A room of its own, since what comes here is a stranger's until it is proved, and by nothing
 * that callers prove themselves with.
 *
 * <p>{@code HooksServlet → Trackers} proves and reads, {@code HookInbox → HookedBugs} makes due what is known, and the {@link
 * org.bugloss.refresh.HookRefresh} asks for it. Nothing that a message says of a bug is ever stored.
 */
@NullMarked
package org.bugloss.hooks;

import org.jspecify.annotations.NullMarked;
