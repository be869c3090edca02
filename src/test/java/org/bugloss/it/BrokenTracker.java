package org.bugloss.it;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import org.bugloss.trackers.GitHub;

/** An extension that can't start, for a jar of its own. */
@Named("BrokenTracker")
@ApplicationScoped
public class BrokenTracker extends GitHub {

    @PostConstruct
    void start() {
        throw new IllegalStateException("acme.licence has no value");
    }
}
