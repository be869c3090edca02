/**
 * What other people's HTML and Markdown may become here: metadata of a page, and fragments that are safe to show.
 *
 * <p>Everything that reaches this package was written by somebody who may wish harm or may just be sloppy: bytes in any
 * character set, cut anywhere, nested a hundred thousand deep, and sign-in pages that answer 200. The rest of Bugloss
 * should not need to know. So this package promises plain text, fragments of a fixed list of tags, or a
 * {@link org.bugloss.outbound.FetchException} that says what was met instead, and it takes bounded time and memory for
 * any input. It does no I/O of its own: {@link org.bugloss.outbound.Exchange} hands it the bytes.
 */
@NullMarked
package org.bugloss.html;

import org.jspecify.annotations.NullMarked;
