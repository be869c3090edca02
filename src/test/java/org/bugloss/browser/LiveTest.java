package org.bugloss.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages that follow the changes: ours, and those of others with {@code data-live}. */
@InBrowser
class LiveTest {

    private final Stage stage = new Stage().withEveryState();
    private final FakeBugloss bugloss = stage.bugloss;

    @AfterEach
    void nothingBroke() {
        stage.close();
        assertEquals(List.of(), stage.errors);
        assertEquals(List.of(), stage.warnings);
    }

    private void resolve(String url) {
        bugloss.change("resolved", url, "status", "closed", "resolved", true);
    }

    private Locator row(String title) {
        return stage.page.locator("tbody tr").filter(new Locator.FilterOptions().setHasText(title));
    }

    private void untilStreams(int count) {
        stage.page.waitForCondition(() -> bugloss.feed.streams.size() >= count);
    }

    /** Not by what the page shows: soon after a stream begins, it also asks for all that may have changed before. */
    private void untilTold(int changes) {
        stage.page.waitForCondition(() -> bugloss.feed.told.get() >= changes);
    }

    @Test
    void aRowChangesInPlaceWhileSomebodyReadsItsTooltip() {
        bugloss.recordAll();
        stage.at(bugloss.origin() + "/?resolved=false");
        stage.until(Stage.OPEN, "open").icon(Stage.OPEN).click();
        Locator link = stage.tooltip().getByText("the log");
        link.focus();
        untilStreams(1);

        resolve(Stage.OPEN);

        assertThat(row("Checkout crashes").locator(".state")).hasText("closed");
        stage.until(Stage.OPEN, "resolved");
        assertThat(link).isFocused();
        assertThat(stage.page.locator(".news")).hasText("Checkout crashes when the voucher has expired: closed now");
        assertEquals(List.of("now"), bugloss.feed.streams);
        // Four at first, four that may have changed before the stream began, and then nothing but what changed; in any
        // order.
        int asked = bugloss.asked.stream().mapToInt(Integer::intValue).sum();
        assertTrue(asked <= 9, bugloss.asked::toString);
    }

    @Test
    void manyChangesAtATimeAreToldOnce() {
        bugloss.recordAll();
        stage.at(bugloss.origin() + "/");
        stage.until(Stage.OPEN, "open");
        untilStreams(1);

        resolve(Stage.OPEN);
        resolve(Stage.STALE);
        bugloss.change("reopened", Stage.RESOLVED, "status", "Reopened", "resolved", false);

        assertThat(stage.page.locator(".news")).hasText("3 bugs of this list have changed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"data-token=\"secret\"", ""})
    void iconsOfAnotherOriginFollowWithATokenOrWithAFunctionThatGivesOne(String token) {
        bugloss.token = "secret";
        stage.attributes = token.isEmpty() ? "" : "data-links=\"a.bug\" data-live " + token;
        stage.withLinks(Stage.OPEN, Stage.RESOLVED);
        if (token.isEmpty()) {
            stage.withModule(
                    "/bugloss.js",
                    "({start}) => { start({links: 'a.bug', live: true, token: async () => 'secret'}); }");
        }
        stage.until(Stage.OPEN, "open").hover(Stage.OPEN);
        untilStreams(1);

        resolve(Stage.OPEN);

        stage.until(Stage.OPEN, "resolved");
        assertThat(stage.tooltip().locator(".pill")).hasText("closed");
    }

    @Test
    void withoutTheAttributeNothingOfItIsLoaded() {
        stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");

        assertFalse((Boolean) stage.page.evaluate(
                "() => performance.getEntriesByType('resource').some(it => it.name.includes('live'))"));
        assertFalse(bugloss.requests.contains("GET changes"));
    }

    @Test
    void aStreamThatBreaksOffGoesOnFromWhereItWas() {
        stage.attributes += " data-live";
        stage.withLinks(Stage.OPEN, Stage.STALE).until(Stage.OPEN, "open");
        untilStreams(1);
        resolve(Stage.OPEN);
        stage.until(Stage.OPEN, "resolved");

        untilTold(1);
        bugloss.feed.breakOff();
        untilStreams(2);
        resolve(Stage.STALE);

        stage.until(Stage.STALE, "resolved");
        assertEquals(List.of("now", "c1"), bugloss.feed.streams);
    }

    @Test
    void whereACursorIsTooOldAllIsAskedForAgain() {
        stage.attributes += " data-live";
        stage.withLinks(Stage.OPEN, Stage.STALE).until(Stage.OPEN, "open");
        untilStreams(1);
        resolve(Stage.OPEN);
        stage.until(Stage.OPEN, "resolved");

        untilTold(1);
        bugloss.feed.forgotten = 2;
        bugloss.feed.breakOff();
        resolve(Stage.STALE);

        stage.until(Stage.STALE, "resolved");
        untilStreams(2);
        assertEquals("now", bugloss.feed.streams.get(bugloss.feed.streams.size() - 1));
    }

    @ParameterizedTest
    @EnumSource(names = {"HELD_BACK", "PAGE"})
    void whereNoStreamComesThroughItAsksAndWaits(FakeFeed.Way way) {
        bugloss.feed.way = way;
        stage.attributes += " data-live";
        stage.withClock(Stage.OPEN);
        stage.pass(Duration.ofSeconds(14));

        resolve(Stage.OPEN);
        stage.pass(Duration.ofSeconds(4));

        stage.until(Stage.OPEN, "resolved");
    }

    @Test
    void oneTabReadsTheOthersAreToldAndOneOfThemTakesOver() {
        stage.attributes += " data-live";
        stage.withLinks(Stage.OPEN, Stage.STALE).until(Stage.OPEN, "open");
        untilStreams(1);
        Page first = stage.page;
        stage.page = first.context().newPage();
        stage.page.navigate(first.url());
        stage.until(Stage.OPEN, "open");

        resolve(Stage.OPEN);
        stage.until(Stage.OPEN, "resolved");
        assertEquals(1, bugloss.feed.streams.size());

        first.close();
        untilStreams(2);
        resolve(Stage.STALE);
        stage.until(Stage.STALE, "resolved");
        assertEquals(List.of("now", "c1"), bugloss.feed.streams);
    }

    @Test
    void aTokenThatIsNotAcceptedIsNotTriedAgainAndAgain() {
        bugloss.token = "secret";
        stage.attributes += " data-live data-token=\"old\"";
        stage.withLinks(Stage.OPEN);
        stage.page.waitForCondition(() -> bugloss.requests.contains("GET changes") && stage.warnings.size() == 2);

        stage.page.waitForTimeout(2_500);

        assertEquals(1, bugloss.requests.stream().filter("GET changes"::equals).count());
        assertTrue(stage.warnings.stream()
                .allMatch(Pattern.compile("^Bugloss: (changes are not told|the token).*401")
                        .asPredicate()));
        stage.warnings.clear();
    }
}
