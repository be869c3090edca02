/**
 * What browsers load: the pages and scripts of {@code src/main/webapp}, and the sample pages of a demonstration. Servlet
 * filters, since those need no configuration of any server; servers send such files without {@code Cache-Control} and
 * uncompressed, and each in its own way.
 */
@NullMarked
package org.bugloss.page;

import org.jspecify.annotations.NullMarked;
