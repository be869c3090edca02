/**
 * Where the rows are kept, found by configuration alone.
 *
 * <p>The WAR brings its drivers and defines its own datasource, so that it can be dropped into a stock server: no
 * server set-up, no module, no pool to be made by hand. The container still owns the pool and enlists its connections
 * in transactions. What differs between the databases is in {@link org.bugloss.database.DatabaseVendor} and in
 * {@code db/vendor}, and nowhere else.
 *
 * <p>A deployment needs no database: until that has come and is migrated, by {@code AwaitedMigration}, everything of ours
 * is told that it is away, and servers get what they want of it at deployment from {@code UnopenedConnection}.
 *
 * <p>A database in another process may be away, or hang. {@code DatabaseWatch} notices, and from then on nobody waits for
 * it: drivers and pools know time-outs only, each caller's after the other's.
 */
@NullMarked
package org.bugloss.database;

import org.jspecify.annotations.NullMarked;
