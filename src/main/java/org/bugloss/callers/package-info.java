/**
 * Who people and jobs are, as the issuers of {@code bugloss.oidc} say it: signed tokens, the keys that prove them, and the
 * sealed cookie of who signed in. It knows no HTTP, so that one set of rules serves the door, the way in, and the tests.
 *
 * <p>The rules are ours, since the defaults of libraries differ and change: which algorithms, which key, what a token must
 * say. The library reads and checks signatures.
 */
@NullMarked
package org.bugloss.callers;

import org.jspecify.annotations.NullMarked;
