/**
 * The feed of changes as callers read it over HTTP: pages, lines, long polls, and streams of server-sent events. A room above
 * {@code changes}, which knows no caller: who may see what is decided here, in {@link org.bugloss.feed.ChangeAudience}.
 */
@NullMarked
package org.bugloss.feed;

import org.jspecify.annotations.NullMarked;
