package org.bugloss.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.persistence.LockTimeoutException;
import jakarta.persistence.PersistenceException;
import jakarta.persistence.PessimisticLockException;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import org.bugloss.cache.Sneaky;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetriedTest {

    /** Of a transaction that a server's proxy commits: checked, which no signature says. */
    private static final class RollbackException extends Exception {

        private static final long serialVersionUID = 1L;

        RollbackException(Throwable cause) {
            super("the transaction was rolled back", cause);
        }

        static RollbackException suppressing(Throwable reason) {
            RollbackException thrown = new RollbackException(null);
            thrown.addSuppressed(reason);
            return thrown;
        }
    }

    private int runs;

    private static SQLException sql(String state) {
        return new SQLException("the database says no", state);
    }

    /** Runs that fail one after the other, and then one that does not. */
    private String run(Throwable... failures) {
        Queue<Throwable> left = new ArrayDeque<>(List.of(failures));
        return Retried.onConflict(() -> {
            runs++;
            if (!left.isEmpty()) {
                throw Sneaky.<RuntimeException>thrown(left.remove());
            }
            return "done";
        });
    }

    @Test
    void whatSucceedsIsRunOnce() {
        assertEquals("done", run());
        assertEquals(1, runs);
    }

    @ParameterizedTest
    @ValueSource(strings = {"23505", "40001", "40P01", "HYT00", "90131"})
    void aConflictIsRetried(String state) {
        assertEquals("done", run(new PersistenceException(sql(state))));
        assertEquals(2, runs);
    }

    @Test
    void aLockThatWasNotGrantedIsRetriedWhereNobodySaysMore() {
        assertEquals("done", run(new PessimisticLockException(), new LockTimeoutException()));
        assertEquals(3, runs);
    }

    @Test
    void aCheckedExceptionIsRetriedForItsCause() {
        assertEquals("done", run(new RollbackException(new PersistenceException(sql("23505")))));
        assertEquals(2, runs);
    }

    @Test
    void aCheckedExceptionIsRetriedForWhatItSuppresses() {
        assertEquals("done", run(RollbackException.suppressing(new PersistenceException(sql("23505")))));
        assertEquals(2, runs);
    }

    @Test
    void theEighthConflictIsTheLast() {
        PersistenceException last = new PersistenceException(sql("23505"));
        Exception[] conflicts = new Exception[9];
        Arrays.fill(conflicts, new PersistenceException(sql("23505")));
        conflicts[7] = last;

        assertSame(last, assertThrows(PersistenceException.class, () -> run(conflicts)));
        assertEquals(8, runs);
    }

    @Test
    void aCheckedConflictThatStaysIsWrapped() {
        RollbackException last = RollbackException.suppressing(sql("23505"));
        Exception[] conflicts = new Exception[8];
        Arrays.fill(conflicts, last);

        assertSame(
                last,
                assertThrows(IllegalStateException.class, () -> run(conflicts)).getCause());
        assertEquals(8, runs);
    }

    @Test
    void anotherCheckedExceptionIsWrappedAtOnce() {
        RollbackException thrown = new RollbackException(sql("08006"));

        assertSame(
                thrown,
                assertThrows(IllegalStateException.class, () -> run(thrown)).getCause());
        assertEquals(1, runs);
    }

    @Test
    void anotherUncheckedExceptionIsThrownAsItIs() {
        IllegalArgumentException thrown = new IllegalArgumentException();

        assertSame(thrown, assertThrows(IllegalArgumentException.class, () -> run(thrown)));
        assertEquals(1, runs);
    }

    @Test
    void anErrorIsNobodysConflict() {
        AssertionError thrown = new AssertionError(sql("23505"));

        assertSame(thrown, assertThrows(AssertionError.class, () -> run(thrown)));
        assertEquals(1, runs);
    }

    @Test
    void aRefusedValueIsRecognisedWhereverItIs() {
        assertTrue(Retried.isRefusedValue(sql("22021")));
        assertTrue(Retried.isRefusedValue(new PersistenceException(sql("22001"))));
        assertTrue(Retried.isRefusedValue(RollbackException.suppressing(new PersistenceException(sql("22021")))));
        assertTrue(Retried.isRefusedValue(
                assertThrows(IllegalStateException.class, () -> run(RollbackException.suppressing(sql("22021"))))));
        assertEquals(1, runs);
    }

    @Test
    void nothingElseIsARefusedValue() {
        assertFalse(Retried.isRefusedValue(sql("23505")));
        assertFalse(Retried.isRefusedValue(sql(null)));
        assertFalse(Retried.isRefusedValue(new PessimisticLockException()));
        assertFalse(Retried.isRefusedValue(null));
    }

    @Test
    void exceptionsThatCauseEachOtherAreLookedThroughOnceAndAtThat() {
        Exception one = new Exception();
        Exception other = new Exception(one);
        one.initCause(other);

        assertFalse(Retried.isRefusedValue(one));
    }
}
