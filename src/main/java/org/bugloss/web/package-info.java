/**
 * What all REST resources share: the application, problem documents, strict request bodies, and who may call. It knows
 * no feature.
 */
@NullMarked
package org.bugloss.web;

import org.jspecify.annotations.NullMarked;
