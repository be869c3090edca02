package org.bugloss.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ForcedColors;
import com.microsoft.playwright.options.ScreenshotAnimations;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Pictures, to be looked at; two of them are the README's. Made on demand, best where Debian's {@code fonts-inter} is
 * installed: {@code mvn test -Dtest=PicturesTest -Dbugloss.pictures=true}.
 */
@InBrowser
@EnabledIfSystemProperty(
        named = "bugloss.pictures",
        matches = "true",
        disabledReason = "pictures are made with -Dbugloss.pictures=true")
class PicturesTest {

    private static final Path SITE = Path.of("src/site/resources/images");
    private static final Path TARGET = Path.of("target/pictures");

    private static final String STYLE = """
            :root { color-scheme: light dark }
            body { margin: 0; padding: 40px; background: light-dark(#fff, #101217); color: light-dark(#1b1e2b, #e4e6ee);
              font: 15px/22px system-ui, sans-serif }
            h1 { margin: 0 0 6px; font-size: 24px; line-height: 32px }
            p, th { color: light-dark(#5f6575, #9096a6) }
            p { margin: 0 0 24px }
            table { width: 100%; border-collapse: collapse }
            th { font-size: 13px; font-weight: 500; text-align: start }
            td, th { padding: 10px 0; border-bottom: 1px solid light-dark(#e6e7ec, #2a2e38) }
            td:first-child { width: 250px }
            td:nth-child(2) { width: 420px }
            a { color: light-dark(#0b57c2, #79b4ff) }
            b { color: light-dark(#b3261e, #ff8a80) }
            """;

    private static final String REPORT = "<h1>Nightly run 2026-11-28</h1><p>webshop 4.2.0-rc3 · 1,184 executions · 7"
            + " failed</p><table><tr><th>Test</th><th>Known bugs</th><th>Result</th></tr>"
            + row("Pay with an expired voucher", "acme/shop#117", Stage.OPEN)
            + row("Order confirmation adds up", "SHOP-2291", Stage.RESOLVED)
            + row("Password change ends sessions", "BZ 18744", Stage.FAILING)
            + row("One receipt for one order", "forum/8812", Stage.UNKNOWN)
            + row("Search", "shop#131", Stage.STALE)
            + row("Stock is counted once", "shop#140", Stage.LATE)
            + row("Save as draft", "SHOP-2304", Stage.OVERRIDDEN)
            + "</table>";

    private static String row(String test, String text, String url) {
        return "<tr><td>" + test + "</td><td><a class=\"bug\" href=\"" + url + "\">" + text
                + "</a></td><td><b>failed</b></td></tr>";
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void theTooltip(ColorScheme scheme) {
        report(new NewContextOptions().setColorScheme(scheme).setDeviceScaleFactor(1.5), name("tooltip", scheme), SITE);
    }

    @Test
    void theTooltipInForcedColours() {
        report(new NewContextOptions().setForcedColors(ForcedColors.ACTIVE), "tooltip-forced", TARGET);
    }

    private static void report(NewContextOptions options, String name, Path folder) {
        try (Stage stage = new Stage().withEveryState()) {
            stage.options = options.setViewportSize(860, 480);
            stage.style = STYLE;
            stage.withPage(REPORT).until(Stage.OPEN, "open");
            stage.hover(Stage.OPEN);
            assertThat(stage.tooltip().getByText("the log")).isVisible();
            shoot(stage.page, folder, name);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void ourOwnPages(ColorScheme scheme) {
        try (Stage stage = new Stage().withEveryState()) {
            stage.bugloss.recordAll();
            stage.options = new NewContextOptions().setColorScheme(scheme).setViewportSize(1240, 930);
            String home = stage.bugloss.origin() + "/";
            Page page = stage.at(home).page;
            assertThat(page.locator(".chip b")).hasCount(6);
            stage.until(Stage.OPEN, "open").hover(Stage.OPEN);
            shoot(page, TARGET, name("list", scheme));
            page.setViewportSize(390, 844);
            stage.pointAtNothing();
            shoot(page, TARGET, name("list-phone", scheme));
            stage.hover(Stage.RESOLVED);
            shoot(page, TARGET, name("tooltip-phone", scheme));
            page.setViewportSize(1240, 930);
            page.navigate(home + "trackers.html");
            page.getByLabel("Address to check").fill(Stage.NO_DETAILS);
            page.keyboard().press("Enter");
            assertThat(page.locator(".checks .bad")).isVisible();
            shoot(page, TARGET, name("trackers", scheme));
            page.getByLabel("Set up the hook of jira").click();
            assertThat(page.locator("#hook-jira dl")).isVisible();
            shoot(page, TARGET, name("hook", scheme));
            page.setViewportSize(390, 844);
            shoot(page, TARGET, name("hook-phone", scheme));
            page.setViewportSize(1240, 930);
            stage.bugloss.change("resolved", Stage.OPEN, "status", "closed", "resolved", true);
            stage.bugloss.change("reopened", Stage.RESOLVED, "status", "Reopened", "resolved", false);
            stage.bugloss.change(
                    "resolved",
                    Stage.OVERRIDDEN,
                    "status",
                    "Done",
                    "resolved",
                    true,
                    "fields",
                    FakeBugloss.fields("resolution", "Fixed"));
            page.navigate(home + "#retest");
            assertThat(page.locator(".resolution", new Page.LocatorOptions().setHasText("Fixed")))
                    .hasCount(1);
            shoot(page, TARGET, name("retest", scheme));
            page.setViewportSize(390, 844);
            shoot(page, TARGET, name("retest-phone", scheme));
            page.setViewportSize(1240, 930);
            page.navigate(home + "#in-your-pages");
            assertThat(page.locator(".sample bug-details")).hasCount(3);
            shoot(page, TARGET, name("in-your-pages", scheme));
            stage.bugloss.token = "secret";
            page.setViewportSize(640, 460);
            page.navigate(home);
            page.getByLabel("Token").fill("wrong");
            page.keyboard().press("Enter");
            assertThat(page.locator("sign-in .note")).isVisible();
            shoot(page, TARGET, name("sign-in", scheme));
        }
        try (Stage stage = new Stage()) {
            stage.bugloss.demonstration = true;
            stage.options = new NewContextOptions().setColorScheme(scheme).setViewportSize(1240, 700);
            Page page = stage.at(stage.bugloss.origin() + "/").page;
            page.locator("first-run input").fill("htps://github.com/acme/shop/issues/117");
            page.keyboard().press("Enter");
            assertThat(page.locator("first-run .note")).isVisible();
            shoot(page, TARGET, name("first-run", scheme));
        }
    }

    private static String name(String what, ColorScheme scheme) {
        return what + "-" + scheme.name().toLowerCase();
    }

    private static void shoot(Page page, Path folder, String name) {
        page.screenshot(new Page.ScreenshotOptions()
                .setPath(folder.resolve(name + ".png"))
                .setAnimations(ScreenshotAnimations.DISABLED));
    }
}
