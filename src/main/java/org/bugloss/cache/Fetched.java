package org.bugloss.cache;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.bugloss.trackers.Answer;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugUrl;
import org.jspecify.annotations.Nullable;

/** What came of asking about one bug, ready for the table. Immutable. */
sealed interface Fetched {

    BugUrl bug();

    /** The name of the tracker that was asked. */
    String tracker();

    /** Whether somebody asked, rather than the timer. */
    boolean asked();

    /** What of this is to be written over a row. */
    void into(CachedDetails row, Instant now, Schedule schedule);

    /**
     * The source told something new.
     *
     * @param changeGroup see {@link KnownDetails#changeGroup}
     */
    record News(BugUrl bug, String tracker, @Nullable String changeGroup, CleanDetails details, boolean asked)
            implements Fetched {

        @Override
        public void into(CachedDetails row, Instant now, Schedule schedule) {
            row.fetched(bug, tracker, changeGroup, details, now, schedule);
            if (asked) {
                row.asked(now);
            }
        }
    }

    /**
     * What is cached still holds, and only its times change.
     *
     * @param known what was cached when the source was asked
     * @param freshness what the source says of it now
     * @param readInFull whether the source told all of it, though it is nothing new
     */
    record Unchanged(
            BugUrl bug, String tracker, KnownDetails known, Freshness freshness, boolean readInFull, boolean asked)
            implements Fetched {

        @Override
        public void into(CachedDetails row, Instant now, Schedule schedule) {
            throw new IllegalStateException("what is unchanged is renewed, not stored: " + bug);
        }
    }

    /**
     * The source failed.
     *
     * @param alone whether that is said of this bug, rather than of all that was asked about
     */
    record Failed(BugUrl bug, String tracker, FetchException failure, boolean alone, boolean asked) implements Fetched {

        @Override
        public void into(CachedDetails row, Instant now, Schedule schedule) {
            if (alone) {
                row.hideWhereRefused(failure);
            }
            row.failed(failure, now, schedule);
            if (asked) {
                row.asked(now);
            }
        }
    }

    /**
     * Compares an answer with what is cached, and makes it safe where it is news.
     *
     * @param known what was cached when the source was asked; {@code null} where nothing was
     * @param images whether images from elsewhere stay in descriptions
     * @param alone whether a failure is said of this bug, rather than of all that was asked about
     */
    static Fetched of(
            BugUrl bug,
            String tracker,
            Optional<String> changeGroup,
            @Nullable KnownDetails known,
            Answer answer,
            boolean images,
            boolean alone,
            boolean asked) {
        String group = changeGroup.orElse(null);
        if (answer instanceof Answer.Unchanged unchanged) {
            return known == null || known.fingerprint() == null
                    ? unusable(bug, tracker, "is told to be unchanged, though nothing is known of it", asked)
                    : new Unchanged(bug, tracker, known, unchanged.freshness(), false, asked);
        }
        if (answer instanceof Answer.Found found) {
            BugDetails details = found.details();
            if (known != null
                    && known.fingerprint() != null
                    && known.confidential() != null
                    && details.failure() == null
                    && known.isOf(bug, tracker)
                    && Objects.equals(known.changeGroup(), group)
                    && known.fingerprint().equals(CleanDetails.fingerprint(details, images))) {
                return new Unchanged(bug, tracker, known, details.freshness(), true, asked);
            }
            return new News(bug, tracker, group, CleanDetails.of(bug, details, images), asked);
        }
        FetchException failure = answer instanceof Answer.Failed failed
                ? failed.failure()
                : new FetchException(
                        FailureReason.NOT_FOUND, tracker + " says that there is no such bug, or none that may be seen");
        return new Failed(bug, tracker, failure, alone, asked);
    }

    /** What came can't be used. */
    static Fetched unusable(BugUrl bug, String tracker, String why, boolean asked) {
        return new Failed(
                bug,
                tracker,
                new FetchException(FailureReason.UNEXPECTED_ANSWER, "what " + tracker + " told " + why),
                true,
                asked);
    }
}
