package org.bugloss.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.BoundingBox;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What strangers wrote, in pages that do nothing against it; and pages whose style sheets spare nothing. */
@InBrowser
class HostilePageTest {

    private static final String SCRIPT = "<img src=x onerror=\"document.title='hacked'\">";

    @Test
    void nothingThatStrangersWroteIsRun() {
        try (Stage stage = new Stage()) {
            descriptionsAreCleaned(stage);
            assertEquals(List.of(), stage.errors);
        }
    }

    static void descriptionsAreCleaned(Stage stage) {
        stage.policy = "default-src * 'unsafe-inline' data: blob:";
        stage.bugloss.bug(
                Stage.OPEN,
                "id",
                SCRIPT,
                "title",
                SCRIPT + "<b>bold</b>",
                "status",
                SCRIPT,
                "tracker",
                SCRIPT,
                "excerpt",
                "an excerpt",
                "description",
                "<p id=\"panel\" class=\"close\" style=\"position:fixed\">A <b>bold</b> word" + SCRIPT
                        + "</p><svg onload=\"document.title='hacked'\"></svg><style>.scroll{display:none}</style>"
                        + "<form action=/x><input name=a><button>Send</button></form><iframe src=\"/\"></iframe>"
                        + "<a href=\"javascript:document.title='hacked'\">press</a>"
                        + "<a href=\"https://ok.example/\" onclick=\"document.title='hacked'\">ok</a>",
                "fields",
                FakeBugloss.fields("assignee", SCRIPT, "labels", List.of(SCRIPT, "<script>1</script>")));
        stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");

        Locator tooltip = stage.hover(Stage.OPEN);

        assertThat(tooltip.locator(".text b")).hasText("bold");
        assertThat(tooltip.locator(".title")).hasText(SCRIPT + "<b>bold</b>");
        assertThat(tooltip.locator("img, style, form, input, iframe, script, .text svg, .text [id], .text [style]"))
                .hasCount(0);
        assertThat(tooltip.locator(".text a")).hasCount(1);
        assertThat(tooltip.locator(".text a")).hasAttribute("href", "https://ok.example/");
        stage.page.evaluate("() => new Promise(done => setTimeout(done, 50))");
        assertThat(stage.page).hasTitle("A report");
    }

    @Test
    void aStyleSheetThatSparesNothingChangesNothing() {
        try (Stage stage = new Stage().withEveryState()) {
            stage.style = "* { all: unset !important } bug-details { display: none !important; opacity: 0 !important }"
                    + " html { font-size: 62.5%; letter-spacing: 9px; text-transform: uppercase }";
            stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");

            BoundingBox icon = stage.icon(Stage.OPEN).boundingBox();
            Locator tooltip = stage.hover(Stage.OPEN);

            assertEquals(List.of(24.0, 24.0), List.of(icon.width, icon.height));
            BoundingBox box = tooltip.boundingBox();
            assertTrue(box.width > 300 && box.width <= 368 && box.height > 150, box.width + " by " + box.height);
            assertEquals(
                    List.of("14px", "normal", "none", "rgb(27, 30, 43)"),
                    tooltip.locator(".title")
                            .evaluate("title => { const s = getComputedStyle(title);"
                                    + " return [s.fontSize, s.letterSpacing, s.textTransform, s.color]; }"));
            assertEquals(List.of(), stage.errors);
        }
    }

    @Test
    void aDarkPageIsDarkAndAPageWithoutASchemeStaysLight() {
        assertEquals("rgb(35, 38, 47)", surface(":root { color-scheme: dark }"));
        assertEquals("rgb(255, 255, 255)", surface("body { margin: 40px }"));
        assertEquals("rgb(35, 38, 47)", surface("bug-details { color-scheme: dark }"));
        assertEquals("rgb(1, 2, 3)", surface(":root { --bugloss-surface: rgb(1, 2, 3) }"));
    }

    private static Object surface(String style) {
        try (Stage stage = new Stage().withEveryState()) {
            stage.options.setColorScheme(com.microsoft.playwright.options.ColorScheme.DARK);
            stage.style = style;
            stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");
            return stage.hover(Stage.OPEN).evaluate("panel => getComputedStyle(panel).backgroundColor");
        }
    }

    @Test
    void aFileThatIsLoadedTwiceWorksOnce() {
        try (Stage stage = new Stage().withEveryState()) {
            stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");

            stage.withModule("/bugloss.js?2", "() => {}");

            assertThat(stage.page.locator("bug-details")).hasCount(1);
            stage.hover(Stage.OPEN);
            assertEquals(List.of(), stage.errors);
        }
    }
}
