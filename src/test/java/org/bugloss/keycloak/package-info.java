/**
 * Signing in at a real Keycloak, which the build's profile {@code keycloak} fetches: its answers are not ours to make up. What every
 * build tests is at an issuer of our own, {@link org.bugloss.callers.FakeIssuer}.
 */
package org.bugloss.keycloak;
