package org.bugloss.refresh;

import java.util.function.Consumer;
import org.bugloss.database.DatabaseAway;

/** For work whose failure nobody would see: what runs behind a future, a timer or a pool. */
final class Failures {

    private static final System.Logger LOG = System.getLogger(Refresh.class.getName());

    private Failures() {}

    /** The same work, whose failure is logged and goes no further. */
    static Runnable logged(Runnable work) {
        return () -> {
            try {
                work.run();
            } catch (Throwable e) {
                log(e);
            }
        };
    }

    /** As {@link #logged(Runnable)}, for what is done with a result. */
    static <T> Consumer<T> logged(Consumer<T> work) {
        return result -> logged(() -> work.accept(result)).run();
    }

    static void log(Throwable failure) {
        // That the database is away is in the log already.
        if (!DatabaseAway.isBehind(failure)) {
            LOG.log(System.Logger.Level.WARNING, "A part of a refresh was broken off", failure);
        }
    }
}
