package org.bugloss.database;

import jakarta.persistence.LockTimeoutException;
import jakarta.persistence.PessimisticLockException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a transaction again that failed because another one came first: both made the same row, or changed the same one.
 * The second run finds what the first made.
 */
public final class Retried {

    /** Each that fails is one that another was first to. Three were too few for twelve callers who override and end the same bugs. */
    static final int TRIES = 8;

    private static final String H2_LOCK_TIMEOUT = "HYT00";
    private static final String H2_CONCURRENT_UPDATE = "90131";
    private static final int MAX_CAUSES = 20;

    private Retried() {}

    /** @param transaction one whole transaction, from its begin to its commit */
    public static <T> T onConflict(Supplier<T> transaction) {
        for (int left = TRIES - 1; ; left--) {
            try {
                return transaction.get();
            } catch (Exception e) {
                // Also checked ones, which no compiler foresees: on WildFly a commit that fails throws one through the
                // proxy.
                if (left == 0 || !isConflict(e)) {
                    throw e instanceof RuntimeException unchecked
                            ? unchecked
                            : new IllegalStateException("a transaction failed: " + e.getMessage(), e);
                }
            }
        }
    }

    /** Whether the database refused a value: SQLSTATE class 22, such as a character that it takes nowhere. */
    public static boolean isRefusedValue(Throwable thrown) {
        return stateOf(thrown).filter(state -> state.startsWith("22")).isPresent();
    }

    /**
     * SQLSTATE class 23: a constraint; class 40: a serialization failure or a deadlock; H2 has codes of its own. Providers
     * may wrap a lock that was not granted without an SQLException.
     */
    private static boolean isConflict(Throwable thrown) {
        return stateOf(thrown)
                .map(state -> state.startsWith("23")
                        || state.startsWith("40")
                        || state.equals(H2_LOCK_TIMEOUT)
                        || state.equals(H2_CONCURRENT_UPDATE))
                .orElse(thrown instanceof PessimisticLockException || thrown instanceof LockTimeoutException);
    }

    /** The SQLSTATE that is behind it, where there is one. */
    static Optional<String> stateOf(Throwable thrown) {
        return stateOf(thrown, MAX_CAUSES);
    }

    /** WildFly has the reason of a failed commit among the suppressed. */
    private static Optional<String> stateOf(@Nullable Throwable thrown, int depth) {
        if (thrown == null || depth == 0) {
            return Optional.empty();
        }
        if (thrown instanceof SQLException sql && sql.getSQLState() != null) {
            return Optional.of(sql.getSQLState());
        }
        return stateOf(thrown.getCause(), depth - 1)
                .or(() -> Stream.of(thrown.getSuppressed())
                        .flatMap(suppressed -> stateOf(suppressed, depth - 1).stream())
                        .findFirst());
    }
}
