package org.bugloss.database;

import jakarta.interceptor.InterceptorBinding;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * One transaction around each business method: the caller's, or a new one that is committed when the method returns. Whatever is
 * thrown rolls it back.
 *
 * <p>What {@code jakarta.transaction.Transactional} would be, were it the same on all servers. Payara 6's leaves every plain JDBC
 * connection out of the transaction on a thread that an EJB or its timer has begun, as it tells the pool of the transaction within
 * servlets only ({@code TransactionManagerHelper.preInvokeTx}): what was done on it stayed whatever became of the rest, and did not
 * see what Jakarta Persistence had written before.
 */
@Documented
@InterceptorBinding
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface InTransaction {}
