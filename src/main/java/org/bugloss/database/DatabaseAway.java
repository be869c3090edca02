package org.bugloss.database;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientConnectionException;

/** The database does not answer: nothing is wrong with what was asked of it, and later it may be asked again. */
public final class DatabaseAway extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final int MAX_CAUSES = 20;

    DatabaseAway(String message) {
        super(message);
    }

    /** Whether it is this, in whatever words and wrappings of drivers, pools and persistence providers. */
    public static boolean isBehind(Throwable thrown) {
        Throwable cause = thrown;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++, cause = cause.getCause()) {
            if (saysSo(cause)) {
                return true;
            }
        }
        return false;
    }

    /** The same of this one exception, without its causes. */
    public static boolean saysSo(Throwable thrown) {
        return thrown instanceof DatabaseAway || thrown instanceof SQLException sql && saysSo(sql);
    }

    /** SQLSTATE class 08: no connection; 57P: PostgreSQL shuts down or starts; 53: it is out of resources. */
    private static boolean saysSo(SQLException sql) {
        String state = sql.getSQLState();
        return sql instanceof SQLTransientConnectionException
                || sql instanceof SQLNonTransientConnectionException
                || state == null
                || state.startsWith("08")
                || state.startsWith("57P")
                || state.startsWith("53");
    }
}
