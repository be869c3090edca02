package org.bugloss.database;

import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.bugloss.configuration.WrongConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Migrates as soon as the database is there, and ends the outage that a deployment begins with. Each reason why it has to
 * wait is one line in the log. Not safe for use by several threads at once.
 */
final class AwaitedMigration {

    private static final System.Logger LOG = System.getLogger(DatabaseWatch.class.getName());

    /** Callers are told to come again after as many, and it costs the database nothing. */
    private static final long LONGEST_WAIT_MILLIS = 4_000;

    private static final int MAX_CAUSES = 20;

    private final String database;
    private final Runnable migration;
    private final Outage outage;
    private final long firstWaitMillis;

    private String told = "";

    /**
     * @param database how the log may name it
     * @param firstWaitMillis before the second try; each wait that follows is twice as long
     */
    AwaitedMigration(String database, Runnable migration, Outage outage, long firstWaitMillis) {
        this.database = database;
        this.migration = migration;
        this.outage = outage;
        this.firstWaitMillis = firstWaitMillis;
    }

    /**
     * Tries once.
     *
     * @return whether the database is migrated; else it is away
     * @throws WrongConfiguration where it refuses user or password: at a deployment, that is the configuration's fault
     * @throws RuntimeException where it is there and the migration fails
     */
    boolean isDoneAtOnce() {
        try {
            migrate();
            return true;
        } catch (RuntimeException e) {
            Optional<String> state = Retried.stateOf(e);
            if (state.filter(AwaitedMigration::isRefusal).isPresent()) {
                throw new WrongConfiguration(DatabaseSettings.USER + ", " + DatabaseSettings.PASSWORD + ": " + database
                        + " does not let us in: " + reason(e));
            }
            if (!DatabaseAway.isBehind(e)
                    && state.filter(DatabaseVendor::isLocked).isEmpty()) {
                throw e;
            }
            away(e);
            return false;
        }
    }

    /**
     * Tries until it is done, whatever fails: nobody stops a deployment that is up.
     *
     * @return false where this thread was interrupted instead
     */
    boolean isDoneAtLast() {
        try {
            for (long wait = firstWaitMillis; ; wait = Math.min(2 * wait, LONGEST_WAIT_MILLIS)) {
                TimeUnit.MILLISECONDS.sleep(wait);
                if (isDoneNow()) {
                    LOG.log(System.Logger.Level.INFO, "The database is there: " + database);
                    return true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean isDoneNow() {
        try {
            migrate();
            return true;
        } catch (RuntimeException | Error e) {
            // An Error too: else the application would answer 503 for ever.
            away(e);
            return false;
        }
    }

    private void migrate() {
        migration.run();
        outage.end();
    }

    private void away(Throwable e) {
        String why = reason(e);
        outage.begin(why);
        if (!why.equals(told)) {
            told = why;
            String what = DatabaseAway.isBehind(e) ? "The database is away: " : "The database cannot be migrated: ";
            LOG.log(System.Logger.Level.WARNING, what + database + ": " + why + ". Until then: 503");
        }
    }

    /** Class 28: user or password; 08004: there is no password, or encryption is wanted or not to be had. */
    private static boolean isRefusal(String state) {
        return state.startsWith("28") || state.equals("08004");
    }

    /** The database's or its driver's own words, on one line; with the host that has no address, which the driver leaves out. */
    static String reason(Throwable thrown) {
        Throwable said = firstOf(thrown, SQLException.class::isInstance).orElse(thrown);
        Throwable root = firstOf(said, one -> one.getCause() == null).orElse(said);
        String why = String.valueOf(said.getMessage()).lines().findFirst().orElse("");
        return root == said || why.contains(String.valueOf(root.getMessage()))
                ? why
                : why + " (" + root.getClass().getSimpleName() + ": " + root.getMessage() + ")";
    }

    private static Optional<Throwable> firstOf(@Nullable Throwable thrown, Predicate<Throwable> wanted) {
        Throwable cause = thrown;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++, cause = cause.getCause()) {
            if (wanted.test(cause)) {
                return Optional.of(cause);
            }
        }
        return Optional.empty();
    }
}
