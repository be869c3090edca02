/**
 * The WAR as an administrator deploys it, on stock servers, spoken to over HTTP.
 *
 * <p>Each {@code *IT} class runs once in every {@link org.bugloss.it.Suite}: nothing in a test may know which. What is
 * different is in {@code Suite} and nowhere else (what several servers share is for those with PostgreSQL only), and so is the configuration that all of them get.
 *
 * <ul>
 *   <li>{@link org.bugloss.it.OnServer} tests share one deployment on one server: fast, and the usual kind.
 *   <li>A {@link org.bugloss.it.ServerProcess} is a server of a test's own: to kill it, to start it again, or to give
 *       it another configuration or another WAR. It costs ten seconds.
 *   <li>{@link org.bugloss.it.Upstream} is the rest of the world. Everything listens on the loopback address only, on
 *       free ports.
 * </ul>
 */
package org.bugloss.it;
