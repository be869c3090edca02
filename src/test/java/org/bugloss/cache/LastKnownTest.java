package org.bugloss.cache;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.bugloss.changes.BugState;
import org.bugloss.changes.Change;
import org.bugloss.changes.ChangeKind;
import org.bugloss.configuration.TestKeys;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugFields;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TestBugUrls;
import org.bugloss.trackers.TestDetails;
import org.junit.jupiter.api.Test;

/** What is a change of a bug, and what is none. */
class LastKnownTest {

    private static final String URL = "http://bugs.example/1";
    private static final FetchException TIMEOUT = new FetchException(FailureReason.TIMEOUT, "too slow");
    private static final FetchException NOT_FOUND = new FetchException(FailureReason.NOT_FOUND, "no such bug");
    private static final BugDetails CRASH = BugDetails.of("1", "Crash");
    private static final BugDetails OPEN = CRASH.withStatus("open").withResolved(false);
    private static final BugDetails CLOSED = CRASH.withStatus("closed").withResolved(true);

    private final DetailsSettings settings = DetailsSettings.from(TestKeys.keys());
    private final Schedule schedule = new Schedule(settings, () -> 0);
    private final BugUrl bug = TestBugUrls.of(CanonicalUrl.parse(URL));
    private final CachedDetails row = new CachedDetails(bug, "Acme", START);
    private final List<Change> changes = new ArrayList<>();

    private void told(BugDetails details) {
        LastKnown before = row.lastKnown();
        row.fetched(bug, "Acme", null, CleanDetails.of(bug, details, settings.images()), START, schedule);
        changes.addAll(before.changesTo(row.lastKnown(), START));
    }

    private void failed(FetchException failure) {
        LastKnown before = row.lastKnown();
        row.failed(failure, START, schedule);
        changes.addAll(before.changesTo(row.lastKnown(), START));
    }

    private List<ChangeKind> kinds() {
        return changes.stream().map(Change::kind).toList();
    }

    @Test
    void theFirstSightOfABugIsNoChange() {
        failed(TIMEOUT);
        told(CLOSED);

        assertEquals(List.of(), changes);
    }

    @Test
    void aBugThatIsResolvedIsAChangeWithWhatWasBeforeAndAfter() {
        told(OPEN.withFields(BugFields.NONE.withAssignee("ann")));
        told(CLOSED.withFields(BugFields.NONE.withAssignee("ann")));

        assertEquals(
                List.of(new Change(
                        START,
                        ChangeKind.RESOLVED,
                        new Change.Bug(URL, "1", "Acme", null),
                        new BugState("open", false, "Crash", "ann"),
                        new BugState("closed", true, "Crash", "ann"),
                        null)),
                changes);
    }

    @Test
    void aDifferenceOfSeveralKindsIsAChangeOfEach() {
        told(CLOSED);
        told(OPEN.withTitle("Crash on Tuesdays")
                .withFields(BugFields.NONE.withAssignee("ann"))
                .withMovedTo("http://bugs.example/2"));

        assertEquals(List.of(ChangeKind.REOPENED, ChangeKind.TITLE, ChangeKind.ASSIGNEE, ChangeKind.MOVED), kinds());
        assertEquals("http://bugs.example/2", changes.get(3).movedTo());
    }

    @Test
    void anotherStatusThatIsNeitherResolvedNorReopenedIsAChangeOfStatus() {
        told(OPEN);
        told(OPEN.withStatus("in progress"));

        assertEquals(List.of(ChangeKind.STATUS), kinds());
    }

    @Test
    void whatIsReadAnewAndSaysTheSameIsNoChange() {
        told(OPEN);
        told(OPEN.withDescription("more words").withImage("http://bugs.example/i.png"));

        assertEquals(List.of(), changes);
    }

    @Test
    void openUnknownOpenIsNothing() {
        told(OPEN);
        told(CRASH);
        told(CRASH);
        told(OPEN);

        assertEquals(List.of(), changes);
    }

    @Test
    void openUnknownResolvedIsResolved() {
        told(OPEN);
        told(CRASH);
        told(CRASH);
        told(CLOSED);

        assertEquals(List.of(ChangeKind.RESOLVED), kinds());
        assertEquals(new BugState("open", false, "Crash", null), changes.get(0).before());
    }

    @Test
    void aStatusThatIsKnownForTheFirstTimeIsNoChange() {
        told(CRASH);
        told(CLOSED);

        assertEquals(List.of(), changes);
    }

    @Test
    void failuresAreNoChangeNorIsWhatComesAgainAfterThem() {
        told(OPEN);
        failed(TIMEOUT);
        told(TestDetails.pageInsteadOf("1", "The page", TIMEOUT));
        told(OPEN);

        assertEquals(List.of(), changes);
    }

    @Test
    void aPageThatStandsInForTheApiHasAnotherTitleAndThatIsNoChange() {
        told(TestDetails.pageInsteadOf("1", "[1] Crash - Acme", TIMEOUT));
        told(OPEN.withFields(BugFields.NONE.withAssignee("ann")));

        assertEquals(List.of(), changes);
    }

    @Test
    void aBugIsGoneOnceHoweverOftenAndWhyElseItsSourceFailsThen() {
        told(OPEN);
        failed(TIMEOUT);
        failed(NOT_FOUND);
        failed(NOT_FOUND);
        failed(TIMEOUT);
        failed(NOT_FOUND);

        assertEquals(
                List.of(new Change(
                        START,
                        ChangeKind.GONE,
                        new Change.Bug(URL, "1", "Acme", null),
                        new BugState("open", false, "Crash", null),
                        BugState.NOTHING,
                        null)),
                changes);
    }

    @Test
    void aBugThatComesBackIsComparedWithWhatItWasAndMayGoAgain() {
        told(OPEN);
        failed(NOT_FOUND);
        told(CLOSED);
        failed(NOT_FOUND);

        assertEquals(List.of(ChangeKind.GONE, ChangeKind.RESOLVED, ChangeKind.GONE), kinds());
    }

    @Test
    void aBugThatNeverWasIsNotGone() {
        failed(NOT_FOUND);

        assertEquals(List.of(), changes);
    }
}
