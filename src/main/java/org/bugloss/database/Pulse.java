package org.bugloss.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Asks a database whether it is there, and begins and ends the {@link Outage} accordingly, each with one line in the log.
 * Not safe for use by several threads.
 */
final class Pulse implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(DatabaseWatch.class.getName());
    private static final String OUT_OF_RESOURCES = "53";

    private final DataSource source;
    private final Outage outage;
    private final int answerWithinSeconds;

    private @Nullable Connection connection;

    /** @param answerWithinSeconds of a database that is there: it is asked for nothing */
    Pulse(DataSource source, Outage outage, int answerWithinSeconds) {
        this.source = source;
        this.outage = outage;
        this.answerWithinSeconds = answerWithinSeconds;
    }

    /** Asks once. */
    void feel() {
        try {
            Connection open = connection;
            if (open != null && !isAlive(open)) {
                close();
                connection = null;
            }
            if (connection == null) {
                connection = source.getConnection();
            }
            there();
        } catch (SQLException e) {
            if (!DatabaseAway.saysSo(e) || String.valueOf(e.getSQLState()).startsWith(OUT_OF_RESOURCES)) {
                // It refuses us, so it is there; connections that it has taken may work.
                there();
            } else if (!Thread.currentThread().isInterrupted()) {
                away(String.valueOf(e.getMessage()));
            }
        } catch (RuntimeException e) {
            // What a driver never should throw must not end the watch: it would leave the outage on.
            away(String.valueOf(e.getMessage()));
        }
    }

    /** One that ended may be replaced at once; where there was no answer, none is to be hoped for soon. */
    private boolean isAlive(Connection open) throws SQLException {
        long begin = System.nanoTime();
        boolean alive = open.isValid(answerWithinSeconds);
        if (!alive && System.nanoTime() - begin >= TimeUnit.SECONDS.toNanos(answerWithinSeconds)) {
            away("no answer within " + answerWithinSeconds + " s");
        }
        return alive;
    }

    private void there() {
        if (outage.end()) {
            LOG.log(System.Logger.Level.INFO, "The database is back");
        }
    }

    private void away(String why) {
        if (outage.begin(why)) {
            LOG.log(System.Logger.Level.WARNING, "The database is away: " + why);
        }
    }

    @Override
    public void close() {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException | RuntimeException e) {
                // Nobody needs it any more.
            }
        }
    }
}
