/**
 * What all REST resources share: the application, problem documents, strict request bodies, and who may call. It knows
 * no feature.
 */
package org.bugloss.web;
