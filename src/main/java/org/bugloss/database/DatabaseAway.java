package org.bugloss.database;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientConnectionException;
import java.util.stream.Stream;
import javax.transaction.xa.XAException;
import org.jspecify.annotations.Nullable;

/** The database does not answer: nothing is wrong with what was asked of it, and later it may be asked again. */
public final class DatabaseAway extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final int MAX_CAUSES = 20;

    DatabaseAway(String message) {
        super(message);
    }

    /**
     * Whether it is this, in whatever words and wrappings of drivers, pools, persistence providers and transaction
     * managers. Of a commit that failed, WildFly has the reason among the suppressed, and Payara but a number: nothing of
     * ours is checked as late as that, so the database is taken for the cause.
     */
    public static boolean isBehind(Throwable thrown) {
        return isBehind(thrown, MAX_CAUSES);
    }

    private static boolean isBehind(@Nullable Throwable thrown, int depth) {
        if (thrown == null || depth == 0) {
            return false;
        }
        return thrown instanceof DatabaseAway
                || thrown instanceof XAException
                || thrown instanceof SQLException sql && saysSo(sql)
                || isBehind(thrown.getCause(), depth - 1)
                || Stream.of(thrown.getSuppressed()).anyMatch(suppressed -> isBehind(suppressed, depth - 1));
    }

    /**
     * SQLSTATE class 08: no connection; 57P: PostgreSQL shuts down or starts; 53: it is out of resources; 28: it refuses user or
     * password; 3D: there is no such database in it.
     */
    static boolean saysSo(SQLException sql) {
        String state = sql.getSQLState();
        return sql instanceof SQLTransientConnectionException
                || sql instanceof SQLNonTransientConnectionException
                || state == null
                || state.startsWith("08")
                || state.startsWith("57P")
                || state.startsWith("53")
                || state.startsWith("28")
                || state.startsWith("3D");
    }
}
