package org.bugloss.it;

import jakarta.annotation.Resource;
import jakarta.ejb.Singleton;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.inject.Inject;
import java.sql.SQLException;

/** Stands for the EJB timer, whose thread begins others: part of {@link RowsExtension}. */
@Singleton
@TransactionManagement(TransactionManagementType.BEAN)
public class RowsTimer {

    @Resource
    ManagedThreadFactory threads;

    @Inject
    RowsExtension.Rows rows;

    public void addAndFail() throws InterruptedException {
        Thread thread = threads.newThread(() -> {
            try {
                rows.addAndFail();
            } catch (IllegalStateException | SQLException e) {
                // What it left is counted.
            }
        });
        thread.start();
        thread.join();
    }
}
