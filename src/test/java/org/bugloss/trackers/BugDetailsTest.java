package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BugDetailsTest {

    private static final BugFields FIELDS = BugFields.NONE
            .withAssignee("ann")
            .withResolution("WONTFIX")
            .withPriority("P1")
            .withType("defect")
            .withLabels(List.of("ui"))
            .withUpdated(Instant.EPOCH);
    private static final BugDetails DETAILS = BugDetails.of("12", "It crashes")
            .withDescription("<p>So</p>")
            .withStatus("RESOLVED")
            .withResolved(true)
            .withImage("https://h/i.png")
            .withSiteName("Bugs")
            .withMovedTo("https://h/13")
            .withConfidential(false)
            .withFields(FIELDS)
            .withFreshness(new Freshness("\"1\"", null, Duration.ofSeconds(5)));

    static Stream<UnaryOperator<BugDetails>> changes() {
        return Stream.of(
                details -> details.withTitle("Another"),
                details -> details.withDescription("another"),
                details -> details.withStatus("NEW"),
                details -> details.withResolved(null),
                details -> details.withImage(null),
                details -> details.withSiteName(null),
                details -> details.withMovedTo(null),
                details -> details.withConfidential(true),
                details -> details.withFields(FIELDS.withAssignee(null)),
                details -> details.withFields(FIELDS.withResolution(null)),
                details -> details.withFields(FIELDS.withPriority(null)),
                details -> details.withFields(FIELDS.withType(null)),
                details -> details.withFields(FIELDS.withLabels(null)),
                details -> details.withFields(FIELDS.withUpdated(null)),
                details -> details.withFreshness(null),
                BugDetails::asOpenGraph,
                details -> details.insteadOf(new FetchException(FailureReason.TIMEOUT, "too slow")));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void aCopyDiffersInWhatWasChangedAndTheOriginalStays(UnaryOperator<BugDetails> change) {
        String before = DETAILS.toString();
        BugDetails changed = change.apply(DETAILS);
        assertNotEquals(DETAILS, changed);
        assertNotEquals(before, changed.toString());
        assertEquals(before, DETAILS.toString());
    }

    @Test
    void aCopyKeepsWhatWasNotChanged() {
        BugDetails there = DETAILS.withTitle("Another");
        BugDetails back = there.withTitle("It crashes");
        assertEquals(DETAILS, back);
        assertEquals(DETAILS.hashCode(), back.hashCode());
        assertEquals(
                FIELDS,
                FIELDS.withType("task").withType("defect").withAssignee("bob").withAssignee("ann"));
    }

    @Test
    void whatIsNotToldIsNothing() {
        BugDetails bare = BugDetails.of(null, "A page");
        assertEquals("", bare.description());
        assertEquals(BugFields.NONE, bare.fields());
        assertEquals(Freshness.UNKNOWN, bare.freshness());
        assertEquals("", DETAILS.withDescription(null).description());
        assertEquals(BugFields.NONE, DETAILS.withFields(null).fields());
        assertEquals(List.of(), BugFields.NONE.labels());
    }

    @Test
    void thereIsAlwaysATitle() {
        assertThrows(NullPointerException.class, () -> BugDetails.of("12", null));
        assertThrows(NullPointerException.class, () -> DETAILS.withTitle(null));
    }
}
