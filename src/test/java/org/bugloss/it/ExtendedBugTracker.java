package org.bugloss.it;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.util.Optional;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.GitHub;

/** The smallest extension, for a jar of its own: it overrides one method. */
@Named("ExtendedBugTracker")
@ApplicationScoped
public class ExtendedBugTracker extends GitHub {

    @Override
    public Optional<BugDetails> details(BugUrl url) {
        return super.details(url)
                .map(details -> details.withTitle("EXTENDED: " + details.title())
                        .withDescription(details.description() + "<h1>IMPORTANT</h1>"));
    }
}
