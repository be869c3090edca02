package org.bugloss.keycloak;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import jakarta.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Pattern;
import org.bugloss.browser.Chromium;
import org.bugloss.it.Http;
import org.bugloss.it.ServerProcess;
import org.bugloss.it.Until;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** People in a browser, and machines with tokens, at a Keycloak that is set up as {@code sign-in.md} says. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SignInAtKeycloak {

    private static final String LINKS = "/api/link-references";
    private static final String LINK = "{\"url\": \"http://10.0.0.1/1\"}";

    private static Keycloak keycloak;
    private static ServerProcess server;
    private static Http bugloss;
    private static Browser browser;

    private BrowserContext context = browser.newContext();
    private Page page = context.newPage();

    @BeforeAll
    static void start() {
        browser = Chromium.start();
        keycloak = new Keycloak();
        server = ServerProcess.configured()
                .without("bugloss.anonymous")
                .withOwnAddress("bugloss.public-url")
                .with("bugloss.oidc", "corp,roles")
                .with("bugloss.oidc.corp.issuer", keycloak.issuer())
                .with("bugloss.oidc.corp.client-id", "bugloss")
                .with("bugloss.oidc.corp.audience", "bugloss-api")
                .with("bugloss.oidc.corp.readers", "qa")
                .with("bugloss.oidc.corp.editors", "qa-leads")
                .with("bugloss.oidc.roles.issuer", keycloak.issuer())
                .with("bugloss.oidc.roles.client-id", "bugloss-roles")
                .with("bugloss.oidc.roles.client-secret", "of bugloss: 100% & more")
                .with("bugloss.oidc.roles.groups-claim", "realm_access.roles")
                .with("bugloss.oidc.roles.editors", "bug-writer")
                .start();
        bugloss = server.http();
    }

    @AfterAll
    static void stop() {
        server.close();
        keycloak.close();
    }

    @AfterEach
    void close() {
        context.close();
    }

    @Test
    @Order(1)
    void beforeItIsThereThePageSaysSo() {
        page.navigate(bugloss.base() + "/");
        signInLink("corp").click();
        assertThat(page.getByRole(AriaRole.ALERT)).containsText("Where you sign in does not answer now.");

        keycloak.startAnew(bugloss.base());
        // It is left alone for a moment after it did not answer.
        boolean isThere = Until.holds(
                () -> !bugloss.get("/api/sign-in/corp")
                        .header("Location")
                        .orElse("")
                        .contains("sign-in=away"),
                there -> there,
                Duration.ofSeconds(30));
        assertTrue(isThere, server::log);
    }

    @Test
    @Order(2)
    void somebodySignsInReadsWritesAndSignsOut() {
        signIn("corp", "ann", "/#retest");
        assertThat(page).hasURL(bugloss.base() + "/");
        assertThat(whoAmI()).hasText("anneditorSign out");
        write("http://10.0.0.1/of-ann");
        assertTrue(server.log().contains("corp:ann POST /bugloss/api/link-references -> 20"), server::log);

        signOut();
        assertThat(page.getByLabel("Token")).isVisible();
        assertEquals(401, page.request().get(bugloss.base() + LINKS).status());
        // At Keycloak too: it does not let the same browser in unasked.
        signInLink("corp").click();
        assertThat(page.locator("#username")).isVisible();
    }

    @Test
    @Order(3)
    void whoMayReadOnlyReads() {
        signIn("corp", "bob", "/trackers.html");
        assertThat(page).hasURL(bugloss.base() + "/trackers.html");
        assertThat(whoAmI()).hasText("bobreaderSign out");
        page.navigate(bugloss.base() + "/");
        assertThat(page.getByRole(AriaRole.MAIN)).containsText("10.0.0.1/of-ann");
        assertEquals(403, page.evaluate("""
                body => fetch('api/link-references', {method: 'POST', body,
                  headers: {'Content-Type': 'application/json', 'X-Requested-With': 'bugloss'}}).then(answer => answer.status)""", LINK));
    }

    @Test
    @Order(3)
    void whoIsInNoGroupIsToldSo() {
        signIn("corp", "eve", "/");
        assertThat(page.getByRole(AriaRole.ALERT)).containsText("nobody let you in here");
        assertThat(page).hasURL(bugloss.base() + "/");
        assertTrue(server.log().contains("corp:eve is in none of the groups"), server::log);
    }

    @Test
    @Order(3)
    void whoGivesUpIsToldSo() {
        page.navigate(bugloss.base() + "/");
        signInLink("corp").click();
        assertThat(page.locator("#username")).isVisible();
        page.goBack();
        assertThat(page.getByLabel("Token")).isVisible();
        page.navigate(bugloss.base() + "/api/sign-in/callback?code=1&state=2");
        assertThat(page.getByRole(AriaRole.ALERT)).containsText("once more");
    }

    /** Keycloak brings the one back that was left open, without a form. */
    @Test
    @Order(3)
    void whoSignsInInOneOfTwoTabsIsSignedInInBoth() {
        Page left = page;
        left.navigate(bugloss.base() + "/");
        signInLink("corp").click();
        assertThat(left.locator("#username")).isVisible();
        page = context.newPage();
        signIn("corp", "ann", "/trackers.html");
        assertThat(whoAmI()).hasText("anneditorSign out");
        left.bringToFront();
        left.waitForURL(Pattern.compile(Pattern.quote(bugloss.base() + "/") + ".*"));
        page = left;
        assertThat(whoAmI()).hasText("anneditorSign out");
        assertThat(page.getByLabel("Token")).hasCount(0);
    }

    @Test
    @Order(3)
    void aClientWithASecretGetsRolesFromTheAccessToken() {
        signIn("roles", "ann", "/");
        assertThat(whoAmI()).hasText("anneditorSign out");
        assertTrue(server.log().contains("roles:ann signed in -> editor"), server::log);
    }

    @Test
    @Order(3)
    void tokensOfPeopleAndOfServicesAreTaken() {
        String reporter = client("reporter").getString("access_token");
        assertEquals(
                "service-account-reporter",
                bugloss.get("/api/me", bearer(reporter)).json().getString("name"));
        Http.Answer made = bugloss.post(LINKS, LINK, bearer(reporter));
        assertTrue(made.status() == 201 || made.status() == 200, made::toString);

        JsonObject bob = person("bob");
        assertEquals(
                200, bugloss.get(LINKS, bearer(bob.getString("access_token"))).status());
        assertEquals(
                403,
                bugloss.post(LINKS, LINK, bearer(bob.getString("access_token"))).status());
        // Of both the audience is another.
        assertRefused(bob.getString("id_token"), "its aud must have bugloss-api");
        assertRefused(bob.getString("refresh_token"), "");
        assertRefused(client("forgetful").getString("access_token"), "its aud must have bugloss-api");
    }

    @Test
    @Order(4)
    void keysMayChangeAtAnyTime() {
        String before = person("ann").getString("access_token");
        assertEquals(200, bugloss.get(LINKS, bearer(before)).status());
        keycloak.rotateKeys();
        String after = person("ann").getString("access_token");
        assertNotEquals(header(before), header(after));
        // A key that nobody knows is looked for every 30 seconds.
        Http.Answer answer = Until.holds(
                () -> bugloss.get(LINKS, bearer(after)), some -> some.status() == 200, Duration.ofSeconds(40));
        assertEquals(200, answer.status(), answer::toString);
        assertEquals(200, bugloss.get(LINKS, bearer(before)).status());
        signIn("corp", "ann", "/");
        assertThat(whoAmI()).hasText("anneditorSign out");
    }

    /** Its name is what many guides call the scope that other applications take groups from. */
    @Test
    @Order(5)
    void aScopeOfOthersIsNoHindrance() {
        keycloak.addScope("groups");
        server.stop();
        server.start();
        signIn("corp", "ann", "/");
        assertThat(whoAmI()).hasText("anneditorSign out");
    }

    @Test
    @Order(6)
    void whileItIsAwayAllGoesOnButSigningIn() {
        signIn("corp", "ann", "/");
        assertThat(whoAmI()).hasText("anneditorSign out");
        String token = person("ann").getString("access_token");
        assertEquals(200, bugloss.get(LINKS, bearer(token)).status());
        keycloak.stop();
        page.reload();
        assertThat(whoAmI()).hasText("anneditorSign out");
        write("http://10.0.0.1/while-away");
        assertEquals(200, bugloss.get(LINKS, bearer(token)).status());

        keycloak.start();
        page.context().clearCookies();
        signIn("corp", "bob", "/");
        assertThat(whoAmI()).hasText("bobreaderSign out");
    }

    /** Goes to a page, and from there to the form of Keycloak, which sends the browser back. */
    private void signIn(String issuer, String name, String path) {
        page.navigate(bugloss.base() + path);
        signInLink(issuer).click();
        page.locator("#username").fill(name);
        page.locator("#password").fill("of-" + name);
        page.locator("#kc-login").click();
        page.waitForURL(Pattern.compile(Pattern.quote(bugloss.base() + "/") + ".*"));
    }

    private Locator signInLink(String issuer) {
        return page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Sign in with " + issuer));
    }

    private Locator whoAmI() {
        return page.locator("who-am-i");
    }

    private void write(String url) {
        Locator add = page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Add a link"));
        Locator field = page.getByLabel("Address of the bug");
        // Where nothing is there yet, the form is.
        assertThat(add.or(field)).isVisible();
        if (add.isVisible()) {
            add.click();
        }
        field.fill(url);
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName("Add").setExact(true))
                .click();
        assertThat(page.locator("tbody")).containsText(url.substring("http://".length()));
    }

    private void signOut() {
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Sign out"))
                .click();
        page.locator("#kc-logout").click();
        page.waitForURL(bugloss.base() + "/");
    }

    private static JsonObject person(String name) {
        return keycloak.tokens(
                "grant_type",
                "password",
                "client_id",
                "shell",
                "scope",
                "openid",
                "username",
                name,
                "password",
                "of-" + name);
    }

    private static JsonObject client(String name) {
        return keycloak.tokens("grant_type", "client_credentials", "client_id", name, "client_secret", "of-" + name);
    }

    private static void assertRefused(String token, String why) {
        Http.Answer answer = bugloss.get(LINKS, bearer(token));
        assertEquals(401, answer.status(), answer::toString);
        assertTrue(answer.json().getString("detail").contains(why), answer::toString);
    }

    private static String header(String token) {
        return new String(
                Base64.getUrlDecoder().decode(token.substring(0, token.indexOf('.'))), StandardCharsets.UTF_8);
    }

    private static String[] bearer(String token) {
        return new String[] {"Authorization", "Bearer " + token};
    }
}
