package org.bugloss.cache;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import java.sql.PreparedStatement;
import javax.sql.DataSource;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.database.Sql;

/**
 * Has bugs count as confidential of which their trackers say by themselves that they are private now, until they are told of again.
 * Safe for use by several threads.
 */
@ApplicationScoped
class ConfidentialBugs {

    /** Without its fingerprint, so that even the same answer as before is written. */
    private static final String HIDE = "update bug_details set confidential = true, fingerprint = null where url = ?";

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    @Inject
    private DetailsWriter writer;

    /** In the transaction of who heard of it. */
    void hide(@Observes MadePrivate bugs) {
        Sql.on(database, "the table of details can't be written", connection -> {
            try (PreparedStatement update = connection.prepareStatement(HIDE)) {
                // In one order on all nodes, so that none locks the other out.
                for (String url : bugs.urls().stream().sorted().toList()) {
                    update.setString(1, url);
                    update.addBatch();
                }
                if (!bugs.urls().isEmpty()) {
                    update.executeBatch();
                }
            }
            return true;
        });
    }

    /** Whoever remembers these bugs reads them again. */
    void tell(@Observes(during = TransactionPhase.AFTER_SUCCESS) MadePrivate bugs) {
        writer.told(bugs.urls());
    }
}
