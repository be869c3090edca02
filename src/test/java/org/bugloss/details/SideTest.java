package org.bugloss.details;

import static org.bugloss.cache.TestClock.START;
import static org.bugloss.details.TestGlosses.stored;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.trackers.BugFields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SideTest {

    private static final CanonicalUrl URL = CanonicalUrl.parse("http://bugs.example/1");
    private static final BugFields FIELDS = BugFields.NONE.withAssignee("ann").withLabels(List.of("ui"));
    private static final Side THEIRS = new Side("Theirs", "<p>t</p>", "t", "open", false, "http://i/t", FIELDS);

    private static DetailsOverride override(
            String title, String description, String status, Boolean resolved, String image, String fields) {
        return new DetailsOverride(
                URL.key(), title, description, status, resolved, image, fields, START, null, Set.of(), null);
    }

    private static Side ours(DetailsOverride override) {
        return Side.of(override, URL, false);
    }

    @Test
    void whatASourceToldIsTakenAsItWasStored() {
        assertEquals(
                new Side("Crash", "<p>Crash</p>", "Crash", "open", false, null, BugFields.NONE),
                Side.of(stored(URL.key(), "Crash")));
    }

    @Test
    void whatAScriptSuppliedIsMadeSafe() {
        assertEquals(
                new Side(
                        "a <b>",
                        "<p>x</p>",
                        "x",
                        "done",
                        true,
                        "http://i/o",
                        BugFields.NONE.withAssignee("bob").withLabels(List.of("a"))),
                ours(
                        override(
                                "a <b>\u0007",
                                "<p onclick=\"x()\">x</p><script>y()</script>",
                                "done",
                                true,
                                "HTTP://i/o",
                                "{\"assignee\": \"bob\", \"priority\": 5, \"labels\": [\"a\", 1], \"updated\": \"yesterday\"}")));
    }

    @Test
    void membersThatAnOverrideLacksAreAbsent() {
        assertEquals(
                new Side("Ours", null, null, null, null, null, null),
                ours(override("Ours", null, null, null, null, null)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no JSON", "[]", "5", "{\"labels\": \"ui\"", "null"})
    void fieldsThatAreNoJsonObjectAreEmptyOnes(String fields) {
        assertEquals(
                BugFields.NONE,
                ours(override("Ours", null, null, null, null, fields)).fields());
    }

    @Test
    void membersThatASideLacksShowWhatIsBeneath() {
        assertEquals(
                new Side("Ours", "<p>t</p>", "t", "open", false, "http://i/t", FIELDS),
                ours(override("Ours", null, null, null, null, null)).over(THEIRS, Set.of()));
    }

    @Test
    void membersThatASideHasWinBlankOrNot() {
        Side ours = new Side("Ours", "<p>o</p>", "o", "done", true, "http://i/o", BugFields.NONE);
        assertEquals(ours, ours.over(THEIRS, Set.of()));
        assertEquals(ours, ours.over(THEIRS, Set.of("description", "status", "resolved", "image", "fields")));
    }

    @Test
    void aBlankHidesWhatIsBeneath() {
        Side ours = ours(override("Ours", null, null, null, null, null));
        assertEquals(
                new Side("Ours", "", "", null, null, null, BugFields.NONE),
                ours.over(THEIRS, Set.of("description", "status", "resolved", "image", "fields")));
        assertEquals(
                new Side("Ours", "", "", "open", false, "http://i/t", FIELDS),
                ours.over(THEIRS, Set.of("description")));
        assertEquals(
                new Side("Ours", "<p>t</p>", "t", "open", null, "http://i/t", FIELDS),
                ours.over(THEIRS, Set.of("resolved", "nonsense", "title")));
    }
}
