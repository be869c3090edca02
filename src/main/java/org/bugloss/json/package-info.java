/** The one JSON provider, kept. */
package org.bugloss.json;
