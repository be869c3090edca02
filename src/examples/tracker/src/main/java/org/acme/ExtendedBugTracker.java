package org.acme;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.util.Optional;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.GitHub;

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
