/**
 * The pages and the icon in a real browser, against a server that plays Bugloss and, where it matters, one of another
 * origin that plays the page. The browser is the machine's Chromium; without one these tests are skipped, or fail where
 * {@code CI} is set.
 */
package org.bugloss.browser;
