/**
 * The description of the REST interface in OpenAPI 3.1. It is kept by hand, in pieces in {@code META-INF/bugloss/openapi}, and
 * tests compare it with the resources. Servers have a feature that makes one of annotations, each in its own way; none is needed.
 */
@NullMarked
package org.bugloss.openapi;

import org.jspecify.annotations.NullMarked;
