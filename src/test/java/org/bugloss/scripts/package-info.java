/**
 * The scripts that come with the project, run as they stand. Where the machine lacks what they need, the tests are
 * skipped and say so.
 */
package org.bugloss.scripts;
