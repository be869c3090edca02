package org.bugloss.browser;

import static org.junit.jupiter.api.Assertions.assertThrows;

import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Breaks the file on purpose: the tests of what is broken must notice. */
@InBrowser
class MutationTest {

    /** What is broken, and the check that must fail then. */
    enum Mutation {
        ESCAPE_IGNORED("event.key === 'Escape'", "event.key === 'F13'", IconTest::escapeClosesOnlyTheTooltip),
        DESCRIPTION_NOT_CLEANED(
                "box.setHTML(description, {",
                "box.setHTMLUnsafe(description); void ({",
                HostilePageTest::descriptionsAreCleaned),
        GREY_TOO_LIGHT("'muted', '#565c6e'", "'muted', '#a9a9b2'", AccessibilityTest::theTooltipHasNoViolation),
        NO_SECOND_REQUEST(
                "await query(chunk););\n\tasking = false;\n\tif (!refused)",
                "!await query(chunk););\n\tasking = false;\n\tif (false)",
                SpeedTest::aThousandLinksAreAskedForWithTwoRequests);

        private final String what;
        private final String by;
        private final Consumer<Stage> check;

        Mutation(String what, String by, Consumer<Stage> check) {
            this.what = what;
            this.by = by;
            this.check = check;
        }
    }

    @BeforeEach
    void waitLessForWhatWillNotBe() {
        Chromium.start();
        PlaywrightAssertions.setDefaultAssertionTimeout(3_000);
    }

    @AfterEach
    void waitAgain() {
        PlaywrightAssertions.setDefaultAssertionTimeout(Chromium.PATIENCE);
    }

    @ParameterizedTest
    @EnumSource
    void isNoticed(Mutation mutation) {
        try (Stage stage = new Stage().withEveryState()) {
            stage.bugloss.mutate(mutation.what, mutation.by);

            assertThrows(AssertionError.class, () -> mutation.check.accept(stage));
        }
    }
}
