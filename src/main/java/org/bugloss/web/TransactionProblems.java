package org.bugloss.web;

import jakarta.transaction.TransactionalException;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

/** Takes the place of Jersey's own mapper for these, which throws them again: the answer would be a bare 500. */
@Provider
public class TransactionProblems implements ExceptionMapper<TransactionalException> {

    @Override
    public Response toResponse(TransactionalException thrown) {
        return Problems.of(thrown).response();
    }
}
