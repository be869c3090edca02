package org.bugloss.database;

import jakarta.annotation.Priority;
import jakarta.annotation.Resource;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InvocationContext;
import jakarta.transaction.HeuristicMixedException;
import jakarta.transaction.HeuristicRollbackException;
import jakarta.transaction.NotSupportedException;
import jakarta.transaction.RollbackException;
import jakarta.transaction.Status;
import jakarta.transaction.SystemException;
import jakarta.transaction.TransactionalException;
import jakarta.transaction.UserTransaction;

/** Does what {@link InTransaction} promises. It has the place in the order that {@code Transactional} has. */
@InTransaction
@Interceptor
@Priority(Interceptor.Priority.PLATFORM_BEFORE + 200)
class TransactionInterceptor {

    @Resource
    private UserTransaction transaction;

    @AroundInvoke
    Object run(InvocationContext method) throws Exception {
        return transaction.getStatus() == Status.STATUS_NO_TRANSACTION ? inOne(method) : inTheCallers(method);
    }

    private Object inOne(InvocationContext method) throws Exception {
        begin();
        Object result;
        try {
            result = method.proceed();
        } catch (Throwable e) {
            rollBack(e);
            throw e;
        }
        commit();
        return result;
    }

    private Object inTheCallers(InvocationContext method) throws Exception {
        try {
            return method.proceed();
        } catch (Throwable e) {
            transaction.setRollbackOnly();
            throw e;
        }
    }

    private void begin() {
        try {
            transaction.begin();
        } catch (NotSupportedException | SystemException e) {
            throw new TransactionalException("no transaction could be begun: " + e.getMessage(), e);
        }
    }

    private void commit() {
        try {
            transaction.commit();
        } catch (RollbackException | HeuristicMixedException | HeuristicRollbackException | SystemException e) {
            throw new TransactionalException("a transaction could not be committed: " + e.getMessage(), e);
        }
    }

    private void rollBack(Throwable cause) {
        try {
            transaction.rollback();
        } catch (IllegalStateException | SystemException e) {
            // The first is what the caller must hear.
            cause.addSuppressed(e);
        }
    }
}
