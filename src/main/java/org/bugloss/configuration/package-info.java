/**
 * Reads MicroProfile Config strictly, so that a wrong value stops the deployment with one line instead of surprising
 * somebody later.
 *
 * <p>It knows no feature: each feature has a record of its own settings, made from {@link
 * org.bugloss.configuration.Keys}, so that a key stands beside its use.
 */
@NullMarked
package org.bugloss.configuration;

import org.jspecify.annotations.NullMarked;
