package org.bugloss.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.bugloss.openapi.OpenApi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The pages at {@code /}, as people use them. */
@InBrowser
class PagesTest {

    private final Stage stage = new Stage().withEveryState();

    @AfterEach
    void nothingBroke() {
        stage.close();
        assertEquals(List.of(), stage.errors);
    }

    private Page list() {
        stage.bugloss.recordAll();
        return at("/");
    }

    private Page at(String path) {
        return stage.at(stage.bugloss.origin() + path).page;
    }

    private Locator row(String title) {
        return stage.page.locator("tbody tr").filter(new Locator.FilterOptions().setHasText(title));
    }

    @Test
    void theListTellsOfEachBugWhatItsIconTells() {
        Page page = list();

        assertThat(page.locator("tbody tr")).hasCount(9);
        assertThat(row("Checkout crashes").locator(".pill")).hasText("open");
        assertThat(row("Checkout crashes").locator(".about")).hasText("GitHub #117#checkout#regression");
        assertThat(row("Session cookie").locator(".note")).hasText(Pattern.compile("Not confirmed for 2 hours: .*"));
        assertThat(row("redmine.example.org/issues/40213").locator(".pill")).hasText("no details");
        assertThat(row("redmine.example.org/issues/40213").locator(".note"))
                .hasText("redmine.example.org does not accept connections");
        assertThat(row("issues/140").locator(".pill")).hasText("looking it up");
        assertThat(page.locator(".chip").first()).hasText("Allabout 1,204,318");
        assertThat(page.locator("who-am-i")).hasText("anonymouseditor");
    }

    @Test
    void filtersAndSearchAreInTheAddressAndTheBackButtonWorks() {
        Page page = list();

        page.locator(".chip.resolved").click();
        assertThat(page.locator("tbody tr")).hasCount(1);
        assertThat(page).hasURL(Pattern.compile("resolved=true"));
        assertThat(page.locator(".chip.resolved")).hasAttribute("aria-current", "true");
        page.goBack();
        assertThat(page.locator("tbody tr")).hasCount(9);

        page.keyboard().press("/");
        page.keyboard().type("receipts");
        assertThat(page.locator("tbody tr")).hasCount(1);
        assertThat(page).hasURL(Pattern.compile("q=receipts"));
        page.reload();
        assertThat(page.locator("tbody tr")).hasCount(1);
        assertThat(page.getByLabel("Search")).hasValue("receipts");
    }

    @Test
    void aLinkIsAddedAndWhatTheApiSaysIsWrongStandsAtTheField() {
        Page page = list();
        page.getByText("Add a link").click();

        page.keyboard().type("htps://github.com/acme/shop/issues/1");
        page.keyboard().press("Enter");
        assertThat(page.locator(".adding .note")).hasText("Only http and https addresses are accepted, not htps.");
        assertThat(page.getByLabel("Address of the bug")).isFocused();
        page.getByLabel("Address of the bug").fill(Stage.SHOP + "1");
        page.keyboard().press("Enter");

        assertThat(page.locator("tbody tr")).hasCount(10);
        assertThat(page.locator(".toasts")).hasText("Added " + Stage.SHOP + "1");
    }

    @Test
    void whatIsRemovedCanBeHadBack() {
        Page page = list();

        row("Receipts arrive twice").getByLabel("Remove").click();
        assertThat(row("Receipts arrive twice")).isHidden();
        page.getByText("Undo").click();
        assertThat(row("Receipts arrive twice")).isVisible();
        assertEquals(9, stage.bugloss.links().size());

        row("Receipts arrive twice").getByLabel("Remove").click();
        page.locator("h1").hover();
        assertThat(row("Receipts arrive twice")).hasCount(0);
        assertEquals(8, stage.bugloss.links().size());
    }

    @Test
    void oneIsAskedForAgain() {
        list();

        row("Checkout crashes").getByLabel("Ask again now").click();

        assertThat(row("Checkout crashes").locator(".title"))
                .hasText("Checkout crashes when the voucher has expired, asked again");
        assertThat(row("Checkout crashes").locator(".age")).hasText(Pattern.compile("now|second"));
    }

    @Test
    void aTokenIsKeptForTheTabAndAWrongOneIsToldFromAWeakOne() {
        stage.bugloss.recordAll();
        stage.bugloss.token = "secret";
        Page page = at("/");

        page.getByLabel("Token").fill("wrong");
        page.keyboard().press("Enter");
        assertThat(page.locator(".note")).hasText("This token is not known. Was it copied to its end?");
        assertThat(page.getByLabel("Token")).hasValue("wrong");
        stage.bugloss.role = "reader";
        page.getByLabel("Token").fill("secret");
        page.keyboard().press("Enter");
        assertThat(page.locator("who-am-i")).hasText("nightly-cireaderSign out");
        assertThat(page.getByText("Add a link")).hasCount(0);
        assertThat(page.locator(".actions button")).hasCount(0);

        page.reload();
        assertThat(page.locator("who-am-i")).hasText("nightly-cireaderSign out");
        assertEquals(0, page.context().cookies().size());
        assertEquals(0, page.evaluate("() => localStorage.length"));
        page.getByText("Sign out").click();
        assertThat(page.getByLabel("Token")).isVisible();
    }

    @Test
    void whoSignsInElsewhereGoesThereAndComesBackToThePage() {
        stage.bugloss.recordAll();
        stage.bugloss.token = "secret";
        stage.bugloss.hasSignIn = true;
        Page page = at("/?q=receipts&sign-in=away");

        assertThat(page.locator(".note")).hasText("Where you sign in does not answer now. Tokens go on working.");
        assertThat(page).hasURL(Pattern.compile("/\\?q=receipts$"));
        assertThat(page.getByText("Sign in with corp"))
                .hasAttribute("href", stage.bugloss.origin() + "/api/sign-in/corp?return=%2F%3Fq%3Dreceipts");

        stage.bugloss.signedIn = "ann";
        page.reload();
        assertThat(page.locator("who-am-i")).hasText("anneditorSign out");
        assertThat(page.locator("tbody tr")).hasCount(1);
        at("/?q=receipts&sign-in=again");
        assertThat(page.locator("tbody tr")).hasCount(1);
        page.getByText("Sign out").click();
        assertThat(page.getByLabel("Token")).isVisible();
        assertTrue(stage.bugloss.requests.contains("POST sign-out"));
    }

    @Test
    void nothingToPasteHoldsTheTabsOwnToken() {
        stage.bugloss.recordAll();
        stage.bugloss.token = "tab-secret";
        Page page = at("/#in-your-pages");
        page.getByLabel("Token").fill("tab-secret");
        page.keyboard().press("Enter");
        assertThat(page.locator(".sample bug-details")).hasCount(3);

        for (String way : List.of("Through its own server", "With short-lived tokens", "With a token in the page")) {
            page.getByText(way).click();
            assertTrue(page.locator(".paste").innerText().contains(stage.bugloss.origin() + "/bugloss.js"));
            assertFalse(page.content().contains("tab-secret"));
        }
        page.getByText("The status").click();
        assertThat(page.locator(".sample bug-details").first()).hasAttribute("show", "status");
        assertThat(page.locator(".paste code").first()).containsText("data-show=\"status\"");
        assertThat(page.locator(".paste code").first()).containsText("READER-TOKEN");
        page.getByText("Icons change as the bugs do").click();
        assertThat(page.locator(".paste code").first()).hasText(Pattern.compile("\\bdata-live\\b"));
        page.locator("#badge-url").fill(Stage.OPEN);
        assertThat(page.locator(".badge img"))
                .hasAttribute(
                        "src",
                        stage.bugloss.origin()
                                + "/api/details/badge?url=https%3A%2F%2Fgithub.com%2Facme%2Fshop%2Fissues%2F117");
    }

    @Test
    void theBookmarkletsLinksAreShownAndThoseOfStrangersAreAskedForOnlyWhereOneSaysSo() {
        String links = String.join(" ", Stage.OPEN, "https://stranger.example/", "javascript:alert(1)");
        Page page = at("/#links="
                + java.net.URLEncoder.encode(links, java.nio.charset.StandardCharsets.UTF_8)
                        .replace("+", "%20"));

        stage.until(Stage.OPEN, "open");
        // Once more where a stream of changes has begun meanwhile.
        assertEquals(Set.of(1), Set.copyOf(stage.bugloss.asked));
        page.getByText("Ask for the 1 other links too").click();
        assertThat(page.locator("page-links bug-details")).hasCount(2);
    }

    @Test
    void anEmptyOneShowsHowToBeginAndTheDemonstrationRecordsItsLinks() {
        stage.bugloss.demonstration = true;
        Page page = at("/");
        assertThat(page.locator("h1")).hasText("No bugs yet. Three ways to begin");

        page.getByText("Show me a demonstration").click();

        assertThat(page.locator("tbody tr")).hasCount(8);
        assertTrue(stage.bugloss.requests.contains("POST details/overrides"));
    }

    @Test
    void theTrackersPageTellsWhichStepOfACheckFails() {
        Page page = at("/trackers.html");

        assertThat(page.locator("tbody tr:not(.set-up)")).hasCount(3);
        assertThat(page.locator(".bar .hint")).hasText("3 systems, 1 failing");
        page.getByLabel("Address to check").fill(Stage.NO_DETAILS);
        page.keyboard().press("Enter");
        assertThat(page.locator(".checks .bad"))
                .hasText("Its API gave no detailsredmine.example.org does not accept connections"
                        + "https://redmine.example.org/issues/40213.json2,004 ms");
    }

    @Test
    void theTrackersPageTellsOfHooksAndHowToSetThemUp() {
        Page page = at("/trackers.html");
        String hook = stage.bugloss.origin() + "/api/hooks/";

        assertThat(row("412,880").locator(".hook")).hasText("Last hook: 3 minutes agoSet up");
        assertThat(row("640,112").locator(".hook")).hasText("Last hook: none2 refusedSet up");
        page.getByLabel("Set up the hook of github").click();
        assertThat(page.locator("#hook-github dd code").first()).hasText(hook + "github");
        assertThat(page.locator("#hook-github")).containsText("bugloss.system.github.hook-secret");
        page.locator("#hook-github .copy").first().click();
        assertThat(page.locator("#hook-github .copy").first()).hasText(Pattern.compile("Copied|Selected"));
        page.getByLabel("Set up the hook of github").press("Enter");
        assertThat(page.locator("#hook-github")).isHidden();

        page.getByLabel("Set up the hook of jira").click();
        assertThat(page.locator("#hook-jira .note"))
                .hasText("2 messages were refused: is the secret there the one in bugloss.system.jira.hook-secret?");
    }

    @Test
    void anEditorPausesASystemAndResumesIt() {
        Page page = at("/trackers.html");
        assertThat(row("640,112").locator(".dot")).hasText("working");

        page.getByLabel("Pause jira").click();

        assertThat(row("640,112").locator(".dot")).hasText("paused");
        assertThat(page.getByLabel("Resume jira")).isFocused();
        page.getByLabel("Resume jira").press("Enter");
        assertThat(row("640,112").locator(".dot")).hasText("working");
    }

    @Test
    void aBugThatIsNotForEverybodyIsShownAsThat() {
        stage.bugloss.bug(
                Stage.SHOP + "7",
                "title",
                null,
                "status",
                null,
                "resolved",
                null,
                "fields",
                null,
                "fetched_at",
                null,
                "expires_at",
                null,
                "from_open_graph",
                null,
                "source",
                null,
                "restricted",
                true);
        list();

        Locator row = row("acme/shop/issues/7");
        assertThat(row.locator(".state")).hasText("restricted");
        assertThat(row.locator(".about")).hasText("GitHub #7You may not see this bug’s details");
        assertThat(row.locator(".note")).hasCount(0);
        stage.until(Stage.SHOP + "7", "unknown").hover(Stage.SHOP + "7");
        assertThat(stage.tooltip()).containsText("You may not see this bug.");
    }

    @Test
    void whoMayOnlyReadWithoutATokenCanSignIn() {
        stage.bugloss.recordAll();
        stage.bugloss.role = "reader";
        Page page = at("/");
        assertThat(page.locator("who-am-i")).hasText("anonymousreaderSign in");

        page.getByText("Sign in").click();

        assertThat(page.getByLabel("Token")).isVisible();
    }

    @Test
    void theRestInterfaceIsThereToRead() {
        Page page = at("/");
        page.getByText("REST interface").click();

        assertThat(page.locator("h1")).hasText("REST interface");
        OpenApi openApi = OpenApi.ofBuild();
        assertThat(page.locator(".operation"))
                .hasCount(openApi.operations().size() + openApi.webhooks().size());
        Locator put =
                page.locator(".operation").filter(new Locator.FilterOptions().setHas(page.locator("#put-details")));
        assertThat(put).containsText("For the role editor, proved by bearer or session with ownPage");
        put.getByText("Example of application/json: Only a title").click();
        assertThat(put.locator("pre").first()).containsText("\"title\": \"Show names of bugs instead of ids\"");
        put.getByRole(
                        AriaRole.LINK,
                        new Locator.GetByRoleOptions()
                                .setName("DetailsOverride")
                                .setExact(true))
                .click();
        assertThat(page).hasURL(Pattern.compile("#schema-detailsoverride$"));
        assertThat(page.locator("#schema-detailsoverride")).isInViewport();
        // Every link within the page leads somewhere.
        assertEquals(
                List.of(),
                page.evaluate("[...document.querySelectorAll('main a[href^=\"#\"]')].map(a => a.getAttribute('href'))"
                        + ".filter(href => !document.getElementById(href.slice(1)))"));
    }
}
