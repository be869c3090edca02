package org.bugloss.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What was resolved since somebody looked. */
@InBrowser
class RetestTest {

    private final Stage stage = new Stage().withEveryState();
    private final FakeBugloss bugloss = stage.bugloss;

    @AfterEach
    void nothingBroke() {
        stage.close();
        assertEquals(List.of(), stage.errors);
    }

    private Page show() {
        bugloss.recordAll();
        return stage.at(bugloss.origin() + "/#retest").page;
    }

    private void resolve(String url, String resolution) {
        bugloss.change(
                "resolved",
                url,
                "status",
                "closed",
                "resolved",
                true,
                "fields",
                FakeBugloss.fields("resolution", resolution));
    }

    private Locator execution(String name) {
        return stage.page.locator(".retest").filter(new Locator.FilterOptions().setHasText(name));
    }

    @Test
    void eachExecutionTellsWhatToTestAgainAndWhyItIsResolvedAndOnceSeenItIsGone() {
        bugloss.recordAll();
        resolve(Stage.OPEN, "completed");
        bugloss.change("reopened", Stage.RESOLVED, "status", "Reopened", "resolved", false);
        bugloss.change("title", Stage.STALE, "title", "Another title");
        resolve(Stage.OVERRIDDEN, "wontfix");
        Page page = stage.at(bugloss.origin() + "/#retest").page;

        assertThat(page.locator("nav a[aria-current]")).hasText("To retest");
        assertThat(page.locator(".retest")).hasCount(2);
        assertThat(execution("TE-1042").locator("h2")).hasText("TE-10421 to retest, 1 open again");
        assertThat(execution("TE-1042").locator("li").first())
                .hasText(
                        Pattern.compile(
                                "closedCheckout crashes when the voucher has expired.*GitHub #117completedresolved .*was open"));
        assertThat(execution("TE-1042").locator("li").last())
                .hasText(Pattern.compile("ReopenedTotals are rounded twice.*JIRA SHOP-2291opened again"));
        assertThat(execution("TE-1043").locator(".resolution")).hasText("wontfix");

        page.locator(".bar .primary").click();
        assertThat(page.locator(".nothing")).hasText("Nothing new. All that is resolved");
        assertThat(page.locator("bugs-to-retest > .hint"))
                .hasText(Pattern.compile("since you last marked all as seen, (now|.* ago)\\."));
        assertThat(page.locator("h1")).isFocused();
        page.getByText("Undo").click();
        assertThat(page.locator(".retest")).hasCount(2);

        page.locator(".bar .primary").click();
        assertThat(page.locator(".nothing")).isVisible();
        page.reload();
        assertThat(page.locator(".nothing")).isVisible();
    }

    @Test
    void whatComesMeanwhileIsToldAndShownOnceItIsWanted() {
        Page page = show();
        assertThat(page.locator(".nothing")).isVisible();
        page.waitForCondition(() -> !bugloss.feed.streams.isEmpty());

        resolve(Stage.OPEN, "completed");
        bugloss.change("title", Stage.STALE, "title", "Another title");

        assertThat(page.locator(".more span")).hasText("1 more since this was shown");
        assertThat(page.locator(".nothing")).isVisible();
        page.locator(".more button").click();
        assertThat(execution("TE-1042").locator("li")).hasCount(1);
        assertThat(page.locator(".more")).isEmpty();
    }

    @Test
    void aBugCountsByItsLastChangeAndIsReadPageByPage() {
        bugloss.recordAll();
        for (int i = 0; i < 1_001; i++) {
            bugloss.change(i % 2 == 0 ? "reopened" : "resolved", Stage.OPEN, "resolved", i % 2 != 0);
        }
        Page page = stage.at(bugloss.origin() + "/#retest").page;

        assertThat(execution("TE-1042").locator("h2")).hasText("TE-10421 open again");
    }

    @Test
    void whereItIsTooLongAgoOneBeginsAgain() {
        bugloss.recordAll();
        resolve(Stage.OPEN, "completed");
        Page page = stage.at(bugloss.origin() + "/#retest").page;
        page.locator(".bar .primary").click();
        assertThat(page.locator(".nothing")).isVisible();

        resolve(Stage.STALE, "completed");
        resolve(Stage.OVERRIDDEN, "completed");
        bugloss.feed.forgotten = 2;
        page.reload();

        assertThat(page.locator(".note.error")).hasText(Pattern.compile("longer ago than changes are kept"));
        page.getByText("Begin again from now").click();
        assertThat(page.locator(".nothing")).isVisible();
        resolve(Stage.FAILING, "completed");
        page.reload();
        assertThat(page.locator(".retest li")).hasCount(1);
    }
}
