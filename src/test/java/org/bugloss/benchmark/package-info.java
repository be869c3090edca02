/**
 * What the refresh costs, as ratios that do not depend on the machine: {@code mvn -Pbenchmark verify}. Figures come from
 * outside the server, from what an upstream was asked and from when the database stored what came of it.
 */
package org.bugloss.benchmark;
