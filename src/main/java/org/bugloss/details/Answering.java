package org.bugloss.details;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.Executor;
import org.bugloss.audit.Trail;
import org.bugloss.outbound.Lanes;

/**
 * The threads on which those are answered who had to wait. Payara writes an answer on the thread that completes it, and a client
 * that does not read holds that thread for half a minute: so none that fetches, stores or watches the clock may be it, and no
 * caller may hold more than a few of these. Safe for use by several threads.
 */
@ApplicationScoped
public class Answering {

    private static final int THREADS = 32;
    private static final int OF_ONE_CALLER = 8;
    private static final int MOST_WAITING = 10_000;

    @Resource
    private ManagedThreadFactory threads;

    private Lanes lanes;

    @PostConstruct
    void begin() {
        lanes = new Lanes(threads, THREADS, OF_ONE_CALLER, MOST_WAITING);
    }

    @PreDestroy
    void end() {
        lanes.close();
    }

    /** Where a caller is answered: there the log goes on with the id of whoever asks this. */
    public Executor of(String caller) {
        String id = Trail.id();
        return answer -> lanes.submit(caller, Lanes.Priority.CALLER, caller, () -> {
            Trail.follow(id, answer);
            return null;
        });
    }
}
