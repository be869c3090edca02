package org.bugloss.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ForcedColors;
import com.microsoft.playwright.options.Media;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The icon and its tooltip in a page of another origin, with a strict policy and Trusted Types. */
@InBrowser
class IconTest {

    private final Stage stage = new Stage().withEveryState();

    @AfterEach
    void nothingBroke() {
        stage.close();
        assertEquals(List.of(), stage.errors);
    }

    @Test
    void eachLinkHasAnIconWhoseShapeAndNameSayHowItsBugIs() {
        stage.withLinks(
                Stage.OPEN, Stage.RESOLVED, Stage.UNKNOWN, Stage.LATE, Stage.FAILING, Stage.STALE, Stage.NO_DETAILS);

        stage.until(Stage.OPEN, "open").until(Stage.RESOLVED, "resolved").until(Stage.UNKNOWN, "unknown");
        stage.until(Stage.LATE, "late").until(Stage.FAILING, "open").until(Stage.NO_DETAILS, "unknown");
        assertThat(stage.icon(Stage.OPEN)).hasAccessibleName("open: Checkout crashes when the voucher has expired");
        assertThat(stage.icon(Stage.OPEN))
                .hasAccessibleDescription("GitHub #117. Assignee Ann Lindqvist. as of 5 minutes ago");
        assertThat(stage.icon(Stage.NO_DETAILS))
                .hasAccessibleName("No details: redmine.example.org does not accept connections");
        assertThat(stage.icon(Stage.FAILING).locator("path.badge")).hasCount(1);
        assertThat(stage.icon(Stage.STALE).locator("path.badge")).hasCount(1);
        assertThat(stage.icon(Stage.OPEN).locator("path.badge")).hasCount(0);
        assertEquals(List.of(7), stage.bugloss.asked);
        assertEquals(
                4L,
                stage.page.evaluate("() => new Set(['" + Stage.OPEN + "', '" + Stage.RESOLVED + "', '" + Stage.UNKNOWN
                                        + "', '" + Stage.LATE
                                        + "'].map(url => document.querySelector(`bug-details[href='${url}']`)"
                                        + ".shadowRoot.querySelector('path').getAttribute('d'))).size + 0")
                                instanceof Integer size
                        ? (long) size
                        : -1L);
        BoundingBox target = stage.icon(Stage.OPEN).boundingBox();
        assertTrue(target.width >= 24 && target.height >= 24, "WCAG 2.5.8: " + target.width + " by " + target.height);
    }

    @Test
    void theTooltipTellsWhatIsKnownWithTheDescriptionThatTheQueryLeftOut() {
        stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");

        Locator tooltip = stage.hover(Stage.OPEN);

        assertThat(tooltip.locator(".text code")).hasText(new String[] {"500", "SPRING"});
        assertThat(tooltip)
                .hasText("openGitHub #117Checkout crashes when the voucher has expiredPay with a voucher that"
                        + " expired today: the page answers 500 and the basket is empty afterwards.Steps: put anything into the"
                        + " basket, add voucher SPRING, pay. Seen on 4.1 and 4.2; see the log.AssigneeAnn LindqvistTypebug"
                        + "Labelscheckoutregressionas of 5 minutes ago");
        assertThat(tooltip.locator("a")).hasAttribute("rel", "noreferrer nofollow");
        assertEquals(List.of("POST details/query", "GET details"), stage.bugloss.requests);
    }

    @Test
    void whatFailedIsToldWithWhyAndWhenItIsAskedAgain() {
        stage.withLinks(Stage.FAILING).until(Stage.FAILING, "open");

        assertThat(stage.hover(Stage.FAILING).locator(".foot"))
                .hasText("Not confirmed for 2 hours: bugzilla.example.org did not answer within 5 seconds;"
                        + " asked again in 4 minutesas of 3 hours ago");
    }

    @Test
    void anOverrideSaysWhoSetItAndAPageThatItWasRead() {
        stage.withLinks(Stage.OVERRIDDEN, Stage.UNKNOWN).until(Stage.OVERRIDDEN, "open");

        assertThat(stage.hover(Stage.OVERRIDDEN).locator(".foot")).hasText("as of 5 hours ago · Set by release-notes");
        assertThat(stage.hover(Stage.UNKNOWN).locator(".foot")).hasText("as of 14 minutes ago · Read from the page");
    }

    @Test
    void whatOneMayNotSeeSaysSoAndWhatWasMovedLeadsThere() {
        stage.bugloss.bug(Stage.SHOP + "1", "restricted", true, "title", null, "status", null, "resolved", null);
        stage.bugloss.bug(Stage.SHOP + "2", "moved_to", Stage.SHOP + "3");
        stage.withLinks(Stage.SHOP + "1", Stage.SHOP + "2").until(Stage.SHOP + "1", "unknown");

        assertThat(stage.hover(Stage.SHOP + "1").locator(".title")).hasText("You may not see this bug.");
        assertThat(stage.hover(Stage.SHOP + "2").locator(".foot a")).hasAttribute("href", Stage.SHOP + "3");
    }

    @Test
    void thePointerMayGoIntoItAndLeavingItClosesIt() {
        stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");
        BoundingBox icon = stage.icon(Stage.OPEN).boundingBox();
        Locator tooltip = stage.hover(Stage.OPEN);
        BoundingBox box = tooltip.boundingBox();

        // Slowly over the gap, and in it for longer than the grace.
        stage.page.mouse().move(icon.x + 12, box.y + 60, new com.microsoft.playwright.Mouse.MoveOptions().setSteps(30));
        stage.page.waitForTimeout(400);
        assertThat(tooltip).isVisible();
        stage.pointAtNothing();
        assertThat(tooltip).hasCount(0);
    }

    @Test
    void aMouseThatPassesOpensNothing() {
        stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");

        stage.icon(Stage.OPEN).hover();
        stage.pointAtNothing();

        stage.page.waitForTimeout(400);
        assertThat(stage.tooltip()).hasCount(0);
    }

    @Test
    void aPageThatMovesUnderARestingMouseOpensNothing() {
        stage.withLinks(Stage.OPEN, Stage.RESOLVED).until(Stage.OPEN, "open");
        BoundingBox icon = stage.icon(Stage.OPEN).boundingBox();
        stage.page.mouse().move(icon.x + 12, icon.y + 12 - 300 + 300 + 200);
        stage.page.waitForTimeout(50);

        stage.page.evaluate("() => { document.body.style.setProperty('padding-top', '200px'); }");
        stage.page.waitForTimeout(500);

        assertThat(stage.tooltip()).hasCount(0);
    }

    @Test
    void aClickPinsWhatHoverOpenedAndOneMoreCloses() {
        stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");
        Locator tooltip = stage.hover(Stage.OPEN);

        stage.icon(Stage.OPEN).click();
        stage.pointAtNothing();
        stage.page.waitForTimeout(400);
        assertThat(tooltip).isVisible();
        assertThat(tooltip.getByLabel("Close")).isVisible();

        stage.icon(Stage.OPEN).click();
        assertThat(tooltip).hasCount(0);
    }

    @Test
    void aPressElsewhereClosesAndOneOnTheTextDoesNot() {
        stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");
        stage.icon(Stage.OPEN).click();

        stage.tooltip().locator(".title").click();
        assertThat(stage.tooltip()).isVisible();
        stage.page.locator("h1").click();
        assertThat(stage.tooltip()).hasCount(0);
    }

    @Test
    void oneIsOpenAtATimeAndTheNextOneOpensAtOnce() {
        stage.withPage("<a class=\"bug\" href=\"" + Stage.OPEN + "\">117</a> and <a class=\"bug\" href=\""
                        + Stage.RESOLVED + "\">2291</a>")
                .until(Stage.RESOLVED, "resolved");
        stage.hover(Stage.OPEN);

        stage.icon(Stage.RESOLVED).hover();

        assertThat(stage.tooltip().locator(".title")).hasText("Totals are rounded twice in the order confirmation");
        assertThat(stage.tooltip()).hasCount(1);
    }

    @Test
    void theKeyboardOpensPinsWalksThroughAndCloses() {
        stage.withLinks(Stage.OPEN, Stage.RESOLVED).until(Stage.RESOLVED, "resolved");
        Page page = stage.page;
        stage.pointAtNothing();

        page.keyboard().press("Tab");
        page.keyboard().press("Tab");
        assertThat(stage.icon(Stage.OPEN)).isFocused();
        assertThat(stage.tooltip()).isVisible();
        page.keyboard().press("Enter");
        page.keyboard().press("Tab");
        assertThat(stage.tooltip().getByLabel("Close")).isFocused();
        page.keyboard().press("Tab");
        assertThat(stage.tooltip().getByText("the log")).isFocused();
        page.keyboard().press("Escape");
        assertThat(stage.tooltip()).hasCount(0);
        assertThat(stage.icon(Stage.OPEN)).isFocused();
        page.keyboard().press("Tab");
        page.keyboard().press("Tab");
        assertThat(stage.icon(Stage.RESOLVED)).isFocused();
        assertThat(stage.tooltip().locator(".title")).hasText("Totals are rounded twice in the order confirmation");
        page.keyboard().press("Shift+Tab");
        assertThat(stage.tooltip()).hasCount(0);
    }

    @Test
    void escapeClosesTheTooltipAndNotTheDialogThatItIsIn() {
        escapeClosesOnlyTheTooltip(stage);
    }

    static void escapeClosesOnlyTheTooltip(Stage stage) {
        stage.withPage("<dialog><a class=\"bug\" href=\"" + Stage.OPEN + "\">117</a></dialog>");
        stage.page.evaluate("() => document.querySelector('dialog').showModal()");
        stage.until(Stage.OPEN, "open").hover(Stage.OPEN);
        // Inside, so that it is no part of what a modal dialog makes inert.
        stage.tooltip().locator(".title").click();

        stage.page.keyboard().press("Escape");

        assertThat(stage.tooltip()).hasCount(0);
        assertThat(stage.page.locator("dialog")).isVisible();
        stage.pointAtNothing();
        stage.page.keyboard().press("Escape");
        assertThat(stage.page.locator("dialog")).isHidden();
    }

    @Test
    void aTapOpensAndATapElsewhereCloses() {
        stage.options.setHasTouch(true).setViewportSize(360, 640);
        stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");

        stage.icon(Stage.OPEN).tap();
        assertThat(stage.tooltip().getByLabel("Close")).isVisible();
        stage.page.locator("h1").tap();
        assertThat(stage.tooltip()).hasCount(0);
    }

    @Test
    void aLinksOwnClickIsItsOwn() {
        stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");
        stage.page.evaluate("() => document.querySelector('a.bug').addEventListener('click', event => {"
                + " event.preventDefault(); document.title = 'followed'; })");

        stage.page.locator("a.bug").click();

        assertThat(stage.page).hasTitle("followed");
    }

    @Test
    void whatIsLateComesByItselfAndIsAnnounced() {
        stage.withLinks(Stage.LATE).until(Stage.LATE, "late");
        stage.icon(Stage.LATE).click();
        assertThat(stage.tooltip().locator(".title")).hasText("The tracker is slow; still asking…");

        stage.bugloss.bug(Stage.LATE, "title", "There after all");

        assertThat(stage.tooltip().locator(".title")).hasText("There after all");
        assertThat(stage.tooltip().getByRole(com.microsoft.playwright.options.AriaRole.STATUS))
                .hasText("open: There after all");
        stage.until(Stage.LATE, "open");
    }

    @Test
    void theStatusOrTheNumberStandsBesideTheIconWhereThePageWantsIt() {
        stage.attributes += " data-show=\"status\"";
        stage.withPage("<a class=\"bug\" href=\"" + Stage.OPEN + "\">117</a> <bug-details href=\"" + Stage.RESOLVED
                + "\" show=\"id\"></bug-details>");

        assertThat(stage.icon(Stage.OPEN)).hasText("open");
        assertThat(stage.icon(Stage.RESOLVED)).hasText("SHOP-2291");
        assertThat(stage.icon(Stage.RESOLVED))
                .hasAccessibleName("SHOP-2291, Resolved: Totals are rounded twice in the order confirmation");
        // No link stands before it that leads there, so the title is one.
        assertThat(stage.hover(Stage.RESOLVED).locator(".title a")).hasAttribute("href", Stage.RESOLVED);
    }

    @Test
    void aPageMayHaveItOpenOnClickOnly() {
        stage.attributes += " data-open=\"click\"";
        stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");

        stage.icon(Stage.OPEN).hover();
        stage.icon(Stage.OPEN).focus();
        stage.page.waitForTimeout(400);
        assertThat(stage.tooltip()).hasCount(0);
        stage.icon(Stage.OPEN).click();
        assertThat(stage.tooltip()).isVisible();
    }

    @Test
    void itSpeaksTheLanguageOfThePage() {
        stage.language = "de-AT";
        stage.withLinks(Stage.FAILING, Stage.NO_BUG).until(Stage.FAILING, "open");

        assertThat(stage.hover(Stage.FAILING).locator(".foot"))
                .hasText("Seit 2 Stunden nicht bestätigt: bugzilla.example.org did not answer within 5 seconds;"
                        + " nächste Anfrage in 4 MinutenStand: vor 3 Stunden");
        assertThat(stage.hover(Stage.NO_BUG)).hasText("Keine AngabenDiesen Bug gibt es nicht.");
    }

    @Test
    void aLanguageThatIsWronglyWrittenOrUnknownIsEnglish() {
        stage.language = "en_US";
        stage.withPage("<a class=\"bug\" href=\"" + Stage.OPEN + "\">117</a> <p lang=\"fr\"><a class=\"bug\" href=\""
                + Stage.RESOLVED + "\">2291</a></p>");

        assertThat(stage.icon(Stage.OPEN))
                .hasAccessibleDescription("GitHub #117. Assignee Ann Lindqvist. as of 5 minutes ago");
        assertThat(stage.icon(Stage.RESOLVED))
                .hasAccessibleDescription("JIRA SHOP-2291. Assignee Kofi Mensah. as of 42 minutes ago");
    }

    @Test
    void linksThatComeChangeAndGoAreFollowed() {
        stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");
        Page page = stage.page;

        page.evaluate(
                "url => { const a = document.createElement('a'); a.className = 'bug'; a.href = url; a.id = 'new';"
                        + " document.querySelector('main').append(a); }",
                Stage.RESOLVED);
        stage.until(Stage.RESOLVED, "resolved");
        page.evaluate("url => { document.getElementById('new').href = url; }", Stage.UNKNOWN);
        stage.until(Stage.UNKNOWN, "unknown");
        assertThat(page.locator("bug-details")).hasCount(2);
        page.evaluate("() => { const a = document.getElementById('new'); document.querySelector('h1').append(a); }");
        assertThat(page.locator("h1 a + bug-details")).hasCount(1);
        page.evaluate("() => document.getElementById('new').remove()");
        assertThat(page.locator("bug-details")).hasCount(1);
        page.evaluate("() => { const ul = document.querySelector('ul'); ul.replaceWith(ul.cloneNode(true)); }");
        stage.until(Stage.OPEN, "open");
        assertThat(page.locator("bug-details")).hasCount(1);
    }

    @Test
    void applicationsStartItWithAFunctionThatGivesTokensAndForAPartOfThePage() {
        stage.bugloss.token = "secret";
        stage.attributes = "";
        stage.withPage("<div id=\"one\"><a href=\"" + Stage.OPEN + "\">117</a></div><a href=\"" + Stage.RESOLVED
                + "\">2291</a>");

        stage.withModule(
                "/bugloss.js",
                "({start, BugDetails}) => {"
                        + " if (!(document.createElement('bug-details') instanceof BugDetails)) throw new Error('another class');"
                        + " const root = document.getElementById('one').attachShadow({mode: 'open'});"
                        + " root.append(...document.getElementById('one').children);"
                        + " start({links: 'a', root, token: async () => 'secret'}); }");

        stage.until(Stage.OPEN, "open");
        assertThat(stage.page.locator("bug-details")).hasCount(1);
        assertEquals(List.of("Bearer secret"), stage.bugloss.tokens);
    }

    @Test
    void nothingIsPrintedAndNoNameIsAddedToThePage() {
        stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open").hover(Stage.OPEN);

        stage.page.emulateMedia(new Page.EmulateMediaOptions().setMedia(Media.PRINT));
        assertThat(stage.icon(Stage.OPEN)).isHidden();
        assertThat(stage.page.locator(".panel")).isHidden();
        assertEquals(
                List.of(),
                stage.page.evaluate(
                        "() => { const frame = document.createElement('iframe'); document.body.append(frame);"
                                + " const plain = new Set(Object.getOwnPropertyNames(frame.contentWindow)); frame.remove();"
                                + " return Object.getOwnPropertyNames(window).filter(name => !plain.has(name)"
                                + " && !name.startsWith('__')); }"));
    }

    @Test
    void itStaysInsideASmallWindowAndLeavesItsIconFree() {
        stage.options.setViewportSize(320, 256);
        stage.style += " body { margin: 90px 4px 90px 120px }";
        stage.withPage("<a class=\"bug\" href=\"" + Stage.OPEN + "\">117</a>").until(Stage.OPEN, "open");

        BoundingBox box = stage.hover(Stage.OPEN).boundingBox();
        BoundingBox icon = stage.icon(Stage.OPEN).boundingBox();

        assertTrue(
                box.x >= 0 && box.x + box.width <= 320 && box.y >= 0 && box.y + box.height <= 256,
                box.x + ", " + box.y + ", " + box.width + " by " + box.height);
        assertTrue(box.y >= icon.y + icon.height || box.y + box.height <= icon.y, "covers its icon");
        assertThat(stage.tooltip().locator(".scroll")).hasAttribute("tabindex", "0");
    }

    @Test
    void itOpensInClippedAndTurnedPartsAndFromRightToLeft() {
        stage.style += " #clip { overflow: hidden; transform: scale(1); height: 30px; direction: rtl }";
        stage.withPage("<div id=\"clip\"><a class=\"bug\" href=\"" + Stage.OPEN + "\">117</a></div>")
                .until(Stage.OPEN, "open");

        BoundingBox box = stage.hover(Stage.OPEN).boundingBox();
        BoundingBox icon = stage.icon(Stage.OPEN).boundingBox();

        assertTrue(box.height > 150 && box.y > icon.y && box.x + box.width <= icon.x + icon.width + 1);
    }

    @Test
    void forcedColoursLeaveNoColourOfItsOwn() {
        stage.options.setForcedColors(ForcedColors.ACTIVE);
        stage.withLinks(Stage.OPEN).until(Stage.OPEN, "open");

        assertEquals(
                true,
                stage.icon(Stage.OPEN)
                        .evaluate(
                                "button => getComputedStyle(button).color === getComputedStyle(button.querySelector('path'))"
                                        + ".stroke && getComputedStyle(button).color !== 'rgb(168, 31, 98)'"));
    }
}
