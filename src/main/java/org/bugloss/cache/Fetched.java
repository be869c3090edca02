package org.bugloss.cache;

import java.util.Objects;
import java.util.Optional;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.bugloss.trackers.Answer;
import org.bugloss.trackers.BugUrl;

/**
 * What came of asking about one bug, ready for the table. Immutable.
 *
 * @param tracker the name of the tracker that was asked
 * @param changeGroup see {@link KnownDetails#changeGroup}
 * @param known what was cached when the source was asked; {@code null} where nothing was
 * @param details what the source told; {@code null} where it failed, or told nothing new
 * @param failure why it failed; {@code null} where it did not
 * @param freshness what the source says of what is cached and still holds; {@code null} where it is not
 * @param readInFull whether the source told all of it, though it is nothing new
 * @param asked whether somebody asked, rather than the timer
 */
record Fetched(
        BugUrl bug,
        String tracker,
        String changeGroup,
        KnownDetails known,
        CleanDetails details,
        FetchException failure,
        Freshness freshness,
        boolean readInFull,
        boolean asked) {

    /**
     * Compares an answer with what is cached, and makes it safe where it is news.
     *
     * @param images whether images from elsewhere stay in descriptions
     */
    static Fetched of(
            BugUrl bug,
            String tracker,
            Optional<String> changeGroup,
            KnownDetails known,
            Answer answer,
            boolean images,
            boolean asked) {
        String group = changeGroup.orElse(null);
        if (answer instanceof Answer.Unchanged unchanged) {
            if (known == null || known.fingerprint() == null) {
                return failed(bug, tracker, "is told to be unchanged, though nothing is known of it", asked);
            }
            return new Fetched(bug, tracker, group, known, null, null, unchanged.freshness(), false, asked);
        }
        if (answer instanceof Answer.Found found) {
            boolean same = known != null
                    && known.fingerprint() != null
                    && found.details().failure() == null
                    && known.isOf(bug, tracker)
                    && Objects.equals(known.changeGroup(), group)
                    && known.fingerprint().equals(CleanDetails.fingerprint(found.details(), images));
            return same
                    ? new Fetched(
                            bug,
                            tracker,
                            group,
                            known,
                            null,
                            null,
                            found.details().freshness(),
                            true,
                            asked)
                    : new Fetched(
                            bug,
                            tracker,
                            group,
                            known,
                            CleanDetails.of(bug, found.details(), images),
                            null,
                            null,
                            true,
                            asked);
        }
        FetchException failure = answer instanceof Answer.Failed failed
                ? failed.failure()
                : new FetchException(
                        FailureReason.NOT_FOUND, tracker + " says that there is no such bug, or none that may be seen");
        return new Fetched(bug, tracker, group, known, null, failure, null, false, asked);
    }

    /** What came can't be used. */
    static Fetched failed(BugUrl bug, String tracker, String why, boolean asked) {
        FetchException failure =
                new FetchException(FailureReason.UNEXPECTED_ANSWER, "what " + tracker + " told " + why);
        return new Fetched(bug, tracker, null, null, null, failure, null, false, asked);
    }

    /** Whether what is cached still holds, and only its times change. */
    boolean isUnchanged() {
        return details == null && failure == null;
    }
}
