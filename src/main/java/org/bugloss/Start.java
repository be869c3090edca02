package org.bugloss;

import jakarta.annotation.PostConstruct;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.inject.Inject;
import org.bugloss.database.Migration;

/** What must be done before the first request. */
@Singleton
@Startup
public class Start {

    @Inject
    Migration migration;

    @PostConstruct
    void start() {
        migration.run();
    }
}
