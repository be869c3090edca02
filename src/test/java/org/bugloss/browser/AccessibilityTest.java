package org.bugloss.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.AxeResults;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** axe finds nothing, in light and in dark, on a screen and on a phone. */
@InBrowser
class AccessibilityTest {

    @ParameterizedTest
    @CsvSource({"LIGHT, 1240", "DARK, 1240", "LIGHT, 390", "DARK, 390"})
    void aReportWithAnOpenTooltipHasNoViolation(ColorScheme scheme, int width) {
        try (Stage stage = new Stage().withEveryState()) {
            stage.options = options(scheme, width);
            theTooltipHasNoViolation(stage);
        }
    }

    static void theTooltipHasNoViolation(Stage stage) {
        stage.withLinks(
                Stage.FAILING, Stage.OPEN, Stage.RESOLVED, Stage.UNKNOWN, Stage.LATE, Stage.STALE, Stage.NO_DETAILS);
        stage.until(Stage.FAILING, "open");
        // Before it lies over half of a link of the page's.
        assertEquals(
                List.of(),
                violations(new AxeBuilder(stage.page)
                        .withRules(List.of("target-size"))
                        .analyze()));
        stage.icon(Stage.FAILING).click();
        assertThat(stage.tooltip().locator("dl")).isVisible();

        AxeResults results = new AxeBuilder(stage.page).analyze();

        assertEquals(List.of(), violations(results));
        // It did look into the shadow trees: the foot of the tooltip has passed, of all colours the faintest.
        assertTrue(
                results.getPasses().stream()
                        .filter(rule -> rule.getId().equals("color-contrast"))
                        .flatMap(rule -> rule.getNodes().stream())
                        .anyMatch(node -> node.getHtml().contains("where")),
                () -> "color-contrast passed on nothing in the tooltip");
    }

    @ParameterizedTest
    @CsvSource({"LIGHT, 1240", "DARK, 390"})
    void ourOwnPagesHaveNoViolation(ColorScheme scheme, int width) {
        try (Stage stage = new Stage().withEveryState()) {
            stage.bugloss.recordAll();
            stage.options = options(scheme, width);
            stage.at(stage.bugloss.origin() + "/");
            assertThat(stage.page.locator("tbody tr")).hasCount(9);
            assertThat(stage.page.locator(".chip b")).hasCount(6);
            stage.page.locator("td bug-details button").first().click();
            stage.page.getByText("Add a link").click();
            check(stage, "the list");

            stage.page.navigate(stage.bugloss.origin() + "/#in-your-pages");
            assertThat(stage.page.locator(".sample bug-details")).hasCount(3);
            check(stage, "in your pages");

            stage.page.navigate(stage.bugloss.origin() + "/trackers.html");
            assertThat(stage.page.locator("tbody tr:not(.set-up)")).hasCount(3);
            stage.page.getByLabel("Set up the hook of jira").click();
            assertThat(stage.page.locator("#hook-jira dl")).isVisible();
            stage.page.getByLabel("Address to check").fill(Stage.NO_DETAILS);
            stage.page.locator(".primary").click();
            assertThat(stage.page.locator(".checks .bad")).isVisible();
            check(stage, "trackers");

            stage.bugloss.change("resolved", Stage.OPEN, "status", "closed", "resolved", true);
            stage.bugloss.change("reopened", Stage.RESOLVED, "status", "Reopened", "resolved", false);
            stage.page.navigate(stage.bugloss.origin() + "/#retest");
            assertThat(stage.page.locator(".retest li")).hasCount(2);
            check(stage, "to retest");

            stage.page.navigate(stage.bugloss.origin() + "/api.html");
            assertThat(stage.page.locator(".operation").last()).isVisible();
            stage.page.getByText("Example of application/json: Only a title").click();
            stage.page.getByText("Problems: 400").first().click();
            check(stage, "the REST interface");

            stage.bugloss.token = "secret";
            stage.page.navigate(stage.bugloss.origin() + "/");
            stage.page.getByLabel("Token").fill("wrong");
            stage.page.locator("sign-in .primary").click();
            assertThat(stage.page.locator("sign-in .note")).isVisible();
            check(stage, "sign-in");
        }
    }

    @Test
    void theFirstRunHasNoViolation() {
        try (Stage stage = new Stage()) {
            stage.bugloss.demonstration = true;
            stage.at(stage.bugloss.origin() + "/");
            assertThat(stage.page.getByText("Show me a demonstration")).isVisible();
            stage.page.locator("first-run input").fill("htps://x");
            stage.page.locator("first-run .primary").click();
            assertThat(stage.page.locator("first-run .note")).isVisible();

            check(stage, "first run");
        }
    }

    private static NewContextOptions options(ColorScheme scheme, int width) {
        return new NewContextOptions().setColorScheme(scheme).setViewportSize(width, 844);
    }

    private static void check(Stage stage, String page) {
        assertEquals(List.of(), violations(axe(stage.page)), page);
    }

    private static AxeResults axe(Page page) {
        AxeBuilder axe = new AxeBuilder(page);
        // Off by default, and the only one of WCAG 2.2.
        return axe.options(ruleOn()).analyze();
    }

    private static com.deque.html.axecore.args.AxeRunOptions ruleOn() {
        var rule = new com.deque.html.axecore.args.AxeRuleOptions();
        rule.setEnabled(true);
        var options = new com.deque.html.axecore.args.AxeRunOptions();
        options.setRules(Map.of("target-size", rule));
        return options;
    }

    private static List<String> violations(AxeResults results) {
        return results.getViolations().stream()
                .map(rule -> rule.getId() + ": "
                        + rule.getNodes().stream().map(node -> node.getHtml()).toList())
                .toList();
    }
}
